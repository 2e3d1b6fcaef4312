#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install into a folder of its own, with each name for a place; what is there works, and make
# uninstall leaves nothing: installed.sh
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect WHAT COMMAND...
expect() {
	local what=$1

	shift
	if "$@" > "$work/said" 2>&1; then
		echo "ok      $what"
	else
		echo "FAILED  $what: $(tail -n 5 "$work/said" | tr '\n' ' ')"
		failed=1
	fi
}

# The output of the rest, to be compared
same() {
	local what=$1 want=$2

	shift 2
	"$@" > "$work/got" 2>&1
	expect "$what" diff "$work/got" <(printf '%s' "$want")
}

# run TARGET [NAME=VALUE]...
run() {
	env -u MAKEFLAGS make --no-print-directory "$1" DESTDIR="$work/root with a blank" "${@:2}"
}

# MODE FILE of all, as from the sources; the prefix is taken off
want=$(
	echo "755 bin/caretaker"
	for page in docs/man/*.1; do
		echo "644 share/man/man1/${page##*/}"
	done
	for file in README.md SECURITY.md CHANGELOG.md docs/*.md schemas.md; do
		echo "644 share/doc/caretaker/${file##*/}"
	done
	for schema in docs/schemas/*.json; do
		echo "644 share/caretaker/schemas/${schema##*/}"
	done
	cat <<-END
	644 share/bash-completion/completions/caretaker
	644 share/caretaker/policy/appraise.ima
	644 share/caretaker/policy/measure.ima
	644 share/caretaker/policy/rules.json
	644 share/caretaker/sdk/caretaker.lds
	644 share/caretaker/sdk/example/Makefile
	644 share/caretaker/sdk/example/first.c
	644 share/caretaker/sdk/include/caretaker_payload.h
	END
)

# list FOLDER: mode and name of each file below it
list() {
	find "$1" ! -type d -printf '%m %P\n' | sort -k2
}

root="$work/root with a blank"
umask 077	# of root, on some machines: what is installed is for all the same
expect "install" run install
same "files and modes" "$(sort -k2 <<< "$want")"$'\n' list "$root/usr/local"
same "folders that all can enter" "" find "$root/usr" -type d ! -perm 755
same "nothing beside the prefix" "$root/usr/local"$'\n' find "$root" -mindepth 2 -maxdepth 2
umask 022

tool=$root/usr/local/bin/caretaker
expect "the tool runs" "$tool" --version
same "the version" "caretaker $(sed -n 's/^#define CARETAKER_VERSION "\(.*\)"$/\1/p' signing/cli/version.h)"$'\n' \
	"$tool" --version
same "the version of the payload" "caretaker $(< payload/VERSION)"$'\n' "$tool" --version
expect "a page is found by man's path" test -s "$root/usr/local/share/man/man1/caretaker-sign.1"
expect "the completion loads" bash -c '. "$1" && complete -p caretaker' bash \
	"$root/usr/local/share/bash-completion/completions/caretaker"
expect "policies and rules are good" "$tool" policy lint "$root"/usr/local/share/caretaker/policy/measure.ima \
	"$root"/usr/local/share/caretaker/policy/rules.json
# make takes no blanks
cp -r "$root/usr/local/share/caretaker/sdk" "$work/sdk"
mkdir "$work/own"
expect "a payload from the SDK" env -u MAKEFLAGS make -C "$work/sdk/example" O="$work/own"
expect "... which the tool takes" "$tool" inspect --lint "$work/own/first.elf"

expect "install again, over it" run install
echo "somebody else's" > "$root/usr/local/share/caretaker/policy/site.json"
expect "uninstall" run uninstall
same "nothing is left, but what others put there" $'644 share/caretaker/policy/site.json\n' list "$root/usr/local"
rm "$root/usr/local/share/caretaker/policy/site.json"
expect "uninstall again" run uninstall
same "no folder of ours is left" "" find "$root" -name 'caretaker*'

# Each name moves its own files, and PREFIX is as good as prefix
check_place() {
	local what=$1 file=$2

	shift 2
	rm -rf "$root"
	expect "install, $what" run install "$@"
	expect "... is there" test -f "$root$file"
	expect "uninstall, $what" run uninstall "$@"
	same "... nothing is left" "" find "$root" ! -type d
}
check_place PREFIX /opt/c/bin/caretaker PREFIX=/opt/c
check_place prefix /usr/bin/caretaker prefix=/usr
check_place bindir /usr/sbin/caretaker bindir=/usr/sbin
check_place mandir /m/man1/caretaker.1 mandir=/m
check_place datadir /d/caretaker/policy/rules.json datadir=/d
check_place docdir /doc/README.md docdir=/doc
check_place bashcompdir /etc/bash_completion.d/caretaker bashcompdir=/etc/bash_completion.d
rm -rf "$root"
expect "install-strip" run install-strip
expect "... has no symbols" bash -c '[ -x "$1" ] && ! nm "$1" 2> /dev/null | grep -q .' bash "$root/usr/local/bin/caretaker"
exit "$failed"
