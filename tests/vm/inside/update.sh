#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Another caretaker for a VM that has one, or none: what may replace or follow what, under
# a guest that runs on two vCPUs, what the log says, and that nothing is left of those that
# went.
#
#   update.sh GROUP: 1,000 updates in update-1000, else 60
. /lab/report.sh
. /lab/leaks.sh
get_payloads
log=/sys/kernel/security/ima/ascii_runtime_measurements
[ "$1" = update-1000 ] && count=1000 || count=60

# Digests (the first bytes) in the records of one VM, oldest first, with their events
story() {
	awk -v vm="$1" '$5 ~ /^caretaker-/ && substr($6, 177, 16) == vm {
		print substr($5, 11), substr($6, 417, 8) }' $log
}

check "ima/policy" load_policy
leaks_begin
named update update /tmp/payloads $count 2
# KASAN flushes for its own mappings, too
[ -e /sys/kernel/debug/kmemleak ] || named flushes flushes /tmp/payloads

# A, A, B, A: the first VM of the program; one record each, though IMA drops what it has seen
vm=$(awk '$5 == "caretaker-update" { print substr($6, 177, 16); exit }' $log)
story "$vm" | grep -v refuse >/tmp/story
digest_of() { sed -n "$1p" /tmp/story | cut -d' ' -f2; }
same "log/events" "install update update update update teardown" \
	"$(cut -d' ' -f1 /tmp/story | tr '\n' ' ' | sed 's/ $//')"
same "log/a-a" "$(digest_of 1)" "$(digest_of 2)"
check "log/a-b" test "$(digest_of 2)" != "$(digest_of 3)"
same "log/b-a" "$(digest_of 1)" "$(digest_of 4)"
same "log/last" "$(digest_of 5)" "$(digest_of 6)"

# The first VM whose caretaker was removed: what was removed is named, and so is what came
vm=$(awk '$5 == "caretaker-remove" { print substr($6, 177, 16); exit }' $log)
story "$vm" | grep -v refuse >/tmp/story
same "log/removal/events" "install remove install update remove install remove teardown" \
	"$(cut -d' ' -f1 /tmp/story | tr '\n' ' ' | sed 's/ $//')"
same "log/removal/first" "$(digest_of 1)" "$(digest_of 2)"
same "log/removal/second" "$(digest_of 4)" "$(digest_of 5)"
check "log/removal/other" test "$(digest_of 1)" != "$(digest_of 5)"
leaks_end
