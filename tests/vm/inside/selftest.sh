#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The series' selftests, without a payload and with one; in a kernel that enforces
# nothing, then behind the switch.
. /lab/report.sh
get_payloads

# kselftest NAME TEST PAYLOAD...: its lines as ours; a plan that is not kept is a failure
kselftest() {
	local prefix=$1 test=$2 plan

	shift 2
	# By its path: the library loads the guest from it
	"/bin/$test" "$@" >/tmp/selftest.log 2>&1
	same "$prefix/status" 0 $?
	plan=$(sed -n 's/^1\.\.//p' /tmp/selftest.log)
	same "$prefix/plan" "${plan:-a plan}" "$(grep -cE '^(not )?ok [0-9]' /tmp/selftest.log)"
	sed -nE "s,^ok ([0-9]+) (.*),ok $prefix/\1 (\2),p; s,^not ok ([0-9]+) ?(.*),not ok $prefix/\1: \2,p" \
		/tmp/selftest.log | grep -v '# SKIP'
	grep -E '^# .* instead of |^# exit reason|^# the guest|Test Assertion|: .*failed' /tmp/selftest.log | sed 's/^/    /'
	skipped=$(grep -c '^ok .*# SKIP' /tmp/selftest.log)
}

kselftest without-payload caretaker_test
same "without-payload/skipped" 24 "$skipped"
kselftest with-payload caretaker_test /tmp/payloads/good
same "with-payload/skipped" 0 "$skipped"
kselftest answers caretaker_answers_test /tmp/payloads/good
same "answers/skipped" 0 "$skipped"
same "answers/isolated-and-shared" "isolated shared" \
	"$(sed -nE 's/^ok [0-9]+ ([a-z]+): .*/\1/p' /tmp/selftest.log | sort -u | tr '\n' ' ' | sed 's/ $//')"
check "ima/policy" load_policy
check "enforce" sh -c "echo 1 >$caretaker/enforce"
KVM_CARETAKER_PAYLOAD=/tmp/payloads/good kselftest enforced caretaker_test
same "enforced/skipped" 0 "$skipped"
