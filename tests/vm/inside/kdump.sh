#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host crashes while caretakers answer and NMIs come: the kernel that was loaded for
# that starts, as it does without caretakers, and finds the memory of the first.
#
#   kdump.sh GROUP: with a share that outlives the crash; in bochs-kdump what is said of
#   the first kernel goes out before it.  There NMIs meet the payload.
. /lab/report.sh
. /lab/record.sh
case $1 in
bochs-*)
	results=/dev/ttyS1 more=lab.serial cpus=2
	few="--next-rip --local 70 --count 2000"
	storm=/sys/module/nmi_storm/parameters/send each=20 times=20 ;;
*)
	mkdir -p /share/kdump
	results=/share/kdump/results more='' cpus=6
	few="--count 40000 --vcpus 2"
	storm=/proc/sysrq-trigger each=l times=200 ;;
esac

# One guest after the other, until the crash
guests() {
	# shellcheck disable=SC2086
	while taskset $cpus vmm --payload /tmp/payloads/good $few "$@"; do
		:
	done >/tmp/guests.log 2>&1
}

line="console=ttyS0 panic=-1 nr_cpus=1 reset_devices lab.kernel=dump $more"
load() {
	kexec crash /share/boot/kernel /share/boot/initrd "$line"
}

# Where a signature is required nothing is loaded of which no record can be made
unrecorded() {
	[ -e /share/fails.ko ] || { not_ok "fails: fails.ko is not there (make lab-modules)"; return; }
	check "latch" sh -c "echo 1 >$caretaker/enforce"
	check "no-record" insmod /share/fails.ko symbol=ima_measure_caretaker name=caretaker-kexec
	same "no-record-no-kexec" ENOMEM "$(load)"
	same "none-is-recorded" 0 "$(of_event kexec | wc -l)"
	same "none-is-loaded" 0 "$(cat /sys/kernel/kexec_crash_loaded)"
	rmmod fails
}

crash_here() {
	local sent=0

	get_payloads
	load_policy
	[ "$results" = /dev/ttyS1 ] || unrecorded >>$results
	same "load" 0 "$(load)" >>$results
	same "loaded" 1 "$(cat /sys/kernel/kexec_crash_loaded)" >>$results
	# A dump kernel can quote in the name of this one: its load is evidence
	same "record/type" 2 "$(of_event kexec | tail -n 1 | number 88 4)" >>$results
	same "record/flags" 3 "$(of_event kexec | tail -n 1 | number 92 4)" >>$results
	same "record/image" "$(digest </share/boot/kernel)" \
		"$(of_event kexec | tail -n 1 | bytes 104 32)" >>$results
	same "record/initrd" "$(digest </share/boot/initrd)" \
		"$(of_event kexec | tail -n 1 | bytes 136 32)" >>$results
	same "record/digest" "$(printf %s "$line" | digest)" \
		"$(of_event kexec | tail -n 1 | bytes 168 32)" >>$results
	same "record/command-line" "$(printf %s "$line" | hex)" \
		"$(of_event kexec | tail -n 1 | bytes 200 65536)" >>$results
	[ $storm = /proc/sysrq-trigger ] || insmod /share/nmi_storm.ko
	dmesg -n 1
	guests &
	isolated=$!
	guests --shared &
	shared=$!
	taskset -p 1 $$ >/dev/null
	sleep 3
	while [ $sent -lt $times ]; do
		echo $each >$storm
		sent=$((sent + 1))
		[ $((sent % 10)) != 0 ] || dmesg -c >/dev/null
	done
	check "guests-run-isolated" kill -0 $isolated >>$results
	check "guests-run-shared" kill -0 $shared >>$results
	sync
	echo c >/proc/sysrq-trigger
	not_ok "crash: the kernel went on" >>$results
}

if grep -q 'lab\.kernel=dump' /proc/cmdline; then
	same "dump/core" ELF "$(dd if=/proc/vmcore bs=1 skip=1 count=3 2>/dev/null)" >>$results
	check "dump/one-cpu" test "$(nproc)" = 1 >>$results
else
	crash_here
fi
[ "$results" = /dev/ttyS1 ] || cat "$results"
