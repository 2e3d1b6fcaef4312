#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same guests hundreds of times, several VMMs at once, so that vCPUs move between
# CPUs: with a caretaker, and without one as the control. An emulator that loses a
# guest loses it in both.
#
#   soak.sh [ROUNDS]
. /lab/report.sh
get_payloads
rounds=${1:-150}

# vmms NAME OPTION...: prints a line for each run that went wrong
vmms() {
	local name=$1 n=0

	shift
	while [ $n -lt "$rounds" ]; do
		n=$((n + 1))
		vmm --count 2000 --every 200 --vcpus 3 "$@" >/tmp/soak-$name.log 2>&1 && continue
		echo "    $name, round $n: $(grep -m 1 -v ': equal' /tmp/soak-$name.log)"
	done >/tmp/soak-$name.lost
}

vmms with-0 --payload /tmp/payloads/good &
vmms with-1 --payload /tmp/payloads/good --install-at 1 &
vmms with-shared --payload /tmp/payloads/good --shared &
vmms without --twice &
wait
for name in with-0 with-1 with-shared without; do
	cat /tmp/soak-$name.lost
	same "$name-of-$rounds-lost" 0 "$(grep -c . /tmp/soak-$name.lost)"
done
