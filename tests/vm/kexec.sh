#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A verdict over kexec, on the logs of two real kernels. For run.sh, as boot.sh, whose options
# it hands on:
#
#   kexec.sh --share DIR --run DIR [OPTION...] -- COMMAND
#
# This script is the verifier, COMMAND (inside/kexec.sh) the host: its first kernel starts the
# second, another file, which enrols and quotes. What both say is in the share's output at the
# end. Exit status as boot.sh's.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$HERE/inside/report.sh"

share="" run="" options=("$@")
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	--share) share=$2 ;;
	--run) run=$2 ;;
	esac
	shift
done
[ -n "$share" ] && [ -n "$run" ] && [ $# -gt 1 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
results=$run/results
# Quotes of the second kernel: before it has a policy, with one, and behind the load of a
# kernel for a crash
quotes="unruled second crash"
. "$HERE/verifier.sh"

prepare() {
	local name first payload=(--payload "$share/payloads/good" --signer "$KEYS/release.pem")
	local reserved="d['boot']['forbidden_words'].remove('crashkernel')"

	# Little, for firmware, stub and each load hash it
	ONLY="caretaker kexec refuse vmm" KERNEL_MODULES=$(find "$MODULES" -name irqbypass.ko -o -name kvm.ko \
		-o -name kvm-amd.ko) "$HERE/initramfs.sh" "$run/initrd"
	"$HERE/tpm.sh" make
	first=$("$HERE/sign-kernel.sh" "$KERNEL")
	# Another file of the same kernel: signed by a builtin key
	sbsign --key "$KEYS/release.key" --cert "$KEYS/release.pem" --output "$share/kernel.second" \
		"$KERNEL" 2>"$run/sbsign.log"
	reference both --kernel "$first" --kernel "$share/kernel.second" "${payload[@]}"
	reference first-alone --kernel "$first" "${payload[@]}"
	rules rules-strict
	rules rules "$reserved"
	rules rules-word "$reserved; d['boot']['forbidden_words'].append('lab.kernel')"
	rules rules-crash "$reserved; d['boot']['allow_crash_kernel'] = True"
	mkdir -m 700 "$run/nonces"
	for name in $quotes; do
		nonce "$name"
	done
}

# lie: evidence.second with the IMA log of the second kernel alone; docs/attestation.md has the
# archive
lie() {
	mkdir "$run/lie"
	tar -xf "$run/evidence.second" -C "$run/lie"
	"$HERE/kexec_lie.py" "$run/lie/ima_log"
	tar -b1 --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0644 \
		-cf "$run/evidence.lie" -C "$run/lie" evidence.json uefi_log userspace_log ima_log
	nonces[lie]=${nonces[second]}
}

judge_second() {
	local digest verdict=$run/verdict.json

	digest=$(sha256sum <"$share/kernel.second" | cut -d' ' -f1)
	judge attest/verdict yes second both rules
	same attest/kernels "1 none, 2 taken" \
		"$(field "$verdict" '", ".join("%d %s" % (k["kernel"], k["handover"]) for k in d["kernels"])')"
	same attest/secure-boot "True True" "$(field "$verdict" '" ".join(str(k["secure_boot"]) for k in d["kernels"])')"
	same attest/lockdown "integrity integrity" "$(field "$verdict" '" ".join(k["lockdown"] for k in d["kernels"])')"
	# Two loads; the last one was started
	same attest/executed "False True" "$(field "$verdict" '" ".join(str(k["executed"]) for k in d["kexec"])')"
	same attest/image "$digest" "$(field "$verdict" 'd["kexec"][1]["image"]')"
	same attest/command-line "$LAB_WORDS kho=on caretaker=nonglobal lab.kernel=secure_second crashkernel=48M" \
		"$(field "$verdict" 'd["kernels"][1]["command_line"]')"
	# A VM was alive in either kernel
	same attest/vms second "$(field "$verdict" '" ".join(bytes.fromhex(v["vmm_id"]).rstrip(b"\0").decode() for v in d["vms"])')"
	same attest/no-crash False "$(field "$verdict" 'd["holds_unless_crashed"]')"

	judge attest/unknown-file unknown-kernel second first-alone rules
	judge attest/word-of-the-second command-line-word-forbidden second both rules-word
	judge attest/memory-for-a-crash command-line-word-forbidden second both rules-strict
	judge attest/no-policy ima-policy-missing unruled both rules
	judge attest/without-the-first "command-line-unproven ima-log-altered" lie both rules
}

judge_crash() {
	judge attest/crash crash-kernel-loaded crash both rules
	judge attest/crash-allowed yes crash both rules-crash
	same attest/holds-unless-crashed True "$(field "$run/verdict.json" 'd["holds_unless_crashed"]')"
}

main() {
	local status=0

	prepare || return
	"$HERE/boot.sh" --initrd "$run/initrd" "${options[@]}" >"$run/boot.log" &
	boot_pid=$!
	enrol >"$run/enrol.log" 2>&1 ||
		not_ok "attest/enrolment: $(tail -n 1 "$run/enrol.log")"
	wait $boot_pid || status=$?
	boot_pid=""
	[ $status = 0 ] || return $status
	cp "$exchange"/evidence.* "$run/" && lie || return
	judge_second
	judge_crash
}

rm -rf "$run"
mkdir -p "$run" "$exchange"
status=0
main >"$results" || status=$?
cat "$results" >>"$share/output"
exit $status
