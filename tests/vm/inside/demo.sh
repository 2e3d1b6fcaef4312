#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The host's half of the demo: what happens on the machine that runs guests.
# The other half, demo.sh, is the verifier; they speak through the share alone.
. /lab/report.sh
. /lab/exchange.sh
get_payloads

echo "# boot"
check "boot: Secure Boot is on" sh -c "dmesg | grep -q 'Secure boot enabled'"
check "boot: the kernel is locked down (integrity)" \
	grep -q '\[integrity\]' /sys/kernel/security/lockdown
check "boot: there is a TPM 2.0" test -c /dev/tpmrm0
check "boot: IMA policy policy/measure.ima is in force" load_policy

echo "# guest"
rm -f /tmp/stop
vmm --payload /tmp/payloads/good --count 100000 --every 1000 --vmm-id demo \
	--json /share/vmm.json --hold /tmp/stop >/share/vmm.log 2>&1 &
vmm=$!
while kill -0 $vmm 2>/dev/null && ! grep -q '^vmm: holding' /share/vmm.log; do
	sleep 0.1
done
check "guest: 100,000 CPUID answers are the same with and without a caretaker" \
	grep -q '^vmm: holding' /share/vmm.log

# refused FILE ERRNO TEXT
refused() {
	check "refused: $3 ($2)" refuse --isolated --once --dir /tmp/payloads --expect "$2" "$1"
}

echo "# refusals"
refused unsigned EPERM "an unsigned payload"
refused flipped EKEYREJECTED "a signed payload with one byte changed"
refused untrusted ENOKEY "a payload signed with a key that nobody trusts"
refused module EBADMSG "a correctly signed kernel module"
check "revocation: the kernel takes the signed revocation of an old payload" caretaker keys blacklist \
	--digest "sha256:$(cat /share/revoked.digest)" --sig /share/revoked.sig
refused revoked EKEYREVOKED "a payload whose hash was revoked"

echo "# enrolment"
check "enrolment: the host offers its endorsement and attestation keys" \
	caretaker quote --enroll --out /tmp/enrolment
give enrolment </tmp/enrolment
take challenge 300 verifier
check "enrolment: the TPM opens the verifier's challenge" \
	caretaker quote --activate "$exchange/challenge" --out /tmp/response
give response </tmp/response

echo "# quote"
for name in true altered replaced unknown; do
	take "nonce.$name" 300 verifier
	check "quote: evidence over the nonce \"$name\"" \
		caretaker quote --nonce "$(cat $exchange/nonce.$name)" --out /tmp/evidence
	give "evidence.$name" </tmp/evidence
done
# The caretaker lives until the last quote is made
check "guest: its caretaker was there during the quotes" kill -0 $vmm
touch /tmp/stop
wait $vmm || not_ok "guest: the VMM failed at its end"

echo "# outlive"
mkdir -p /tmp/outlive
outlive /tmp/payloads 1 2 /tmp/outlive >/tmp/outlive.log 2>&1 &
outlive=$!
said=0
for name in before without after; do
	while kill -0 $outlive 2>/dev/null && ! grep -q "^waits for $name" /tmp/outlive.log; do
		sleep 0.1
	done
	sed "1,${said}d; /^waits/d" /tmp/outlive.log
	said=$(wc -l </tmp/outlive.log)
	echo "# $name"
	take "nonce.$name" 300 verifier
	check "quote: evidence over the nonce \"$name\"" \
		caretaker quote --nonce "$(cat $exchange/nonce.$name)" --out /tmp/evidence
	give "evidence.$name" </tmp/evidence
	touch "/tmp/outlive/$name"
done
wait $outlive || not_ok "outlive: status $?"
sed "1,${said}d; /^waits/d" /tmp/outlive.log
echo "# end"
