#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The latch, a floor and the numbering of records go through kexec, or kexec is refused.
#
#   kexec.sh kexec         three kernels, one after the other; KHO is on in the first two
#   kexec.sh kexec-off     without KHO
#   kexec.sh kexec-secure  what Secure Boot enforces arrives as the latch; with a TPM, and the
#                          second kernel quotes for both (kexec.sh beside boot.sh)
#   kexec.sh kexec-noruntime  the same where EFI's runtime services are turned off
#   kexec.sh kexec-secure-off  without KHO it could not arrive: no kernel is started
#   kexec.sh kexec-version  to a kernel that does not understand the handover
. /lab/report.sh
. /lab/record.sh
. /lab/kexec-attest.sh
get_payloads
try="refuse --dir /tmp/payloads --once"
name=$(cat /share/payload.name) svn=$(cat /share/payload.svn)
kept=/share/kexec
image=/share/boot/kernel initrd=/share/boot/initrd
# Signed by a builtin key: without EFI's variables the kernel has no keys of db. And a verifier
# can tell it from the first
case $1 in
kexec-noruntime) image=/share/kernel.release ;;
kexec-secure)	image=/share/kernel.second ;;
esac
mkdir -p $kept

# load WORDS...: the kernel that runs, once more; nothing of caretaker= that enforces among the words
load() {
	kexec file "$image" $initrd "console=ttyS0 panic=-1 oops=panic caretaker=any tsc=reliable $*"
}

# ima EVENT: how many records IMA's list has of that name
ima() {
	awk -v event="$1" '$5 == event { n++ } END { print n + 0 }' $log
}

throw_and_raise() {
	check "$1/latch" sh -c "echo 1 >$caretaker/enforce"
	check "$1/floor" sh -c "echo 'other 7' >$caretaker/svn_floor &&
		echo '$name $((svn + 1))' >$caretaker/svn_floor"
}

# The kernel NAME started from another: everything is as it was there
arrived() {
	same "$1/latch" 1 "$(cat $caretaker/enforce)"
	same "$1/floors" "$(cat $kept/floors)" "$(cat $caretaker/svn_floor)"
	check "$1/latch-stays" sh -c "! echo 0 >$caretaker/enforce"
	check "$1/floor-stays" sh -c "! echo '$name $svn' >$caretaker/svn_floor"
	named "$1" $try --expect EPERM unsigned
	named "$1/below-the-floor" $try --expect ESTALE good
	# What IMA had recorded is there, in the same order, before what it recorded since
	head -n "$(wc -l <$kept/log)" $log >/tmp/log.before
	check "$1/log-begins-as-it-was" cmp $kept/log /tmp/log.before
	check "$1/log-is-not-empty" test -s $kept/log
	check "$1/own-boot-aggregate" sh -c "tail -n +$(($(wc -l <$kept/log) + 1)) $log | grep -q boot_aggregate"
	same "$1/sequence-goes-on" "$(seq "$(records | wc -l)")" "$(records | cut -d' ' -f2 | number 8 8)"
}

# said NAME NUMBER: each kernel so far has said what it is, this one as the last, and the
# floors that it was handed are in what it said
said() {
	local boot

	boot=$(of_event boot | tail -n 1)
	same "$1/kernels" "$(seq "$2")" "$(of_event boot | number 88 8)"
	same "$1/said/handover" 1 "$(echo "$boot" | number 112 4)"
	same "$1/said/latch" 65 "$(echo "$boot" | number 108 4)"
	same "$1/said/floors" 2 "$(echo "$boot" | number 116 4)"
	same "$1/said/floor" "$(text other 32)07000000" "$(echo "$boot" | bytes 248 36)"
	same "$1/said/command-line" "$(tr -d '\n' </proc/cmdline | hex)" "$(echo "$boot" | bytes 1528 65536)"
}

# loaded NAME TYPE FLAGS: the last record of a kernel that was loaded
loaded() {
	local last

	last=$(of_event kexec | tail -n 1)
	same "$1/record/type" "$2" "$(echo "$last" | number 88 4)"
	same "$1/record/flags" "$3" "$(echo "$last" | number 92 4)"
}

# loaded_file NAME TYPE FLAGS WORDS...: the same, of load()
loaded_file() {
	local name=$1 line last

	loaded "$1" "$2" "$3"
	shift 3
	line="console=ttyS0 panic=-1 oops=panic caretaker=any tsc=reliable $*"
	last=$(of_event kexec | tail -n 1)
	same "$name/record/image" "$(digest </share/boot/kernel)" "$(echo "$last" | bytes 104 32)"
	same "$name/record/initrd" "$(digest </share/boot/initrd)" "$(echo "$last" | bytes 136 32)"
	same "$name/record/command-line" "$(printf %s "$line" | hex)" "$(echo "$last" | bytes 200 65536)"
	same "$name/record/digest" "$(printf %s "$line" | digest)" "$(echo "$last" | bytes 168 32)"
}

# unrecorded NAME: where a signature is required nothing is loaded of which no record can be made;
# what was loaded before stays
unrecorded() {
	local records

	[ -e /share/fails.ko ] || { not_ok "$1/fails: fails.ko is not there (make lab-modules)"; return; }
	records=$(ima caretaker-kexec)
	check "$1/no-record" insmod /share/fails.ko symbol=ima_measure_caretaker name=caretaker-kexec
	same "$1/no-record-no-kexec" ENOMEM "$(load kho=off lab.kernel=unrecorded)"
	same "$1/none-is-recorded" "$records" "$(ima caretaker-kexec)"
	same "$1/the-one-before-stays" 1 "$(cat /sys/kernel/kexec_loaded)"
	rmmod fails
}

keep() {
	cat $caretaker/svn_floor >$kept/floors
	cat $log >$kept/log
}

first() {
	rm -f $kept/results
	# Before any rule, and where nothing is enforced
	same "first/segments-before-a-rule" 0 "$(kexec segments)"
	same "first/records-before-a-rule" "caretaker-boot caretaker-kexec" "$(records | cut -d' ' -f1 | tr '\n' ' ' | sed 's/ $//')"
	same "first/unload-before-a-rule" 0 "$(kexec unload)"
	check "first/ima-policy" load_policy
	named first $try --expect 0 good
	same "first/segments-where-nothing-is-set" 0 "$(kexec segments)"
	loaded first/segments 1 0
	same "first/segments/record/image" "$(text '' 32)" "$(of_event kexec | tail -n 1 | bytes 104 32)"
	same "first/unload" 0 "$(kexec unload)"
	# Loaded before, so that what is set later must go as well
	same "first/load" 0 "$(load kho=on lab.kernel=second)"
	loaded_file first/load 1 7 kho=on lab.kernel=second
	# VMs that end between load and start: 500 records, in the buffer of the kernel that
	# was loaded before them
	before=$(wc -c </sys/kernel/security/ima/binary_runtime_measurements)
	# shellcheck disable=SC2046
	$try --expect 0 $(yes good | head -n 250) >/tmp/many 2>&1
	same "first/vms-before-the-start" 250 "$(grep -c '^ok ' /tmp/many)"
	check "first/more-than-40-KiB" test $(($(wc -c </sys/kernel/security/ima/binary_runtime_measurements) \
		- before)) -gt 250000
	throw_and_raise first
	same "first/switches" "1 2 2" "$(of_event switch | number 88 4 | tr '\n' ' ' | sed 's/ $//')"
	same "first/segments-with-a-latch" EPERM "$(kexec segments)"
	unrecorded first
	keep
}

second() {
	check "second/started-by-kexec" grep -q 'KHO: exec from' /tmp/dmesg
	# No rule asks for records yet
	same "second/chain" "" "$(records | tail -n 20 | chain)"
	same "second/said-before-a-rule" caretaker-boot "$(records | tail -n 1 | cut -d' ' -f1)"
	same "second/load-before-a-rule" 0 "$(load kho=off lab.kernel=third)"
	same "second/recorded-before-a-rule" caretaker-kexec "$(records | tail -n 1 | cut -d' ' -f1)"
	check "second/ima-policy" load_policy
	arrived second
	said second 2
	same "second/load" 0 "$(load kho=off lab.kernel=third)"
	loaded_file second/load 1 7 kho=off lab.kernel=third
	keep
}

# KHO cannot be switched off behind the back of the last kernel
third() {
	same "third/chain" "" "$(records | tail -n 20 | chain)"
	check "third/ima-policy" load_policy
	arrived third
	said third 3
	same "third/load-where-nothing-can-go-on" EPERM "$(load kho=on)"
}

without() {
	# Or it would start one kernel after another, for ever
	[ -z "$kernel" ] || { not_ok "without/another-kernel: was started"; return; }
	same "without/load-where-nothing-is-set" 0 "$(load kho=on lab.kernel=another)"
	throw_and_raise without
	same "without/run-what-was-loaded-before" EPERM "$(kexec run)"
	same "without/load" EPERM "$(load kho=on)"
	same "without/unload" 0 "$(kexec unload)"
}

# Nobody threw the latch: Secure Boot enforced
secure_first() {
	rm -f $kept/results
	check "first/secure-boot" grep -q 'Secure boot enabled' /tmp/dmesg
	same "first/latch" 0 "$(cat $caretaker/enforce)"
	# Long before anything is installed
	same "first/says-what-it-is-at-boot" 1 "$(records | sed -n '1s/^caretaker-boot //p' | number 88 8)"
	same "first/says/secure-boot" 2 "$(of_event boot | number 100 4)"
	same "first/says/lockdown" 1 "$(of_event boot | number 96 4)"
	named first $try --expect EPERM unsigned
	if [ $group != kexec-secure ]; then
		same "first/load" 0 "$(load kho=on lab.kernel=secure_second)"
		return
	fi
	# Little for a crash: what KHO left for its start, the second kernel has for that too
	words="kho=on caretaker=nonglobal lab.kernel=secure_second crashkernel=48M"
	same "first/load" 0 "$(initrd=$small load $words)"
	# The rules that a kernel has under Secure Boot: nobody has loaded any
	same "first/IMA-records/policy" 0 "$(ima ima_policy_loaded)"
	same "first/IMA-records/command-line" 1 "$(ima kexec-cmdline)"
	same "first/IMA-records/load" 1 "$(ima kexec_load)"
	# Another one with that line, under a policy that asks for it
	check "first/ima-policy" load_policy
	same "first/load-another" 0 "$(load $words)"
	same "first/IMA-records/command-line-once" 1 "$(ima kexec-cmdline)"
	same "first/IMA-records/load-of-another" 2 "$(ima kexec_load)"
	guest first
}

# CVE-2015-7837: Secure Boot's state was lost over kexec.  Ours does not hang on it.
secure_second() {
	check "second/started-by-kexec" grep -q 'KHO: exec from' /tmp/dmesg
	if [ $group = kexec-secure ]; then
		enrol second
		quote unruled
	fi
	check "second/ima-policy" load_policy
	same "second/latch" 1 "$(cat $caretaker/enforce)"
	named second $try --expect EPERM unsigned
	named second $try --expect 0 good
	same "second/kernels" "$(seq 2)" "$(of_event boot | number 88 8)"
	# Of either kernel; without runtime services the second is told nothing of Secure Boot, and
	# has the latch alone
	[ $group = kexec-secure ] && told="2 2, 1 1" || told="2 0, 1 0"
	same "second/says" "$told" "$(of_event boot | number 100 4 | paste -sd' '), $(of_event boot | number 96 4 | paste -sd' ')"
	[ $group = kexec-secure ] || return 0
	# What the first kernel recorded until it started this one
	same "second/IMA-records/started" 1 "$(ima kexec_execute)"
	guest second
	quote second
	same "second/load-for-a-crash" 0 "$(kexec crash $image $small "console=ttyS0 nr_cpus=1")"
	quote crash
}

# Secure Boot enforces, and nothing could tell the next kernel
secure_off() {
	[ -z "$kernel" ] || { not_ok "secure-off/another-kernel: was started"; return; }
	check "secure-off/secure-boot" grep -q 'Secure boot enabled' /tmp/dmesg
	same "secure-off/load" EPERM "$(load kho=on lab.kernel=another)"
}

# The next kernel's KHO is of another version: a module changes what this one says
version_first() {
	rm -f $kept/results
	check "first/another-version" insmod /share/kho_version.ko
	same "first/load" 0 "$(load kho=on lab.kernel=version_second)"
	throw_and_raise first
}

version_second() {
	check "second/handover-refused" grep -q 'is incompatible with' /tmp/dmesg
	check "second/says-so" grep -q 'caretaker: what the last kernel handed over cannot be read' /tmp/dmesg
	check "second/ima-policy" load_policy
	same "second/latch" 1 "$(cat $caretaker/enforce)"
	named second $try --expect EPERM unsigned
	named second/closed $try --expect ESTALE good
}

dmesg >/tmp/dmesg
group=$1
# For kernels that nobody starts
small=/lab/measure.ima
kernel=$(sed -n 's/.*lab\.kernel=\([a-z_]*\).*/\1/p' /proc/cmdline)
case $1 in
kexec-off)
	without
	exit 0 ;;
kexec-secure-off)
	secure_off
	exit 0 ;;
kexec-version)
	[ -e /share/kho_version.ko ] || { not_ok "module: kho_version.ko is not there (make lab-modules)"; exit 0; }
	kernel=${kernel:-version_first} ;;
kexec-secure|kexec-noruntime)
	kernel=${kernel:-secure_first} ;;
*)
	kernel=${kernel:-first} ;;
esac
# It may end early
($kernel) >/tmp/results
cat /tmp/results >>$kept/results
case $kernel in
*first|second)
	sync
	same "${kernel#*_}/run" "another kernel" "$(kexec run)" >>$kept/results ;;
esac
cat $kept/results
