#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A user with /dev/kvm and nothing else cannot fill IMA's log, nor keep the TPM busy, nor end
# attestation. The other half, attested.sh, is the verifier: it counts what the TPM is asked for.
#
#   flood.sh flood       for a minute
#   flood.sh flood-600   for ten, as the budget is reckoned (virt/caretaker/budget.c)
. /lab/report.sh
. /lab/record.sh
. /lab/exchange.sh
get_payloads
ima=/sys/kernel/security/ima
seconds=60
[ "$1" != flood-600 ] || seconds=600

# vms EVENT: the serial number of the VM in each of these records
vms() {
	of_event "$1" | bytes 88 8 | sort
}

size() {
	wc -c <$ima/binary_runtime_measurements
}

# The records of what VMMs do; the kernel's own statement has another form
of_vms() {
	records | sed '/^caretaker-boot/d'
}

# refusals: those that have a record, and those that the next record counts
refusals() {
	of_vms | number 152 4 | awk -v recorded="$(of_event refuse | wc -l)" '{ n += $1 } END { print n + recorded }'
}

# quotes FILE: one after another until FILE is there; the exit status of each, and how long it took
quotes() {
	local nonce start status

	nonce=$(cat "$exchange/nonce.before")
	until [ -e "$1" ]; do
		start=$(cut -d. -f1 /proc/uptime)
		caretaker quote --nonce "$nonce" --out /tmp/again >/tmp/again.log 2>&1
		status=$?
		[ $status = 0 ] || sed 's/^/    /' /tmp/again.log
		echo "$status $(($(cut -d. -f1 /proc/uptime) - start))" >>/tmp/quotes
		sleep 1
	done
}

check "ima/policy" load_policy
chmod 666 /dev/kvm
chmod -R a+rX /tmp/payloads
enrol host
quote before
take nonce.during 120 during/verifier
bytes=$(size) before=$(wc -l <$log) others=$(grep -vc ' caretaker-' $log)
start=$(cut -d. -f1 /proc/uptime)
quotes /tmp/flooded &
quotes=$!
# What may come at once has come by then
(
	until [ -e /tmp/beyond ] || [ -e /tmp/flooded ]; do
		sleep 1
	done
	give beyond </dev/null
	quote during
) &
during=$!
named flood flood /tmp/payloads $seconds /tmp/beyond /tmp/let-go
took=$(($(cut -d. -f1 /proc/uptime) - start))
touch /tmp/flooded
wait $quotes $during
grown=$(($(size) - bytes)) made=$(($(wc -l <$log) - before))
echo "    $made records, $grown bytes of log in $took s"
echo "$made $(refusals)" | give flooded
quote after
touch /tmp/let-go
while pidof flood >/dev/null; do
	sleep 0.1
done

echo "    $(wc -l </tmp/quotes) quotes beside it, the longest $(cut -d' ' -f2 /tmp/quotes | sort -n | tail -n 1) s"
same "quotes/each" "" "$(grep -v '^0 ' /tmp/quotes)"
check "quotes/some" test "$(wc -l </tmp/quotes)" -ge 2

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
same "another-user/installs-recorded" 2 "$(of_event install | number 156 4 | grep -cx 1001)"
same "another-user/refusal-recorded" 1 "$(of_event refuse | number 156 4 | grep -cx 1001)"
# Amid the flood: the flooder caused records both before and behind
check "another-user/amid" sh -c "echo '$(of_vms | number 156 4 | tr '\n' ' ')' | grep -q '1000 1001 .*1001 1000'"
# Who administrates the host goes on
named root refuse --dir /tmp/payloads --once --expect 0 good
