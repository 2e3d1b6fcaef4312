#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# No configuration of the kernel loads a caretaker silently: kconfig.sh [NAME...]
#
# Each combination is a fragment in kernel/config/kconfig.d on top of the lab's
# configuration, whose lines it replaces.  One object folder serves all of them, so that
# each compiles what its options change.  Ends with "N passed, N failed".
set -uo pipefail
. "$(dirname "$0")/vm/lab.sh"

# How far a combination goes:
#   never   Kconfig gives no caretaker without the option, or does not let that be off
#   build   the folders that the series touches compile, without a warning
#   boot    a kernel that boots; then, of KVM_SET_CARETAKER, 0 or the errno for
#           an unsigned payload without CAP_SYS_MODULE, with it; a good one, where nothing
#           enforces; unsigned and good behind the switch
#
# (no-ima: the memory that KHO takes by itself, and some for a crash, is more than there is in one
# piece, and then it is off)
#
# name           how    boot.sh        no-cap  unsigned good    unsigned! good!
combinations=(
 "no-signatures  never"
 "no-revocation  never"
 "no-blacklist   never"
 "no-securityfs  never"
 "selinux        build"
 "no-kexec       build"
 "kvm-builtin    boot   -              EPERM   0        0       EPERM     0"
 "no-pti         boot   -              EPERM   0        0       EPERM     0"
 "no-ima         boot   --share-boot,--append,crashkernel=64M,--append,kho=on,--append,kho_scratch=50% EPERM 0 0 EPERM  ENOENT"
 "no-integrity   boot   -              EPERM   0        0       EPERM     ENOENT"
 "no-lockdown    boot   -              EPERM   0        0       EPERM     0"
 "no-platform    boot   -              EPERM   0        0       EPERM     0"
 "appraise       boot   --secure-boot  EACCES  EACCES   EACCES  EACCES    EACCES"
 "no-caretaker   boot   -              ENOTTY  ENOTTY   ENOTTY  ENOTTY    ENOTTY"
)
folders=(virt/ security/ certs/ crypto/asymmetric_keys/ arch/x86/kvm/ arch/x86/mm/ kernel/)

source=$BUILD/linux-src
objects=$BUILD/kernel-kconfig
logs=$BUILD/logs/kconfig
passed=0 failed=0 share=
mkdir -p "$logs"

pass() { passed=$((passed + 1)); echo "ok      $*"; }
fail() { failed=$((failed + 1)); echo "FAILED  $*"; }

# The lab's configuration without the lines that the fragment $1 has an opinion on
base_config() {
	local set

	set=$(sed -nE 's/^(# )?(CONFIG_[A-Za-z0-9_]+)(=| is not set).*/\2/p' "$1" | paste -sd '|')
	cat "$ROOT"/kernel/config/{feature,lab}.config | grep -vE "^(# )?($set)(=| is not set)"
}

configure() {
	local name=$1 fragment=$ROOT/kernel/config/kconfig.d/$1.config

	[ -r "$fragment" ] || { echo "no $fragment"; return 1; }
	base_config "$fragment" >"$objects/.base.config"
	REVOKED=$KEYS/withdrawn.pem "$ROOT/kernel/configure.sh" "$source" "$objects" "$KEYS/release.pem" \
		"$objects/.base.config" "$fragment"
}

kernel_make() {
	make -C "$source" O="$objects" CC="${CCACHE:-} gcc" HOSTCC="${CCACHE:-} gcc" LOCALVERSION= \
		-j"${JOBS:-2}" "$@"
}

# No caretaker without the option: either there is none, or something else selects the option
try_never() {
	local option none='  CONFIG_KVM_CARETAKER=y, got: (nothing|# CONFIG_KVM_CARETAKER is not set)'

	option=$(sed -nE 's/^# (CONFIG_[A-Za-z0-9_]+) is not set/\1/p' \
		"$ROOT/kernel/config/kconfig.d/$1.config")
	if configure "$1" >"$logs/$1.log" 2>&1; then
		fail "$1: Kconfig gives a caretaker without $option"
	elif grep -qE "^$none" "$logs/$1.log"; then
		pass "$1: Kconfig gives no caretaker without $option"
	elif grep -q "^  # $option is not set" "$logs/$1.log"; then
		pass "$1: Kconfig does not let $option be off"
	else
		fail "$1: $(tail -n 1 "$logs/$1.log")"
	fi
}

try_build() {
	if ! configure "$1" >"$logs/$1.log" 2>&1; then
		fail "$1: $(tail -n 3 "$logs/$1.log" | tr '\n' ' ')"
	elif ! kernel_make prepare "${folders[@]}" >>"$logs/$1.log" 2>&1; then
		fail "$1: does not compile, see $logs/$1.log"
	elif grep -E 'caretaker.*warning:' "$logs/$1.log"; then
		fail "$1: warnings"
	else
		pass "$1: compiles"
	fi
}

# build_kernel NAME: image, modules, initramfs
build_kernel() {
	configure "$1" && kernel_make bzImage modules &&
		rm -rf "$objects/installed" &&
		kernel_make INSTALL_MOD_PATH="$objects/installed" DEPMOD=true modules_install &&
		KERNEL_MODULES=$(find "$objects/installed" -name '*.ko' | sort) \
			"$HERE/initramfs.sh" "$objects/initramfs.gz"
}

# What a boot needs besides its kernel, made for the first one
prepare_boot() {
	local module

	[ -z "$share" ] || return 0
	make -s -C "$HERE" O="$PROGRAMS"
	module=$(find "$BUILD/modules" -name '*.ko' | sort | tail -n 1)
	share=$(mktemp -d "$LAB/share-XXXXXX")
	trap 'rm -rf "$share"' EXIT
	"$HERE/payloads.py" "$BUILD/payload/caretaker.elf" "$module" "$PROGRAMS/obj/probe.bin" \
		"$KEYS" "$share/payloads"
}

try_boot() {
	local name=$1 options=() results
	shift

	prepare_boot
	if ! build_kernel "$name" >"$logs/$name.log" 2>&1; then
		fail "$name: cannot be built, see $logs/$name.log"
		return
	fi
	[ "$1" = - ] || IFS=, read -ra options <<<"$1"
	shift
	rm -rf "$share/output"
	"$HERE/boot.sh" --quiet --timeout 600 --share "$share" --run "$LAB/kconfig-$name" "${options[@]}" \
		--kernel "$objects/arch/x86/boot/bzImage" --initrd "$objects/initramfs.gz" \
		-- "sh /lab/kconfig.sh $name $*" 2>>"$logs/$name.log"
	results=$(grep -E '^(not )?ok ' "$share/output")
	[ -n "$results" ] || fail "$name: nothing was tested, see $logs/$name.log"
	while read -r line; do
		case $line in
		ok\ *) pass "$name/${line#ok }" ;;
		not\ ok\ *) fail "$name/${line#not ok }" ;;
		esac
	done <<<"$results"
	! grep -aE 'WARNING:|BUG:|Oops|Call Trace' "$LAB/kconfig-$name/serial.log" ||
		fail "$name: the kernel log"
}

# Objects of the lab kernel, made by the same commands in a folder as deep
[ -d "$objects" ] || cp -a "$BUILD/kernel" "$objects" || die "no kernel (make kernel)"
"$HERE/keys.sh"

for line in "${combinations[@]}"; do
	read -ra words <<<"$line"
	if [ $# -gt 0 ] && [[ " $* " != *" ${words[0]} "* ]]; then
		continue
	fi
	begun=$SECONDS
	"try_${words[1]}" "${words[0]}" "${words[@]:2}"
	printf '# %-14s %4d s\n' "${words[0]}" $((SECONDS - begun))
done
# A fragment that no line names would rot
for fragment in "$ROOT"/kernel/config/kconfig.d/*.config; do
	name=$(basename "$fragment" .config)
	printf '%s\n' "${combinations[@]}" | grep -qE "^ *$name " || fail "$name: is in no combination"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
