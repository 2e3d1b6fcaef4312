#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# One boot of the trust matrix, as trust_matrix.py planned it: trust.sh trust-BOOT
. /lab/report.sh
plan=/share/trust/${1#trust-}
cp -r /share/trust/files /tmp/files
cd /share/trust || exit 3

# enrol RING: what the release key vouches for goes in at run time
enrol() {
	for file in "enrol.$1."*; do
		keyctl padd asymmetric "" "%:.$1" <"$file" >/dev/null 2>/tmp/enrol.log ||
			not_ok "enrol/$file: $(tail -n 1 /tmp/enrol.log)"
	done
}

# The files' owners pick the rule; what IMA measures is as in measure.ima, and the files
# besides, as somebody's own policy may have it
policy() {
	{
		cat /lab/measure.ima
		echo "measure func=CARETAKER_CHECK template=ima-modsig"
		echo "appraise func=CARETAKER_CHECK fowner=1001 appraise_type=imasig"
		echo "appraise func=CARETAKER_CHECK fowner=1002 appraise_type=imasig|modsig"
	} >/tmp/policy
	cat /tmp/policy >/sys/kernel/security/ima/policy
}

# Makes the context be what its name says
enter() {
	case $1 in
	none-*)	same "context/$1" 0 "$(cat $caretaker/enforce)" >>/tmp/context
		same "context/$1" "[none]" "$(grep -o '\[.*\]' /sys/kernel/security/lockdown)" ;;
	switch)	echo 1 >$caretaker/enforce
		same "context/$1" 1 "$(cat $caretaker/enforce)" ;;
	secure)	dmesg | grep -q 'Secure boot enabled' || not_ok "context/$1: no Secure Boot" ;;
	*)	echo "$1" >/sys/kernel/security/lockdown 2>/dev/null
		same "context/$1" "[$1]" "$(grep -o '\[.*\]' /sys/kernel/security/lockdown)" ;;
	esac >>/tmp/context
}

enrol secondary_trusted_keys
enrol ima
for file in revoked.*.p7s; do
	keyctl padd blacklist "$(cat "${file%.p7s}")" %:.blacklist <"$file" >/dev/null ||
		not_ok "revoke/${file%.p7s}"
done
: >/tmp/context
while read -r verb context cases; do
	case $verb in
	mode)	grep -qw "ima_appraise=$context" /proc/cmdline || not_ok "mode: not ima_appraise=$context"
		continue ;;
	policy)	policy || not_ok "policy: IMA does not take it"
		continue ;;
	esac
	enter "$context"
	case $context in
	none-*)	who=${context#none-} ;;
	*)	who=root ;;
	esac
	trust --as "$who" --files /tmp/files "$plan/$cases" 2>/tmp/trust.log ||
		sed 's/^/    /' /tmp/trust.log
done <"$plan/plan"
grep '^not ok' /tmp/context

# A record that counts the refusals behind the last one
vmm --payload /share/payloads/good --count 100 --shared --vmm-id last >/tmp/last.log 2>&1
cat /sys/kernel/security/ima/binary_runtime_measurements >"$plan/log"
true
