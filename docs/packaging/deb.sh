#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packs what make install installs: deb.sh BUILD LIBRARY..., where BUILD has the tool, and it opens each
# LIBRARY (-lNAME) late.
#
# By dpkg's own tools: dpkg-shlibdeps says what the tool needs. All times are SOURCE_DATE_EPOCH, or that of the
# last commit: the same bytes for the same commit.
# DEBFULLNAME and DEBEMAIL are who packs it.
set -euo pipefail

cd "$(dirname "$0")/../.."
build=$1
late=("${@:2}")
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2> /dev/null || stat -c %Y CHANGELOG.md)}"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
version=$(sed -n 's/^#define CARETAKER_VERSION "\(.*\)"$/\1/p' signing/cli/version.h)
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-Caretaker maintainers} <${DEBEMAIL:-caretaker@packages.invalid}>"
work=$build/deb
root=$work/debian/caretaker
doc=$root/usr/share/doc/caretaker

rm -rf "$work"
mkdir -p "$root/DEBIAN"
chmod 755 "$work" "$work/debian" "$root" "$root/DEBIAN"
env -u MAKEFLAGS -u MFLAGS "${MAKE:-make}" --no-print-directory -s install DESTDIR="$PWD/$root" prefix=/usr

# Without what names this folder, and symbols
strip --remove-section=.comment --remove-section=.note "$root/usr/bin/caretaker"
install -m 644 docs/packaging/copyright "$doc/copyright"
install -m 644 /usr/share/doc/libcapstone-dev/copyright "$doc/copyright.capstone"
{
	printf 'caretaker (%s) unstable; urgency=medium\n\n' "$version"
	printf '  * What is new is in CHANGELOG.md.\n\n'
	printf ' -- %s  %s\n' "$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
} > "$doc/changelog"
gzip -9n "$doc/changelog" "$root"/usr/share/man/man1/*.1

sed "s|@MAINTAINER@|$maintainer|" docs/packaging/control > "$work/debian/control"
cp "$doc/changelog.gz" "$work/debian/" && gunzip "$work/debian/changelog.gz"
# What the tool opens late is no need that its file has: one that has it
echo 'int main(void) { return 0; }' | ${CC:-cc} -x c -o "$work/late" - -Wl,--no-as-needed "${late[@]}"
(
	cd "$work"
	dpkg-shlibdeps --warnings=3 -O debian/caretaker/usr/bin/caretaker late > debian/substvars
	echo 'misc:Depends=' >> debian/substvars
	dpkg-gencontrol -pcaretaker -Tdebian/substvars -Pdebian/caretaker -fdebian/files 2> gencontrol.log ||
		{ cat gencontrol.log >&2; exit 1; }
)
(cd "$root" && find usr -type f | sort | xargs -d '\n' md5sum) > "$root/DEBIAN/md5sums"
chmod 644 "$root"/DEBIAN/*

to=$build/caretaker_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$to" > /dev/null
echo "  DEB     $to"
