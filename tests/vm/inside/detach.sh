#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest continues on a core of its own while its VMM is killed, and another VMM takes it back.
#
#   detach.sh GROUP: 200 kills and 1,000 cycles in detach-200, else 10 and 50
. /lab/report.sh
. /lab/leaks.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
cpus=/sys/devices/system/cpu
[ "$1" = detach-200 ] && kills=200 cycles=1000 || kills=10 cycles=50

check "ima/policy" load_policy
all=$(cat $cpus/online)
leaks_begin
named detach detach /tmp/payloads 2 $kills $cycles
same "online" "$all" "$(cat $cpus/online)"

# Each detach that succeeded is in the log, and nothing that was refused; and each came back
said=$(sed -n 's/^ *\([0-9]*\) vCPUs were detached$/\1/p' /tmp/named.log)
same "log/detached" "$said" "$(awk '$5 == "caretaker-detach"' $log | wc -l)"
same "log/attached" "$said" "$(awk '$5 == "caretaker-attach"' $log | wc -l)"
leaks_end
