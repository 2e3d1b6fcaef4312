#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the Linux guest of linux.sh under a caretaker, and compares what it says.
. /lab/report.sh
mkdir -p /tmp/linux
cp -r /share/* /tmp/linux/
cd /tmp/linux || exit 3
bad='WARNING:|BUG:|Oops|general protection|unable to handle|detected stall|soft lockup|hung task|clocksource: Marking|the VM is ended'

said() {
	tr -d '\r' <serial | sed -n "s/^guest: $1 //p"
}

# keep NAME FILE: what that file of all vCPUs says now, if they are there
keep() {
	cat /sys/kernel/debug/kvm/*/vcpu*/"$1" >"$2.new" 2>/dev/null &&
		[ -s "$2.new" ] && mv "$2.new" "$2"
}

# A guest that KVM ended does not run, and QEMU waits for someone to look at it
ended() {
	grep -q '^KVM internal error' qemu.log
}

# What the caretakers answered, and how far the time stamp counters are behind the host's,
# while there are vCPUs to ask
watch() {
	while [ -e running ]; do
		keep caretaker telemetry
		keep tsc-offset offsets
		! ended || killall qemu-system-x86_64
		sleep 1
	done
}

# run VCPUS [VARIABLE=VALUE...]: QEMU, until the guest is at its end
run() {
	local vcpus=$1

	shift
	rm -f serial vcpus
	: >running
	: >telemetry
	: >offsets
	: >qemu.log
	watch &
	env LD_LIBRARY_PATH=/tmp/linux/lib LD_PRELOAD=/tmp/linux/under_caretaker.so \
		CARETAKER_PAYLOAD=/tmp/linux/payload CARETAKER_LOG=/tmp/linux/vcpus "$@" \
		timeout 600 ./qemu-system-x86_64 -nodefaults -no-user-config -L rom -display none \
		-machine pc,accel=kvm,kernel-irqchip=split -cpu host,xsave=off -smp "$vcpus" -m 256 \
		-kernel kernel -initrd initrd -no-reboot -serial file:serial \
		-append "console=ttyS0 clocksource=kvm-clock panic=-1 quiet" \
		-drive file=disk,if=none,id=disk,format=raw,readonly=on \
		-device virtio-blk-pci,drive=disk \
		-netdev user,id=net,tftp=tftp -device virtio-net-pci,netdev=net,romfile= \
		>qemu.log 2>&1
	echo "    QEMU ended with status $?: $(tail -n 1 qemu.log)"
	rm running
	wait
}

# What stale_event.c is about: on an emulator that has it, and behind a nested page fault
ended_by_stale_event() {
	[ $stale_events = 1 ] && grep -q '^KVM internal error. Suberror: 3' qemu.log &&
		grep -q '^extra data\[1\]: 0x0*400$' qemu.log
}

# guest NAME VCPUS [VARIABLE=VALUE...]
guest() {
	local name=$1 vcpus=$2 again=0

	shift 2
	run "$vcpus" "$@"
	while ended_by_stale_event && [ $again -lt 2 ]; do
		again=$((again + 1))
		echo "    it wrote to a device behind an exception: once more"
		run "$vcpus" "$@"
	done
	cp serial "/share/$name.serial"
	same "$name/caretakers" "$vcpus" "$(grep -c installed vcpus)"
	same "$name/vcpus" "$vcpus" "$(said cpus)"
	same "$name/hypervisor" "Hypervisor detected: KVM" "$(said hypervisor)"
	same "$name/clocksource" kvm-clock "$(said clocksource)"
	same "$name/shell" 42 "$(said shell)"
	same "$name/disk" "$(sha256sum <disk | cut -d' ' -f1)" "$(said disk)"
	same "$name/network" "$(sha256sum <tftp/file | cut -d' ' -f1)" "$(said network)"
	check "$name/clock-never-goes-back" grep -q '^guest: clock reads [1-9][0-9]* back 0' serial
	same "$name/one-tsc" 1 "$(sort -u offsets | wc -l)"
	same "$name/guest-log" 0 "$(said complaints)"
	said complaint | sed 's/^/    /'
	handled=$(awk '$1 == "handled" && $2 == "cpuid" { n += $3 } END { print n + 0 }' telemetry)
	check "$name/answered-here" test "$handled" -ge 100
	echo "    $handled CPUIDs answered here; $(said clock)"
	same "$name/kernel-log" "" "$(dmesg -c | grep -E "$bad")"
}

chmod +x stale_event
stale_events=0
./stale_event >events || stale_events=$?
echo "    $(cat events)"
dmesg -c >/dev/null
guest one-vcpu 1
guest two-vcpus 2
guest two-vcpus-shared 2 CARETAKER_SHARED=1
guest two-vcpus-updated 2 CARETAKER_UPDATE=50
