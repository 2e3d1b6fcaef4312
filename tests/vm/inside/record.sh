# SPDX-License-Identifier: GPL-2.0-only
#
# How a test reads the records of caretakers in IMA's log; sourced by the scripts beside it.
# Offsets are those of <linux/caretaker_record.h>.

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
	awk -v at=$((2 * $1 + 1)) -v bytes="$2" '{
		value = 0
		for (i = bytes - 1; i >= 0; i--) {
			high = index("0123456789abcdef", substr($NF, at + 2 * i, 1)) - 1
			low = index("0123456789abcdef", substr($NF, at + 2 * i + 1, 1)) - 1
			value = value * 256 + high * 16 + low
		}
		printf "%d\n", value
	}'
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

# chain < RECORDS: the numbers of those that do not reveal what the one before committed to
chain() {
	local before= record

	while read -r _ record; do
		if [ -z "$before" ]; then
			# The first since a reset has nothing to reveal
			[ "$(echo "$record" | number 8 8)" != 1 ] ||
				[ "$(echo "$record" | bytes 24 32)" = "$(text '' 32)" ] || echo 1
		elif [ "$(printf "$(echo "$record" | bytes 24 32 | sed 's/../\\x&/g')" | digest)" != "$before" ]; then
			echo "$record" | number 8 8
		fi
		before=$(echo "$record" | bytes 56 32)
	done
}
