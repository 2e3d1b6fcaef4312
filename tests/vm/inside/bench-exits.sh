#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that an exit takes: bench-exits.sh COUNT TURN [WHAT]...
#
# TURN is how long a vCPU runs before another one does, in milliseconds; WHAT is as
# tests/bench/exits.c has it.  Where there is no payload stock KVM alone is measured.
echo "$2" >/proc/sys/kernel/sched_rr_timeslice_ms || exit 3
count=$1
shift 2
payload=/share/good
[ -e $payload ] || payload=-
exits 3 "$count" $payload "$@"
