#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# caretaker=builtin: a key that was added at run time vouches for nothing, though the
# kernel took it into its secondary keyring.
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads"

check "ima/policy" load_policy
check "enrol" sh -c 'keyctl padd asymmetric "" %:.secondary_trusted_keys </tmp/payloads/second.der'
named builtin $try --expect 0 good
same "builtin/keyring" 1 "$(of_event install | tail -n 1 | number 204 2)"
same "builtin/switches" 71 "$(of_event boot | number 108 4)"
named secondary $try --expect ENOKEY second
