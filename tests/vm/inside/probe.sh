#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a caretaker can reach, in both modes; the host outlives every attempt.
. /lab/report.sh
get_payloads

named isolated probe --payload /tmp/payloads/probe
named shared probe --shared --payload /tmp/payloads/probe
check "host/still-runs-guests" vmm --payload /tmp/payloads/good --count 20000
