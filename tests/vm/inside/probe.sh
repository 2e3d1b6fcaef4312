#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a caretaker can reach, and what its page tables map, in both modes; the host
# outlives every attempt.
. /lab/report.sh
get_payloads

named isolated probe --payload /tmp/payloads/probe
named shared probe --shared --payload /tmp/payloads/probe
named audit-isolated audit /tmp/payloads
named audit-shared audit --shared /tmp/payloads
check "host/still-runs-guests" vmm --payload /tmp/payloads/good --count 20000
