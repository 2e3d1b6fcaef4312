#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# NMI storms while caretakers answer: sysrq-l sends one to each other CPU and waits for
# its backtrace.  The storm comes from the first CPU, guests run on the others.  The guest
# must see nothing of it, and the host must have handled as many as were sent.
. /lab/report.sh
get_payloads
good=/tmp/payloads/good
bad='WARNING:|BUG:|Oops|general protection|unable to handle|detected stall|soft lockup|hung task|unknown reason'
cpus=$(grep -c '^processor' /proc/cpuinfo)
guests=$(printf %x $(((1 << cpus) - 2)))
# In Bochs a backtrace takes seconds
case $1 in
bochs-*) least=100 options="--next-rip --local 70 --count 60000 --every 500" ;;
*)	 least=1000 options="--count 40000 --vcpus 2" ;;
esac

nmis() {
	awk '$1 == "NMI:" { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }' \
		/proc/interrupts
}

# Until /tmp/over is there.  Backtraces are not for the log of this test; what else there
# is goes to /tmp/said.
storm() {
	local sent=0 idle

	while [ ! -e /tmp/over ]; do
		echo l >/proc/sysrq-trigger
		sent=$((sent + 1))
		# Not always right behind the last one, when the guest is still on its way back
		idle=$((sent % 7 * 30))
		while [ $idle -gt 0 ]; do
			idle=$((idle - 1))
		done
		[ $((sent % 10)) != 0 ] || dmesg -c | grep -E "$bad" >>/tmp/said
	done
	dmesg -c | grep -E "$bad" >>/tmp/said
	echo $sent >/tmp/sent
}

# trial NAME OPTION...
trial() {
	local name=$1 before sent

	shift
	rm -f /tmp/over /tmp/said
	before=$(nmis)
	storm &
	# shellcheck disable=SC2086
	check "$name/guests-are-equal" taskset "$guests" vmm --payload $good $options "$@"
	: >/tmp/over
	wait
	sent=$(cat /tmp/sent)
	total=$((total + sent * (cpus - 1)))
	same "$name/none-is-lost" $((sent * (cpus - 1))) $(($(nmis) - before))
	same "$name/log" "" "$(cat /tmp/said)"
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
echo "    $total NMIs"
check "many" test $total -ge $least
