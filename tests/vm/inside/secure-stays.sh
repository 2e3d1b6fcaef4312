#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A list of the machine owner's keys that outlives a reboot is not shim's: root can make one. Its
# key vouches for nothing.
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads"

check "secure-boot/on" sh -c "dmesg | grep -q 'Secure boot enabled'"
check "says-so" sh -c "dmesg | grep -q 'MokListRT outlives a reboot'"
check "ima/policy" load_policy
named owner $try --expect ENOKEY owner
named db $try --expect 0 db
same "db/keyring" 2 "$(of_event install | tail -n 1 | number 204 2)"
