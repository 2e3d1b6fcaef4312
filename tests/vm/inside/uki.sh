#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A host that booted a unified kernel image: uki.sh GROUP BOOT. The other half, uki.sh beside
# boot.sh, is the verifier; they speak through the share alone.
. /lab/report.sh
. /lab/exchange.sh
boot=$2

state=enabled
[ "$boot" != open ] || state=disabled
check "$boot/secure-boot-$state" sh -c "dmesg | grep -q 'Secure boot $state'"
check "$boot/lockdown" grep -q '\[integrity\]' /sys/kernel/security/lockdown
check "$boot/ima-policy" load_policy
[ "$boot" != firmware ] || enrol "$boot"
# With what systemd-stub measures into
quote "$boot" --pcrs sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14
