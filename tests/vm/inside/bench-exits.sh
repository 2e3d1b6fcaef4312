#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that an exit takes: bench-exits.sh COUNT TURN
#
# TURN is how long a vCPU runs before another one does, in milliseconds
echo "$2" >/proc/sys/kernel/sched_rr_timeslice_ms || exit 3
exits 3 "$1" /share/good
