# SPDX-License-Identifier: GPL-2.0-only
#
# How a host speaks with its verifier: by files in the share, which appear whole or not at
# all; sourced by the scripts beside it.

exchange=/share/exchange

# give NAME < DATA
give() {
	cat >"$exchange/$1.new" && mv "$exchange/$1.new" "$exchange/$1"
}

# take NAME SECONDS TEST: waits for a file; if none comes, TEST failed, and the script ends
take() {
	local i=0

	while [ ! -e "$exchange/$1" ]; do
		i=$((i + 1))
		[ $i -lt $((10 * $2)) ] || { not_ok "$3: sent no $1 within $2 s"; exit 1; }
		sleep 0.1
	done
}

# enrol TEST [OPTION...]: at the verifier, with these options of `caretaker quote`
enrol() {
	local test=$1

	shift
	check "$test/enroll" caretaker quote --enroll --out /tmp/enrolment "$@"
	give enrolment </tmp/enrolment
	take challenge 120 "$test/verifier"
	check "$test/activate" caretaker quote --activate "$exchange/challenge" --out /tmp/response "$@"
	give response </tmp/response
}

# quote NAME [OPTION...]: evidence over the verifier's nonce of that name
quote() {
	local name=$1

	shift
	take "nonce.$name" 120 "$name/verifier"
	check "$name/quote" caretaker quote --nonce "$(cat "$exchange/nonce.$name")" \
		--out "/tmp/evidence.$name" "$@"
	give "evidence.$name" <"/tmp/evidence.$name"
}
