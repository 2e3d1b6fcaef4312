# SPDX-License-Identifier: GPL-2.0-only
#
# How a test in the VM says what came out; sourced by the scripts beside it.

ok() {
	echo "ok $*"
}

not_ok() {
	echo "not ok $*"
}

# check NAME COMMAND...: ok if the command succeeds; its output only if it fails
check() {
	local name=$1 status

	shift
	"$@" >/tmp/check.log 2>&1
	status=$?
	if [ $status = 0 ]; then
		ok "$name"
	else
		sed 's/^/    /' /tmp/check.log
		not_ok "$name: exit status $status: $(tail -n 2 /tmp/check.log | tr '\n' ' ')"
	fi
	return $status
}

# same NAME EXPECTED GOT
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: \"$3\" instead of \"$2\""
	fi
}

# named PREFIX COMMAND...: a command whose lines are "ok NAME" and "not ok NAME"; it must have some
named() {
	local prefix=$1 status

	shift
	"$@" >/tmp/named.log 2>&1
	status=$?
	grep -qE '^(not )?ok ' /tmp/named.log || not_ok "$prefix: said nothing: $(tail -n 1 /tmp/named.log)"
	# One that dies half way has said nothing of the rest
	[ $status = 0 ] || grep -q '^not ok ' /tmp/named.log ||
		not_ok "$prefix: ended with status $status: $(tail -n 1 /tmp/named.log)"
	sed "s,^ok ,ok $prefix/,; s,^not ok ,not ok $prefix/," /tmp/named.log
}

caretaker=/sys/kernel/security/caretaker
page_tables=/sys/kernel/debug/page_tables/kernel

# no_global_mapping PREFIX: of the kernel's mappings, those that would outlive a load of CR3
no_global_mapping() {
	check "$1/page-tables" grep -qw NX $page_tables
	check "$1/window-has-a-name" grep -q "KVM Caretakers" $page_tables
	same "$1/global-mappings" "" "$(grep -w GLB $page_tables | head -n 3)"
}

# IMA's own policy, written once a boot
load_policy() {
	cat /lab/measure.ima >/sys/kernel/security/ima/policy
}

# Payloads on a tmpfs: what is tested is the kernel and not the share
get_payloads() {
	cp -r /share/payloads /tmp/payloads
	cd /tmp || exit 3
}
