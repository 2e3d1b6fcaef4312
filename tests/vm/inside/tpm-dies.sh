#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The TPM stops working. IMA's list goes on, but it is no evidence any more: where a
# signature is required nothing is installed, and nothing can be quoted, and so nothing passes.
. /lab/report.sh
get_payloads
try="refuse --dir /tmp/payloads --once"

installs() {
	grep -c caretaker-install /sys/kernel/security/ima/ascii_runtime_measurements
}

check "ima/policy" load_policy
named before $try --expect 0 good
check "before/quote" caretaker quote --nonce 00112233445566778899aabbccddeeff --out /tmp/before

: >/share/stop-tpm
i=0
while [ -e /share/stop-tpm ] && [ $i -lt 300 ]; do
	i=$((i + 1))
	sleep 0.1
done
check "tpm/stopped" test ! -e /share/stop-tpm

recorded=$(installs)
named after $try --expect EIO good
named after-again $try --expect EIO good
same "after/in-the-list" $((recorded + 2)) "$(installs)"
caretaker quote --nonce ffeeddccbbaa99887766554433221100 --out /tmp/after >/tmp/quote.log 2>&1
same "after/quote-fails" 3 $?
check "after/quote-says-at-what" grep -q '^caretaker quote: which PCR banks there are: ' /tmp/quote.log
check "after/no-evidence" test ! -e /tmp/after
