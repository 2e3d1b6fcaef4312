#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A host that was enrolled, and the verdict on it. For run.sh, as boot.sh:
#
#   attested.sh --as flood|flood-600|cnsa|cnsa-sha256 --share DIR --run DIR [--append WORDS]
#               [--timeout SECONDS] -- COMMAND
#
# The host boots under Secure Boot with a TPM, whose only bank is SHA-384 for cnsa. This script
# is the verifier, COMMAND (inside/flood.sh, inside/cnsa.sh) the host. What they say is in the
# share's output at the end. Exit status as boot.sh's.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$HERE/inside/report.sh"

as="" share="" run="" append="" timeout=300
while [ $# -gt 0 ]; do
	case $1 in
	--as) as=$2; shift ;;
	--share) share=$2; shift ;;
	--run) run=$2; shift ;;
	--append) append=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--quiet) ;;
	--) shift; break ;;
	*) echo "attested.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
[ -n "$as" ] && [ -n "$share" ] && [ -n "$run" ] && [ $# -gt 0 ] ||
	{ sed -n 's/^#   //p' "$0" >&2; exit 2; }
bank=sha256 cpus=3
[[ $as != cnsa* ]] || bank=sha384 cpus=2
. "$HERE/verifier.sh"

# ask NAME: for evidence
ask() {
	nonce "$1"
	take "$1"
}

# take NAME: the evidence that was asked for
take() {
	await "evidence.$1" || return
	cp "$exchange/evidence.$1" "$run/"
}

# --- What the TPM was asked for ----------------------------------------------

# asked: how many commands so far
asked() {
	grep -c '^ *SWTPM_IO_Read:' "$run/tpm.log"
}

# ordinals FROM TO: of these commands; bytes 6 to 9 of each (TPM 2.0 Library, part 1, 18.1)
ordinals() {
	awk -v from="$1" -v to="$2" '
		/^ *SWTPM_IO_Read:/ { number++; getline; if (number > from && number <= to) print $7 $8 $9 $10 }
	' "$run/tpm.log"
}

# not_of_quotes FROM TO: how many of these no quote sends
not_of_quotes() {
	ordinals "$1" "$2" | grep -vcxFf "$run/quote.ordinals"
}

# --- Each host and its verdict -----------------------------------------------

# Four processes of a user fill IMA's log, or try: quotes go on, and the host stays good. The
# host tells how many records came, and how many refusals are in all
verify_flood() {
	local enrolled before during after made refusals flood late start middle end

	enrolled=$(asked)
	ask before || return
	before=$(asked)
	judge before/verdict yes before reference rules --state "$run/nonces"
	# One quote; and the kernel may have something to record
	ordinals "$enrolled" "$before" | sort -u | grep -vx 00000182 >"$run/quote.ordinals"
	# The host begins when it has this
	start=$(date +%s)
	nonce during
	# What may come at once has come by now. In two seconds a user causes one record; those of
	# the ends of VMs, which were paid for before, come on top
	await beyond || return
	during=$(asked) middle=$(date +%s)
	take during || return
	judge during/verdict yes during reference rules --state "$run/nonces"
	await flooded || return
	after=$(asked) end=$(date +%s)
	read -r made refusals <"$exchange/flooded"
	flood=$(not_of_quotes "$before" "$after") late=$(not_of_quotes "$during" "$after")
	echo "    the TPM had $((after - before)) commands, $flood of them not for quotes; in the last $((end - middle)) s $late"
	# TPM2_PCR_Extend, and nothing with it
	same tpm/a-command-a-record "$made" "$flood"
	check tpm/extended test "$flood" = "$(ordinals "$before" "$after" | grep -cx 00000182)"
	check tpm/less-than-once-a-second test "$late" -lt $((end - middle))
	[ "$as" != flood-600 ] || check tpm/less-than-once-a-second-in-all test "$flood" -lt $((end - start))
	ask after || return
	judge after/verdict yes after reference rules --state "$run/nonces"
	# Of another user, made while the flood went on
	same after/vms-of-users 1001 "$(field "$run/verdict.json" '" ".join(str(v["uid"]) for v in d["vms"])')"
	check after/some-refusals test "$refusals" -gt 0
	same after/refusals "$refusals" "$(field "$run/verdict.json" 'd["refusals"]')"
}

verify_flood-600() {
	verify_flood
}

cnsa_evidence() {
	ask host || return
	tar -xOf "$run/evidence.host" evidence.json >"$run/evidence.json"
	same evidence/banks sha384 "$(field "$run/evidence.json" '" ".join(d["pcrs"])')"
}

# A host without SHA-256
verify_cnsa() {
	cnsa_evidence || return
	judge host/verdict yes host reference rules
	same host/command-line "$append" "$(field "$run/verdict.json" \
		'd["kernels"][0]["command_line"].partition("tsc=reliable ")[2]')"
	same host/vms accepted "$(field "$run/verdict.json" '" ".join(v["verdict"] for v in d["vms"])')"
}

# The same, and IMA looks for a bank of SHA-256
verify_cnsa-sha256() {
	cnsa_evidence || return
	judge host/verdict boot-aggregate-mismatch host reference rules
}

# Little, for firmware and kernel hash it: the programs that the host runs
initrd() {
	ONLY="caretaker flood refuse vmm" \
	KERNEL_MODULES=$(find "$MODULES" -name kvm.ko -o -name kvm-amd.ko -o -name irqbypass.ko) \
		"$HERE/initramfs.sh" "$run/initrd"
}

main() {
	local status=0 kernel

	mkdir -p "$exchange" "$run"
	rm -rf "$run/nonces" "$run/host.json" "$run/tpm.log"
	mkdir -m 700 "$run/nonces"
	: >"$run/results"
	kernel=$("$HERE/sign-kernel.sh" "$KERNEL") || return
	initrd || return
	reference reference --payload "$share/payloads/good" --payload "$share/payloads/update-b" \
		--kernel "$kernel" --signer "$KEYS/release.pem" >>"$run/results"
	rules rules "d['quote']['bank'] = '$bank'"
	"$HERE/boot.sh" --quiet --secure-boot --tpm-bank "$bank" --initrd "$run/initrd" --smp $cpus --timeout "$timeout" --share "$share" \
		--run "$run" --append "$append" -- "$*" &
	boot_pid=$!
	if enrol "$bank" >"$run/enrol.log" 2>&1; then
		"verify_$as" || not_ok "verifier: the host sent too little"
	else
		not_ok "enrolment: $(tail -n 1 "$run/enrol.log")"
	fi >>"$run/results" 2>&1
	wait $boot_pid || status=$?
	boot_pid=""
	cat "$share/output" >>"$run/results"
	return $status
}

status=0
main "$@" || status=$?
cp "$run/results" "$share/output"
exit $status
