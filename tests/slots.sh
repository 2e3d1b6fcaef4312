# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How many pieces of work run at once, over all scripts; sourced by them.
#
# SLOTS is a folder with a file a slot. Who has the lock of one may work; the lock goes with
# the process that took it. Without SLOTS nobody waits.

# slot_take: waits until a slot is free and holds it until this (sub)shell ends
slot_take() {
	local file

	[ -n "${SLOTS:-}" ] || return 0
	while :; do
		for file in "$SLOTS"/*; do
			exec {slot}>"$file"
			! flock -n "$slot" || return 0
			exec {slot}>&-
		done
		sleep 0.5
	done
}
