#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory of a VM that is pinned and frozen: what a VMM may do to it, what is refused meanwhile,
# whose account it is on, and that nothing is left.
. /lab/report.sh
. /lab/leaks.sh
get_payloads

check "ima/policy" load_policy
leaks_begin
named prepare prepare /tmp/payloads
leaks_end
