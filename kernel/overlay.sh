#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Lay kernel/patches and kernel/tree over the base: overlay.sh BASE OVERLAY SRC
#
# OVERLAY gets exactly the files that differ from BASE. SRC is the tree that is
# built: hard links to BASE, except for these files. Only files whose content
# changes are written, so that a rebuild compiles what changed and no more.
set -euo pipefail

base=$(realpath "$1")
overlay=$2
src=$3
# shellcheck source=kernel/series-files.sh
. "$(dirname "$0")/series-files.sh"
read_series

# Both are removed and made again
for folder in "$overlay" "$src"; do
	[ ! -e "$folder" ] || [ -d "$folder" ] || { echo "kernel/overlay.sh: $folder is no folder" >&2; exit 3; }
done

# 1. What the series makes of the base.
rm -rf "$overlay"
mkdir -p "$overlay"
overlay=$(realpath "$overlay")
patches=("${order[@]/#/$kernel/patches/}")
patches=("${patches[@]/%/.patch}")
for patch in "${patches[@]}"; do
	sed -n 's,^--- a/,,p' "$patch"
done | sort -u | while read -r file; do
	[ -f "$base/$file" ] || continue	# made by an earlier patch
	install -D -m "$(stat -c %a "$base/$file")" "$base/$file" "$overlay/$file"
done
# A patch without a diff only carries the message for new files.
export GIT_CEILING_DIRECTORIES=${overlay%/*}
for patch in "${patches[@]}"; do
	grep -q '^diff --git ' "$patch" || continue
	(cd "$overlay" && git apply --whitespace=error-all "$patch") || {
		echo "kernel/overlay.sh: $(basename "$patch") does not apply" >&2
		exit 3
	}
done
cp -a "$kernel/tree/." "$overlay/"

# 2. The tree to build.
if [ ! -d "$src" ] || [ "$src/.base" -ot "$base/.unpacked" ]; then
	rm -rf "$src"
	cp -al "$base" "$src"
	rm -f "$src/.unpacked"
	: > "$src/.base"
fi
if [ -f "$src/.overlay" ]; then
	while read -r file; do
		[ -e "$overlay/$file" ] && continue
		rm -f "$src/$file"
		[ ! -e "$base/$file" ] || ln "$base/$file" "$src/$file"
	done < "$src/.overlay"
fi
(cd "$overlay" && find . -type f -printf '%P\n' | sort) > "$src/.overlay.new"
while read -r file; do
	cmp -s "$overlay/$file" "$src/$file" && continue
	mkdir -p "$src/$(dirname "$file")"
	# Never through the link: the base has the same inode.
	cp --preserve=mode "$overlay/$file" "$src/$file.new"
	mv -f "$src/$file.new" "$src/$file"
	echo "$file"
done < "$src/.overlay.new"
mv "$src/.overlay.new" "$src/.overlay"
