#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A machine that starts Debian's shim, signed for the lab's db, and by it a unified kernel image: how a key of its
# owner (MOK) gets in. For run.sh, as boot.sh:
#
#   mok.sh --share DIR --run DIR [--append WORDS] [--timeout SECONDS] -- COMMAND
#
# COMMAND (inside/guide.sh) runs with these words behind it, each in a boot of its own: import; wrong, in the boot that
# goes on behind MokManager, which got a wrong password three times; enrolled, after MokManager was gone through as the block
# for a console of the guide says; nomachine, with caretaker=nomachine as well. What they said is in the share's output at the end.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$HERE/inside/report.sh"

share="" run="" append="" timeout=300
while [ $# -gt 0 ]; do
	case $1 in
	--share) share=$2; shift ;;
	--run) run=$2; shift ;;
	--append) append=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--quiet) ;;
	--) shift; break ;;
	*) echo "mok.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
[ -n "$share" ] && [ -n "$run" ] && [ $# -gt 0 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
command=$*
shim=${SHIM:-/usr/lib/shim}
guide=$share/guides/mok
results=$run/results

# image NAME WORDS
image() {
	"$HERE/uki_image.sh" "$stub" "$KERNEL" "$run/initrd" "$LAB_WORDS $append$2" "$run/$1.efi"
}

prepare() {
	local file stub

	stub=$("$HERE/systemd_stub.sh" 12)/linuxx64.efi.stub || return
	mkdir -p "$run/shim"
	for file in shimx64.efi mmx64.efi; do
		sbsign --key "$KEYS/db.key" --cert "$KEYS/db.pem" --output "$run/shim/$file" "$shim/$file" 2>"$run/sbsign.log" || {
			cat "$run/sbsign.log" >&2
			return 3
		}
	done
	# Little, for firmware, shim and stub hash it again and again
	ONLY="caretaker refuse keyctl mokutil" KERNEL_MODULES=$(find "$MODULES" -name irqbypass.ko -o -name kvm.ko -o -name kvm-amd.ko) \
		"$HERE/initramfs.sh" "$run/initrd"
	image plain ""
	image nomachine " caretaker=nomachine"
	cat >"$run/steps.wrong" <<-'END'
	Press any key to perform MOK management
	> Enroll MOK
	> Continue
	> Yes
	Password:
	Password doesn't match
	Password:
	Password doesn't match
	Password:
	Password doesn't match
	> OK
	> Continue boot
	END
	echo "not-$(cat "$guide/password")" >"$run/password.wrong"
}

# boot NAME IMAGE OPTION...: one CPU, for the firmware of two spends most of its time waiting for the other (SMM), and no guest runs
boot() {
	local name=$1 image=$2 status=0

	shift 2
	"$HERE/boot.sh" --quiet --secure-boot --smp 1 --timeout "$timeout" --share "$share" --run "$run/$name" --shim "$run/shim" \
		--uki "$run/$image.efi" "$@" -- "$command $name" || status=$?
	[ ! -e "$share/started" ] || cat "$share/output" >>"$results"
	cat "$run/$name/serial.log" "$share/dmesg" >>"$run/serial.log" 2>/dev/null || true
	vars=$run/$name/vars.fd
	return $status
}

# console NAME STEPS PASSWORD OPTION...: the same, with somebody at the console
console() {
	local name=$1 steps=$2 password=$3 before=$run/vars.before-$1 status=0

	shift 3
	cp "$vars" "$before"
	cp "$results" "$results.before"
	boot "$name" plain --vars "$before" --console "$HERE/mok_manager.py,$steps,$password" "$@" || status=$?
	# A serial port of an emulator on a busy machine loses characters now and then
	if [ $status = 1 ] && grep -q '^mok_manager.py: ' "$run/$name/console.log"; then
		echo "mok.sh: $name, once more: $(grep '^mok_manager.py: ' "$run/$name/console.log")" >&2
		status=0
		cp "$results.before" "$results"
		boot "$name" plain --vars "$before" --console "$HERE/mok_manager.py,$steps,$password" "$@" || status=$?
	fi
	[ $status = 0 ] || sed 's/^/    /' "$run/$name/console.log" >>"$results"
	return $status
}

main() {
	mkdir -p "$run"
	rm -f "$run/serial.log"
	: >"$results"
	prepare || return
	boot import plain || return
	console wrong "$run/steps.wrong" "$run/password.wrong" || return
	console manager "$guide.console" "$guide/password" || return
	ok console/enrolls >>"$results"
	sed -n 's/ console$//p' "$guide.list" >>"$share/guides/ran"
	boot enrolled plain --vars "$vars" || return
	boot nomachine nomachine --vars "$vars" || return
}

status=0
main || status=$?
[ $status = 0 ] || [ ! -d "$run" ] || grep -q '^not ok' "$results" || not_ok "boots: ended with status $status" >>"$results"
cp "$results" "$share/output"
exit $status
