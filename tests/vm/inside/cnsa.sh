#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A host whose TPM has SHA-384 alone. The other half, attested.sh, is the verifier.
#
#   cnsa.sh GROUP
. /lab/report.sh
. /lab/exchange.sh
get_payloads
keys="--ak-type p384"

same "bank" pcr-sha384 "$(cd /sys/class/tpm/tpm0 && echo pcr-*)"
check "ima-policy" load_policy
vmm --payload /tmp/payloads/good --count 1000 --hold /tmp/let-go >/tmp/vmm.log 2>&1 &
vmm=$!
while kill -0 $vmm 2>/dev/null && ! grep -q '^vmm: holding' /tmp/vmm.log; do
	sleep 0.1
done
check "caretaker" grep -q '^vmm: holding' /tmp/vmm.log
enrol host --ek-type p384 $keys
quote host $keys
touch /tmp/let-go
wait $vmm || not_ok "the VMM failed at its end"
