# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a piece of a suite costs; sourced by the scripts that run the pieces.
#
#   cost_begin; COMMAND; cost_end NAME
#
# prints "# NAME  SECONDS s, SECONDS s of CPU": by the clock, and what the shell and the
# children that it has waited for have taken from the CPUs, user and system. On a machine
# that has other work only the second can be compared. Pieces that run at the same time
# need a subshell each. tests/check.sh collects these lines.

# cost_ticks VARIABLE: hundredths of seconds of CPU so far, of the (sub)shell that began and its
# children (proc(5), /proc/PID/stat, fields 14 to 17; the tick is 1/100 s, CLK_TCK)
cost_ticks() {
	local line fields

	read -r line < "/proc/$cost_shell/stat"
	# The name, in parentheses, may hold anything
	read -ra fields <<< "${line##*) }"
	printf -v "$1" %d $((fields[11] + fields[12] + fields[13] + fields[14]))
}

cost_before=0
cost_begin() {
	cost_shell=$BASHPID
	cost_started=$SECONDS
	cost_ticks cost_before
}

cost_end() {
	local after

	cost_ticks after
	printf '# %-20s %5d s, %5d s of CPU\n' "$1" $((SECONDS - cost_started)) \
		$(((after - cost_before + 50) / 100))
}
