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
caretaker=$BUILD/caretaker
exchange=$share/exchange
results=$run/results
boot_pid=""
# Quotes of the second kernel: before it has a policy, with one, and behind the load of a
# kernel for a crash
quotes="unruled second crash"

cleanup() {
	[ -z "$boot_pid" ] || kill "$boot_pid" 2>/dev/null || true
	wait 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# await NAME: a file of the host
await() {
	while [ ! -e "$exchange/$1" ]; do
		kill -0 "$boot_pid" 2>/dev/null || return 1
		sleep 0.5
	done
}

give() {
	cp "$1" "$exchange/$2.new"
	mv "$exchange/$2.new" "$exchange/$2"
}

# field EXPRESSION: of the last verdict, d
field() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$run/verdict.json" "$1" 2>/dev/null || echo "not there"
}

# reference NAME KERNEL...
reference() {
	local name=$1 kernel kernels=()

	shift
	for kernel; do
		kernels+=(--kernel "$kernel")
	done
	"$caretaker" policy reference --payload "$share/payloads/good" --signer "$KEYS/release.pem" \
		"${kernels[@]}" --out "$run/$name.json"
}

# rules NAME BOOT-RULES ALLOWED-WORDS FORBIDDEN-WORDS: those of the lab, but for these
rules() {
	python3 - "$ROOT/policy/rules-lab.json" "$2" "$3" "$4" >"$run/$1.json" <<-'END'
	import json, sys
	rules = json.load(open(sys.argv[1]))
	boot = rules["boot"]
	boot.update(json.loads(sys.argv[2]))
	allowed = json.loads(sys.argv[3])
	assert set(allowed) <= set(boot["forbidden_words"])
	boot["forbidden_words"] = [w for w in boot["forbidden_words"] if w not in allowed]
	boot["forbidden_words"] += json.loads(sys.argv[4])
	json.dump(rules, sys.stdout)
	END
}

prepare() {
	local name first

	# Little, for firmware, stub and each load hash it
	ONLY="caretaker kexec refuse vmm" KERNEL_MODULES=$(find "$MODULES" -name irqbypass.ko -o -name kvm.ko \
		-o -name kvm-amd.ko) "$HERE/initramfs.sh" "$run/initrd"
	"$HERE/tpm.sh" make
	first=$("$HERE/sign-kernel.sh" "$KERNEL")
	# Another file of the same kernel: signed by a builtin key
	sbsign --key "$KEYS/release.key" --cert "$KEYS/release.pem" --output "$share/kernel.second" \
		"$KERNEL" 2>"$run/sbsign.log"
	reference both "$first" "$share/kernel.second"
	reference first-alone "$first"
	rules rules '{}' '["crashkernel"]' '[]'
	rules rules-strict '{}' '[]' '[]'
	rules rules-word '{}' '["crashkernel"]' '["lab.kernel"]'
	rules rules-crash '{"allow_crash_kernel": true}' '["crashkernel"]' '[]'
	mkdir -m 700 "$run/nonces"
	for name in $quotes; do
		"$caretaker" attest --new-nonce --state "$run/nonces" >"$run/nonce.$name"
		give "$run/nonce.$name" "nonce.$name"
	done
}

enrol() {
	await enrolment || return
	"$caretaker" attest --challenge --enrolment "$exchange/enrolment" \
		--ek-ca "$LAB/tpm-ca/issuercert.pem" --ek-ca "$LAB/tpm-ca/swtpm-localca-rootca-cert.pem" \
		--out "$run/challenge" --secret-out "$run/challenge.secret" || return
	give "$run/challenge" challenge
	await response || return
	"$caretaker" attest --finish "$exchange/response" --secret "$run/challenge.secret" \
		--enrolment "$exchange/enrolment" --out "$run/host.json"
}

# without_first EVIDENCE OUT: the IMA log of the second kernel alone; docs/attestation.md has
# the archive
without_first() {
	local lie=$run/lie

	mkdir "$lie"
	tar -xf "$1" -C "$lie"
	"$HERE/kexec_lie.py" "$lie/ima_log"
	tar -b1 --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0644 -cf "$2" \
		-C "$lie" evidence.json uefi_log userspace_log ima_log
}

# judge NAME yes|"REASON..." QUOTE REFERENCE RULES [EVIDENCE]: the verdict, or all reasons of a no
judge() {
	"$caretaker" attest --evidence "${6:-$exchange/evidence.$3}" --nonce "$(cat "$run/nonce.$3")" \
		--host "$run/host.json" --reference "$run/$4.json" --rules "$run/$5.json" --json \
		>"$run/verdict.json" 2>"$run/verdict.log" || true
	same "$1" "$2" "$(field '"yes" if d["accepted"] else " ".join(sorted({r["reason"] for r in d["reasons"]}))')"
	cp "$run/verdict.json" "$run/verdict.${1##*/}.json"
}

judge_second() {
	local digest

	digest=$(sha256sum <"$share/kernel.second" | cut -d' ' -f1)
	judge attest/verdict yes second both rules
	same attest/kernels "1 none, 2 taken" "$(field '", ".join("%d %s" % (k["kernel"], k["handover"]) for k in d["kernels"])')"
	same attest/secure-boot "True True" "$(field '" ".join(str(k["secure_boot"]) for k in d["kernels"])')"
	same attest/lockdown "integrity integrity" "$(field '" ".join(k["lockdown"] for k in d["kernels"])')"
	# The last one alone was started
	same attest/executed "False True" "$(field '" ".join(str(k["executed"]) for k in d["kexec"])')"
	same attest/image "$digest" "$(field 'd["kexec"][-1]["image"]')"
	same attest/command-line "$(field 'd["kexec"][-1]["command_line"]')" "$(field 'd["kernels"][1]["command_line"]')"
	# A VM was alive in either kernel
	same attest/vms second "$(field '" ".join(bytes.fromhex(v["vmm_id"]).rstrip(b"\0").decode() for v in d["vms"])')"
	same attest/no-crash False "$(field 'd["holds_unless_crashed"]')"

	judge attest/unknown-file unknown-kernel second first-alone rules
	judge attest/word-of-the-second command-line-word-forbidden second both rules-word
	judge attest/no-policy ima-policy-missing unruled both rules
	without_first "$exchange/evidence.second" "$run/without-first"
	judge attest/without-what-the-first-recorded "command-line-unproven ima-log-altered" second both rules "$run/without-first"
}

judge_crash() {
	judge attest/crash crash-kernel-loaded crash both rules
	judge attest/crash-allowed yes crash both rules-crash
	same attest/holds-unless-crashed True "$(field 'd["holds_unless_crashed"]')"
	judge attest/crash-reserved command-line-word-forbidden second both rules-strict
}

main() {
	local status=0

	rm -rf "$run"
	mkdir -p "$run" "$exchange"
	: >"$results"
	prepare || return
	"$HERE/boot.sh" --initrd "$run/initrd" "${options[@]}" &
	boot_pid=$!
	enrol >"$run/enrol.log" 2>&1 ||
		not_ok "attest/enrolment: $(tail -n 1 "$run/enrol.log")" >>"$results"
	wait $boot_pid || status=$?
	boot_pid=""
	[ $status = 0 ] || return $status
	judge_second >>"$results"
	judge_crash >>"$results"
	cat "$results" >>"$share/output"
}

main
