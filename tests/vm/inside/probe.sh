#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a caretaker can reach, and what its page tables map, in both modes; the host
# outlives every attempt.
#
#   probe.sh GROUP: on a CPU with five levels of page tables, and less of it, in probe-la57
. /lab/report.sh
. /lab/record.sh
get_payloads
few=
if [ "$1" = probe-la57 ]; then
	few=--few
	same "five-levels" "57 bits virtual" \
		"$(sed -n 's/^address sizes.*, //p' /proc/cpuinfo | head -n 1)"
fi
no_global_mapping host
check "ima/policy" load_policy
dmesg -c >/dev/null
# Another VM, whose caretaker answers all the while
: >/tmp/attacks
(
	rounds=0
	while [ -e /tmp/attacks ]; do
		vmm --payload /tmp/payloads/good --count 20000 >/tmp/other.log 2>&1 || exit 1
		rounds=$((rounds + 1))
	done
	echo $rounds >/tmp/rounds
) &
# shellcheck disable=SC2086
named isolated probe $few --payload /tmp/payloads/probe
# shellcheck disable=SC2086
named shared probe $few --shared --payload /tmp/payloads/probe
rm /tmp/attacks
check "host/another-vm-goes-on" wait $!
check "host/another-vm-ran" test "$(cat /tmp/rounds)" -ge 2
echo "    $(cat /tmp/rounds) rounds of the other VM"
# Each VM that was ended left evidence, once, behind that of its install
of_event install | bytes 88 8 >/tmp/installed
of_event break | bytes 88 8 >/tmp/broken
check "host/records-which-vms-are-ended" test "$(wc -l </tmp/broken)" -ge 10
same "host/records-each-once" "" "$(sort /tmp/broken | uniq -d)"
same "host/records-none-else" "" "$(grep -vxF -f /tmp/installed /tmp/broken)"
check "host/says-which-vm-is-ended" sh -c 'dmesg | grep -q "vcpu 0: fault .*; the VM is ended"'
named audit-isolated audit /tmp/payloads
named audit-shared audit --shared /tmp/payloads
check "host/still-runs-guests" vmm --payload /tmp/payloads/good --count 20000
