#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# KVM's own selftests, each without a caretaker and then under one: judge.sh MODE SECONDS
#
# What came out is in the share, /share/judge/results, so that a boot that ends in the
# middle is gone on with: NAME.without and NAME.with hold the outcome in one line, beside
# them are NAME.VARIANT.log, .vcpus (what the shim did) and .dmesg. tests/vm/judge.sh reads
# them. What was running when a boot ended is in `running`; the host says why in `ended`.
mode=$1
limit=$2
judge=/share/judge
results=$judge/results

# A test's own words for where it failed or why it was skipped
place() {
	local line

	line=$(grep -A1 -a '==== Test Assertion Failure' "$1" | sed -n '2s/^ *//p')
	[ -n "$line" ] || line=$(grep -a '^not ok' "$1" | tr '\n' ' ')
	echo "$line" | cut -c1-160
}

why_skipped() {
	grep -a -m 1 -E 'SKIP|skip' "$1" | sed 's/.*# SKIP *//; s/^[- ]*//' | cut -c1-120
}

# outcome STATUS LOG: one line; what is compared
outcome() {
	case $1 in
	0)	echo pass ;;
	4)	echo "skip: $(why_skipped "$2")" ;;
	137)	echo "time ran out after $limit s" ;;
	*)	echo "fail: status $1, $(place "$2")" ;;
	esac
}

# run_test NAME VARIANT [VARIABLE=VALUE...]
run_test() {
	local name=$1 out=$results/$1.$2 status

	shift 2
	[ ! -e "$out" ] || return 0
	echo "$out" >$results/running
	give running
	sync
	rm -f /tmp/vcpus
	dmesg -c >/dev/null
	(cd /tmp/judge && exec env "$@" timeout -s KILL "$limit" "./$name") >/tmp/log 2>&1
	status=$?
	dmesg >"$out.dmesg"
	tail -n 400 /tmp/log >"$out.log"
	[ ! -e /tmp/vcpus ] || cp /tmp/vcpus "$out.vcpus"
	outcome $status /tmp/log >"$out.new"
	mv "$out.new" "$out"
	rm -f $results/running
}

# give PATTERN: results, printed where the share is none that the host sees (Bochs)
give() {
	grep -q 'lab\.serial' /proc/cmdline || return 0
	echo "judge: begin"
	# shellcheck disable=SC2086
	(cd $results && tar -cz $1) | base64
	echo "judge: end"
}

# The emulator fell over: once more, and that it did is told. Twice, or a kernel that
# stopped: that is the outcome.
resume() {
	local out ended=emulator

	[ -e $results/running ] || return 0
	out=$(cat $results/running)
	[ ! -e $results/ended ] || ended=$(cat $results/ended)
	echo "$ended" >>"$out.ended"
	[ "$ended" = emulator ] && [ "$(grep -c . "$out.ended")" = 1 ] || echo "the $ended stopped" >"$out"
	rm -f $results/running $results/ended
}

# KVM says a lot about what guests write; the serial port is slow. An oops is printed all the same
dmesg -n 3
mkdir -p $results/x86 /tmp/judge/x86
resume
cp /share/payloads/good $judge/under_caretaker.so /tmp/
cp $judge/lib/* /lib/
ulimit -n 8192
[ ! -e /proc/sys/vm/nr_hugepages ] || echo 64 >/proc/sys/vm/nr_hugepages
caretaker="LD_PRELOAD=/tmp/under_caretaker.so CARETAKER_PAYLOAD=/tmp/good CARETAKER_LOG=/tmp/vcpus"
case $mode in
*shared) caretaker="$caretaker CARETAKER_SHARED=1" ;;
*updated) caretaker="$caretaker CARETAKER_UPDATE=5" ;;
esac
while read -r name; do
	# Done in an earlier boot
	[ ! -e "$results/$name.done" ] || continue
	cp "$judge/$name" "/tmp/judge/$name"
	run_test "$name" without
	# Where the machine stops without one, nothing can be compared
	grep -qx 'the kernel stopped' "$results/$name.without" && echo "not run" >"$results/$name.with"
	# shellcheck disable=SC2086
	run_test "$name" with $caretaker
	# A test whose outcome differs: does it differ from itself, too?
	if ! cmp -s "$results/$name.without" "$results/$name.with" &&
	   ! grep -qx 'not run' "$results/$name.with"; then
		for again in 1 2 3; do
			run_test "$name" "without-again-$again"
		done
	fi
	rm "/tmp/judge/$name"
	: >"$results/$name.done"
	give "$name.*"
done <$judge/tests
cat /sys/module/kvm/parameters/lapic_timer_advance >$results/lapic_timer_advance
give lapic_timer_advance
