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

waits() {
	cat /sys/module/slow/parameters/waits
}

# until_it_waits N: until the Nth call is in there
until_it_waits() {
	local i=0

	while [ "$(waits)" -lt "$1" ] && [ $i -lt 300 ]; do
		i=$((i + 1))
		sleep 0.1
	done
}

installs() {
	grep -c caretaker-install $log
}

# held_back NAME BEFORE AFTER READ WRITE PAYLOAD: while an install waits for its record nobody
# gets WRITE done
held_back() {
	before=$(waits)
	refuse --dir /tmp/payloads --once --expect 0 "$6" >/tmp/install.log 2>&1 &
	install=$!
	until_it_waits $((before + 1))
	recorded=$(installs)
	sh -c "$5" &
	sleep 1
	state=$(sh -c "$4")
	same "$1/too-early-to-tell" "$recorded" "$(installs)"
	same "$1/waits-for-the-record" "$2" "$state"
	wait $install
	wait
	cat /tmp/install.log
	same "$1/thrown" "$3" "$(sh -c "$4")"
}

# Between the last look at a switch and the record nobody throws it
if [ "$1" = late-lockdown ]; then
	check "ima/policy" load_policy
	# Once: no module is loaded under lockdown
	slow symbol=ima_measure_critical_data name=caretaker-install
	held_back lockdown "[none] integrity confidentiality" "none [integrity] confidentiality" \
		"cat /sys/kernel/security/lockdown" "echo integrity >/sys/kernel/security/lockdown" unsigned
	named after refuse --dir /tmp/payloads --once --expect EPERM unsigned
	held_back floor 0 1 "grep -c '^x ' $caretaker/svn_floor" "echo 'x 7' >$caretaker/svn_floor" good
	held_back enforce 0 1 "cat $caretaker/enforce" "echo 1 >$caretaker/enforce" good
	same "in-the-order-of-records" "install switch install switch install switch" \
		"$(awk '$5 ~ /^caretaker-(install|switch)$/ { printf "%s%s", sep, substr($5, 11); sep = " " }' $log)"
	exit 0
fi

same "before" 0 "$(cat $caretaker/enforce)"
check "ima/policy" load_policy
# A floor that is raised when the file has been checked, and before the decision
slow symbol=caretaker_describe_executable
refuse --dir /tmp/payloads --once --expect ESTALE update-name >/tmp/floor.log 2>&1 &
floor=$!
until_it_waits 1
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
