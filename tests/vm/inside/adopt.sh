#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A VMM is killed, and another process goes on with its guest: who may, with which memory, what
# the log says, and that nothing is left.
#
#   adopt.sh GROUP: 200 kills in adopt-200, else 20
. /lab/report.sh
. /lab/leaks.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
[ "$1" = adopt-200 ] && times=200 || times=20

check "ima/policy" load_policy
leaks_begin
named adopt adopt /tmp/payloads $times

# A record for each adoption, of a VM that has a caretaker and an end; none for what was refused
adopted=$(awk '$5 == "caretaker-adopt"' $log | wc -l)
# Two by users, one that lives on, one after the refusals
same "log/adoptions" $((times + 4)) "$adopted"
vms() {
	awk -v e="caretaker-$1" '$5 == e { print substr($6, 177, 16) }' $log | sort -u
}
vms adopt >/tmp/adopted
vms install >/tmp/installed
vms teardown >/tmp/ended
same "log/of-vms-with-a-caretaker" "" "$(grep -vxFf /tmp/installed /tmp/adopted)"
same "log/each-has-its-end" "" "$(grep -vxFf /tmp/ended /tmp/adopted)"
leaks_end
