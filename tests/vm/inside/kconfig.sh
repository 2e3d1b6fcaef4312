#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel of another configuration: what loads, and that nothing does silently.
#
#   kconfig.sh NAME UNSIGNED-WITHOUT-CAPABILITY UNSIGNED GOOD UNSIGNED-ENFORCED GOOD-ENFORCED
. /lab/report.sh
get_payloads
try="refuse --dir /tmp/payloads --once"
no_capability=$2 unsigned=$3 good=$4 unsigned_enforced=$5 good_enforced=$6

tainted() {
	echo $(($(cat /proc/sys/kernel/tainted) & 8192))
}

named "no-capability" $try --drop-capability --expect "$no_capability" unsigned
same "no-capability/no-taint" 0 "$(tainted)"
named "nothing-enforced" $try --expect "$good" good
same "nothing-enforced/no-taint" 0 "$(tainted)"
named "nothing-enforced" $try --expect "$unsigned" unsigned
if [ "$unsigned" = 0 ]; then
	same "unsigned/taints" 8192 "$(tainted)"
	check "unsigned/is-said" sh -c "dmesg | grep -q 'not signed by a trusted key: allowed for refuse'"
else
	same "unsigned/no-taint" 0 "$(tainted)"
fi
if [ -e $caretaker/enforce ]; then
	check "enforce" sh -c "[ \$(cat $caretaker/enforce) = 1 ] || echo 1 >$caretaker/enforce"
	[ ! -w /sys/kernel/security/ima/policy ] || check "ima/policy" load_policy
elif [ "$unsigned_enforced" != ENOTTY ]; then
	not_ok "enforce: no switch"
fi
named "enforced" $try --expect "$unsigned_enforced" unsigned
named "enforced" $try --expect "$good_enforced" good
# Nor is a kernel loaded of which no record can be made
if [ "$1" = no-ima ]; then
	same "enforced/no-record-no-kexec" ENOENT "$(kexec crash /share/boot/kernel /share/boot/initrd nr_cpus=1)"
	same "enforced/none-is-loaded" 0 "$(cat /sys/kernel/kexec_crash_loaded)"
fi
true
