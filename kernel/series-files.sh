# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What kernel/series says; sourced by series.sh and series-check.sh.
# Sets order (patch names) and adds[NAME] (its new files, one a line).

kernel=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
declare -a order=()
declare -A adds=()

die() { echo "${0##*/}: $*" >&2; exit 3; }

read_series() {
	local line name='' number=0 file found
	local -A owner=()

	shopt -s nullglob globstar
	while IFS= read -r line; do
		number=$((number + 1))
		line=${line%%#*}
		line=${line%"${line##*[![:space:]]}"}
		[ -n "$line" ] || continue
		if [[ $line != [[:space:]]* ]]; then
			name=$line
			[ -f "$kernel/patches/$name.patch" ] ||
				die "kernel/series:$number: no kernel/patches/$name.patch"
			[ -z "${adds[$name]+set}" ] || die "kernel/series:$number: $name is named twice"
			order+=("$name")
			adds[$name]=''
			continue
		fi
		[ -n "$name" ] || die "kernel/series:$number: a file before the first patch"
		line=${line#"${line%%[![:space:]]*}"}
		found=
		for file in "$kernel/tree/"$line; do
			[ -f "$file" ] || continue
			found=${file#"$kernel/tree/"}
			[ -z "${owner[$found]+set}" ] ||
				die "kernel/series:$number: $found was added by ${owner[$found]}"
			owner[$found]=$name
			adds[$name]+=$found$'\n'
		done
		[ -n "$found" ] || die "kernel/series:$number: no kernel/tree/$line"
	done < "$kernel/series"

	for file in "$kernel"/patches/*.patch; do
		name=$(basename "$file" .patch)
		[ -n "${adds[$name]+set}" ] || die "kernel/series does not name kernel/patches/$name.patch"
	done
	while read -r file; do
		[ -n "${owner[$file]+set}" ] || die "kernel/series does not say which patch adds $file"
	done < <(find "$kernel/tree" -type f -printf '%P\n' | sort)
	[ ${#order[@]} -gt 0 ] || die "kernel/series names no patch"
}

# Existing files that PATCH... change
patched_files() {
	sed -n 's,^--- a/,,p' "$@" | sort -u
}

# A scratch repository in $1 with the files of base $2 that PATCH... change
scratch_repo() {
	local repo=$1 base=$2 file
	shift 2

	rm -rf "$repo"
	mkdir -p "$repo"
	git -C "$repo" init -q -b base
	while read -r file; do
		[ -f "$base/$file" ] || continue
		install -D -m "$(stat -c %a "$base/$file")" "$base/$file" "$repo/$file"
	done < <(patched_files "$@")
	git -C "$repo" add -A -f .
	git -C "$repo" commit -q --allow-empty -m base
}

# The same input gives the same mails; a user's git settings play no part.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_COMMITTER_NAME='Caretaker series' GIT_COMMITTER_EMAIL=series@caretaker.invalid
export GIT_AUTHOR_NAME=$GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL=$GIT_COMMITTER_EMAIL
export GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_AUTHOR_DATE='2026-01-01T00:00:00Z'
