#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What is refused, with what, where nothing is enforced; then behind the switch.
. /lab/report.sh
get_payloads
try="refuse --dir /tmp/payloads"

# A VMM with /dev/kvm and nothing else, before anything has tainted the kernel
same "taint/before" 0 "$(($(cat /proc/sys/kernel/tainted) & 64))"
named nocap $try --drop-capability --table /share/refusals.tab --column nocap
same "taint/after-refusals" 0 "$(($(cat /proc/sys/kernel/tainted) & 64))"
named root $try --table /share/refusals.tab --column root
same "taint/after-unsigned" 64 "$(($(cat /proc/sys/kernel/tainted) & 64))"
named arguments $try --arguments

# Another security module may forbid what is unsigned, and no more: it is no lockdown
check "lsm/insmod" insmod /share/other_lsm.ko
named lsm $try --once --expect EPERM unsigned
check "lsm/rule" sh -c "dmesg | grep -q 'a security module forbids that (rule 140)'"
named lsm $try --expect 0 good
check "lsm/rmmod" rmmod other_lsm
named lsm-gone $try --expect 0 unsigned

same "switch/at-first" 0 "$(cat $caretaker/enforce)"
named removal $try --removal $caretaker/enforce
check "switch/throw" sh -c "echo 1 >$caretaker/enforce"
same "switch/thrown" 1 "$(cat $caretaker/enforce)"
check "switch/back" sh -c "! echo 0 >$caretaker/enforce"
same "switch/stays" 1 "$(cat $caretaker/enforce)"
# No IMA rule asks for the record: no evidence, no caretaker
named no-record $try --expect ENOENT good
check "ima/policy" load_policy
named enforced $try --table /share/refusals.tab --column enforced

# Built-in code keeps latch and floors: another kvm.ko changes nothing
check "reload/floor" sh -c "echo 'other 7' >$caretaker/svn_floor"
check "reload/unload" sh -c "rmmod kvm_amd && rmmod kvm"
check "reload/load" modprobe kvm_amd
same "reload/switch" 1 "$(cat $caretaker/enforce)"
same "reload/floor-stays" "other 7" "$(cat $caretaker/svn_floor)"
named reload $try --expect EPERM unsigned

# Revocation of a payload by its hash, at run time
named revocation/before $try --expect 0 revoked
installs() {
	grep -c caretaker-install /sys/kernel/security/ima/ascii_runtime_measurements
}
before=$(installs)
# A port write after each CPUID, so that the guest takes its time
vmm --payload payloads/revoked --shared --count 50000 --every 1 >vmm.log 2>&1 &
vmm=$!
while kill -0 $vmm 2>/dev/null && [ "$(installs)" = "$before" ]; do
	sleep 0.1
done
check "revocation/add" sh -c "keyctl padd blacklist \"\$(cat payloads/revoked.description)\" \
	%:.blacklist <payloads/revoked.signature"
named revocation $try --expect EKEYREVOKED revoked
named revocation/others $try --expect 0 good
# A VM that runs it goes on, and its guest sees nothing of it
check "revocation/vm-still-runs" kill -0 $vmm
ends_well() {
	local status

	wait $vmm
	status=$?
	cat vmm.log
	return $status
}
check "revocation/vm-ends-well" ends_well

# Rollback: a floor that the payload does not reach
name=$(cat /share/payload.name) svn=$(cat /share/payload.svn)
check "svn/floor-reached" sh -c "echo '$name $svn' >$caretaker/svn_floor"
named svn/reached $try --expect 0 good
check "svn/floor-above" sh -c "echo '$name $((svn + 1))' >$caretaker/svn_floor"
named svn/above $try --expect ESTALE good
check "svn/not-lower" sh -c "! echo '$name $svn' >$caretaker/svn_floor"
