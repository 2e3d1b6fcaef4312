#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The series' selftest, without a payload and with one; in a kernel that enforces
# nothing, then behind the switch.
. /lab/report.sh
get_payloads

# kselftest NAME PAYLOAD...: its lines as ours; a plan that is not kept is a failure
kselftest() {
	local prefix=$1 plan

	shift
	# By its path: the library loads the guest from it
	/bin/caretaker_test "$@" >/tmp/selftest.log 2>&1
	same "$prefix/status" 0 $?
	plan=$(sed -n 's/^1\.\.//p' /tmp/selftest.log)
	same "$prefix/plan" "${plan:-a plan}" "$(grep -cE '^(not )?ok [0-9]' /tmp/selftest.log)"
	sed -nE "s,^ok ([0-9]+) (.*),ok $prefix/\1 (\2),p; s,^not ok ([0-9]+) ?(.*),not ok $prefix/\1: \2,p" \
		/tmp/selftest.log | grep -v '# SKIP'
	grep -E '^# .* instead of |^# exit reason|^# the guest|Test Assertion|: .*failed' /tmp/selftest.log | sed 's/^/    /'
	skipped=$(grep -c '^ok .*# SKIP' /tmp/selftest.log)
}

kselftest without-payload
same "without-payload/skipped" 24 "$skipped"
kselftest with-payload /tmp/payloads/good
same "with-payload/skipped" 0 "$skipped"
check "ima/policy" load_policy
check "enforce" sh -c "echo 1 >$caretaker/enforce"
KVM_CARETAKER_PAYLOAD=/tmp/payloads/good kselftest enforced
same "enforced/skipped" 0 "$skipped"
