#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Page-table isolation makes kernel mappings non-global: isolation needs no switch.
. /lab/report.sh
get_payloads

check "pti/on" sh -c "dmesg | grep -q 'page tables isolation: enabled\|PTI'"
check "pti/isolated" vmm --payload /tmp/payloads/good --count 20000 --mode long --mode ring3
check "pti/shared" vmm --payload /tmp/payloads/good --count 20000 --shared
