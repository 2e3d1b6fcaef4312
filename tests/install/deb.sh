#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make deb: what is in the package, that it works, and that another folder gives the same bytes: deb.sh
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
export SOURCE_DATE_EPOCH=1700000000

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

field() {
	dpkg-deb -f "$deb" "$1" | grep -qE -- "$2"
}

# Without git, with another umask, in another folder
build_elsewhere() {
	rsync -a --exclude=/build --exclude=/.git ./ "$work/there/"
	(umask 077 && cd "$work/there" && env -u MAKEFLAGS -u MAKELEVEL make -j"${JOBS:-1}" deb)
}

expect "make deb" env -u MAKEFLAGS make --no-print-directory deb
version=$(build/caretaker --version | cut -d' ' -f2)
deb=build/caretaker_${version}_$(dpkg --print-architecture).deb
expect "it has the tool's version" test -s "$deb"
expect "it is whole" dpkg-deb --fsys-tarfile "$deb"
expect "Version" field Version "^$version\$"
# Whatever the tool is linked with, and opens late, as dpkg-shlibdeps found it
for library in libc6 libssl3 libjansson4 libtss2-esys-3.0.2-0 libtss2-mu0; do
	expect "Depends: $library" field Depends "(^|, )$library( \(>= [^)]*\))?(,|\$)"
done
dpkg-deb -x "$deb" "$work/x"
dpkg-deb -e "$deb" "$work/control"
expect "the licence of what is linked in" test -s "$work/x/usr/share/doc/caretaker/copyright.capstone"
expect "the tool runs" "$work/x/usr/bin/caretaker" inspect build/payload/caretaker.elf
expect "it is the tool" diff <("$work/x/usr/bin/caretaker" help) <(build/caretaker help)
expect "it has no symbols, nor this folder's name" bash -c '! nm "$1" 2>/dev/null | grep -q . && ! grep -qF "$2" "$1"' \
	bash "$work/x/usr/bin/caretaker" "$PWD"
for page in docs/man/*.1; do
	expect "page ${page##*/}" cmp "$page" <(gzip -dc "$work/x/usr/share/man/man1/${page##*/}.gz")
done
expect "no time stands in what is compressed" bash -c \
	'for f in $(find "$1" -name "*.gz"); do [ "$(od -An -tu4 -j4 -N4 "$f" | tr -d " ")" = 0 ] || exit 1; done' bash "$work/x"
expect "copyright" grep -q '^License: GPL-2.0-only' "$work/x/usr/share/doc/caretaker/copyright"
expect "changelog" bash -c 'gzip -dc "$1" | head -n 1 | grep -qF "caretaker ($2) "' bash \
	"$work/x/usr/share/doc/caretaker/changelog.gz" "$version"
expect "md5sums" bash -c 'cd "$1" && md5sum --quiet -c "$2"' bash "$work/x" "$work/control/md5sums"
expect "md5sums has each file" test "$(wc -l < "$work/control/md5sums")" = "$(find "$work/x" -type f | wc -l)"
expect "all is root's" bash -c '! dpkg-deb -c "$1" | grep -v " root/root "' bash "$deb"
expect "no script runs as root when it is installed" bash -c '[ "$(ls "$1" | tr "\n" " ")" = "control md5sums " ]' \
	bash "$work/control"
expect "lintian has nothing to say" lintian --no-tag-display-limit --allow-root --fail-on error,warning "$deb"
cp "$deb" "$work/first.deb"
expect "make deb again" env -u MAKEFLAGS make --no-print-directory deb
expect "... gives the same bytes" cmp "$deb" "$work/first.deb"
expect "make deb in another folder" build_elsewhere
expect "... gives the same bytes" cmp "$deb" "$work/there/$deb"
exit "$failed"
