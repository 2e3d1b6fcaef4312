#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The caretaker on Intel where the kernel looks for our mistakes: KASAN, lockdep, kmemleak.
# In Bochs such a kernel boots for minutes, so it is little of each.
. /lab/report.sh
guest_options="--next-rip --local 70"
. /lab/leaks.sh
get_payloads
guest="vmm --payload /tmp/payloads/good $guest_options --count 300 --every 50"

check "vmx" test -d /sys/module/kvm_intel
leaks_begin
for mode in long shadow fault watched cr4 timer; do
	check "isolated/$mode" $guest --mode $mode
done
check "shared/long" $guest --mode long --shared
named isolated probe --few --payload /tmp/payloads/probe
named update update --few /tmp/payloads 6 1
leaks_end
