#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the IMA log says: one record an event, numbered without a gap, the same
# payload twice is two records, and a flood of refusals does not fill the log.
. /lab/report.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
try="refuse --dir /tmp/payloads --once"

# The records of ours, oldest first: event name and struct caretaker_record in hex
records() {
	awk '$5 ~ /^caretaker-/ { print $5, $6 }' $log
}

# number OFFSET BYTES < HEX...: a little-endian field of each record
number() {
	cut -c$((2 * $1 + 1))-$((2 * ($1 + $2))) | while read -r hex; do
		printf '%d\n' "0x$(echo "$hex" | sed 's/../& /g' | awk '{ for (i = NF; i; i--) printf "%s", $i }')"
	done
}

of_event() {
	records | sed -n "s/^caretaker-$1 //p"
}

check "ima/policy" load_policy

# A, B, A: IMA drops what it has seen already, and the third would vanish
named install $try --expect 0 good revoked good
same "a-b-a/installs" 3 "$(of_event install | wc -l)"
same "a-b-a/teardowns" 3 "$(of_event teardown | wc -l)"
digests=$(of_event install | cut -c289-352)
same "a-b-a/digests" 2 "$(echo "$digests" | sort -u | wc -l)"
same "a-b-a/same-again" "$(echo "$digests" | sed -n 1p)" "$(echo "$digests" | sed -n 3p)"
same "a-b-a/other-between" 1 "$(echo "$digests" | sed -n 2p | grep -cvF "$(echo "$digests" | sed -n 1p)")"

# A VMM that is refused again and again
many=$(yes unsigned | head -n 100)
named flood $try --expect EPERM $many >/tmp/flood
same "flood/all-refused" 100 "$(grep -c '^ok ' /tmp/flood)"
recorded=$(of_event refuse | wc -l)
check "flood/some-recorded" test "$recorded" -ge 1
check "flood/not-all-recorded" test "$recorded" -le 32
named after-the-flood $try --expect 0 good
same "flood/next-record-tells-the-rest" $((100 - recorded)) \
	"$(of_event install | tail -n 1 | number 88 4)"

# Sequence numbers of all that is there, from 1
same "sequence/no-gap" "$(seq "$(records | wc -l)")" "$(records | cut -d' ' -f2 | number 8 8)"
# Serial numbers of VMs: each VM here was another
same "serial/no-vm-twice" "" "$(of_event install | number 24 8 | sort | uniq -d)"
