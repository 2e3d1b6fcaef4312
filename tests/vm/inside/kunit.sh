#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own unit tests of the caretaker, from modules.
. /lab/report.sh

modules=$(find /lib/modules -iname '*caretaker*test*.ko' -o -iname '*caretaker*kunit*.ko' |
	sed 's,.*/,,; s/\.ko$//')
[ -n "$modules" ] || not_ok "kunit: no module of tests"
modprobe kunit enable=1 autorun=1
for module in $modules; do
	dmesg -c >/dev/null
	check "$module/load" modprobe "$module"
	# KTAP: "    ok 1 name" inside of a suite, "ok 1 suite" at its end
	dmesg | sed 's/^\[[^]]*\] *//; s/^<[0-9]*>//' >/tmp/ktap
	grep -E '^ *(not )?ok [0-9]+ ' /tmp/ktap |
		sed -E "s/^ *ok [0-9]+ /ok $module\//; s/^ *not ok [0-9]+ /not ok $module\//"
	# Random tests say which seed repeats them
	sed -n 's/^ *# .*seed=/    seed=/p' /tmp/ktap
	grep -q 'not ok' /tmp/ktap && sed 's/^/    /' /tmp/ktap
	grep -qE '^ *ok [0-9]+ ' /tmp/ktap || not_ok "$module: printed no results"
done
true
