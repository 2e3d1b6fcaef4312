#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The whole chain, from signing to a verdict: `make demo` after everything is built.
#
# This script is the release engineer and the verifier; inside/demo.sh is the host,
# in QEMU with Secure Boot, lockdown and a TPM.  They share nothing but the files in
# the exchange.  Ends with a table; exit status 0 only if every line is as expected.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

demo=$LAB/demo
share=$demo/share
start=$SECONDS
failures=0
run=$demo
. "$HERE/verifier.sh"

step() {
	printf '\n[%3d s] %s\n' $((SECONDS - start)) "$*"
}

# result ok|bad TEXT: a line now, and in the table at the end
result() {
	local text

	text=$(printf '%s' "$2" | tr '\n\t' '  ' | cut -c 1-400)
	printf '%s\t%s\n' "$1" "$text" >>"$demo/table"
	if [ "$1" = ok ]; then
		printf '        ok   %s\n' "$text"
	else
		printf '        FAIL %s\n' "$text"
		failures=$((failures + 1))
	fi
}

# must TEXT COMMAND...: a step that has to succeed
must() {
	local text=$1

	shift
	if "$@" >"$demo/must.log" 2>&1; then
		result ok "$text"
	else
		result bad "$text: $(tail -n 1 "$demo/must.log")"
		return 1
	fi
}

# --- The release engineer ---------------------------------------------------

release() {
	local module digest

	must "keys: release, Secure Boot and test keys are there" "$HERE/keys.sh"
	make -s -C "$HERE" O="$PROGRAMS"
	module=$(find "$BUILD/modules" -name kvm-amd.ko | head -n 1)
	[ -n "$module" ] || die "no signed kernel module in $BUILD/modules (make kernel)"
	"$HERE/payloads.py" "$BUILD/payload/caretaker.elf" "$module" "$PROGRAMS/obj/probe.bin" "$KEYS" "$share/payloads"

	must "release: the kernel is signed for Secure Boot" "$HERE/sign-kernel.sh" "$KERNEL"
	must "release: the payload is signed with the release key" \
		"$caretaker" sign --replace --key "$KEYS/release.key" --cert "$KEYS/release.pem" \
		"$BUILD/payload/caretaker.elf" "$share/payloads/good"
	must "release: its signature holds" \
		"$caretaker" verify --cert "$KEYS/release.pem" "$share/payloads/good"
	must "release: reference values are published" "$caretaker" policy reference \
		--payload "$share/payloads/good" --kernel "$LAB/kernel.efi" \
		--signer "$KEYS/release.pem" --out "$demo/reference.json"
	must "release: reference values of another payload, for a test" "$caretaker" policy reference \
		--payload "$share/payloads/revoked" --kernel "$LAB/kernel.efi" \
		--signer "$KEYS/release.pem" --out "$demo/reference-other.json"

	"$caretaker" inspect --json "$share/payloads/revoked" >"$demo/revoked.json"
	digest=$(field "$demo/revoked.json" 'd["digest"]')
	echo "${digest#sha256:}" >"$share/revoked.digest"
	must "release: a revocation of an old payload is signed" "$caretaker" keys revoke \
		--digest "sha256:${digest#sha256:}" --key "$KEYS/release.key" \
		--cert "$KEYS/release.pem" --out "$share/revoked.sig"
}

# --- The host ---------------------------------------------------------------

boot() {
	"$HERE/boot.sh" --quiet --secure-boot --tpm --timeout "${VM_TIMEOUT:-400}" --run "$demo/run" --share "$share" \
		--append "lockdown=integrity caretaker=isolated" -- "sh /lab/demo.sh" \
		2>"$demo/boot.log" &
	boot_pid=$!
}

# Lines of the host, up to the one that begins with # $1
follow() {
	local line status=1

	while IFS= read -r line; do
		case $line in
		"ok "*)     result ok "${line#ok }" ;;
		"not ok "*) result bad "${line#not ok }" ;;
		"# $1")     status=0; break ;;
		"    "*)    printf '    %s\n' "$line" ;;
		esac
	done <&3
	return $status
}

counters() {
	[ -s "$share/vmm.json" ] || return 0
	python3 - "$share/vmm.json" >"$demo/counters" <<-'END' || true
	import json, sys
	r = json.loads(open(sys.argv[1]).readline())
	t, w, o = r["telemetry"], r["kvm_with"], r["kvm_without"]
	print(f"KVM counted {o['exits']:,} exits without a caretaker, {w['exits']:,} with it")
	print(f"the caretaker answered {t.get('handled cpuid', 0):,} CPUID exits itself")
	print(f"it routed {t.get('routed io', 0):,} port writes to KVM, {r['port_writes']:,} reached the VMM")
	END
	while IFS= read -r line; do
		result ok "counters: $line"
	done <"$demo/counters"
}

# --- The verifier -----------------------------------------------------------

# awaited NAME: a file of the host
awaited() {
	await "$1" || { result bad "host: sent no $1"; return 1; }
}

# attest_by RULES ARGUMENT...
attest_by() {
	"$caretaker" attest --host "$demo/host.json" --rules "$@"
}

attest() {
	attest_by "$ROOT/policy/rules-lab.json" "$@"
}

# rejected TEXT PATTERN ARGUMENT...: a lie, and the reason that must be given
rejected() {
	local text=$1 pattern=$2 status=0 reason

	shift 2
	text="lie: $text"
	attest "$@" --json >"$demo/lie.json" 2>"$demo/lie.log" || status=$?
	reason=$(cat "$demo/lie.json" "$demo/lie.log" | grep -oiE "[^\"]*($pattern)[^\"]*" | head -n 1 || true)
	if [ $status = 1 ] && [ -n "$reason" ]; then
		result ok "$text ($reason)"
	else
		result bad "$text: exit status $status, $(cat "$demo/lie.log" "$demo/lie.json")"
	fi
}

# By what it is about, in the order in which that came up first
table() {
	local group status text passed

	passed=$(grep -c '^ok' "$demo/table" || true)
	printf '\n%s\n' "================================ Summary ================================"
	while read -r group; do
		printf '\n  %s\n' "${group^}"
		while IFS=$'\t' read -r status text; do
			[ "${text%%:*}" = "$group" ] || continue
			printf '    %-4s %s\n' "$([ "$status" = ok ] && echo ok || echo FAIL)" "${text#*: }"
		done <"$demo/table"
	done < <(cut -f 2 "$demo/table" | sed 's/:.*//' | awk '!seen[$0]++')
	printf '\n  %d as expected, %d not, in %d s\n' "$passed" "$failures" $((SECONDS - start))
}

# Not enrol(): each of its steps is a line
enrolled() {
	awaited enrolment || return 1
	must "verifier: the endorsement certificate is of a TPM maker it knows" \
		"$caretaker" attest --challenge --enrolment "$exchange/enrolment" \
		--ek-ca "$LAB/tpm-ca/issuercert.pem" --ek-ca "$LAB/tpm-ca/swtpm-localca-rootca-cert.pem" \
		--out "$demo/challenge" --secret-out "$demo/challenge.secret" || return 1
	give "$demo/challenge" challenge
	awaited response || return 1
	must "verifier: the attestation key lives in that very TPM" \
		"$caretaker" attest --finish "$exchange/response" --secret "$demo/challenge.secret" \
		--enrolment "$exchange/enrolment" --out "$demo/host.json"
}

# The verdict in words
tell() {
	python3 - "$demo/verdict.json" <<-'END'
	import json, sys
	v = json.load(open(sys.argv[1]))
	print(f"this boot: Secure Boot {'on' if v['boot']['secure_boot'] else 'OFF'}, kernel {v['boot']['kernel_digest'][:16]}...")
	for vm in v["vms"]:
	    name = bytes.fromhex(vm["vmm_id"]).rstrip(b"\0").decode(errors="replace")
	    print(f"VM {vm['vm']} ({name}): {vm['name']} {vm['version']}, SVN {vm['svn']}, {vm['mode']}: {vm['verdict']}")
	    print(f"its payload {vm['digest_alg']}:{vm['digest'][:16]}..., signed by key {vm['signer'][:16]}...")
	print(f"good until {v['expires_text']}")
	END
}

verdicts() {
	local name status=0 live

	for name in true altered replaced unknown; do
		nonce $name
		awaited "evidence.$name" || return 1
	done

	attest --state "$demo/nonces" --nonce "${nonces[true]}" --reference "$demo/reference.json" \
		--evidence "$exchange/evidence.true" --json >"$demo/verdict.json" 2>"$demo/verdict.log" || status=$?
	if [ $status = 0 ]; then
		result ok "verdict: accepted"
		while IFS= read -r line; do
			result ok "verdict: $line"
		done < <(tell)
		live=$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["vms"]))' "$demo/verdict.json")
		if [ "$live" != 1 ]; then
			result bad "verdict: $live VMs with a caretaker are named, not 1"
		fi
	else
		result bad "verdict: exit status $status: $(cat "$demo/verdict.log" "$demo/verdict.json")"
	fi

	rejected "the same evidence a second time" stale-nonce --state "$demo/nonces" \
		--nonce "${nonces[true]}" --reference "$demo/reference.json" \
		--evidence "$exchange/evidence.true"
	rejected "old evidence for a new nonce" stale-nonce \
		--nonce "$("$caretaker" attest --new-nonce --state "$demo/nonces")" \
		--reference "$demo/reference.json" --evidence "$exchange/evidence.true"

	"$HERE/alter.py" "$exchange/evidence.altered" "$demo/altered.json"
	rejected "the caretaker's record names another payload" 'ima-log-altered|ima-template' \
		--state "$demo/nonces" --nonce "${nonces[altered]}" \
		--reference "$demo/reference.json" --evidence "$demo/altered.json"
	"$HERE/alter.py" --rehash "$exchange/evidence.replaced" "$demo/replaced.json"
	rejected "the same, with digests that fit again" ima-log-altered \
		--state "$demo/nonces" --nonce "${nonces[replaced]}" \
		--reference "$demo/reference.json" --evidence "$demo/replaced.json"
	rejected "a payload that is not in the reference values" unknown-payload \
		--state "$demo/nonces" --nonce "${nonces[unknown]}" \
		--reference "$demo/reference-other.json" --evidence "$exchange/evidence.unknown"
}

# verdict_on NAME RULES yes|REASON TEXT: of a moment of the host, and what it says of the VM
verdict_on() {
	local name=$1 said status=0

	attest_by "$2" --nonce "${nonces[$name]}" --reference "$demo/reference.json" \
		--evidence "$exchange/evidence.$name" --json >"$demo/verdict.json" 2>"$demo/verdict.log" || status=$?
	said=$(field "$demo/verdict.json" '(("yes" if d["accepted"] else " ".join(r["reason"] for r in d["reasons"])) +
		"".join("; VM %d, %s %s, %s" % (v["vm"], v["name"], v["version"],
		"detached: vCPU %s" % v["detached"] if v["detached"] else "attached") for v in d["vms"]))')
	if [ "${said%%;*}" = "$3" ]; then
		result ok "outlive: the verdict $4: $said"
	else
		result bad "outlive: the verdict $4: exit status $status, $said: $(tail -n 1 "$demo/verdict.log")"
	fi
}

# The nonce is given once the host is there, so that the evidence is of that moment
outlives() {
	local name lab=$ROOT/policy/rules-lab.json

	rules rules-detached "d['caretaker']['allow_detached'] = True"
	for name in before without after; do
		follow $name || return
		nonce $name
		awaited evidence.$name || return
		case $name in
		before)  verdict_on before "$lab" yes "before" ;;
		without) verdict_on without "$lab" detached "while there is no VMM"
			 verdict_on without "$demo/rules-detached.json" yes "by rules that allow that" ;;
		after)   verdict_on after "$lab" yes "after" ;;
		esac
	done
}

main() {
	local status=0 hint=""

	[ -x "$caretaker" ] || die "no $caretaker (make)"
	[ -r "$BUILD/payload/caretaker.elf" ] || die "no payload (make)"
	[ -r "$KERNEL" ] || die "no kernel at $KERNEL (make kernel)"
	rm -rf "$demo"
	mkdir -p "$exchange" "$share/payloads" "$demo/nonces" "$demo/run"
	chmod 700 "$demo/nonces"
	: >"$demo/table"

	step "The release engineer signs"
	release
	"$HERE/tpm.sh" make

	step "The host boots: QEMU, UEFI Secure Boot, lockdown, TPM"
	: >"$share/output"
	boot
	exec 3< <(exec tail -q -n +1 -s 0.1 -f --pid=$boot_pid "$share/output" 2>/dev/null)
	if follow boot && follow guest; then
		step "A guest with a caretaker"
		follow refusals
		counters
		step "What the host refuses"
		follow enrolment
		step "The verifier meets the host"
		enrolled
		follow quote
		step "The verdict, and lies"
		verdicts
		follow outlive
		step "A guest outlives its VMM"
		outlives
		follow end || result bad "host: it stopped before its end"
	else
		result bad "host: it did not come up"
	fi
	wait "$boot_pid" || status=$?
	boot_pid=""
	if [ $status != 0 ]; then
		[ $status != 124 ] || hint=" (more time: VM_TIMEOUT=1200 make demo)"
		result bad "host: ended with status $status$hint: $(head -n 1 "$demo/boot.log")"
		tail -n 20 "$demo/boot.log"
	fi
	if grep -aqE 'WARNING:|BUG:|Oops' "$demo/run/serial.log"; then
		result bad "host: the kernel complained: $(grep -aE 'WARNING:|BUG:|Oops' "$demo/run/serial.log" | head -n 1)"
	else
		result ok "host: no complaint in the kernel log"
	fi
	table
	[ $failures = 0 ]
}

main "$@"
