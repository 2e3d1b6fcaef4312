#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A Linux guest outlives its VMMs, with one vCPU and with two, with KVM's clock alone and with more of
# what KVM offers.
#
#   gap-linux.sh GROUP: ten VMMs each, a hundred in gap-linux-100
. /lab/report.sh
. /lab/leaks.sh
. /lab/record.sh
get_payloads
vmms=10
[ "$1" != gap-linux-100 ] || vmms=100

# outlives NAME FEATURES CPU...
outlives() {
	local name=$1 features=$2

	shift 2
	dmesg -c >/dev/null
	named "$name" gap_linux /tmp/payloads /share/boot/kernel /bin/linux_inside "$features" $vmms "$@"
	dmesg | sed -n '/is not detached/h; ${x; s/^/    /p}'
}

leaks_begin
outlives one clock 2
outlives two clock 1 2
outlives features all 1 2
same "log/each-came-back" "$(of_event detach | wc -l)" "$(of_event attach | wc -l)"
leaks_end
