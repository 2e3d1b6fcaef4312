#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2054,SC2317
#
# Boots the lab VM, runs one shell command inside, and ends with its exit status.
#
#   boot.sh [options] [--] COMMAND
#
#   --secure-boot      UEFI firmware with Secure Boot; the kernel is signed for it
#   --mok-stays        the same, and the variable with the machine owner's key is one that stays
#   --vars FILE        the firmware's variables as an earlier boot has left them (--run DIR: DIR/vars.fd)
#   --unsigned         leave the kernel as it is: Secure Boot must then refuse it
#   --tpm              a fresh software TPM (needs the firmware: implies --firmware);
#                      it dies when the command makes the file /share/stop-tpm
#   --tpm-bank BANK    the same, with this bank alone: sha256 without the option
#   --tpm12            the same, of TPM 1.2
#   --firmware         UEFI firmware also without Secure Boot keys in the kernel's way
#   --uki FILE         a unified kernel image, which has kernel, initrd and command line, from a
#                      disk; --append's words are passed to it. Secure Boot is off without --secure-boot
#   --loader FILE      with --uki: what the firmware starts, systemd-boot, which finds the image
#   --shim DIR         with --uki: the firmware starts shimx64.efi of that folder, which has its mmx64.efi there and takes
#                      the image for its grubx64.efi; MokListRT is then what shim makes it
#   --console PROGRAM[,ARGUMENT...]  PROGRAM ARGUMENT... PIPE has the serial port (PIPE.in and PIPE.out), until the machine resets. The status is PROGRAM's if that
#                      fails, or if the machine resets before COMMAND
#   --oem-string TEXT  with --uki: a string of SMBIOS type 11, from which systemd-stub takes words
#   --append WORDS     more of the kernel command line
#   --not-allowed      leave out the word that allows caretakers
#   --share DIR        directory that the VM sees as /share (default: a new one)
#   --share-boot       what is booted is in /share/boot too (kernel, initrd), for kexec
#   --run DIR          where the logs go, kept afterwards (default: a new one, kept on failure)
#   --initrd FILE      default: built when something of it changed, with the modules in MODULES
#   --kernel FILE      default: build/kernel/arch/x86/boot/bzImage
#   --timeout SECONDS  default 300; wall-clock, so leave room for a busy machine
#   --memory MIB, --smp N, --cpu MODEL: 1024, 3 (the command runs on all but the first), EPYC
#   --threads N        that many of the CPUs are a core: 1 without the option
#   --la57             a CPU with five levels of page tables
#   --nmi              QEMU's monitor sends an NMI to each CPU each time that the command writes
#                      another number to /share/nmi
#   --shell            an interactive shell on the serial port instead of a command
#   --quiet            do not show what the command prints
#   --verbose          show the kernel log as well
#   --gdb              QEMU's gdb stub on port 1234
#   --one-thread       the CPUs take turns: for code that is patched while they execute it, which
#                      QEMU 7.2 may miss (docs/lab.md)
#   --icount           one CPU whose time stamp counter counts instructions
#
# Without firmware the kernel reaches the command in about two seconds.
# Exit status: that of COMMAND, or 123 the firmware refused the kernel, 124 time ran out (a boot that does
# not reach COMMAND within 150 s, or a third of --timeout if that is more, is tried three times), 125 the
# emulator failed (twice: it is started again once) or was killed, 126 the kernel died or never finished.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

secure_boot=0 enroll=() tpm=0 tpm_bank=sha256 firmware=0 append="" share="" run="" initrd="" timeout=300 memory=1024 smp=3 threads=1
uki="" loader="" shim="" console=() oem_string="" vars=""
cpu=EPYC,+svm,+npt
share_boot=0 quiet=0 verbose=0 shell=0 unsigned=0 keep=0 gdb=0 icount=0 nmi=0 thread=multi
while [ $# -gt 0 ]; do
	case $1 in
	--secure-boot) secure_boot=1 firmware=1 ;;
	--mok-stays) secure_boot=1 firmware=1 enroll=(--mok-stays) ;;
	--vars) vars=$2; shift ;;
	--tpm) tpm=1 firmware=1 ;;
	--tpm-bank) tpm=1 tpm_bank=$2 firmware=1; shift ;;
	--tpm12) tpm=12 firmware=1 ;;
	--firmware) firmware=1 ;;
	--uki) uki=$2 firmware=1; shift ;;
	--loader) loader=$2; shift ;;
	--shim) shim=$2; shift ;;
	--console) IFS=, read -ra console <<<"$2"; shift ;;
	--oem-string) oem_string=$2; shift ;;
	--append) append="$append $2"; shift ;;
	--not-allowed) LAB_WORDS=${LAB_WORDS/caretaker=any /} ;;
	--share) share=$2; shift ;;
	--share-boot) share_boot=1 ;;
	--run) run=$2 keep=1; shift ;;
	--initrd) initrd=$2; shift ;;
	--kernel) KERNEL=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--memory) memory=$2; shift ;;
	--smp) smp=$2; shift ;;
	--threads) threads=$2; shift ;;
	--cpu) cpu=$2; shift ;;
	--la57) cpu+=,+la57 ;;
	--nmi) nmi=1 ;;
	--shell) shell=1 ;;
	--unsigned) unsigned=1 ;;
	--quiet) quiet=1 ;;
	--verbose) verbose=1 ;;
	--gdb) gdb=1 ;;
	--one-thread) thread=single ;;
	--icount) icount=1 smp=1 ;;
	--help) sed -n '/^#   /s/^# *//p' "$0"; exit 0 ;;
	--) shift; break ;;
	-*) echo "boot.sh: unknown option $1" >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
[ $shell = 1 ] || [ $# -gt 0 ] || { echo "usage: boot.sh [options] COMMAND" >&2; exit 2; }
command="$*"

[ -r "$KERNEL" ] || die "no kernel at $KERNEL (make kernel)"
if [ -z "$run" ]; then
	run=$(mktemp -d "$LAB/run-XXXXXX")
fi
share=${share:-$run/share}
mkdir -p "$run" "$share"

qemu_pid="" tpm_pid="" console_pid="" tail_pids=()
cleanup() {
	local pid

	for pid in $qemu_pid $tpm_pid $console_pid ${tail_pids[@]+"${tail_pids[@]}"}; do
		kill "$pid" 2>/dev/null || true
	done
	wait 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Rebuilt when something of it is newer; one builder at a time
initramfs() {
	local inputs variant=${MODULES##*/modules}

	initrd=$LAB/initramfs$variant.gz
	# The selftests are not always built: their absence must not end the list
	mapfile -t inputs < <(find "$HERE/init" "$HERE/inside" "$PROGRAMS" "$BUILD/caretaker" \
		"$BUILD"/selftests/x86/caretaker_{,answers_}test \
		"$ROOT"/policy/*.ima "$ROOT"/policy/*.json "$HERE/initramfs.sh" \
		-type f 2>/dev/null || true; find "$MODULES" -name '*.ko' 2>/dev/null)
	newer "$initrd" "${inputs[@]}" || "$HERE/initramfs.sh" "$initrd"
}

if [ -z "$initrd" ] && [ -z "$uki" ]; then
	exec 9>"$LAB/initramfs.lock"
	flock 9
	initramfs
	exec 9>&-
fi

# Seen once in some hundred boots, and one in ten where other work fills the CPUs: the
# kernel stops for good where it goes over to another clock (stop_machine), before it has
# a user space
start_limit=$((timeout / 3 > 150 ? timeout / 3 : 150))
[ $start_limit -le "$timeout" ] || start_limit=$timeout

[ $secure_boot = 0 ] || [ $unsigned = 1 ] || [ -n "$uki" ] || KERNEL=$("$HERE/sign-kernel.sh" "$KERNEL")
if [ $share_boot = 1 ]; then
	mkdir -p "$share/boot"
	cp "$KERNEL" "$share/boot/kernel"
	cp "$initrd" "$share/boot/initrd"
fi

accel=(-accel "tcg,thread=$thread")
[ $icount = 0 ] || accel=(-accel tcg,thread=single -icount "shift=0,align=off,sleep=off")
options=("${accel[@]}" -cpu "$cpu" -smp "$smp,threads=$threads" -m "$memory"
	 -nodefaults -no-user-config -display none -vga none -no-reboot
	 -fsdev "local,id=share,path=$share,security_model=none"
	 -device virtio-9p-pci,fsdev=share,mount_tag=share)

cmdline="$LAB_WORDS$append"
if [ $firmware = 1 ]; then
	options+=(-machine q35,smm=on
		  -global driver=cfi.pflash01,property=secure,value=on
		  -global ICH9-LPC.disable_s3=1
		  -drive "if=pflash,format=raw,unit=0,file=$OVMF_CODE,readonly=on"
		  -drive "if=pflash,format=raw,unit=1,file=$run/vars.fd")
else
	options+=(-machine q35)
fi
# on_disk FILE NAME: onto the disk that the firmware boots from
on_disk() {
	mkdir -p "$(dirname "$run/esp/$2")"
	ln -f "$1" "$run/esp/$2" 2>/dev/null || cp "$1" "$run/esp/$2"
}

# What -kernel hands over, this OVMF neither verifies nor measures: a kernel that
# Secure Boot is to vouch for comes from a disk.
if [ -n "$uki" ] || [ $secure_boot = 1 ]; then
	rm -rf "$run/esp"
	if [ -n "$shim" ]; then
		on_disk "$shim/shimx64.efi" KERNEL.EFI
		on_disk "$shim/mmx64.efi" mmx64.efi
		on_disk "$uki" grubx64.efi
		load_options= enroll=(--no-mok)
	elif [ -n "$loader" ]; then
		on_disk "$loader" KERNEL.EFI
		on_disk "$uki" EFI/Linux/lab.efi
		load_options=
	elif [ -n "$uki" ]; then
		on_disk "$uki" KERNEL.EFI
		load_options=${append# }
	else
		on_disk "$KERNEL" KERNEL.EFI
		on_disk "$initrd" INITRD.GZ
		load_options="initrd=\\INITRD.GZ $cmdline"
	fi
	options+=(-drive "if=none,id=esp,format=raw,readonly=on,file=fat:$run/esp"
		  -device virtio-blk-pci,drive=esp)
	[ -z "$oem_string" ] || options+=(-smbios "type=11,value=$oem_string")
else
	options+=(-kernel "$KERNEL" -initrd "$initrd" -append "$cmdline")
fi
if [ $shell = 1 ]; then
	: >"$share/interactive"
	options+=(-serial mon:stdio)
else
	rm -f "$share/interactive"
	printf '%s\n' "$command" >"$share/command"
	if [ ${#console[@]} -gt 0 ]; then
		# No socket: one has room for some hundred characters that come alone, and QEMU drops the next
		rm -f "$run"/console.{in,out}
		mkfifo "$run"/console.{in,out}
		options+=(-chardev "pipe,id=console,path=$run/console,logfile=$run/serial.log" -serial chardev:console)
	else
		options+=(-serial "file:$run/serial.log")
	fi
fi
[ $gdb = 0 ] || options+=(-s)
monitor=/dev/null
if [ $nmi = 1 ]; then
	monitor=$run/monitor
	rm -f "$monitor"
	mkfifo "$monitor"
	# Open for both, so that neither side waits for the other
	exec 7<>"$monitor"
	options+=(-monitor stdio)
fi

firmware_state() {
	if [ -n "$vars" ]; then
		cp "$vars" "$run/vars.fd"
	elif [ -n "$uki" ] || [ $secure_boot = 1 ]; then
		[ $secure_boot = 1 ] || enroll=(--off)
		"$HERE/enroll.py" ${enroll[@]+"${enroll[@]}"} "$OVMF_VARS" "$KEYS/db.pem" "$KEYS/revoked.pem" \
			"$KEYS/hashed.pem" "$KEYS/owner.pem" '\KERNEL.EFI' "$load_options" "$run/vars.fd"
	else
		cp "$OVMF_VARS" "$run/vars.fd"
		chmod 644 "$run/vars.fd"
	fi
}

# A TPM of this boot alone: a copy of the manufactured state. Its log has each command
tpm_start() {
	local i kind=()

	rm -rf "$run/tpm"
	if [ $tpm = 12 ]; then
		mkdir -p "$run/tpm"
	else
		"$HERE/tpm.sh" copy "$run/tpm" "$tpm_bank"
		kind=(--tpm2)
	fi
	swtpm socket "${kind[@]}" --tpmstate "dir=$run/tpm" --ctrl "type=unixio,path=$run/tpm.sock" \
		--log "file=$run/tpm.log,level=5,truncate" </dev/null >/dev/null 2>&1 &
	tpm_pid=$!
	for ((i = 0; i < 50; i++)); do
		[ ! -S "$run/tpm.sock" ] || return 0
		sleep 0.1
	done
	die "swtpm did not start, see $run/tpm.log"
}

# attempt: one boot; sets $result to "ended STATUS", "timeout", "stuck" before the command
# began ($stuck says how), "emulator", "killed" from outside, or "died"
attempt() {
	local extra=() code=0 driver driven=0 start=$SECONDS wanted sent=

	rm -f "$share/status" "$share/dmesg" "$share/started" "$share/nmi" "$run/tpm.sock"
	: >"$run/serial.log"
	: >"$share/output"
	[ $firmware = 0 ] || firmware_state
	if [ $tpm != 0 ]; then
		tpm_start
		extra=(-chardev "socket,id=tpm,path=$run/tpm.sock"
		       -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis,tpmdev=tpm0)
	fi
	if [ $shell = 1 ]; then
		qemu-system-x86_64 "${options[@]}" ${extra[@]+"${extra[@]}"} || true
		result="ended $(cat "$share/status" 2>/dev/null || echo 0)"
		return
	fi
	qemu-system-x86_64 "${options[@]}" ${extra[@]+"${extra[@]}"} \
		<"$monitor" >"$run/qemu.log" 2>&1 &
	qemu_pid=$!
	if [ ${#console[@]} -gt 0 ]; then
		"${console[@]}" "$run/console" >"$run/console.log" 2>&1 &
		console_pid=$!
	fi
	if [ $quiet = 0 ]; then
		tail -q -n +1 -f --pid=$qemu_pid "$share/output" 2>/dev/null &
		tail_pids+=($!)
	fi
	if [ $verbose = 1 ]; then
		tail -q -n +1 -f --pid=$qemu_pid "$run/serial.log" 2>/dev/null &
		tail_pids+=($!)
	fi
	while kill -0 $qemu_pid 2>/dev/null; do
		if [ $nmi = 1 ]; then
			wanted=$(cat "$share/nmi" 2>/dev/null) || true
			[ -z "$wanted" ] || [ "$wanted" = "$sent" ] || echo nmi >&7
			sent=${wanted:-$sent}
		fi
		# Whoever has the console gives up
		[ -z "$console_pid" ] || kill -0 $console_pid 2>/dev/null || kill $qemu_pid 2>/dev/null || true
		# The command may ask for a TPM that goes away
		if [ -n "$tpm_pid" ] && [ -e "$share/stop-tpm" ]; then
			kill -9 $tpm_pid
			wait $tpm_pid 2>/dev/null || true
			tpm_pid=""
			rm "$share/stop-tpm"
		fi
		if [ $((SECONDS - start)) -ge "$timeout" ] ||
			{ [ ! -e "$share/started" ] && [ $((SECONDS - start)) -ge "$start_limit" ]; }; then
			result=timeout
			[ -e "$share/started" ] || result=stuck stuck="the command did not begin within $start_limit s"
			kill $qemu_pid $tpm_pid $console_pid
			wait $qemu_pid $tpm_pid $console_pid 2>/dev/null || true
			qemu_pid="" tpm_pid="" console_pid=""
			return
		fi
		if [ $firmware = 1 ] && grep -aq 'BdsDxe: No bootable option' "$run/serial.log"; then
			kill $qemu_pid
			wait $qemu_pid 2>/dev/null || true
			qemu_pid=""
			result=refused
			return
		fi
		[ $nmi = 1 ] && sleep 0.02 || sleep 0.1
	done
	wait $qemu_pid || code=$?
	qemu_pid=""
	driver=$console_pid
	[ -z "$driver" ] || wait $driver || driven=$?
	console_pid=""
	[ -z "$tpm_pid" ] || { kill $tpm_pid 2>/dev/null || true; wait $tpm_pid 2>/dev/null || true; tpm_pid=""; }
	wait ${tail_pids[@]+"${tail_pids[@]}"} 2>/dev/null || true
	tail_pids=()
	if [ -n "$driver" ] && { [ $driven != 0 ] || [ ! -e "$share/started" ]; }; then
		result="ended $driven"
		return
	fi
	# A test that finished is believed even if QEMU then fell over
	if [ -s "$share/status" ]; then
		result="ended $(cat "$share/status")"
	elif grep -q 'terminating on signal' "$run/qemu.log"; then
		result=killed
	elif [ $code != 0 ] || grep -qE 'assert|Aborted|qemu: fatal' "$run/qemu.log"; then
		result=emulator
	# On a busy machine the emulated timer was too late for the kernel's first look at it
	elif [ ! -e "$share/started" ] && grep -aq "panic.*IO-APIC + timer doesn't work" "$run/serial.log"; then
		result=stuck stuck="the kernel found no timer, and panicked, after $((SECONDS - start)) s"
	else
		result=died
	fi
}

attempt
for _ in 1 2; do
	[ "$result" = stuck ] || break
	echo "boot.sh: $stuck, once more; the last line was:" \
		"$(tail -n 1 "$run/serial.log" | tr -d '\r')" >&2
	attempt
done
if [ "$result" = emulator ]; then
	echo "boot.sh: the emulator failed, once more: $(grep -v "warning: TCG" "$run/qemu.log" | tail -n 1)" >&2
	attempt
fi
more="a busy machine needs more (--timeout, or VM_TIMEOUT=SECONDS for the scripts)"
case $result in
ended\ *) status=${result#ended } ;;
refused)  status=123; echo "boot.sh: the firmware refused: $(grep -a 'failed to load Boot0000' "$run/serial.log" | tr -d '\r')" >&2 ;;
stuck)    status=124; echo "boot.sh: $stuck, three times: $more" >&2 ;;
timeout)  status=124; echo "boot.sh: no end after $timeout s: $more" >&2 ;;
emulator) status=125; echo "boot.sh: the emulator failed again: $(grep -v "warning: TCG" "$run/qemu.log" | tail -n 3)" >&2 ;;
killed)   status=125; echo "boot.sh: it was ended from outside: $(grep 'terminating on signal' "$run/qemu.log")" >&2 ;;
died)     status=126; echo "boot.sh: the kernel stopped before the command ended" >&2 ;;
esac
if [ "$status" -ge 124 ] && [ "$status" -le 126 ]; then
	echo "boot.sh: last lines of $run/serial.log:" >&2
	tail -n 40 "$run/serial.log" >&2
fi
if [ $keep = 0 ]; then
	if [ "$status" = 0 ]; then
		rm -rf "$run"
	else
		echo "boot.sh: logs are in $run" >&2
	fi
fi
exit "$status"
