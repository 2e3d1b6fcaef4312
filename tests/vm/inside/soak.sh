#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same guests hundreds of times, several VMMs at once, so that vCPUs move between
# CPUs. Each round runs a guest without and one with a caretaker: what the emulator
# loses it loses in both, and more losses with a caretaker would be ours.
#
#   soak.sh [ROUNDS]
. /lab/report.sh
get_payloads
rounds=${1:-150}
lost="the guest ended in a triple fault"

# vmms NAME OPTION...
vmms() {
	local name=$1 n=0

	shift
	while [ $n -lt "$rounds" ]; do
		n=$((n + 1))
		vmm --once --payload /tmp/payloads/good --count 2000 --every 200 --vcpus 3 "$@"
	done >/tmp/soak-$name.log 2>&1
}

vmms isolated &
vmms install-between --install-at 1 &
vmms on-each-vcpu --on-vcpu &
vmms shared --shared &
wait
cat /tmp/soak-*.log >/tmp/soak.log
with=$(grep -c " with caretaker: $lost" /tmp/soak.log)
without=$(grep -c " without caretaker: $lost" /tmp/soak.log)
echo "    $((4 * rounds)) guests each: $without lost without a caretaker, $with with one"
check "no-more-lost-with-a-caretaker" test "$with" -le $((2 * without + 5))
grep '^vmm:' /tmp/soak.log | grep -vE "$lost|: equal|NOT AS EXPECTED|^vmm:   " >/tmp/soak.odd
sed 's/^/    /' /tmp/soak.odd | head -n 20
same "nothing-else-went-wrong" 0 "$(grep -c . /tmp/soak.odd)"
check "most-were-equal" test "$(grep -c ': equal' /tmp/soak.log)" -ge $((9 * rounds))
