#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The caretaker on a CPU that gives the next RIP: no minimal encodings.  In Bochs, so
# less of everything.  Not step and debug: where the guest is single-stepped, the host
# ends in a triple fault in Bochs, with stock KVM too (seen with step); nor do the random
# programs step themselves.
. /lab/report.sh
get_payloads
good=/tmp/payloads/good

check "next-rip" grep -qw nrip_save /proc/cpuinfo
for mode in long ring3 prot32 shadow fault watched cr4 timer; do
	check "isolated/$mode" vmm --payload $good --mode $mode --count 2000 --next-rip
done
check "isolated/xsetbv" vmm --payload $good --mode xsetbv --count 400 --next-rip
check "isolated/deadline" vmm --payload $good --mode deadline --count 2000 --next-rip
for mode in long ring3 prot32; do
	check "shared/$mode" vmm --payload $good --mode $mode --count 2000 --next-rip --shared
done
check exit-log insmod /share/exit_log.ko
named random differ --no-steps /tmp/payloads 5
