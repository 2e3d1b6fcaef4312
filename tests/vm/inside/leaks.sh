# SPDX-License-Identifier: GPL-2.0-only
#
# What a test leaves behind is nothing. Sourced after report.sh: leaks_begin, the test,
# leaks_end. A kernel of kernel/config/debug.config shows most; on another one it is the
# mappings of files and of slots that are counted, one each.

kmemleak=/sys/kernel/debug/kmemleak

# What the caretaker, the reader of files and the checks of signatures hold: bytes by the
# kernel's own account, which has pages too (Documentation/mm/allocation-profiling.rst), or
# areas of vmalloc().  What else KVM holds comes back when RCU pleases.
held() {
	if [ -e /proc/allocinfo ]; then
		awk '/caretaker|fs\/kernel_read_file\.c|crypto\/asymmetric_keys\// {
			if ($1) print $1, $3, $4, $5 }' /proc/allocinfo
	else
		awk '/\[kvm\]|\[kvm_amd\]|caretaker_load|read_payload/ { print 1, $3 }' /proc/vmallocinfo
	fi
}

total() {
	awk '{ sum += $1 } END { print sum + 0 }' "$1"
}

# Twice, since what was freed a moment ago may still be written in a register
scan() {
	echo scan >$kmemleak && sleep 6 && echo scan >$kmemleak
}

leaks_begin() {
	# What is allocated once is there now
	vmm --payload /tmp/payloads/good --count 100 --every 50 >/tmp/first.log 2>&1 ||
		not_ok "first-guest: $(tail -n 1 /tmp/first.log)"
	if [ -e $kmemleak ]; then
		check "kmemleak/works" scan
		echo clear >$kmemleak
	fi
	check "memory/is-counted" counted
	held >/tmp/held.before
}

# A file that a VM holds shows: else nothing that is left would
counted() {
	local i=0 status=1

	rm -f /tmp/let-go
	vmm --payload /tmp/payloads/good --count 100 --every 50 --hold /tmp/let-go &
	while [ $i -lt 100 ] && [ $status != 0 ]; do
		usleep 100000
		held | grep -qE 'read_payload|caretaker_load'
		status=$?
		i=$((i + 1))
	done
	touch /tmp/let-go
	wait $!
	return $status
}

# At most ten seconds, for what is freed a little later
all_back() {
	local i=0

	while [ $i -lt 50 ]; do
		held >/tmp/held.after
		[ "$(total /tmp/held.after)" != "$(total /tmp/held.before)" ] || return 0
		usleep 200000
		i=$((i + 1))
	done
	diff /tmp/held.before /tmp/held.after
	return 1
}

leaks_end() {
	same "left/vms" 0 "$(ls /sys/kernel/debug/kvm | grep -c '^[0-9]*-[0-9]*$')"
	check "left/memory" all_back
	if [ -e $kmemleak ]; then
		check "left/kmemleak-works-still" scan
		cat $kmemleak >/tmp/leaks
		sed 's/^/    /' /tmp/leaks | head -n 60
		same "left/leaks" 0 "$(grep -c '^unreferenced object' /tmp/leaks)"
	fi
	# It turns itself off at its first report, and when its tables are full
	[ ! -e /proc/lockdep_stats ] ||
		same "left/lockdep-on" 1 "$(sed -n 's/^ *debug_locks: *//p' /proc/lockdep_stats)"
	check "left/module-can-go" sh -c "rmmod kvm_amd && rmmod kvm"
}
