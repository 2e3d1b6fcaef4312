#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# On Intel, without PCID or without INVPCID: with VPIDs a VM exit flushes nothing, and nothing
# could flush what a caretaker's page tables leave behind.  Without VPIDs each exit flushes.
#
#   nopcid.sh GROUP: and what a caretaker can reach then, in bochs-nopcid
. /lab/report.sh
get_payloads
good=/tmp/payloads/good
vpid=/sys/module/kvm_intel/parameters/vpid
guest="vmm --payload $good --next-rip --local 70 --count 500 --every 100"

check "missing" sh -c "! grep -w pcid /proc/cpuinfo | grep -w invpcid"
same "vpid/on" Y "$(cat $vpid)"
named vpid refuse --isolated --dir /tmp/payloads --good good --expect EOPNOTSUPP good
check "vpid/message" sh -c "dmesg | grep -q 'refused: page tables of its own need PCID and INVPCID'"
check "vpid/shared" $guest --shared

check "no-vpid/reload" sh -c "rmmod kvm_intel && modprobe kvm_intel vpid=0"
same "no-vpid/off" N "$(cat $vpid)"
check "no-vpid/isolated" $guest
[ "$1" != bochs-nopcid ] || named no-vpid probe --few --payload /tmp/payloads/probe
