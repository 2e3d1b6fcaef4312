#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the IMA log says: what this kernel is, one record an event, numbered without a
# gap, the same payload twice is two records, a flood of refusals does not fill the log;
# who did it, and what was made stricter.
. /lab/report.sh
. /lab/record.sh
get_payloads
try="refuse --dir /tmp/payloads --once"

# Without a rule there is what this kernel says of itself, before anything of user space,
# and no number is lost by what a rule leaves out
same "boot/without-a-rule" caretaker-boot "$(records | cut -d' ' -f1)"
same "boot/first-of-all-but-IMA's-own" 0 "$(awk '$5 !~ /^(boot_aggregate|caretaker-boot|kernel_version)$/' $log | wc -l)"
named no-rule $try --expect ENOENT good
same "no-rule/nothing-else" caretaker-boot "$(records | cut -d' ' -f1)"
check "ima/policy" load_policy

# What it said
named first $try --expect 0 good
boot=$(records | sed -n '1s/^caretaker-boot //p')
field() {
	echo "$boot" | number "$1" "$2"
}
same "boot/once" 1 "$(of_event boot | wc -l)"
same "boot/size" $((1528 + $(wc -c </proc/cmdline) - 1)) "$(field 6 2)"
same "boot/kernel" 1 "$(field 88 8)"
same "boot/lockdown" 0 "$(field 96 4)"
same "boot/enforce" 4 "$(field 104 4)"
same "boot/switches" 67 "$(field 108 4)"
same "boot/handover" 0 "$(field 112 4)"
same "boot/floors" 0 "$(field 116 4)"
same "boot/build-id-length" 20 "$(field 120 4)"
check "boot/build-id" sh -c "hexdump -v -e '1/1 \"%02x\"' /sys/kernel/notes | grep -q '$(echo "$boot" | bytes 128 20)'"
same "boot/release" "$(text "$(uname -r)" 68)" "$(echo "$boot" | bytes 148 68)"
same "boot/command-line-length" $(($(wc -c </proc/cmdline) - 1)) "$(field 124 4)"
same "boot/command-line" "$(tr -d '\n' </proc/cmdline | hex)" "$(echo "$boot" | bytes 1528 65536)"
same "boot/command-line-digest" "$(tr -d '\n' </proc/cmdline | digest)" "$(echo "$boot" | bytes 216 32)"

# Who did it: this program, and nothing was measured of it yet
install=$(of_event install | tail -n 1)
same "who/uid" 0 "$(echo "$install" | number 156 4)"
same "who/not-measured" 0 "$(echo "$install" | number 408 4)"
same "who/keyring-is-builtin" 1 "$(echo "$install" | number 204 2)"
same "who/signer-key" "$(cat /share/release.public-key)" "$(echo "$install" | bytes 308 32)"
named who $try --expect 0 carried
same "who/carried-keyring-is-of-who-vouched" 1 "$(of_event install | tail -n 1 | number 204 2)"
same "who/carried-signer-key" "$(cat /share/second.public-key)" \
	"$(of_event install | tail -n 1 | bytes 308 32)"
check "who/enrol" sh -c 'keyctl padd asymmetric "" %:.secondary_trusted_keys </tmp/payloads/second.der'
named who $try --expect 0 second
same "who/keyring-is-secondary" 3 "$(of_event install | tail -n 1 | number 204 2)"
{ cat /lab/measure.ima; echo 'measure func=BPRM_CHECK'; } >/tmp/policy
check "who/ima-policy" sh -c 'cat /tmp/policy >/sys/kernel/security/ima/policy'
named who $try --expect 0 good
install=$(of_event install | tail -n 1)
same "who/kind" 1 "$(echo "$install" | number 408 4)"
same "who/algorithm" 11 "$(echo "$install" | number 340 2)"
same "who/length" 32 "$(echo "$install" | number 342 2)"
same "who/executable" "$(digest <"$(command -v refuse)")" "$(echo "$install" | bytes 344 32)"
chmod 666 /dev/kvm
named user $try --user 1001 --expect 0 good
same "who/uid-of-a-user" 1001 "$(of_event install | tail -n 1 | number 156 4)"

# VMs that have none: a VM of a program that installs nothing, beside one that has one
same "without/none" 0 "$(of_event install | tail -n 1 | number 164 4)"
vmm --twice --count 1000 --hold /tmp/let-go >/tmp/hold.log 2>&1 &
hold=$!
while kill -0 $hold 2>/dev/null && ! grep -q '^vmm: holding' /tmp/hold.log; do
	sleep 0.1
done
named without $try --expect 0 good
same "without/one" 1 "$(of_event install | tail -n 1 | number 164 4)"
named without $try --expect EPERM unsigned
same "without/refusal" 2 "$(of_event refuse | tail -n 1 | number 164 4)"
touch /tmp/let-go
wait $hold
named without $try --expect 0 good
same "without/none-again" 0 "$(of_event install | tail -n 1 | number 164 4)"
same "without/teardown" 0 "$(of_event teardown | tail -n 1 | number 164 4)"

# What is made stricter is a record, once
switches() {
	of_event switch | tail -n 1
}
same "switch/none" 0 "$(of_event switch | wc -l)"
check "switch/floor" sh -c "echo 'other 7' >$caretaker/svn_floor"
check "switch/floor-again" sh -c "echo 'other 7' >$caretaker/svn_floor"
check "switch/latch-again" sh -c "echo 1 >$caretaker/enforce"
same "switch/floor-once" 1 "$(of_event switch | wc -l)"
same "switch/floor-what" 2 "$(switches | number 88 4)"
same "switch/floor-svn" 7 "$(switches | number 108 4)"
same "switch/floor-name" "$(text other 32)" "$(switches | bytes 112 32)"
check "switch/floor-of-the-payload" sh -c "echo '$(cat /share/payload.name) $(cat /share/payload.svn)' >$caretaker/svn_floor"
named floor $try --expect 0 good
same "floor/in-the-record" "$(cat /share/payload.svn)" "$(of_event install | tail -n 1 | number 196 4)"

# A, B, A: IMA drops what it has seen already, and the third would vanish
before=$(of_event install | wc -l)
named install $try --expect 0 good revoked good
same "a-b-a/installs" $((before + 3)) "$(of_event install | wc -l)"
same "a-b-a/teardowns" $((before + 3)) "$(of_event teardown | wc -l)"
digests=$(of_event install | tail -n 3 | bytes 208 32)
same "a-b-a/digests" 2 "$(echo "$digests" | sort -u | wc -l)"
same "a-b-a/same-again" "$(echo "$digests" | sed -n 1p)" "$(echo "$digests" | sed -n 3p)"
same "a-b-a/other-between" 1 "$(echo "$digests" | sed -n 2p | grep -cvF "$(echo "$digests" | sed -n 1p)")"

# A VMM that is refused again and again
many=$(yes unsigned | head -n 100)
refused=$(of_event refuse | wc -l)
named flood $try --expect EPERM $many >/tmp/flood
same "flood/all-refused" 100 "$(grep -c '^ok ' /tmp/flood)"
recorded=$(($(of_event refuse | wc -l) - refused))
check "flood/some-recorded" test "$recorded" -ge 1
check "flood/not-all-recorded" test "$recorded" -le 32
named after-the-flood $try --expect 0 good
same "flood/next-record-tells-the-rest" $((100 - recorded)) \
	"$(of_event install | tail -n 1 | number 152 4)"

# Sequence numbers of all that is there, from 1
same "sequence/no-gap" "$(seq "$(records | wc -l)")" "$(records | cut -d' ' -f2 | number 8 8)"
# Each reveals what the one before committed to
same "chain/holds" "" "$(records | chain)"
same "chain/no-secret-twice" "" "$(records | cut -d' ' -f2 | bytes 24 32 | sort | uniq -d)"
# Serial numbers of VMs: each VM here was another
same "serial/no-vm-twice" "" "$(of_event install | number 88 8 | sort | uniq -d)"
# So has each a name of its own, which the kernel drew; a refusal before has none
same "identity/no-VM-twice" "" "$(of_event install | bytes 104 16 | sort | uniq -d)"
same "identity/none-is-zero" 0 "$(of_event install | bytes 104 16 | grep -c '^0*$')"
same "identity/same-at-the-end" "$(of_event install | bytes 88 32 | sort | sed 's/^\(.\{16\}\).\{16\}/\1/')" \
	"$(of_event teardown | bytes 88 32 | sort | sed 's/^\(.\{16\}\).\{16\}/\1/')"

# Lockdown, last of all
check "switch/lockdown" sh -c 'echo integrity >/sys/kernel/security/lockdown'
same "switch/lockdown-what" 3 "$(switches | number 88 4)"
same "switch/lockdown-level" 1 "$(switches | number 92 4)"
same "switch/lockdown-enforce" 6 "$(switches | number 96 4)"
named lockdown $try --expect 0 good
same "lockdown/in-the-record" 1 "$(of_event install | tail -n 1 | number 148 4)"

# On single vCPUs it says nothing of the others. Beside it lives the VM that it is compared with
guest="vmm --payload /tmp/payloads/good --count 1000 --vcpus 2"
check "without/on-the-vm" $guest
same "without/beside-the-vm" 1 "$(of_event install | tail -n 1 | number 164 4)"
check "without/on-single-vcpus" $guest --on-vcpu
same "without/beside-single-vcpus" 2 "$(of_event install | tail -n 1 | number 164 4)"
