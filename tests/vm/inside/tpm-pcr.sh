#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who extends the register of IMA's measurements: while the kernel is locked down, the
# kernel alone.
#
#   tpm-pcr.sh GROUP: with a TPM 1.2 in tpm-pcr-12
. /lab/report.sh
. /lab/record.sh

# tries NAME EXPECTED PCR COMMAND...
tries() {
	local name=$1 expected=$2 pcr=$3 command device

	shift 3
	for device in $devices; do
		for command; do
			same "$name/${device#/dev/}/$pcr/$command" "$expected" "$(tpm_extend $device $command $pcr)"
			same "$name/${device#/dev/}/$pcr/$command/nonblock" "$expected" \
				"$(tpm_extend --nonblock $device $command $pcr)"
		done
	done
}

pcr10() {
	cat /sys/class/tpm/tpm0/pcr-$bank/10
}

if [ "$1" = tpm-pcr-12 ]; then
	devices=/dev/tpm0 bank=sha1
	same "version" 1 "$(cat /sys/class/tpm/tpm0/tpm_version_major)"
	tries open sent 10 extend12
	tries open "sent 0x1a" 10 complete12	# TPM_SHA_THREAD: there is none
	lock="EPERM"
	check "lock" sh -c 'echo integrity >/sys/kernel/security/lockdown'
	tries locked $lock 10 extend12 complete12 wrapped12
	tries locked sent 16 extend12
	tries locked "sent 0x1a" 16 complete12
	tries locked sent 10 read12
	exit 0
fi

devices="/dev/tpm0 /dev/tpmrm0" bank=sha256
same "lockdown/none" "[none] integrity confidentiality" "$(cat /sys/kernel/security/lockdown)"
tries open sent 10 extend event complete
tries open sent 16 extend event complete reset
before=$(pcr10)
check "lock" sh -c 'echo integrity >/sys/kernel/security/lockdown'
# The kernel itself does
check "locked/record-extended" test "$before" != "$(pcr10)"
before=$(pcr10)
tries locked EPERM 10 extend event complete reset
same "locked/unchanged" "$before" "$(pcr10)"
tries locked sent 10 read
tries locked sent 11 extend event complete
tries locked sent 16 extend event complete reset
tries locked sent 23 extend event complete reset
check "locked/says-so" sh -c "dmesg | grep -q \"Lockdown: tpm_extend: extending IMA's PCR by user space is restricted\""

# The kernel lets the TPM go and takes it back: no list leads to the register any more, and
# nothing is installed, since what IMA measures goes to the TPM that it had
device=$(basename "$(readlink -f /sys/class/tpm/tpm0/device)")
driver=$(readlink -f /sys/class/tpm/tpm0/device/driver)
first=$(cat /sys/class/tpm/tpm0/pcr-$bank/0)
get_payloads
check "leaves/policy" load_policy
named leaves/before refuse --dir /tmp/payloads --once --expect 0 good
before=$(pcr10)
check "leaves/unbind" sh -c "echo $device >$driver/unbind"
named leaves/away refuse --dir /tmp/payloads --once --expect EIO good
check "leaves/bind" sh -c "echo $device >$driver/bind"
after=$(cat /sys/class/tpm/tpm[0-9]/pcr-$bank/10)
same "leaves/back" 64 "$(printf %s "$after" | wc -c)"
check "leaves/register-is-another" test "$before" != "$after"
same "leaves/others-are-not" "$first" "$(cat /sys/class/tpm/tpm[0-9]/pcr-$bank/0)"
named leaves/and-back refuse --dir /tmp/payloads --once --expect EIO good
