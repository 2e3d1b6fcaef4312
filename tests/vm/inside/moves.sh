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
bochs-*) options="--next-rip --local 70 --count 20000 --every 500" moves=20 deaths=0 ;;
# Where a CPU comes and goes QEMU's SVM now and then kills a guest of stock KVM, too
*)	 options="--count 50000 --vcpus 2" moves=60 deaths=3 ;;
esac

# amid ACTION TIMES DEATHS OPTION...: guests, one after the other, until that was done so
# often in guests that saw nothing of it; not more than DEATHS may
amid() {
	local action=$1 least=$2 deaths=$3 times=0 before

	shift 3
	while [ $times -lt "$least" ]; do
		before=$times
		# shellcheck disable=SC2086
		vmm --payload /tmp/payloads/good $options "$@" >/tmp/vmm.log 2>&1 &
		vmm=$!
		while kill -0 $vmm 2>/dev/null; do
			times=$((times + 1))
			$action $times
		done
		wait $vmm && continue
		cat /tmp/vmm.log
		[ "$deaths" -gt 0 ] || return 1
		deaths=$((deaths - 1)) times=$before
	done
}

move() {
	taskset -ap "$([ $(($1 % 2)) = 1 ] && echo $there || echo $here)" $vmm >/dev/null 2>&1
	usleep 3000
}

# The threads that the CPU had are moved, and may come back
unplug() {
	taskset -ap $there $vmm >/dev/null 2>&1
	echo 0 >/sys/devices/system/cpu/cpu$last/online
	usleep 50000
	echo 1 >/sys/devices/system/cpu/cpu$last/online
	usleep 50000
}

check "isolated/moves" amid move $moves 0
check "shared/moves" amid move $moves 0 --shared
check "isolated/hotplug" amid unplug 5 $deaths
same "all-are-there" "0-$last" "$(cat /sys/devices/system/cpu/online)"
