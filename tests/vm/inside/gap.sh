#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The caretaker's payload runs with its guest on a core of its own.
#
#   gap.sh GROUP: one that never comes back, in gap-endless; that core is lost until the next boot
. /lab/report.sh
. /lab/leaks.sh
. /lab/record.sh
get_payloads
cpus=/sys/devices/system/cpu

check "ima/policy" load_policy
check "stray" insmod /share/stray.ko
if [ "$1" = gap-endless ]; then
	dmesg -c >/dev/null
	named endless gap /tmp/payloads 2 endless
	check "log/says-that-it-is-lost" sh -c 'dmesg | grep -q "CPU 2 does not answer: its guest, .* are lost"'
	same "online" 0-1 "$(cat $cpus/online)"
	check "host/still-runs-guests" vmm --payload /tmp/payloads/good --count 20000
	exit
fi

all=$(cat $cpus/online)
leaks_begin
dmesg -c >/dev/null
named time gap_time /tmp/payloads 2
named ipi gap_ipi /tmp/payloads 1 2
dmesg | sed -n '/is not detached/h; ${x; s/^/    /p}'
named races races /tmp/payloads 1 2 5
named gap gap /tmp/payloads 2
same "online" "$all" "$(cat $cpus/online)"

# A record of each, attached or closed, and of no other
said=$(sed -n 's/^ *\([0-9]*\) payloads broke their contract$/\1/p' /tmp/named.log)
same "log/broken" "$said" "$(of_event break | wc -l)"
of_event detach | bytes 88 8 >/tmp/detached
same "log/each-came-back" "$(of_event detach | wc -l)" "$(of_event attach | wc -l)"
same "log/broken-were-detached" "" "$(of_event break | bytes 88 8 | grep -vxF -f /tmp/detached)"
check "log/says-which-vm-is-ended" sh -c 'dmesg | grep -q "vcpu 0: fault 1, vector 0, .*; the VM is ended"'
check "stray/gone" rmmod stray
leaks_end
