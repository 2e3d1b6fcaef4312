# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# Where the test bed keeps its things; sourced by the scripts beside it.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
LAB=$BUILD/lab
KEYS=$BUILD/keys
PROGRAMS=$BUILD/vm
KERNEL_BUILD=${KERNEL_BUILD:-$BUILD/kernel}
MODULES=${MODULES:-$BUILD/modules}
KERNEL=${KERNEL:-$KERNEL_BUILD/arch/x86/boot/bzImage}

# Debian's ovmf package: the firmware, and its empty variable store, into which
# enroll.py writes our own keys
OVMF=${OVMF:-/usr/share/OVMF}
OVMF_CODE=$OVMF/OVMF_CODE_4M.secboot.fd
OVMF_VARS=$OVMF/OVMF_VARS_4M.fd

# Words of each kernel. The emulated time stamp counters are this machine's own, which are in
# step. The kernel compares them with the emulated HPET, and where a CPU stands still between
# the two reads it takes the TSC for broken. Stock KVM then gives each vCPU a TSC of its own:
# a guest that trusts kvm-clock by then sees it go back.
# "any" allows caretakers, of which a group may allow fewer (caretaker=isolated).
LAB_WORDS="console=ttyS0 panic=-1 oops=panic caretaker=any tsc=reliable"

mkdir -p "$LAB"

die() {
	echo "${0##*/}: $*" >&2
	exit 3
}

# newer FILE INPUT...: FILE is there and no INPUT is newer
newer() {
	local file=$1 input

	[ -e "$file" ] || return 1
	shift
	for input; do
		[ "$file" -nt "$input" ] || return 1
	done
}

# copy_libraries ROOT PROGRAM: every library that it needs (a static one needs none), to
# the same place below ROOT
copy_libraries() {
	local library

	while read -r library; do
		[ -e "$1$library" ] || install -D -m 755 "$library" "$1$library"
	done < <(ldd "$2" 2>/dev/null | grep -o '/[^ ]*' || true)
}
