#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack the kernel source $1 (.deb, tarball, git checkout or tree) to $2.
# The result is the pristine base: compared with, copied from, never edited.
set -euo pipefail

from=$1
to=$2
part=$to.part

die() { echo "kernel/unpack.sh: $*" >&2; exit 3; }

[ -e "$from" ] || die "LINUX=$from: no such file or directory"
rm -rf "$part"
mkdir -p "$part"

if [ -d "$from" ] && git -C "$from" rev-parse --verify -q HEAD >/dev/null &&
   [ "$(git -C "$from" rev-parse --show-prefix)" = "" ]; then
	git -C "$from" archive HEAD | tar -x -C "$part"
elif [ -d "$from" ]; then
	tar -c -C "$from" --exclude-vcs --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' . |
		tar -x -C "$part"
elif [[ $from == *.deb ]]; then
	name=$(dpkg-deb --fsys-tarfile "$from" | tar -t | grep -E '/linux-source-[^/]*\.tar\.xz$') ||
		die "$from holds no linux-source-*.tar.xz"
	dpkg-deb --fsys-tarfile "$from" | tar -xO "$name" |
		tar -xJ -C "$part" --strip-components=1
else
	tar -x -f "$from" -C "$part" --strip-components=1
fi

[ -f "$part/Kbuild" ] && [ -f "$part/arch/x86/kvm/svm/svm.c" ] ||
	die "$from is not a kernel source tree (no Kbuild or no arch/x86/kvm/svm/svm.c)"
[ ! -f "$part/.config" ] && [ ! -d "$part/include/config" ] ||
	die "$from was built in place: run make mrproper there first"

rm -rf "$to"
mv "$part" "$to"
touch "$to/.unpacked"
