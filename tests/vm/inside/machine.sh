#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Keys of the machine's owner (MOK) in .machine, and those that they let in at run time.
#
#   machine.sh GROUP: with caretaker=nomachine in machine-no
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads"

[ -e /share/machine_key.ko ] || { not_ok "module: machine_key.ko is not there (make lab-modules)"; exit 0; }
check "ima/policy" load_policy
enrol() {
	check "enrol/$1" sh -c "keyctl padd asymmetric '' %:.secondary_trusted_keys </tmp/payloads/$1.der"
}
# They vouch for nobody before they are there
check "owned-alone/not-enrolled" sh -c \
	"! keyctl padd asymmetric '' %:.secondary_trusted_keys </tmp/payloads/owned.der"
check "machine/add" insmod /share/machine_key.ko keyring=$(($(keyctl id %:.machine))) path=/tmp/payloads/owner.der
for key in second owned owned-again; do
	enrol $key
done

if [ "$1" = machine ]; then
	expected=0
else
	expected=ENOKEY
fi
# What the release key let in is not the machine owner's
named who $try --expect 0 second
same "second/keyring" 3 "$(of_event install | tail -n 1 | number 204 2)"
for key in owner owned owned-again; do
	named who $try --expect $expected $key
	if [ $expected = 0 ]; then
		same "$key/keyring" 4 "$(of_event install | tail -n 1 | number 204 2)"
	else
		same "$key/no-signer" 0 "$(of_event refuse | tail -n 1 | number 206 2)"
	fi
done
named who $try --expect 0 good
same "good/keyring" 1 "$(of_event install | tail -n 1 | number 204 2)"
