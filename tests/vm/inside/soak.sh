#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same guests hundreds of times, several VMMs at once, so that vCPUs move between
# CPUs and host interrupts fall everywhere. Each round runs a guest without and one with
# a caretaker: what the emulator does wrong it does wrong in both, and more of it with a
# caretaker would be ours.
. /lab/report.sh
get_payloads
rounds=150

# vmms NAME ROUNDS OPTION...
vmms() {
	local name=$1 left=$2

	shift 2
	while [ "$left" -gt 0 ]; do
		left=$((left - 1))
		vmm --once --payload /tmp/payloads/good --count 2000 --every 200 --vcpus 3 "$@"
	done >/tmp/soak-$name.log 2>&1
}

# no_more NAME WHAT: what vmm says of an emulator's fault, without and with a caretaker
no_more() {
	local without with

	without=$(grep -c " without caretaker: $2" /tmp/soak.log)
	with=$(grep -c " with caretaker: $2" /tmp/soak.log)
	echo "    $2: $without without a caretaker, $with with one"
	check "no-more-with-a-caretaker/$1" test "$with" -le $((2 * without + 5))
}

vmms isolated $rounds &
vmms install-between $rounds --install-at 1 &
vmms on-each-vcpu $rounds --on-vcpu &
vmms shared $rounds --shared &
vmms shadow $((2 * rounds)) --mode shadow --vcpus 1 &
vmms shadow-shared $((2 * rounds)) --mode shadow --vcpus 1 --shared &
wait
cat /tmp/soak-*.log >/tmp/soak.log
lost="the guest ended in a triple fault"
no_more triple-faults "$lost"
no_more lost-shadows "an interrupt between STI"
grep '^vmm:' /tmp/soak.log |
	grep -vE "$lost|caretaker: an? |: equal|NOT AS EXPECTED|^vmm:   " >/tmp/soak.odd
sed 's/^/    /' /tmp/soak.odd | head -n 20
same "nothing-else-went-wrong" 0 "$(grep -c . /tmp/soak.odd)"
check "most-were-equal" test "$(grep -c ': equal' /tmp/soak.log)" -ge $((14 * rounds))
