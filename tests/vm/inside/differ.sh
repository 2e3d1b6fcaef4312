#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Random guest programs, side by side without and with a caretaker: no exit may show
# which is which, nor any exit that KVM handles what it finds there.
#
#   differ.sh GROUP: 2,000 programs in differ-2000, else 200
. /lab/report.sh
get_payloads
[ "$1" = differ-2000 ] && count=2000 || count=200

check exit-log insmod /share/exit_log.ko
named random differ /tmp/payloads $count
