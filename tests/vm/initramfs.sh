#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the initramfs of the lab VM: busybox, the test programs, the caretaker
# command with its libraries, the kernel's modules, policies and payloads.
#
#   initramfs.sh OUT
#
# The same inputs give the same bytes.  What differs from boot to boot (command,
# payload variants, results) goes through the share and not in here.
#
# KERNEL_MODULES: modules to take, as paths; all in MODULES by default, that is in
# build/modules, where `make kernel` puts them signed.
# ONLY: the only programs of the lab to take, by name; for Bochs, where bytes cost time.
# SHARE: a folder that becomes /share, where nothing can be mounted.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

[ $# = 1 ] || { echo "usage: initramfs.sh OUT" >&2; exit 2; }
out=$1
stage=$(mktemp -d "$LAB/stage-XXXXXX")
trap 'rm -rf "$stage"' EXIT

# with_libraries FILE...: the files, and every library that they need
with_libraries() {
	local file

	for file; do
		install -D -s -m 755 "$file" "$stage/bin/${file##*/}"
		copy_libraries "$stage" "$file"
	done
}

# What the tool opens late, by name, and what tpm2-tss opens so: ldd shows none of it
late_libraries() {
	local name library

	for name in $(grep -aoE 'libtss2-[a-z]+\.so\.[0-9]+' "$BUILD/caretaker" | sort -u) \
		libtss2-tcti-device.so.0; do
		library=$(/sbin/ldconfig -p | awk -v name="$name" '$1 == name && /x86-64/ && !found++ { print $NF }')
		[ -n "$library" ] || die "no $name on this machine"
		install -D -m 755 "$library" "$stage$library"
		copy_libraries "$stage" "$library"
	done
}

modules() {
	local release module list

	if [ -n "${KERNEL_MODULES:-}" ]; then
		list=$KERNEL_MODULES
	else
		list=$(find "$MODULES" -name '*.ko' 2>/dev/null | sort)
	fi
	[ -n "$list" ] || return 0
	# shellcheck disable=SC2086
	set -- $list
	release=$(modinfo -F vermagic "$1" | cut -d' ' -f1)
	for module; do
		install -D -m 644 "$module" "$stage/lib/modules/$release/kernel/${module##*/}"
	done
	depmod -b "$stage" "$release" 2>/dev/null
}

mkdir -p "$stage"/{bin,sbin,dev,proc,sys,tmp,share,lib,lib64,etc,lab}
with_libraries /bin/busybox
for applet in $(/bin/busybox --list); do
	[ "$applet" = busybox ] || ln -s busybox "$stage/bin/$applet"
done
ln -s ../bin/busybox "$stage/sbin/modprobe"
install -m 755 "$HERE/init" "$stage/init"

taken() {
	[ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $1 "* ]]
}

programs=()
for file in "$PROGRAMS"/*; do
	if [ -f "$file" ] && [ -x "$file" ] && taken "${file##*/}"; then
		rm -f "$stage/bin/${file##*/}"
		programs+=("$file")
	fi
done
for file in "$BUILD/caretaker" "$BUILD"/selftests/x86/caretaker_{,answers_}test "$(command -v keyctl)" "$(command -v chattr)" \
	"$(command -v mokutil)"; do
	[ ! -x "$file" ] || ! taken "${file##*/}" || programs+=("$file")
done
[ ${#programs[@]} = 0 ] || with_libraries "${programs[@]}"
! taken caretaker || late_libraries
modules
[ -z "${SHARE:-}" ] || cp -r "$SHARE/." "$stage/share/"
for file in "$ROOT"/policy/*.ima "$ROOT"/policy/*.json; do
	[ ! -e "$file" ] || install -m 644 "$file" "$stage/lab/"
done
for file in "$HERE"/inside/*.sh; do
	[ ! -e "$file" ] || install -m 755 "$file" "$stage/lab/"
done

# Identical input must give identical output: fixed times, order and owner
find "$stage" -exec touch -h -d @0 {} +
(cd "$stage" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort |
	cpio --quiet --reproducible -o -H newc -R 0:0) | gzip -n -1 >"$out.new"
mv "$out.new" "$out"
