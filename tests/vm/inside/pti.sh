#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# With page-table isolation, which leaves some mappings global, and the switch, which leaves none.
#
#   pti.sh GROUP: less of it, and what is Intel's, in bochs-pti
. /lab/report.sh
get_payloads
case $1 in
bochs-*) options="--next-rip --local 70 --count 2000" few=--few ;;
*)	 options="--count 20000" few= ;;
esac

check "pti/on" sh -c "dmesg | grep -q 'page tables isolation: enabled\|PTI'"
no_global_mapping pti
# shellcheck disable=SC2086
check "pti/isolated" vmm --payload /tmp/payloads/good $options --mode long --mode ring3
# shellcheck disable=SC2086
check "pti/shared" vmm --payload /tmp/payloads/good $options --shared
# shellcheck disable=SC2086
named pti/reach probe $few --payload /tmp/payloads/probe
named pti/audit-isolated audit /tmp/payloads
named pti/audit-shared audit --shared /tmp/payloads
