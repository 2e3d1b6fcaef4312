#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Traces of KVM show the same exits with a caretaker as without: while somebody traces what an
# answer would hide, nothing is answered. On a kernel that has events (make kernel-wide).
. /lab/report.sh
get_payloads
good=/tmp/payloads/good
tracing=/sys/kernel/tracing
count=2000
check "events" mount -t tracefs tracefs $tracing
echo 16384 >$tracing/buffer_size_kb

trace() {	# trace EVENT 0|1
	echo "$2" >"$tracing/events/kvm/$1/enable"
}

# lines EVENT: those of a CPUID
lines() {
	case $1 in
	kvm_exit) grep -ciE ': kvm_exit: .*reason (EXIT_)?cpuid ' $tracing/trace ;;
	*) grep -c ": $1: " $tracing/trace ;;
	esac
}

# A guest of so many CPUIDs, without a caretaker and then with one: twice as many lines
for event in kvm_exit kvm_cpuid; do
	echo >$tracing/trace
	trace $event 1
	check "$event/guest" vmm --payload $good --count $count --local 0
	trace $event 0
	same "$event/lines" $((2 * count)) "$(lines $event)"
done
check "none/answered-here" vmm --payload $good --count $count

# The same of guests that run all the while
handled() {
	sleep 1
	cat /sys/kernel/debug/kvm/*/vcpu*/caretaker | awk '$1 == "handled" { sum += $3 } END { print sum + 0 }'
}

endless /tmp/payloads >/tmp/endless.log 2>&1 &
guests=$!
tries=0
until grep -q running /tmp/endless.log || [ $tries = 60 ]; do
	sleep 1
	tries=$((tries + 1))
done
same "live/guests-run" running "$(cat /tmp/endless.log)"
for event in kvm_entry kvm_exit kvm_cpuid kvm_msr; do
	before=$(handled)
	check "live/$event/answered-before" test "$(handled)" -gt "$before"
	trace $event 1
	before=$(handled)
	same "live/$event/nothing-is-answered" "$before" "$(handled)"
	trace $event 0
	before=$(handled)
	check "live/$event/answered-behind" test "$(handled)" -gt "$before"
done
same "live/guests-go-on" running "$(tr "\n" " " </tmp/endless.log | sed "s/ $//")"
kill $guests
wait $guests 2>/dev/null
exit 0
