# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which of many tests a run takes that does not take all; sourced by them.

# sample_names N < NAMES: one of N names, at least one. A hash of the tree chooses: another
# commit, another sample, and the same one wherever that commit is tested.
sample_names() {
	local tree name

	tree=$(git rev-parse 'HEAD^{tree}' 2> /dev/null) || tree=
	while read -r name; do
		echo "$(sha256sum <<< "$tree $name" | cut -c 1-16) $name"
	done | sort | awk -v n="$1" '{ line[NR] = $2 } END { for (i = 1; i <= (NR + n - 1) / n; i++) print line[i] }'
}
