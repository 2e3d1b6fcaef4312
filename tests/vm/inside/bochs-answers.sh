#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a caretaker answers beside CPUID, MSRs and INVD, and while a timer runs; what it leaves to
# KVM: PAUSE, and leaf 7 while TSX_CTRL changes it.  On Intel, in Bochs: QEMU intercepts neither PAUSE nor XSETBV, and
# has neither preemption timer nor TSX_CTRL.
. /lab/report.sh
get_payloads
guest="vmm --payload /tmp/payloads/good --next-rip"

for mode in isolated shared; do
	[ $mode = isolated ] || guest="$guest --shared"
	# Few PAUSEs are exits: the CPU lets a guest spin for a while
	check "$mode/pause" $guest --mode pause --count 100000 --every 25000
	check "$mode/xsetbv" $guest --mode xsetbv --count 400
	check "$mode/tsx" $guest --mode tsx --count 1500 --every 100 --vcpus 2
	check "$mode/timer" $guest --mode timer --count 2000 --local 70
	check "$mode/deadline" $guest --mode deadline --late 30
done
