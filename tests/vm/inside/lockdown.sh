#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Lockdown alone, without Secure Boot: the same refusals as behind the switch.
. /lab/report.sh
get_payloads

same "lockdown" "none [integrity] confidentiality" "$(cat /sys/kernel/security/lockdown)"
named no-record refuse --dir /tmp/payloads --expect ENOENT good
check "ima/policy" load_policy
named lockdown refuse --dir /tmp/payloads --table /share/refusals.tab --column enforced
check "lockdown/guest" vmm --payload /tmp/payloads/good --count 20000

# A debugger's door it is not: for root, to read
rm -f /tmp/go
vmm --payload /tmp/payloads/good --count 1000 --hold /tmp/go >/tmp/hold.log 2>&1 &
for i in $(seq 100); do
	grep -q holding /tmp/hold.log && break
	sleep 0.1
done
file=$(echo /sys/kernel/debug/kvm/*/vcpu0/caretaker)
same "debugfs/mode" "-r-------- 0 0" "$(ls -ln "$file" | awk '{ print $1, $3, $4 }')"
check "debugfs/read-by-root" grep -q '^state active' "$file"
check "debugfs/not-written" sh -c "! echo 0 >'$file'"
touch /tmp/go
wait
