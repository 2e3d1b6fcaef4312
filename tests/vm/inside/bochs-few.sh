#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A little of what bochs-vmx, bochs-svm and bochs-answers do, for each `make check`: the only
# CPU with VMX that it has, and the only one with next-RIP; and on SVM the only one here on
# which global translations outlive a load of CR3.
. /lab/report.sh
get_payloads
guest="vmm --payload /tmp/payloads/good --next-rip --local 70 --count 500 --every 100"

check "isolated/long" $guest --mode long
check "isolated/cr4" $guest --mode cr4
check "isolated/timer" $guest --mode timer
check "shared/long" $guest --mode long --shared
[ ! -d /sys/module/kvm_intel ] || check switch-page insmod /share/switch_page.ko
named isolated probe --few --payload /tmp/payloads/probe
named audit-isolated audit /tmp/payloads
named audit-shared audit --shared /tmp/payloads
[ -d /sys/module/kvm_intel ] || exit 0

# Of what else bochs-vmx does
named update update --few /tmp/payloads 6 1
check exit-log insmod /share/exit_log.ko
named random differ /tmp/payloads 5
