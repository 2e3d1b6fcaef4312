#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Eight threads that install, run and close, where the kernel looks for our mistakes.
#
#   hammer.sh GROUP [SECONDS [SEED]]
. /lab/report.sh
. /lab/leaks.sh
get_payloads

check "ima/policy" load_policy
leaks_begin
named threads hammer /tmp/payloads "${2:-60}" ${3:+"$3"}
leaks_end
