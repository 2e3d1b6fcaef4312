#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is thrown while a payload is read, or waits for its record, counts.
. /lab/report.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
name=$(cat /share/payload.name) svn=$(cat /share/payload.svn)

# last EVENT OFFSET BYTES: hex of a field of the last such record
last() {
	awk -v event="caretaker-$1" -v at=$((2 * $2 + 1)) -v length=$((2 * $3)) \
		'$5 == event { field = substr($6, at, length) } END { print field }' $log
}

same "before" 0 "$(cat $caretaker/enforce)"
check "ima/policy" load_policy
named late late /tmp/payloads/good /tmp/payloads/unsigned $caretaker "$name" $((svn + 1))
same "after" 1 "$(cat $caretaker/enforce)"
# Two were installed: what was refused has no install beside its refusal
same "records/installs" 2 "$(grep -c caretaker-install $log)"
same "records/refusals" 2 "$(grep -c caretaker-refuse $log)"
