#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A Linux guest in QEMU in the lab VM, under a caretaker: it boots to a shell on one and
# on two vCPUs, hashes its virtio disk and a file that comes by its virtio network, and
# watches kvm-clock.
#
#   linux.sh
#
# QEMU is this host's, unmodified, with under_caretaker.so before it; the guest's kernel
# is the wide one. Ends with `N passed, N failed`.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

guest_kernel=$BUILD/kernel-wide/arch/x86/boot/bzImage
share=$LAB/linux-share
rom=(/usr/share/seabios/bios-256k.bin /usr/share/qemu/linuxboot_dma.bin /usr/share/qemu/kvmvapic.bin)

# with_libraries DIR PROGRAM: the program, and what it needs
with_libraries() {
	local library

	mkdir -p "$1/lib"
	install -m 755 "$2" "$1/"
	while read -r library; do
		install -m 755 "$library" "$1/lib/"
	done < <(ldd "$2" | grep -o '/[^ ]*')
}

# The guest's own initramfs
initramfs() {
	local stage=$LAB/linux-stage

	rm -rf "$stage"
	mkdir -p "$stage"/{bin,dev,proc,sys,tmp}
	install -m 755 /bin/busybox "$stage/bin/"
	copy_libraries "$stage" /bin/busybox
	gcc -O2 -Wall -Wextra -static -pthread -o "$stage/bin/clock" "$HERE/clock.c"
	install -m 755 "$HERE/linux_init" "$stage/init"
	(cd "$stage" && find . | cpio --quiet -o -H newc) >"$share/initrd"
}

[ -e "$guest_kernel" ] || die "no $guest_kernel: make kernel-wide"
"$HERE/keys.sh"
make -s -C "$HERE" O="$PROGRAMS" all "$PROGRAMS"/obj/{under_caretaker.so,stale_event}
rm -rf "$share"
mkdir -p "$share/rom" "$share/tftp"
"$BUILD/caretaker" sign --key "$KEYS/release.key" --cert "$KEYS/release.pem" \
	"$BUILD/payload/caretaker.elf" "$share/payload"
with_libraries "$share" "$(command -v qemu-system-x86_64)"
cp "${rom[@]}" "$share/rom/"
cp "$guest_kernel" "$share/kernel"
cp "$PROGRAMS"/obj/{under_caretaker.so,stale_event} "$share/"
initramfs
# Nothing in these but noise that is the same each time
openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 33554432 >"$share/disk" || true
openssl enc -aes-128-ctr -K 01 -iv 00 -in /dev/zero 2>/dev/null | head -c 1048576 >"$share/tftp/file" || true

status=0
"$HERE/boot.sh" --quiet --memory 1536 --timeout "${VM_TIMEOUT:-900}" --share "$share" \
	--run "$LAB/linux" --append caretaker=nonglobal -- "sh /lab/linux.sh" \
	>"$LAB/linux.log" 2>&1 || status=$?
grep -E '^(ok|not ok|    )' "$share/output" || true
passed=$(grep -c '^ok ' "$share/output" || true)
failed=$(grep -c '^not ok ' "$share/output" || true)
if [ $status != 0 ]; then
	echo "not ok boot: status $status, see $LAB/linux.log"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
