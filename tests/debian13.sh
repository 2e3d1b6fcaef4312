#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run a program of Debian 13: debian13.sh FOLDER "PACKAGE..." -- PROGRAM [ARGUMENT...]
#
# For what Debian 12 has not got, or only older.  A PROGRAM with a slash is one of this
# machine, which gets their libraries, and its own where they have none.  The packages, which
# must name all others too, are fetched to FOLDER once, from the archive that this machine uses
# (archive.sh), and run with their own loader.
# Exit status 3, with the reason, if they cannot be fetched.
set -euo pipefail
. "$(dirname "$0")/archive.sh"

die() { echo "debian13.sh: $*" >&2; exit 3; }

[ $# -ge 4 ] && [ "$3" = -- ] || die 'usage: debian13.sh FOLDER "PACKAGE..." -- PROGRAM [ARGUMENT...]'
folder=$1
read -ra packages <<< "$2"
program=$4
shift 4

fetch() {
	local work=$folder/apt archive deb

	archive_open "$work" trixie || return
	work=$(realpath "$work")
	(cd "$work" && rm -f ./*.deb && apt-get "${archive[@]}" download "${packages[@]}")
	rm -rf "$folder/root.new"
	for deb in "$work"/*.deb; do
		dpkg-deb -x "$deb" "$folder/root.new"
	done
	rm -rf "$folder/root.new/usr/share" "$folder/root" "$work"
	mv "$folder/root.new" "$folder/root"
}

if [ ! -d "$folder/root" ]; then
	command -v apt-get >/dev/null || die "no apt-get here: install ${packages[0]} yourself"
	mkdir -p "$folder"
	exec 9> "$folder/.lock"
	flock 9
	[ -d "$folder/root" ] || fetch > "$folder/fetch.log" 2>&1 ||
		die "could not fetch Debian 13's ${packages[0]}, see $folder/fetch.log"
	exec 9>&-
fi
usr=$(realpath "$folder")/root/usr
libraries=$usr/lib/x86_64-linux-gnu:$usr/lib
case $program in
*/*) file=$program libraries=$libraries:/usr/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu ;;
*) file=$usr/bin/$program ;;
esac
exec "$usr/lib64/ld-linux-x86-64.so.2" --argv0 "$program" --library-path "$libraries" "$file" "$@"
