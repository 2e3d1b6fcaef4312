#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a caretaker can reach, and what its page tables map, in both modes; the host
# outlives every attempt.
#
#   probe.sh GROUP: on a CPU with five levels of page tables in probe-la57
. /lab/report.sh
get_payloads

if [ "$1" = probe-la57 ]; then
	same "five-levels" "57 bits virtual" \
		"$(sed -n 's/^address sizes.*, //p' /proc/cpuinfo | head -n 1)"
fi
named isolated probe --payload /tmp/payloads/probe
named shared probe --shared --payload /tmp/payloads/probe
named audit-isolated audit /tmp/payloads
named audit-shared audit --shared /tmp/payloads
check "host/still-runs-guests" vmm --payload /tmp/payloads/good --count 20000
