#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What each part needs from Debian: packages.sh check|install PART...
#
# Parts: tools, unit, install, deb, vectors, bench, fuzz, prove, kernel, static, vm, sign, guides, bochs, fresh. "check" names what is
# missing and how to get it; "install" installs it, and does nothing, quickly,
# when nothing is missing. Exit status 3 if something stays missing.
set -euo pipefail

declare -A need=(
	[tools]="gcc libc6-dev make pkg-config libssl-dev libjansson-dev libtss2-dev libkeyutils-dev libcapstone-dev libp11-kit-dev openssl"
	[unit]="softhsm2 libengine-pkcs11-openssl tpm2-openssl libtpm2-pkcs11-1 opensc swtpm swtpm-tools tpm2-tools libcmocka-dev python3 rsync git binutils clang lld openssl sbsigntool ima-evm-utils"
	[install]="groff-base mandoc bash openssl python3 python3-jsonschema swtpm swtpm-tools tpm2-tools gcc libc6-dev binutils rsync lintian dpkg-dev"
	[deb]="dpkg-dev binutils gzip xz-utils"
	[vectors]="python3 python3-cryptography python3-jsonschema openssl swtpm swtpm-tools tpm2-tools ima-evm-utils time"
	[bench]="time"
	[fuzz]="clang libclang-rt-14-dev llvm python3"
	[prove]="cadical frama-c-base gcc libc6-dev libssl-dev"
	[kernel]="bc bison flex libelf-dev libssl-dev cpio kmod rsync perl python3 xz-utils zstd git openssl dpkg uuid-dev"
	[static]="sparse perl"
	[vm]="qemu-system-x86 ovmf swtpm swtpm-tools sbsigntool binutils keyutils kmod busybox e2fsprogs cpio gzip openssl python3 shim-unsigned mokutil"
	[sign]="sbsigntool binutils openssl libengine-pkcs11-openssl"
	[guides]="sbsigntool binutils openssl libengine-pkcs11-openssl softhsm2 opensc python3 jq"
	[bochs]="bochs bochsbios vgabios grub-common grub-pc-bin xorriso mtools"
	[fresh]="debootstrap git rsync"
)

action=${1:-}
[ $# -ge 2 ] && [[ $action = check || $action = install ]] ||
	{ echo "usage: packages.sh check|install PART..." >&2; exit 2; }
shift

declare -A wanted=()
for part; do
	[ -n "${need[$part]+set}" ] || { echo "packages.sh: no part \"$part\"" >&2; exit 2; }
	for package in ${need[$part]}; do
		wanted[$package]=1
	done
done

if ! command -v dpkg-query >/dev/null; then
	# Another distribution: its names differ, and its user knows them.
	[ "$action" = check ] && exit 0
	echo "packages.sh: no dpkg here; install what these Debian packages hold: ${!wanted[*]}" >&2
	exit 0
fi

# Virtual names (libelf-dev on some releases) count through Provides.
mapfile -t present < <(dpkg-query -W -f '${db:Status-Abbrev}|${Package}, ${Provides}\n' |
	sed -n 's/^ii *|//p' | sed -E 's/ *\([^)]*\)//g' | tr ',' '\n' | tr -d ' ' | sort -u)
mapfile -t missing < <(comm -13 <(printf '%s\n' "${present[@]}") <(printf '%s\n' "${!wanted[@]}" | sort))
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$action" = check ]; then
	cat >&2 <<-EOM
	These Debian packages are missing: ${missing[*]}
	  as root: apt-get install ${missing[*]}
	  (make demo and make check install what they need by themselves)
	EOM
	exit 3
fi

if [ "$(id -u)" = 0 ]; then
	root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	root=(sudo -n)
else
	echo "packages.sh: not root, and no sudo without a password; install these first: ${missing[*]}" >&2
	exit 3
fi

start=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "packages: installing ${missing[*]}"
apt_get() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@" < /dev/null
}
# The lists may be old or absent: fetch them only if it does not work without.
if ! apt_get install --no-install-recommends "${missing[@]}" > "$log" 2>&1 &&
   ! { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "packages.sh: could not install ${missing[*]}" >&2
	exit 3
fi
printf '%-44s %5d s\n' "packages: installed ${#missing[@]}" $((SECONDS - start))
