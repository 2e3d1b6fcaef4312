#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A record names the VMM's program by fs-verity's digest where IMA has none.
. /lab/report.sh
. /lab/record.sh
get_payloads
root=/tmp/verity

# installed FIELDS...: of the record of the last install
installed() {
	of_event install | tail -n 1 | "$@"
}

check "ima/policy" load_policy
mkdir $root
cp /share/verity.img /tmp/verity.img
# Apart: `mount -o loop` holds the device open for writing, and so may not mount it
check "loop" losetup /dev/loop0 /tmp/verity.img
check "file-system" mount -t ext4 /dev/loop0 $root

named plain $root/refuse --dir /tmp/payloads --once --expect 0 good
same "plain/kind" 0 "$(installed number 408 4)"
same "plain/no-digest" "$(text '' 64)" "$(installed bytes 344 64)"

verity $root/refuse >/tmp/digest 2>&1
same "enabled" 0 $?
named sealed $root/refuse --dir /tmp/payloads --once --expect 0 good
same "sealed/kind" 2 "$(installed number 408 4)"
same "sealed/algorithm" 11 "$(installed number 340 2)"
same "sealed/digest" "$(cat /tmp/digest)" "$(installed bytes 344 32)"
