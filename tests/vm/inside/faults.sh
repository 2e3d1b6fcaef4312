#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each allocation in the path of the ioctl fails once, where nothing enforces and then
# where a signature is required.
. /lab/report.sh
. /lab/leaks.sh
get_payloads
fault=/sys/kernel/debug

# Every allocation that may fail in a real machine may fail here, also single pages and
# those that would wait. A line each is enough, the place shows in the count.
set_up() {
	echo N >$fault/failslab/ignore-gfp-wait &&
	echo N >$fault/fail_page_alloc/ignore-gfp-wait &&
	echo N >$fault/fail_page_alloc/ignore-gfp-highmem &&
	echo 0 >$fault/fail_page_alloc/min-order &&
	echo 0 >$fault/failslab/verbose &&
	echo 0 >$fault/fail_page_alloc/verbose
}

revoke() {
	keyctl padd blacklist "$(cat /tmp/payloads/revoked.description)" %:.blacklist \
		</tmp/payloads/revoked.signature
}

check "ima/policy" load_policy
check "set-up" set_up
check "revoke" revoke
leaks_begin
named allowed faults /tmp/payloads
same "enforced" 1 "$(echo 1 >$caretaker/enforce && cat $caretaker/enforce)"
named enforced faults /tmp/payloads enforced
leaks_end
