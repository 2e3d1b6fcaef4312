#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What an operator has allowed: nothing, where no word says so (allowed-none), or caretakers in
# page tables of their own alone (allowed-isolated).  KVM offers no more, and the kernel's own
# record says what it was.
#
#   allowed.sh GROUP
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads --good good"
installs() {
	of_event install | wc -l
}

check "ima/policy" load_policy
case $1 in
allowed-none)
	same "capability" 0 "$(refuse --capability)"
	named isolated $try --isolated --expect EOPNOTSUPP good
	named shared $try --expect EOPNOTSUPP good
	check "message" sh -c "dmesg | grep -q 'refused: not allowed on this boot; see caretaker=isolated'"
	same "records" 0 "$(installs)"
	same "switches" 2 "$(of_event boot | number 108 4)"
	;;
allowed-isolated)
	same "capability" $((1 << 30 | 1 << 29 | 1 << 28 | 1 << 2 | 1 << 1)) "$(refuse --capability)"
	named shared $try --expect EOPNOTSUPP good
	check "message" sh -c "dmesg | grep -q 'refused: not allowed on this boot; see caretaker=any'"
	same "records" 0 "$(installs)"
	named isolated $try --isolated --expect 0 good
	check "guest" vmm --payload /tmp/payloads/good --count 20000
	same "switches" 34 "$(of_event boot | number 108 4)"
	;;
esac
