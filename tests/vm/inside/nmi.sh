#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# NMI storms while caretakers answer.  Guests run on all CPUs but the first.  They must see
# nothing of it, and the host must have handled as many as were sent.
#
#   nmi			sysrq-l on the first CPU sends one to each other and waits for its backtrace
#   bochs-nmi		the same takes seconds in Bochs: nmi_storm.ko sends them, hundreds a second
#   nmi-monitor		QEMU's monitor sends one to each CPU, the next when all have had it
. /lab/report.sh
get_payloads
good=/tmp/payloads/good
bad='WARNING:|BUG:|Oops|general protection|unable to handle|detected stall|soft lockup|hung task|unknown reason'
cpus=$(grep -c '^processor' /proc/cpuinfo)
guests=$(printf %x $(((1 << cpus) - 2)))
sender=by_backtrace
case $1 in
bochs-*)
	insmod /share/nmi_storm.ko
	sender=by_module least=2000 options="--next-rip --local 70 --count 60000 --every 500" ;;
*-monitor)
	sender=by_monitor least=200 options="--count 80000 --vcpus 2"
	# Nobody asked for these
	bad=$(echo "$bad" | sed 's/|unknown reason//') ;;
*)	 least=1000 options="--count 40000 --vcpus 2" ;;
esac

# On all CPUs but the first
nmis() {
	awk '$1 == "NMI:" { for (i = 3; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }' \
		/proc/interrupts
}

# by_*: some to each of the other CPUs; how many is added to $sent

by_backtrace() {
	local idle

	echo l >/proc/sysrq-trigger
	sent=$((sent + 1))
	# Not always right behind the last one, when the guest is still on its way back
	idle=$((sent % 7 * 30))
	while [ $idle -gt 0 ]; do
		idle=$((idle - 1))
	done
}

by_module() {
	echo 20 >/sys/module/nmi_storm/parameters/send
	sent=$((sent + 20))
}

# One at a time, since a CPU that the emulator lets wait would take two for one
by_monitor() {
	local tries=0 due

	due=$(($(nmis) + cpus - 1))
	sent=$((sent + 1))
	# Those of the trials before count, since the number must be another each time
	echo $((total / (cpus - 1) + sent)) >/share/nmi
	while [ "$(nmis)" -lt $due ] && [ $tries -lt 500 ]; do
		tries=$((tries + 1))
		usleep 10000
	done
}

# storm SENDER: until /tmp/over is there; the sum goes to /tmp/sent.  Backtraces are not for
# the log of this test; what else there is goes to /tmp/said.
storm() {
	local sent=0 times=0

	while [ ! -e /tmp/over ]; do
		$1
		times=$((times + 1))
		[ $((times % 10)) != 0 ] || dmesg -c | grep -E "$bad" >>/tmp/said
	done
	dmesg -c | grep -E "$bad" >>/tmp/said
	echo $sent >/tmp/sent
}

# in_storm NAME SENDER COMMAND...: the command while NMIs are sent, and then what the log says
in_storm() {
	local name=$1 sender=$2

	shift 2
	rm -f /tmp/over /tmp/said
	storm "$sender" &
	"$@"
	: >/tmp/over
	wait
	same "$name/log" "" "$(cat /tmp/said)"
}

# trial NAME OPTION...
trial() {
	local name=$1 before sent

	shift
	before=$(nmis)
	# shellcheck disable=SC2086
	in_storm "$name" $sender \
		check "$name/guests-are-equal" taskset "$guests" vmm --payload $good $options "$@"
	sent=$(cat /tmp/sent)
	total=$((total + sent * (cpus - 1)))
	same "$name/none-is-lost" $((sent * (cpus - 1))) $(($(nmis) - before))
}

# A payload that loops for ever is ended by the second of two NMIs; the host waits ten seconds
# for a backtrace between them
endless_loop() {
	local mode=$1 option=

	[ "$mode" = isolated ] || option=--shared
	# shellcheck disable=SC2086
	in_storm "$mode/loop" by_backtrace \
		named "$mode" taskset "$guests" probe --loop $option --payload /tmp/payloads/probe
	check "$mode/loop/cpu-is-free" taskset "$guests" vmm --payload $good --next-rip --local 70 --count 200
}

dmesg -n 1
dmesg -c >/dev/null
taskset -p 1 $$ >/dev/null
total=0
check "more-cpus" test "$cpus" -ge 2
trial isolated
trial shared --shared
# On a busy machine a guest is over before many have been sent: then more guests
rounds=0
while [ $total -lt $least ] && [ $rounds -lt 20 ]; do
	rounds=$((rounds + 1))
	trial isolated/again
done
[ "$1" != bochs-nmi ] || for mode in isolated shared; do
	endless_loop $mode
done
[ $sender != by_module ] || same "each-came-in-time" 0 "$(cat /sys/module/nmi_storm/parameters/lost)"
echo "    $total NMIs"
check "many" test $total -ge $least
