# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# What a verifier does in a test, with the real `caretaker attest`; sourced by the scripts beside
# it, after lab.sh and inside/report.sh. They set before that
#
#   share      what is shared with the host
#   run        where the verifier's own files go; $run/nonces is there
#
# and then boot_pid, as long as there is a host: once that has ended, no file comes any more. With
# the script it ends too.

caretaker=$BUILD/caretaker
exchange=$share/exchange	# inside/exchange.sh
boot_pid=""
declare -A nonces=()

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
		sleep 0.1
	done
}

give() {
	cp "$1" "$exchange/$2.new"
	mv "$exchange/$2.new" "$exchange/$2"
}

# nonce NAME: a fresh one, to the host
nonce() {
	nonces[$1]=$("$caretaker" attest --new-nonce --state "$run/nonces")
	printf %s "${nonces[$1]}" >"$run/nonce"
	give "$run/nonce" "nonce.$1"
}

# enrol [BANK]: of the host's TPM (tpm.sh)
enrol() {
	await enrolment || return
	"$HERE/tpm.sh" ca "${1:-sha256}" >"$run/ek-ca.pem" || return
	"$caretaker" attest --challenge --enrolment "$exchange/enrolment" --ek-ca "$run/ek-ca.pem" \
		--out "$run/challenge" --secret-out "$run/challenge.secret" || return
	give "$run/challenge" challenge
	await response || return
	"$caretaker" attest --finish "$exchange/response" --secret "$run/challenge.secret" \
		--enrolment "$exchange/enrolment" --out "$run/host.json"
}

# rules NAME [STATEMENT]: those of the lab, but for what a line of Python does with the document d
rules() {
	python3 - "$ROOT/policy/rules-lab.json" "${2:-}" >"$run/$1.json" <<-'END'
	import json, sys
	d = json.load(open(sys.argv[1]))
	exec(sys.argv[2])
	json.dump(d, sys.stdout)
	END
}

# reference NAME OPTION...: values to compare with
reference() {
	local name=$1

	shift
	"$caretaker" policy reference "$@" --out "$run/$name.json" 2>"$run/$name.log" ||
		not_ok "reference/$name: $(tail -n 1 "$run/$name.log")"
}

# field FILE EXPRESSION: of the JSON document d
field() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2" 2>/dev/null || echo "not there"
}

# judge TEST yes|"REASON..." EVIDENCE REFERENCE RULES [OPTION...]: the verdict, or all reasons of a
# no, on $run/evidence.EVIDENCE; the verdict itself is in $run/verdict.json
judge() {
	local test=$1 expected=$2 evidence=$3 reference=$4 rules=$5

	shift 5
	"$caretaker" attest --evidence "$run/evidence.$evidence" --nonce "${nonces[$evidence]}" \
		--host "$run/host.json" --reference "$run/$reference.json" --rules "$run/$rules.json" \
		"$@" --json >"$run/verdict.json" 2>"$run/verdict.log" || true
	same "$test" "$expected" "$(field "$run/verdict.json" \
		'"yes" if d["accepted"] else " ".join(sorted({r["reason"] for r in d["reasons"]}))')"
}
