#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The machine stops under guests with a caretaker: by kexec, twice, then by reboot.
# No payload is to blame for that: run.sh looks for one that was in the kernels' logs.
#
#   reboot.sh GROUP
. /lab/report.sh
get_payloads
kept=/share/reboot
kernel=$(sed -n 's/.*lab\.kernel=\([0-9]*\).*/\1/p' /proc/cmdline)
kernel=${kernel:-1}
kernels=3

mkdir -p $kept
[ "$kernel" != 1 ] || rm -f $kept/results
endless /tmp/payloads >/tmp/endless.log 2>&1 &
for _ in $(seq 100); do
	grep -q running /tmp/endless.log && break
	usleep 100000
done
same "kernel-$kernel/guests-run" running "$(cat /tmp/endless.log)" >>$kept/results
if [ "$kernel" -lt $kernels ]; then
	same "kernel-$kernel/load" 0 "$(kexec file /share/boot/kernel /share/boot/initrd \
		"console=ttyS0 panic=-1 oops=panic caretaker=any tsc=reliable kho=on caretaker=nonglobal \
lab.kernel=$((kernel + 1))")" >>$kept/results
	sync
	same "kernel-$kernel/run" "another kernel" "$(kexec run)" >>$kept/results
fi
same "kernels" $kernels "$kernel" >>$kept/results
# init reboots, and nobody has ended the guests
cat $kept/results
