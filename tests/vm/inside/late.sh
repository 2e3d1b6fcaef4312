#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is thrown while a payload is read, or waits for its record, counts.
#
#   late.sh GROUP: lockdown alone, in late-lockdown
. /lab/report.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
name=$(cat /share/payload.name) svn=$(cat /share/payload.svn)

[ -e /share/slow.ko ] || { not_ok "module: slow.ko is not there (make lab-modules)"; exit 0; }
# slow WORDS...: from now on a function of the kernel takes three seconds
slow() {
	check "slow/$1" insmod /share/slow.ko "$@"
}

# When somebody is in there
until_it_waits() {
	local i=0

	while [ "$(cat /sys/module/slow/parameters/waits)" = 0 ] && [ $i -lt 300 ]; do
		i=$((i + 1))
		sleep 0.1
	done
}

installs() {
	grep -c caretaker-install $log
}

# Between the last look at lockdown and the record nobody raises it
if [ "$1" = late-lockdown ]; then
	check "ima/policy" load_policy
	slow symbol=ima_measure_critical_data name=caretaker-install
	refuse --dir /tmp/payloads --once --expect 0 unsigned >/tmp/install.log 2>&1 &
	install=$!
	until_it_waits
	echo integrity >/sys/kernel/security/lockdown &
	sleep 1
	read -r level </sys/kernel/security/lockdown
	same "lockdown/too-early-to-tell" 0 "$(installs)"
	same "lockdown/waits-for-the-record" "[none] integrity confidentiality" "$level"
	wait $install
	wait
	cat /tmp/install.log
	same "lockdown/raised" "none [integrity] confidentiality" "$(cat /sys/kernel/security/lockdown)"
	same "lockdown/in-the-order-of-records" "caretaker-install caretaker-switch" \
		"$(awk '$5 ~ /^caretaker-(install|switch)$/ { printf "%s%s", sep, $5; sep = " " }' $log)"
	check "slow/rmmod" rmmod slow
	named after refuse --dir /tmp/payloads --once --expect EPERM unsigned
	exit 0
fi

same "before" 0 "$(cat $caretaker/enforce)"
check "ima/policy" load_policy
# A floor that is raised when the file has been checked, and before the decision
slow symbol=caretaker_describe_executable
refuse --dir /tmp/payloads --once --expect ESTALE update-name >/tmp/floor.log 2>&1 &
floor=$!
until_it_waits
check "floor/raise" sh -c "echo 'x $((svn + 1))' >$caretaker/svn_floor"
wait $floor
named floor cat /tmp/floor.log
check "slow/rmmod" rmmod slow
named late late /tmp/payloads/good /tmp/payloads/unsigned $caretaker "$name" $((svn + 1))
same "after" 1 "$(cat $caretaker/enforce)"
# Two were installed: what was refused has no install beside its refusal
same "records/installs" 2 "$(grep -c caretaker-install $log)"
# Rules of virt/caretaker/trust.h: required meanwhile, 137; below the floor, 135
same "records/rules" "87000000 89000000 87000000" \
	"$(awk '$5 == "caretaker-refuse" { printf "%s%s", sep, substr($6, 385, 8); sep = " " }' $log)"
