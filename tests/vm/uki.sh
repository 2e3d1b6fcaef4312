#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unified kernel images: which register has what, and what a verifier makes of it. For run.sh,
# as boot.sh:
#
#   uki.sh --debian 12|13 [--all] --share DIR --run DIR [--append WORDS] [--timeout SECONDS] -- COMMAND
#
# An image with the stub of that Debian is booted with a TPM: "firmware", started by the firmware
# under Secure Boot; with --all then "loader", another initrd, by systemd-boot; and "open", with
# Secure Boot off and a command line from outside. This script is the verifier, COMMAND
# (inside/uki.sh) the host. What they say is in the share's output at the end. Exit status as boot.sh's.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$HERE/inside/report.sh"

debian="" all=0 share="" run="" append="" timeout=300
while [ $# -gt 0 ]; do
	case $1 in
	--debian) debian=$2; shift ;;
	--all) all=1 ;;
	--share) share=$2; shift ;;
	--run) run=$2; shift ;;
	--append) append=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--quiet) ;;
	--) shift; break ;;
	*) echo "uki.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
[ -n "$debian" ] && [ -n "$share" ] && [ -n "$run" ] && [ $# -gt 0 ] ||
	{ sed -n 's/^#   //p' "$0" >&2; exit 2; }
command=$*
results=$run/results
line="$LAB_WORDS $append"
. "$HERE/verifier.sh"

# What differs between systemd's versions: what PCR 11 has, in this order, whether SMBIOS
# brings words, and what is in PCR 12 then
measured=(.linux .osrel .cmdline .initrd)
if [ "$debian" = 12 ]; then
	oem_words=""
	# systemd-boot 252 measures what it has read in the image
	loader_measured=("$line")
else
	measured+=(.sbat)
	oem_words="lab.added"
	loader_measured=("$oem_words")
fi

prepare() {
	local systemd

	systemd=$("$HERE/systemd_stub.sh" "$debian") || return
	"$HERE/keys.sh"
	"$HERE/tpm.sh" make
	# Little, for firmware and stub hash it again and again: no KVM, no programs of the lab
	ONLY=caretaker KERNEL_MODULES=$(find "$MODULES" -name irqbypass.ko) "$HERE/initramfs.sh" "$run/initrd"
	# The kernel passes over zeros between archives
	cat "$run/initrd" <(head -c 512 /dev/zero) >"$run/other-initrd"
	image honest "$systemd" initrd "$line"
	image other-line "$systemd" initrd "$line lab.other"
	image other-initrd "$systemd" other-initrd "$line"
	sbsign --key "$KEYS/db.key" --cert "$KEYS/db.pem" --output "$run/loader.efi" \
		"$systemd/systemd-bootx64.efi" 2>/dev/null
	rules rules
	rules rules-open 'd["boot"]["require_secure_boot"] = False'
	rules rules-word 'd["boot"]["require_secure_boot"] = False; d["boot"]["forbidden_words"] += ["lab.passed", "lab.added"]'
}

# image NAME SYSTEMD INITRD COMMAND-LINE
image() {
	"$HERE/uki_image.sh" "$2/linuxx64.efi.stub" "$KERNEL" "$run/$3" "$4" "$run/$1.efi"
}

# --- The verifier -----------------------------------------------------------

# pcr BOOT NUMBER: as quoted
pcr() {
	tar -xOf "$run/evidence.$1" evidence.json >"$run/evidence.json"
	field "$run/evidence.json" "d['pcrs']['sha256']['$2']"
}

# words BOOT COMMAND-LINE: what the kernel says, and the second witness, PCR 9
words() {
	same "$1/command-line" "$2" "$(field "$run/verdict.json" 'd["kernels"][0]["command_line"]')"
	same "$1/command-line-in-pcr-9" "$2" "$(field "$run/verdict.json" 'd["boot"]["command_line"]')"
}

# started BOOT FILE...: PCR 4 has these applications, in this order, and no other
started() {
	local boot=$1 image wanted=()

	shift
	reference "$boot-golden" --from-evidence "$run/evidence.$boot"
	for image; do
		wanted+=("$(field "$run/${image%%,*}.json" "[b['digests']['sha256'] for b in d['boot'] if b['description'] == '$image'][0]")")
	done
	same "$boot/pcr-4" "${wanted[*]}" \
		"$(field "$run/$boot-golden.json" '" ".join(b["digests"]["sha256"] for b in d["boot"])')"
}

judge_firmware() {
	reference honest.efi --kernel "$run/honest.efi"
	reference other-line.efi --kernel "$run/other-line.efi"
	reference other-initrd.efi --kernel "$run/other-initrd.efi"
	judge firmware/verdict yes firmware honest.efi rules
	words firmware "$line"
	started firmware honest.efi
	judge firmware/golden yes firmware firmware-golden rules
	same firmware/pcr-11 "$("$HERE/uki_pcr.py" sections "$run/honest.efi" "${measured[@]}")" "$(pcr firmware 11)"
	# What was passed counts for nothing beside Secure Boot
	same firmware/pcr-12 "$("$HERE/uki_pcr.py" words)" "$(pcr firmware 12)"
	judge firmware/other-line unknown-kernel firmware other-line.efi rules
	judge firmware/other-initrd unknown-kernel firmware other-initrd.efi rules
	# Without the kernel in it, and that kernel without the image
	reference image-alone --kernel-digest "sha256:$(field "$run/honest.efi.json" "d['boot'][0]['digests']['sha256']")"
	reference kernel-alone --kernel-digest "sha256:$(field "$run/honest.efi.json" "d['boot'][1]['digests']['sha256']")"
	judge firmware/image-alone yes firmware image-alone rules
	judge firmware/kernel-alone unknown-kernel firmware kernel-alone rules
}

judge_loader() {
	reference loader.efi --loader "$run/loader.efi"
	reference with-loader --loader "$run/loader.efi" --kernel "$run/other-initrd.efi"
	judge loader/verdict yes loader with-loader rules
	words loader "$line${oem_words:+ $oem_words}"
	started loader loader.efi other-initrd.efi
	same loader/pcr-11 "$("$HERE/uki_pcr.py" sections "$run/other-initrd.efi" "${measured[@]}")" "$(pcr loader 11)"
	same loader/pcr-12 "$("$HERE/uki_pcr.py" words "${loader_measured[@]}")" "$(pcr loader 12)"
	judge loader/without-loader unknown-kernel loader other-initrd.efi rules
	judge loader/added-word "$([ -n "$oem_words" ] && echo command-line-word-forbidden || echo yes)" \
		loader with-loader rules-word
	# PCR 9 of the other host pins its initrd
	reference pinned --loader "$run/loader.efi" --kernel "$run/other-initrd.efi" \
		--from-evidence "$run/evidence.firmware" --pin-pcrs 9
	judge firmware/pinned yes firmware pinned rules
	judge loader/pinned unknown-firmware loader pinned rules
}

judge_open() {
	judge open/verdict yes open honest.efi rules-open
	words open "$passed"
	started open honest.efi "honest.efi, .linux"
	same open/pcr-11 "$("$HERE/uki_pcr.py" sections "$run/honest.efi" "${measured[@]}")" "$(pcr open 11)"
	same open/pcr-12 "$("$HERE/uki_pcr.py" words "$passed")" "$(pcr open 12)"
	judge open/image-alone unknown-kernel open image-alone rules-open
	judge open/kernel-alone unknown-kernel open kernel-alone rules-open
	judge open/secure-boot secure-boot-off open honest.efi rules
	judge open/passed-word command-line-word-forbidden open honest.efi rules-word
}

# boot NAME OPTION...: one boot, and what is to be judged of it
boot() {
	local name=$1 status=0

	shift
	nonce "$name"
	"$HERE/boot.sh" --quiet --tpm --smp 1 --timeout "$timeout" --share "$share" --run "$run/$name" "$@" \
		-- "$command $name" &
	boot_pid=$!
	[ "$name" != firmware ] || enrol >"$run/enrol.log" 2>&1 ||
		not_ok "firmware/enrolment: $(tail -n 1 "$run/enrol.log")" >>"$results"
	wait $boot_pid || status=$?
	boot_pid=""
	cat "$share/output" >>"$results"
	cat "$run/$name/serial.log" "$share/dmesg" >>"$run/serial.log" 2>/dev/null || true
	[ $status = 0 ] || return $status
	cp "$exchange/evidence.$name" "$run/"
	"judge_$name" >>"$results" 2>&1
}

main() {
	mkdir -p "$exchange" "$run"
	rm -rf "$run/nonces" "$run/serial.log" "$run/host.json"
	mkdir -m 700 "$run/nonces"
	: >"$results"
	passed="$line lab.passed"
	prepare || return
	boot firmware --secure-boot --uki "$run/honest.efi" --append lab.passed || return
	[ $all = 1 ] || return 0
	boot loader --secure-boot --uki "$run/other-initrd.efi" --loader "$run/loader.efi" \
		${oem_words:+--oem-string "io.systemd.stub.kernel-cmdline-extra=$oem_words"} || return
	boot open --uki "$run/honest.efi" --append "$passed" || return
}

status=0
main || status=$?
cp "$results" "$share/output"
exit $status
