#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Write the mailable series: series.sh BASE OUT
#
# One mail for each patch of kernel/series, made of its diff and its new files,
# and a cover letter from kernel/series-cover.txt. Works on a scratch
# repository of the few files that the series changes.
set -euo pipefail

base=$(realpath "$1")
out=$2
# shellcheck source=kernel/series-files.sh
. "$(dirname "$0")/series-files.sh"
read_series

rm -rf "$out"
mkdir -p "$out"
repo=$(realpath "$out")/.repo
scratch_repo "$repo" "$base" "$kernel"/patches/*.patch

for name in "${order[@]}"; do
	patch=$kernel/patches/$name.patch
	git -C "$repo" mailinfo "$repo/.git/message" "$repo/.git/diff" < "$patch" > "$repo/.git/info-mail" ||
		die "$name.patch: not in the format of git format-patch"
	author=$(sed -n 's/^Author: //p' "$repo/.git/info-mail")
	email=$(sed -n 's/^Email: //p' "$repo/.git/info-mail")
	subject=$(sed -n 's/^Subject: //p' "$repo/.git/info-mail")
	[ -n "$author" ] && [ -n "$email" ] || die "$name.patch: no From: NAME <ADDRESS> line"
	[ -n "$subject" ] || die "$name.patch: no Subject"
	[ -s "$repo/.git/message" ] || die "$name.patch: no message below the subject"

	if grep -q '^diff --git ' "$patch"; then
		git -C "$repo" apply --index --whitespace=error-all "$patch" || die "$name.patch does not apply"
	fi
	while read -r file; do
		[ -n "$file" ] || continue
		[ ! -e "$repo/$file" ] || die "$name adds $file, which is there already"
		install -D -m "$(stat -c %a "$kernel/tree/$file")" "$kernel/tree/$file" "$repo/$file"
		git -C "$repo" add -f "$file"
	done <<< "${adds[$name]}"
	git -C "$repo" diff --cached --quiet && die "$name.patch: neither a diff nor a new file"

	{ echo "$subject"; echo; cat "$repo/.git/message"; } |
		git -C "$repo" commit -q --author "$author <$email>" -F -
done

git -C "$repo" config branch.base.description "$(cat "$kernel/series-cover.txt")"
git -C "$repo" format-patch -q --cover-letter --cover-from-description=subject \
	--subject-prefix='RFC PATCH' --zero-commit --signature=caretaker \
	-o "$(realpath "$out")" --root HEAD~"${#order[@]}"..HEAD
echo "${#order[@]} patches and a cover letter in $out"
