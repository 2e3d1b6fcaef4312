#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is thrown while a payload is read, or waits for its record, counts.
. /lab/report.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
name=$(cat /share/payload.name) svn=$(cat /share/payload.svn)

same "before" 0 "$(cat $caretaker/enforce)"
check "ima/policy" load_policy
named late late /tmp/payloads/good /tmp/payloads/unsigned $caretaker "$name" $((svn + 1))
same "after" 1 "$(cat $caretaker/enforce)"
# Two were installed: what was refused has no install beside its refusal
same "records/installs" 2 "$(grep -c caretaker-install $log)"
# Rules of virt/caretaker/trust.h: required meanwhile, 137; below the floor, 135
same "records/rules" "89000000 87000000" \
	"$(awk '$5 == "caretaker-refuse" { printf "%s%s", sep, substr($6, 257, 8); sep = " " }' $log)"
