#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# caretaker=nomachine: a key of the machine's owner (MOK) vouches for nothing, one of
# Secure Boot's db beside it does.
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads"

check "secure-boot/on" sh -c "dmesg | grep -q 'Secure boot enabled'"
check "ima/policy" load_policy
named owner $try --expect ENOKEY owner
named db $try --expect 0 db
same "db/keyring" 2 "$(of_event install | tail -n 1 | number 204 2)"
same "db/switches" 74 "$(of_event boot | number 108 4)"
