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
	echo $(($(cat /proc/sys/kernel/tainted) & 64))
}

# load_kernel file|crash WORDS: the kernel that runs, once more
load_kernel() {
	kexec "$1" /share/boot/kernel /share/boot/initrd "console=ttyS0 panic=-1 $2"
}

# Is a kernel loaded, and one for a crash?
loaded() {
	echo "$(cat /sys/kernel/kexec_loaded) $(cat /sys/kernel/kexec_crash_loaded)"
}

named "no-capability" $try --drop-capability --expect "$no_capability" unsigned
same "no-capability/no-taint" 0 "$(tainted)"
named "nothing-enforced" $try --expect "$good" good
same "nothing-enforced/no-taint" 0 "$(tainted)"
named "nothing-enforced" $try --expect "$unsigned" unsigned
if [ "$unsigned" = 0 ]; then
	same "unsigned/taints" 64 "$(tainted)"
	check "unsigned/is-said" sh -c "dmesg | grep -q 'not signed by a trusted key: allowed for refuse'"
else
	same "unsigned/no-taint" 0 "$(tainted)"
fi
# Without a record as well, where nothing is enforced
if [ "$1" = no-ima ]; then
	same "nothing-enforced/kexec-segments" 0 "$(kexec segments)"
	same "nothing-enforced/kexec" 0 "$(load_kernel file kho=on)"
	same "nothing-enforced/kexec-loaded" "1 0" "$(loaded)"
	same "nothing-enforced/unload" 0 "$(kexec unload)"
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
	same "enforced/no-record-no-kexec" ENOENT "$(load_kernel file kho=on)"
	same "enforced/no-record-no-crash-kernel" ENOENT "$(load_kernel crash nr_cpus=1)"
	# It hands nothing over, which comes first
	same "enforced/no-handover-no-kexec" EPERM "$(kexec segments)"
	same "enforced/none-is-loaded" "0 0" "$(loaded)"
fi
true
