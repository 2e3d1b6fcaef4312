#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host crashes while caretakers answer and NMIs come: the kernel that was loaded for
# that starts, as it does without caretakers, and finds the memory of the first.
. /lab/report.sh
kept=/share/kdump

# One guest after the other, until the crash
guests() {
	while vmm --payload /tmp/payloads/good --count 40000 "$@"; do
		:
	done >/tmp/guests.log 2>&1
}

crash_here() {
	local sent=0

	get_payloads
	mkdir $kept
	same "load" 0 "$(kexec crash /share/boot/kernel /share/boot/initrd \
		"console=ttyS0 panic=-1 nr_cpus=1 reset_devices lab.kernel=dump")" >$kept/results
	same "loaded" 1 "$(cat /sys/kernel/kexec_crash_loaded)" >>$kept/results
	dmesg -n 1
	guests --vcpus 2 &
	isolated=$!
	guests --shared &
	shared=$!
	taskset -p 1 $$ >/dev/null
	sleep 3
	while [ $sent -lt 200 ]; do
		echo l >/proc/sysrq-trigger
		sent=$((sent + 1))
		[ $((sent % 10)) != 0 ] || dmesg -c >/dev/null
	done
	check "guests-run-isolated" kill -0 $isolated >>$kept/results
	check "guests-run-shared" kill -0 $shared >>$kept/results
	sync
	echo c >/proc/sysrq-trigger
	not_ok "crash: the kernel went on" >>$kept/results
}

if grep -q 'lab\.kernel=dump' /proc/cmdline; then
	same "dump/core" ELF "$(dd if=/proc/vmcore bs=1 skip=1 count=3 2>/dev/null)" >>$kept/results
	check "dump/one-cpu" test "$(nproc)" = 1 >>$kept/results
else
	crash_here
fi
cat $kept/results
