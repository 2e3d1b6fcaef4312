#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The threads of vCPUs go from CPU to CPU while their caretaker answers, and CPUs go
# away under them: the guest must see nothing of it.
#
#   moves.sh GROUP: the last two CPUs; in Bochs there are two in all
. /lab/report.sh
get_payloads
last=$(($(grep -c '^processor' /proc/cpuinfo) - 1))
here=$(printf %x $((1 << (last - 1)))) there=$(printf %x $((1 << last)))
case $1 in
bochs-*) options="--next-rip --local 70 --count 20000 --every 500" least=20 ;;
*)	 options="--count 50000 --vcpus 2" least=40 ;;
esac

# until_end ACTION: ACTION again and again while the guest runs; how often is in $times
until_end() {
	times=0
	while kill -0 $vmm 2>/dev/null; do
		times=$((times + 1))
		"$1" $times
	done
}

begin() {
	# shellcheck disable=SC2086
	vmm --payload /tmp/payloads/good $options "$@" >/tmp/vmm.log 2>&1 &
	vmm=$!
}

ends_well() {
	local status

	wait $vmm
	status=$?
	cat /tmp/vmm.log
	return $status
}

move() {
	taskset -ap "$([ $(($1 % 2)) = 1 ] && echo $there || echo $here)" $vmm >/dev/null 2>&1
	usleep 3000
}

# The threads that the CPU had are moved, and may come back
unplug() {
	[ ! -d /proc/$vmm ] || taskset -ap $there $vmm >/dev/null 2>&1
	echo 0 >/sys/devices/system/cpu/cpu$last/online
	usleep 50000
	echo 1 >/sys/devices/system/cpu/cpu$last/online
	usleep 50000
}

for mode in isolated shared; do
	[ $mode = shared ] && how=--shared || how=
	begin $how
	until_end move
	check "$mode/moves" ends_well
	echo "    $times moves"
	check "$mode/moves/many" test $times -ge $least
done
begin
until_end unplug
check "isolated/hotplug" ends_well
echo "    the CPU went and came $times times"
check "isolated/hotplug/some" test $times -ge 3
same "all-are-there" "0-$last" "$(cat /sys/devices/system/cpu/online)"
