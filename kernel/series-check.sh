#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prove the series: series-check.sh BASE SRC SERIES [each FOLDER CERT FRAGMENT...]
#
# 1. `git am` of SERIES on BASE gives SRC, the tree that we build; no other
#    file of SRC differs from BASE.
# 2. Each patch passes checkpatch --strict, and adds no more than 600 lines (series-size.py).
# 3. What the series knows of the base's duties at an exit is so still (duties.py), and so is each
#    text that tests/vm/mutations.list replaces.
# 4. kvm.h is every architecture's: it compiles alone among the headers of another one.
# 5. With "each", the kernel builds after every patch, in FOLDER.
# Ends with "N passed, N failed".
set -uo pipefail

base=$(realpath "$1")
src=$(realpath "$2")
series=$(realpath "$3")
shift 3
# shellcheck source=kernel/series-files.sh
. "$(dirname "$0")/series-files.sh"

passed=0
failed=0
pass() { passed=$((passed + 1)); echo "ok      $*"; }
fail() { failed=$((failed + 1)); echo "FAILED  $*"; }
verdict() { echo "$passed passed, $failed failed"; [ "$failed" = 0 ]; exit; }

# Prints what checkpatch says and kernel/series-allowed does not allow. The
# sign-off is for the person who sends; MAINTAINERS is a patch of its own.
checkpatch() {
	local said

	# It keeps a cache in the current folder.
	said=$(cd "$series" && "$src/scripts/checkpatch.pl" --strict --root="$src" --no-signoff --no-summary \
		--quiet --ignore FILE_PATH_CHANGES --max-line-length=100 --show-types "$1" 2>&1)
	python3 -c '
import re, sys
allowed = [line.split(None, 1) for line in open(sys.argv[1]) if line.strip() and line[0] != "#"]
for report in sys.argv[2].strip().split("\n\n"):
    kind = report.split(":")[1] if report.count(":") > 1 else ""
    if report and not any(kind == k and re.search(r.strip(), report) for k, r in allowed):
        print(report, end="\n\n")
' "$kernel/series-allowed" "$said" || echo "kernel/series-allowed could not be applied"
}

build_step() {
	local tree=$1 file

	while read -r file; do
		if [ -e "$repo/$file" ]; then
			cmp -s "$repo/$file" "$tree/$file" && continue
			mkdir -p "$tree/$(dirname "$file")"
			cp --preserve=mode "$repo/$file" "$tree/$file.new"
			mv -f "$tree/$file.new" "$tree/$file"
		else
			rm -f "$tree/$file"
		fi
	done
	ALLOW_MISSING=CARETAKER "$kernel/configure.sh" "$tree" "$obj" "$cert" "${fragments[@]}" &&
		make -C "$tree" O="$obj" CC="${CCACHE:-} gcc" HOSTCC="${CCACHE:-} gcc" \
			-j"${JOBS:-2}" bzImage modules
}

mapfile -t mails < <(find "$series" -maxdepth 1 -name '[0-9]*.patch' ! -name '0000-*' | sort)
[ ${#mails[@]} -ge 8 ] && pass "series: ${#mails[@]} patches" ||
	fail "series: ${#mails[@]} patches; at least 8, one topic each, are wanted"
[ ${#mails[@]} -gt 0 ] || verdict

repo=$series/.am
scratch_repo "$repo" "$base" "${mails[@]}"
if git -C "$repo" am -q "${mails[@]}"; then
	pass "series: git am on the base"
else
	fail "series: git am on the base"
	verdict
fi

git -C "$repo" diff --name-only HEAD~${#mails[@]} HEAD | sort > "$series/.changed"
# Links to the base are the same inode: this reads only what differs.
(cd "$src" && diff -rq --no-dereference "$base" .) |
	sed -E -e "s,^Files .* and \./(.*) differ$,\1," \
		-e "s,^Only in \./?([^:]*): (.*)$,\1/\2,;s,^/,," \
		-e "s,^Only in $base/?([^:]*): (.*)$,missing: \1/\2," |
	grep -Ev '^(\.base|\.overlay|missing: /?\.unpacked)$' |
	while read -r entry; do		# a new directory is reported as one entry
		[ -d "$src/$entry" ] && (cd "$src" && find "$entry" -type f) || echo "$entry"
	done | sort > "$series/.differs"
if diff -u "$series/.changed" "$series/.differs"; then
	pass "series: changes the files that our tree changes, $(wc -l < "$series/.changed") of them"
else
	fail "series: it and the tree that we build change other files (- series, + tree)"
fi
differ=0
while read -r file; do
	[ -e "$repo/$file" ] || continue
	cmp "$repo/$file" "$src/$file" || differ=$((differ + 1))
done < "$series/.changed"
[ "$differ" = 0 ] && pass "series: gives the tree that we build, byte for byte" ||
	fail "series: $differ files differ from the tree that we build"

# Has the base other duties at an exit than a caretaker may leave out?  Does each mutation of the
# series still fit?  Is each patch small enough?
while read -r line; do
	case $line in
	ok*)		pass "${line#ok      }" ;;
	FAILED*)	fail "${line#FAILED  }" ;;
	*" passed, "*)	;;
	*)		fail "$line" ;;
	esac
done < <("$kernel/duties.py" "$base" 2>&1; "$kernel/../tests/vm/mutation_texts.py" "$kernel/../tests/vm/mutations.list" 2>&1
	"$kernel/series-size.py" --cases 2>&1; "$kernel/series-size.py" 600 "${mails[@]}" 2>&1)

# kvm_h_of ARCH
kvm_h_of() {
	make -C "$src" O="$series/.headers-$1" ARCH="$1" CC="${CCACHE:-} gcc" HOSTCC="${CCACHE:-} gcc" \
		headers > "$series/.headers-$1.log" 2>&1 &&
		echo '#include <linux/kvm.h>' |
		gcc -nostdinc -isystem "$series/.headers-$1/usr/include" -Wall -Werror -fsyntax-only -x c - \
			>> "$series/.headers-$1.log" 2>&1
}
if kvm_h_of arm64; then
	pass "kvm.h: compiles alone, on arm64"
else
	fail "kvm.h: does not compile alone on arm64"
	tail -n 5 "$series/.headers-arm64.log"
fi

for mail in "${mails[@]}"; do
	report=$(checkpatch "$mail")
	if [ -z "$report" ]; then
		pass "checkpatch: $(basename "$mail")"
	else
		fail "checkpatch: $(basename "$mail")"
		echo "$report"
	fi
done

if [ "${1:-}" = each ]; then
	# Side by side as for `make kernel`: what ccache has of that one serves here
	mkdir -p "$2/kernel"
	obj=$(realpath "$2/kernel")
	tree=$(realpath "$2")/linux-src
	cert=$(realpath "$3")
	shift 3
	fragments=("$@")
	rm -rf "$tree"
	cp -al "$base" "$tree"
	for n in $(seq ${#mails[@]}); do
		git -C "$repo" checkout -q "base~$((${#mails[@]} - n))"
		if build_step "$tree" < "$series/.changed" > "$series/build-$n.log" 2>&1; then
			pass "builds: $(basename "${mails[n - 1]}")"
		else
			fail "builds: $(basename "${mails[n - 1]}")"
			tail -n 20 "$series/build-$n.log"
		fi
	done
fi
verdict
