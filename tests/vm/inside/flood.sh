#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A user with /dev/kvm and nothing else cannot fill IMA's log.
#
#   flood.sh flood       for a minute
#   flood.sh flood-600   for ten, as the budget is reckoned (virt/caretaker/budget.c)
. /lab/report.sh
get_payloads
ima=/sys/kernel/security/ima
log=$ima/ascii_runtime_measurements
seconds=60
[ "$1" != flood-600 ] || seconds=600

# vms EVENT: the serial number of the VM in each of these records
vms() {
	awk -v event="caretaker-$1" '$5 == event { print substr($6, 177, 16) }' $log | sort
}

bytes() {
	wc -c <$ima/binary_runtime_measurements
}

records() {
	grep -c ' caretaker-' $log
}

check "ima/policy" load_policy
chmod 666 /dev/kvm
chmod -R a+rX /tmp/payloads
bytes=$(bytes) records=$(records) others=$(grep -vc ' caretaker-' $log)
start=$(cut -d. -f1 /proc/uptime)
named flood flood /tmp/payloads $seconds
took=$(($(cut -d. -f1 /proc/uptime) - start))
grown=$(($(bytes) - bytes)) made=$(($(records) - records))
echo "    $made records, $grown bytes of log in $took s"

# 120 at once and one in two seconds; what the other user asked for comes on top
most=$((120 + took / 2 + 1 + 4))
check "log/records" test $made -le $most
check "log/bytes" test $grown -le $((most * 622))
check "log/some" test $made -ge 64
[ $seconds != 600 ] || check "log/256-KiB-in-ten-minutes" test $grown -lt 262144
# Files as such leave none: only what is ours came
same "log/only-ours" "$others" "$(grep -vc ' caretaker-' $log)"

# Whatever had a caretaker has an end, though nothing was left to pay for it
same "teardown/each-vm" "$(vms install | uniq)" "$(vms teardown)"
check "another-user/install-recorded" sh -c "tail -n 12 $log | grep -q caretaker-install"
check "another-user/refusal-recorded" sh -c "tail -n 12 $log | grep -q caretaker-refuse"
# Who administrates the host goes on
named root refuse --dir /tmp/payloads --once --expect 0 good
