#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Secure Boot with a TPM: the firmware's dbx counts, and records reach PCR 10.
. /lab/report.sh
. /lab/record.sh
get_payloads
ima=/sys/kernel/security/ima

pcr10() {
	cat /sys/class/tpm/tpm0/pcr-sha256/10
}

check "secure-boot/on" sh -c "dmesg | grep -q 'Secure boot enabled'"
check "secure-boot/tpm" test -c /dev/tpm0
check "ima/policy" load_policy
named secure-boot refuse --dir /tmp/payloads --expect EPERM unsigned
named secure-boot refuse --dir /tmp/payloads --expect EKEYREVOKED revoked-key
# In db as a certificate, on dbx by the hash of it
check "secure-boot/hash-is-known" sh -c "keyctl show %:.blacklist | grep -q 'tbs:[0-9a-f]\{64\}$'"
check "secure-boot/hashed-key-is-trusted" sh -c \
	"keyctl show %:.platform | grep -q 'Key that dbx names by its hash'"
named secure-boot refuse --dir /tmp/payloads --expect EKEYREVOKED hashed-key
named secure-boot refuse --dir /tmp/payloads --expect ENOKEY untrusted
named secure-boot refuse --dir /tmp/payloads --expect EBADMSG module
# Whose key vouched: the firmware's, the machine owner's
named db refuse --dir /tmp/payloads --expect 0 db
same "db/keyring" 2 "$(of_event install | tail -n 1 | number 204 2)"
named owner refuse --dir /tmp/payloads --expect 0 owner
same "owner/keyring" 4 "$(of_event install | tail -n 1 | number 204 2)"
before=$(pcr10) records=$(grep -c caretaker-install $ima/ascii_runtime_measurements)
check "secure-boot/guest" vmm --payload /tmp/payloads/good --count 20000
same "record/install" $((records + 1)) "$(grep -c caretaker-install $ima/ascii_runtime_measurements)"
check "record/teardown" grep -q caretaker-teardown $ima/ascii_runtime_measurements
check "record/refuse" grep -q caretaker-refuse $ima/ascii_runtime_measurements
check "record/extended" test "$before" != "$(pcr10)"
