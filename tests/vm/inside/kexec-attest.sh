# SPDX-License-Identifier: GPL-2.0-only
#
# The second kernel of a host enrols and quotes; sourced by kexec.sh where there is a TPM. The
# other half, kexec.sh beside boot.sh, is the verifier; they speak through the share alone.
. /lab/exchange.sh

# guest NAME: a VM with a caretaker, which lives as long as its kernel
guest() {
	vmm --payload /tmp/payloads/good --count 1000 --every 100 --vmm-id "$1" --hold /tmp/stop >/tmp/guest.log 2>&1 &
	for _ in $(seq 300); do
		grep -q '^vmm: holding' /tmp/guest.log && break
		usleep 100000
	done
	check "$1/guest" grep -q '^vmm: holding' /tmp/guest.log
}

# quote NAME: evidence of this moment
quote() {
	take "nonce.$1" 120 "quote/$1"
	check "quote/$1" caretaker quote --nonce "$(cat "$exchange/nonce.$1")" --out /tmp/evidence
	give "evidence.$1" </tmp/evidence
	rm -f /tmp/evidence
}

enrol() {
	check "enrolment/offer" caretaker quote --enroll --out /tmp/enrolment
	give enrolment </tmp/enrolment
	take challenge 120 "enrolment/verifier"
	check "enrolment/activate" caretaker quote --activate $exchange/challenge --out /tmp/response
	give response </tmp/response
}
