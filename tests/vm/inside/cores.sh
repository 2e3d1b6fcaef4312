#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Cores that the host gives away: /dev/kvm-caretaker.
#
#   cores		a core is taken, bears what still comes, and is given back; what is refused
#   cores-1000		taken and given back a thousand times
#   cores-smt		cores of two threads
#   cores-none		nobody has allowed caretakers: there is no device
#   cores-global	mappings of the kernel are global: no core can be taken
#   bochs-cores		a few of all that on two Intel CPUs
#   cores-kdump		the host crashes with a core that is taken: the kernel for that starts
#
#   cores.sh GROUP [held...]: the second is for the command that runs while cores are taken
. /lab/report.sh
cpus=/sys/devices/system/cpu
all=$(cat $cpus/present)
last=${all#0-}
rest=0-$((last - 1))
[ $last != 1 ] || rest=0

# value FIELD [FD [THREAD]]: of what the kernel says
value() {
	local field=$1

	shift
	cores state "${@:-10}" | tr ' ' '\n' | sed -n "s/^$field=//p"
}

# until_true SECONDS COMMAND...
until_true() {
	local tries=$(($1 * 20))

	shift
	while ! "$@" && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		usleep 50000
	done
	"$@"
}

is_online() {
	[ "$(cat $cpus/online)" = "$1" ]
}

# What the host maps in the window
window() {
	sed -n '/KVM Caretakers/,/---\[/p' $page_tables | grep -cE ' (ro|RW) '
}

free_kib() {
	echo 3 >/proc/sys/vm/drop_caches
	sed -n 's/^MemFree: *\([0-9]*\) .*/\1/p' /proc/meminfo
}

# Bytes that our code holds, pages too; the debug kernel keeps that account
allocated() {
	awk '/caretaker_park\.c|virt\/caretaker\/cpu\.c/ { sum += $1 } END { print sum + 0 }' /proc/allocinfo 2>/dev/null
}

# --- While a core is taken ------------------------------------------------------------

# send TIMES VECTOR: to the CPU that is taken
send() {
	local sent=0

	while [ $sent -lt "$1" ]; do
		echo "$last $2" >/sys/module/stray/parameters/send
		sent=$((sent + 1))
		usleep 20000
	done
}

# What every group of one thread a core does; then what takes a machine that is fast
held_few() {
	local before

	same "held/online" $rest "$(cat $cpus/online)"
	same "held/present" $all "$(cat $cpus/present)"
	same "held/state" "0 1 $last $last -1" \
		"$(echo "$(value state) $(value threads) $(value cpu) $(value apic_id) $(value fault)")"
	same "held/nobody-starts-it" "sh: write error: Device or resource busy" \
		"$(sh -c "echo 1 >$cpus/cpu$last/online" 2>&1 | tail -n 1 | sed 's/.*write error/sh: write error/')"
	same "held/taken-twice" EEXIST "$(cores take $last)"

	# Vectors that nobody meant for it: devices', the kernel's own, that of the LAPIC itself
	check "held/module" insmod /share/stray.ko
	before=$(value strays)
	send 10 33
	send 10 200
	send 10 252
	same "held/strays" $((before + 30)) "$(value strays)"
	same "held/stray-vector" 252 "$(value stray_vector)"
	send 5 255
	same "held/spurious" $((before + 35)) "$(value strays)"
	same "held/no-nmi-yet" 0 "$(value nmis)"
	send 10 2
	same "held/nmis" 10 "$(value nmis)"
	# Vectors below 32 are for exceptions: TPR holds them back
	send 3 20
	same "held/low-vectors" "0 $((before + 35))" "$(value state) $(value strays)"
	rmmod stray
}

held() {
	local before

	held_few
	check "held/window" test "$(window)" -gt 0
	# Broadcasts go to CPUs by name, since one is present and counts as not booted
	before=$(value strays)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		insmod /share/stray.ko && rmmod stray
	done
	same "held/no-broadcast" "$before" "$(value strays)"
	dmesg -c >/dev/null
	echo l >/proc/sysrq-trigger
	usleep 500000
	same "held/nmi-broadcast" 10 "$(value nmis)"
	check "held/the-others-answer" sh -c 'test $(dmesg | grep -c "NMI backtrace for cpu") -ge 2'
	dmesg -c >/dev/null
	check "held/guests-run" taskset 6 vmm --payload /tmp/payloads/good --count 2000
	# A kernel may be loaded, and is not started
	same "held/kexec-load" 0 "$(kexec file /share/boot/kernel /share/boot/initrd "console=ttyS0 panic=-1")"
	same "held/kexec" EBUSY "$(kexec run)"
	same "held/kexec-unload" 0 "$(kexec unload)"
	same "held/state-at-the-end" 0 "$(value state)"
}

held_smt() {
	same "smt/held/online" 0-1 "$(cat $cpus/online)"
	same "smt/held/threads" 2 "$(value threads)"
	same "smt/held/names" "2 3" "$(value apic_id 10 0) $(value apic_id 10 1)"
	same "smt/held/no-third" ENXIO "$(cores state 10 2)"
	same "smt/held/taken" EEXIST "$(cores take 2)"
	for cpu in 2 3; do
		check "smt/held/nobody-starts-$cpu" sh -c "! echo 1 >$cpus/cpu$cpu/online"
	done
	# SMT control must leave it alone, and go on to others
	echo off >$cpus/smt/control
	same "smt/held/off" 0 "$(cat $cpus/online)"
	echo on >$cpus/smt/control
	same "smt/held/on-again" 0-1 "$(cat $cpus/online)"
	same "smt/held/state" "0 0" "$(value state 10 0) $(value state 10 1)"
}

# --- Groups ---------------------------------------------------------------------------

# cycles NAME TIMES OPTION...: pages that each cycle kept would be seen, in a thousand or by the account
cycles() {
	local name=$1 times=$2 before after kept

	shift 2
	cores cycle "$@" 5 >/dev/null
	before=$(free_kib)
	kept=$(allocated)
	same "$name" "$times cycles" "$(cores cycle "$@" "$times" | tail -n 1)"
	after=$(free_kib)
	echo "    $((before - after)) KiB less are free after $times cycles"
	# Nine pages a CPU, if all of them were lost. Hotplug alone makes for some MiB, up or down
	[ "$times" -lt 1000 ] || check "$name/memory" test $((before - after)) -lt $((times * 18))
	same "$name/allocated" "$kept" "$(allocated)"
	same "$name/online" $all "$(cat $cpus/online)"
	same "$name/window" 0 "$(window)"
}

# A process that is killed gives its core back
killed() {
	local holder

	cores hold $last -- sleep 1000 &
	holder=$!
	check "killed/taken" until_true 10 is_online $rest
	kill -9 $holder $(pidof sleep)
	check "killed/core-is-back" until_true 10 is_online $all
	wait
}

slow_waits() {
	test "$(cat /sys/module/slow/parameters/waits)" -gt 0
}

# Who takes the CPU offline while the core is taken waits until that is over; the CPU may be offline
# already then, which is no error, and come back with the core
race() {
	check "race/slow" insmod /share/slow.ko symbol=cpu_reserve ms=2000
	cores take $last >/tmp/race &
	check "race/is-taken-slowly" until_true 20 slow_waits
	check "race/offline" sh -c "echo 0 >$cpus/cpu$last/online"
	wait
	same "race/taken" "0 $last" "$(cat /tmp/race)"
	check "race/online" sh -c "echo 1 >$cpus/cpu$last/online"
	rmmod slow
}

basic() {
	get_payloads
	dmesg -n 1
	same "device" "600 0 0" "$(stat -c '%a %u %g' /dev/kvm-caretaker)"
	same "take" "0 $last" "$(cores take $last)"
	same "take/online" $all "$(cat $cpus/online)"
	check "take/guest" taskset 8 vmm --payload /tmp/payloads/good --count 2000
	check "offline" sh -c "echo 0 >$cpus/cpu2/online"
	named refuse cores hold 1 -- cores refuse $last 0 1 2
	check "online" sh -c "echo 1 >$cpus/cpu2/online"
	cores hold $last -- sh /lab/cores.sh cores held
	same "returned/online" $all "$(cat $cpus/online)"
	check "returned/guest" taskset 8 vmm --payload /tmp/payloads/good --count 2000
	killed
	same "three-at-once" "0" "$(cores hold 1 2 3 -- cat $cpus/online)"
	same "three-at-once/online" $all "$(cat $cpus/online)"
	cycles cycles 60 $last
	race
	# And so it is when init reboots
	cores hold $last -- sleep 1000 &
	check "reboot/taken" until_true 10 is_online $rest
}

# With one core the crash kernel leaves the others alone, and those that nobody runs on too
crash() {
	results=/share/cores-kdump
	if grep -q 'lab\.kernel=dump' /proc/cmdline; then
		same "crash/core-file" ELF "$(dd if=/proc/vmcore bs=1 skip=1 count=3 2>/dev/null)" >>$results
		check "crash/one-cpu" test "$(nproc)" = 1 >>$results
		cat $results
		return
	fi
	same "crash/load" 0 "$(kexec crash /share/boot/kernel /share/boot/initrd \
		"console=ttyS0 panic=-1 nr_cpus=1 reset_devices lab.kernel=dump")" >$results
	cores hold $last -- sh /lab/cores.sh cores-kdump held >>$results
	cat $results
}

crash_held() {
	same "crash/taken" $rest "$(cat $cpus/online)"
	sync
	echo c >/proc/sysrq-trigger
	not_ok "crash: the kernel went on"
}

case ${2:-}:$1 in
held:cores)	held ;;
held:cores-smt)	held_smt ;;
held:bochs-cores) held_few ;;
held:cores-kdump) crash_held ;;
:cores)		basic ;;
:cores-kdump)	crash ;;
:bochs-cores)
	same "take" "0 $last" "$(cores take $last)"
	same "take/online" $all "$(cat $cpus/online)"
	cores hold $last -- sh /lab/cores.sh bochs-cores held
	same "returned/online" $all "$(cat $cpus/online)"
	killed
	;;
:cores-1000)	cycles cycles 1000 $last ;;
:cores-smt)
	same "smt/one-thread" EUSERS "$(cores take $last)"
	same "smt/boot-core" EBUSY "$(cores take --core 1)"
	same "smt/take" "0 2" "$(cores take --core 2)"
	same "smt/take/online" $all "$(cat $cpus/online)"
	cores hold --core 3 -- sh /lab/cores.sh cores-smt held
	same "smt/returned/online" $all "$(cat $cpus/online)"
	# A thread that is offline is the core's all the same
	echo 0 >$cpus/cpu2/online
	same "smt/half/offline-thread" ENODEV "$(cores take 2)"
	same "smt/half/held" "0-1" "$(cores hold $last -- cat $cpus/online)"
	same "smt/half/not-started" "Device or resource busy" \
		"$(cores hold $last -- sh -c "echo 1 >$cpus/cpu2/online" 2>&1 | sed -n 's/.*write error: //p')"
	echo 1 >$cpus/cpu2/online
	same "smt/half/online" $all "$(cat $cpus/online)"
	# SMT is switched off while a core is taken: its second thread stays offline at the end
	same "smt/off-meanwhile" "" "$(cores hold --core 3 -- sh -c "echo off >$cpus/smt/control" 2>&1)"
	same "smt/off-meanwhile/online" "0,2" "$(cat $cpus/online)"
	echo on >$cpus/smt/control
	same "smt/on-again/online" $all "$(cat $cpus/online)"
	cycles smt/cycles 10 --core 2
	;;
:cores-none)
	check "none/no-device" test ! -e /dev/kvm-caretaker
	same "none/take" ENOENT "$(cores take $last)"
	;;
:cores-global)
	same "global/take" EOPNOTSUPP "$(cores take $last)"
	check "global/log" sh -c "dmesg | grep -q 'no core can be taken: mappings of the kernel are global'"
	same "global/online" $all "$(cat $cpus/online)"
	;;
esac
