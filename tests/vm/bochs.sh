#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots the lab kernel in Bochs, which has VMX and, on another CPU, SVM with next-RIP;
# runs one shell command inside, and ends with its exit status.
#
#   bochs.sh [options] [--] COMMAND
#
#   --cpu intel|amd    broadwell_ult, with VMX (default), or trinity_apu, with SVM
#   --append WORDS     more of the kernel command line
#   --share DIR        where output, status and dmesg go (default: the folder of the logs)
#   --take FILE        a file or folder of DIR that the VM has in /share; repeatable
#   --only PROGRAM     a program of the lab that the VM has (default: vmm); repeatable
#   --crash            a kernel for a crash is in the VM's /share/boot (kernel, initrd), and the
#                      command may crash the first: then the status is that of the second's command
#   --run DIR          where the logs go, kept afterwards (default: a new one, kept on failure)
#   --kernel FILE      default: build/kernel/arch/x86/boot/bzImage
#   --timeout SECONDS  default 900; wall-clock, a boot takes 60 on an idle machine
#   --debugger FILE    commands for Bochs' debugger before it runs on
#   --stall SECONDS    time ran out as well if for so long nothing came (default: no such limit)
#   --smp N            default 1
#   --memory MIB       default 512
#   --quiet            do not show what the command prints
#
# There is no firmware, no TPM and no shared folder: everything is in the initramfs.
# Exit status: that of COMMAND, or 124 time ran out, 125 the emulator failed (twice: it
# is started again once), 126 the kernel died or never finished.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

cpu=intel append="" debugger="" share="" run="" timeout=900 stall=0 smp=1 memory=512 quiet=0 crash=0 keep=0 take=() only=()
while [ $# -gt 0 ]; do
	case $1 in
	--cpu) cpu=$2; shift ;;
	--append) append="$append $2"; shift ;;
	--share) share=$2; shift ;;
	--take) take+=("$2"); shift ;;
	--only) only+=("$2"); shift ;;
	--crash) crash=1 ;;
	--run) run=$2 keep=1; shift ;;
	--kernel) KERNEL=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--debugger) debugger=$2; shift ;;
	--stall) stall=$2; shift ;;
	--smp) smp=$2; shift ;;
	--memory) memory=$2; shift ;;
	--quiet) quiet=1 ;;
	--help) sed -n '/^#   /s/^# *//p' "$0"; exit 0 ;;
	--) shift; break ;;
	-*) echo "bochs.sh: unknown option $1" >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || { echo "usage: bochs.sh [options] COMMAND" >&2; exit 2; }
command="$*"
[ ${#only[@]} -gt 0 ] || only=(vmm)

# corei7_skylake_x corrupts state through XSAVE, ryzen hangs early
case $cpu in
intel) model=broadwell_ult vendor=kvm-intel ;;
amd)   model=trinity_apu vendor=kvm-amd ;;
*)     echo "bochs.sh: no CPU \"$cpu\": intel or amd" >&2; exit 2 ;;
esac

[ -r "$KERNEL" ] || die "no kernel at $KERNEL (make kernel)"
[ -n "$run" ] || run=$(mktemp -d "$LAB/run-XXXXXX")
share=${share:-$run/share}
mkdir -p "$run" "$share"

bochs_pid="" tail_pid=""
cleanup() {
	local pid

	for pid in $bochs_pid $tail_pid; do
		kill "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

initramfs() {
	KERNEL_MODULES=$(find "$MODULES" -name kvm.ko -o -name irqbypass.ko -o -name $vendor.ko | sort) \
		ONLY="${only[*]}" SHARE=$run/inside "$HERE/initramfs.sh" "$1"
}

image() {
	local file

	rm -rf "$run/image" "$run/inside"
	mkdir -p "$run/image/boot/grub" "$run/inside"
	for file in ${take[@]+"${take[@]}"}; do
		mkdir -p "$run/inside/$(dirname "$file")"
		cp -r "$share/$file" "$run/inside/$file"
	done
	printf '%s\n' "$command" >"$run/inside/command"
	cp "$KERNEL" "$run/image/boot/kernel"
	initramfs "$run/image/boot/initrd"
	if [ $crash = 1 ]; then
		mkdir "$run/inside/boot"
		mv "$run/image/boot/initrd" "$run/inside/boot/initrd"
		cp "$KERNEL" "$run/inside/boot/kernel"
		initramfs "$run/image/boot/initrd"
	fi
	cat >"$run/image/boot/grub/grub.cfg" <<-EOF
	set timeout=0
	menuentry lab {
		linux /boot/kernel console=ttyS0 panic=-1 oops=panic caretaker=any lab.serial$append
		initrd /boot/initrd
	}
	EOF
	grub-mkrescue -o "$run/image.iso" "$run/image" >"$run/grub.log" 2>&1 ||
		die "grub-mkrescue failed: $(tail -n 1 "$run/grub.log")"
}

# Without the dummy sound driver it dies at start.  A triple fault ends it, so that
# the kernel does not boot anew for ever.
settings() {
	cat >"$run/bochsrc" <<-EOF
	plugin_ctrl: speaker=0, parallel=0, gameport=0
	display_library: rfb, options="timeout=0"
	sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
	cpu: model=$model, count=$smp, ips=10000000, reset_on_triple_fault=0
	memory: guest=$memory, host=$memory
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
	ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
	ata0-master: type=cdrom, path="$run/image.iso", status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev="$run/serial.log"
	com2: enabled=1, mode=file, dev="$run/lab.log"
	log: $run/bochs.log
	panic: action=report
	EOF
	{ [ -z "$debugger" ] || cat "$debugger"; echo c; } >"$run/bochs.commands"
}

# What the command wrote, its status and the kernel's log out of the second serial port
collect() {
	sed '0,/^lab: start$/d; /^lab: status [0-9]*$/,$d' "$run/lab.log" >"$share/output"
	sed '0,/^lab: status [0-9]*$/d; /^lab: end$/,$d' "$run/lab.log" >"$share/dmesg"
	sed -n 's/^lab: status \([0-9]*\)$/\1/p' "$run/lab.log" | head -n 1 >"$share/status"
}

# Nothing on the second serial port for longer than --stall
stalled() {
	[ "$stall" -gt 0 ] && [ $(($(date +%s) - $(stat -c %Y "$run/lab.log"))) -ge "$stall" ]
}

# The serial log, without the first panic if one is due
after_crash() {
	if [ $crash = 1 ]; then
		sed '0,/Kernel panic/{/Kernel panic/d}' "$run/serial.log"
	else
		cat "$run/serial.log"
	fi
}

# attempt: one boot; sets $result as boot.sh does
attempt() {
	local start=$SECONDS

	: >"$run/serial.log"
	: >"$run/lab.log"
	: >"$run/bochs.log"
	rm -f "$share/status"
	bochs -q -f "$run/bochsrc" -rc "$run/bochs.commands" </dev/null >"$run/bochs.out" 2>&1 &
	bochs_pid=$!
	if [ $quiet = 0 ]; then
		tail -q -n +1 -f --pid=$bochs_pid "$run/lab.log" 2>/dev/null |
			sed -u '/^lab: start$/d; /^lab: status/q' &
		tail_pid=$!
	fi
	result=""
	while [ -z "$result" ]; do
		sleep 0.5
		if grep -aq '^lab: end$' "$run/lab.log"; then
			result=ended
		elif grep -aqE 'Kernel panic|Rebooting in|reboot: machine restart' < <(after_crash) ||
			grep -aq 'exception with no resolution' "$run/bochs.log"; then
			result=died
		elif ! kill -0 $bochs_pid 2>/dev/null; then
			result=emulator
		elif [ $((SECONDS - start)) -ge "$timeout" ] || stalled; then
			# Before there is a user space it is the emulator that hangs
			result=timeout
			grep -aq '^lab: start$' "$run/lab.log" || result=emulator
		fi
	done
	if [ $crash = 1 ] && [ $result = ended ] && ! grep -aq 'sysrq triggered crash' "$run/serial.log"; then
		result=died
	fi
	sleep 0.5
	kill $bochs_pid 2>/dev/null || true
	wait $bochs_pid 2>/dev/null || true
	bochs_pid=""
	[ -z "$tail_pid" ] || { kill "$tail_pid" 2>/dev/null || true; wait "$tail_pid" 2>/dev/null || true; }
	tail_pid=""
	collect
}

image
settings
attempt
if [ $result = emulator ]; then
	echo "bochs.sh: the emulator failed, once more: $(tail -n 1 "$run/bochs.out")" >&2
	for log in bochs.out bochs.log serial.log lab.log; do
		mv "$run/$log" "$run/first-$log"
	done
	attempt
fi
case $result in
ended)    status=$(cat "$share/status") ;;
timeout)  status=124; echo "bochs.sh: no end in time" >&2 ;;
emulator) status=125; echo "bochs.sh: the emulator failed again: $(tail -n 3 "$run/bochs.out")" >&2 ;;
died)     status=126; echo "bochs.sh: the kernel stopped before the command ended" >&2 ;;
esac
if [ "$status" -ge 124 ] && [ "$status" -le 126 ]; then
	echo "bochs.sh: last lines of $run/serial.log:" >&2
	tail -n 40 "$run/serial.log" >&2
	grep -a 'PANIC' "$run/bochs.log" | tail -n 5 >&2 || true
fi
if [ $keep = 0 ]; then
	if [ "$status" = 0 ]; then
		rm -rf "$run"
	else
		echo "bochs.sh: logs are in $run" >&2
	fi
fi
exit "$status"
