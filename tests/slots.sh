# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How many pieces of work run at once, over all scripts; sourced by them.
#
# SLOTS is a folder with a file a slot. Who has the lock of one may work; the lock goes with
# the process that took it. Without SLOTS nobody waits.

# slot_take: waits until a slot is free and holds it until this (sub)shell ends. Who waits holds
# the lock of the queue, so that one who comes later does not come first.
slot_take() {
	local file queue

	[ -n "${SLOTS:-}" ] || return 0
	exec {queue}>"$SLOTS/.queue"
	flock "$queue"
	while :; do
		for file in "$SLOTS"/*; do
			exec {slot}>"$file"
			if flock -n "$slot"; then
				exec {queue}>&-
				return 0
			fi
			exec {slot}>&-
		done
		sleep 0.5
	done
}
