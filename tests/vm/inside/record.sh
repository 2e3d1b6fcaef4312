# SPDX-License-Identifier: GPL-2.0-only
#
# How a test reads the records of caretakers in IMA's log; sourced by the scripts beside it.
# Offsets are those of <linux/caretaker.h>.

log=/sys/kernel/security/ima/ascii_runtime_measurements

# The records of ours, oldest first: event name and record in hex
records() {
	awk '$5 ~ /^caretaker-/ { print $5, $6 }' $log
}

# of_event WORD: the records of one kind
of_event() {
	records | sed -n "s/^caretaker-$1 //p"
}

# bytes OFFSET COUNT < HEX...: that part of each record
bytes() {
	cut -c$((2 * $1 + 1))-$((2 * ($1 + $2)))
}

# number OFFSET BYTES < HEX...: a little-endian field of each record
number() {
	bytes "$1" "$2" | while read -r hex; do
		printf '%d\n' "0x$(echo "$hex" | sed 's/../& /g' | awk '{ for (i = NF; i; i--) printf "%s", $i }')"
	done
}

# hex < BYTES, without line ends
hex() {
	hexdump -v -e '1/1 "%02x"'
}

# digest < BYTES: SHA-256
digest() {
	sha256sum | cut -d' ' -f1
}

# text STRING BYTES: its hex, padded with NUL
text() {
	printf '%-*s' $((2 * $2)) "$(printf %s "$1" | hex)" | tr ' ' 0
}
