#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Lockdown alone, without Secure Boot: the same refusals as behind the switch.
. /lab/report.sh
get_payloads

same "lockdown" "none [integrity] confidentiality" "$(cat /sys/kernel/security/lockdown)"
named no-record refuse --dir /tmp/payloads --expect ENOENT good
check "ima/policy" load_policy
named lockdown refuse --dir /tmp/payloads --table /share/refusals.tab --column enforced
check "lockdown/guest" vmm --payload /tmp/payloads/good --count 20000
