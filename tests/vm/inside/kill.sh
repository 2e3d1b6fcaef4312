#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kill -9 of a VMM at random points: nothing of it stays.
#
#   kill.sh GROUP [TIMES [SEED]]
. /lab/report.sh
. /lab/leaks.sh
get_payloads
times=${2:-200}
seed=${3:-$(date +%s)}
log=/sys/kernel/security/ima/ascii_runtime_measurements

records() {
	awk -v e="caretaker-$1" '$5 == e' $log | wc -l
}

# The serial numbers of the VMs in such records
vms() {
	awk -v e="caretaker-$1" '$5 == e { print substr($6, 177, 16) }' $log | sort -u
}

# A guest without and a guest with a caretaker, in each way to install it
start() {
	case $(($1 % 4)) in
	0) set -- ;;
	1) set -- --shared ;;
	2) set -- --on-vcpu ;;
	3) set -- --install-at 1 ;;
	esac
	exec vmm --once --payload /tmp/payloads/good --count 1500 --every 100 --vcpus 2 "$@"
}

milliseconds() {
	awk '{ print int($1 * 1000) }' /proc/uptime
}

check "ima/policy" load_policy
leaks_begin

# How long it takes that is to be killed
begun=$(milliseconds)
(start 0) >/tmp/whole.log 2>&1 || not_ok "whole-run: $(tail -n 1 /tmp/whole.log)"
whole=$(($(milliseconds) - begun))
echo "    a whole run takes $whole ms, seed $seed"

installs=$(records install)
killed=0 ended=0
awk -v seed="$seed" -v n=$((times * 4)) -v t=$whole 'BEGIN {
	srand(seed); for (; i < n; i++) print int(rand() * t * 1000) }' >/tmp/delays
while read -r delay && [ $killed -lt "$times" ]; do
	(start $killed) >/tmp/killed.log 2>&1 &
	pid=$!
	usleep "$delay"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ $? = 137 ]; then
		killed=$((killed + 1))
	else
		ended=$((ended + 1))
	fi
done </tmp/delays
installs=$(($(records install) - installs))
echo "    $killed killed, $ended had ended before, $installs installs in between"
same "killed" "$times" $killed
check "some-with-a-caretaker" test $installs -ge $((times / 8))
same "each-vm-has-its-end" "$(vms install)" "$(vms teardown)"
leaks_end
