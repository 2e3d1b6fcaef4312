#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that caretakers take is charged to the VMM's cgroup, and held to its limit.
. /lab/report.sh
get_payloads
cgroup=/tmp/cgroup

# oom_kills CGROUP
oom_kills() {
	sed -n 's/^oom_kill //p' "$cgroup/$1/memory.events"
}

mkdir $cgroup
check "cgroup" mount -t cgroup2 none $cgroup
check "cgroup/memory" sh -c "echo +memory >$cgroup/cgroup.subtree_control && mkdir $cgroup/free $cgroup/tight"
check "ima/policy" load_policy
named charge charge /tmp/payloads $cgroup/free

# Half of what was charged there: the kernel ends who wants more, and nobody else
limit=$(($(cat $cgroup/free/memory.peak) / 2))
echo $limit >$cgroup/tight/memory.max
charge /tmp/payloads $cgroup/tight >/tmp/tight.log 2>&1
status=$?
echo "    limit $limit, peak $(cat $cgroup/tight/memory.peak), exit status $status"
check "limit/ends-the-VMM" test $status != 0
check "limit/by-the-cgroup" test "$(oom_kills tight)" -gt 0 -o $status = 3
check "limit/held" test "$(cat $cgroup/tight/memory.peak)" -le $limit
same "limit/others-go-on" 0 "$(oom_kills free)"
named after refuse --dir /tmp/payloads --once --expect 0 good
