#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A host that booted a unified kernel image: uki.sh GROUP BOOT. The other half, uki.sh beside
# boot.sh, is the verifier; they speak through the share alone.
. /lab/report.sh
boot=$2
exchange=/share/exchange

# give NAME FILE, take NAME: files of the exchange appear whole or not at all
give() {
	cp "$2" "$exchange/$1.new" && mv "$exchange/$1.new" "$exchange/$1"
}

take() {
	local i=0

	while [ ! -e "$exchange/$1" ]; do
		i=$((i + 1))
		[ $i -lt 1200 ] || { not_ok "$boot/verifier: sent no $1 within two minutes"; exit 1; }
		sleep 0.1
	done
}

state=enabled
[ "$boot" != open ] || state=disabled
check "$boot/secure-boot-$state" sh -c "dmesg | grep -q 'Secure boot $state'"
check "$boot/lockdown" grep -q '\[integrity\]' /sys/kernel/security/lockdown
check "$boot/ima-policy" load_policy
if [ "$boot" = firmware ]; then
	check "$boot/enroll" caretaker quote --enroll --out /tmp/enrolment
	give enrolment /tmp/enrolment
	take challenge
	check "$boot/activate" caretaker quote --activate $exchange/challenge --out /tmp/response
	give response /tmp/response
fi
# With what systemd-stub measures into
take "nonce.$boot"
check "$boot/quote" caretaker quote --nonce "$(cat "$exchange/nonce.$boot")" --out /tmp/evidence \
	--pcrs sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14
give "evidence.$boot" /tmp/evidence
