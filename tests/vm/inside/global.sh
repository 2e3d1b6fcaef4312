#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Global kernel mappings, some or all: isolation cannot be had, and the log names the switch.
. /lab/report.sh
get_payloads

named global refuse --isolated --dir /tmp/payloads --good good --expect EOPNOTSUPP good
check "global/some-are" grep -qw GLB $page_tables
check "global/message" sh -c "dmesg | grep -q 'caretaker=nonglobal'"
check "global/shared" vmm --payload /tmp/payloads/good --count 20000 --shared
check "global/shared-32-bit" vmm --payload /tmp/payloads/good --count 20000 --shared --mode prot32
