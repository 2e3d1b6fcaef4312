#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU 7.2.17, TCG, AMD SVM: a virtual interrupt is taken whose priority equals V_TPR, and in an
# interrupt shadow that VMRUN loads from the VMCB.
#
# By the manual (APM Vol. 2 15.21.4) the priority must be above V_TPR, as that of an interrupt
# above TPR. A hypervisor that intercepts VINTR to learn when its guest takes an interrupt is told
# at once, finds that TPR holds it up, asks again, and the guest never goes on.
# By 15.21.5 INTERRUPT_SHADOW is loaded by VMRUN: the first instruction comes before any
# interrupt. Here it does not. A guest that is entered at the HLT behind its STI gets the interrupt
# before the HLT, and then halts, though what it waits for has come.
#
# Each case enters a guest of one HLT, with V_IRQ set and VINTR and HLT intercepted: the exit is
# VINTR (V) if the interrupt is taken, or HLT (H).
#
# Seen with qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3 (Debian 12).
set -euo pipefail
version=1:7.2+dfsg-7+deb12u18+b3
#         priority above V_TPR, equal, below; above, in the shadow
manual=VHHH
expected=VVHV

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# With all that it depends on: into ./root, whatever is installed here
mkdir -p lists/partial cache/archives/partial root
: >status
options=(-qq -y -o "Dir::State::lists=$work/lists" -o "Dir::State::status=$work/status"
	-o "Dir::Cache=$work/cache" -o APT::Sandbox::User= -o Debug::NoLocking=1)
apt-get "${options[@]}" update
apt-get "${options[@]}" --no-install-recommends --download-only install \
	"qemu-system-x86=$version" >/dev/null
for deb in cache/archives/*.deb; do
	dpkg -x "$deb" root
done

cat >vmrun.S <<'END'
	.code32
	.section .text
	.balign 4
	/* Multiboot 1: 32-bit, flat, interrupts off */
	.long 0x1badb002, 0, -0x1badb002
	.globl start
start:	movl	$stack, %esp
	movl	$0xc0000080, %ecx		/* EFER.SVME */
	rdmsr
	orl	$0x1000, %eax
	wrmsr
	movl	$0xc0010117, %ecx		/* VM_HSAVE_PA */
	movl	$hsave, %eax
	xorl	%edx, %edx
	wrmsr
	/* int_ctl: V_TPR, V_IRQ, priority, V_INTR_MASKING; then the interrupt shadow */
	movl	$cases, %esi
1:	cmpl	$0, (%esi)
	je	2f
	call	try
	addl	$8, %esi
	jmp	1b
2:	movw	$0xf4, %dx
	xorl	%eax, %eax
	outl	%eax, %dx
	hlt

try:	movl	$vmcb, %edi
	movl	$1024, %ecx
	xorl	%eax, %eax
	rep stosl
	movl	$0x01000010, vmcb + 0x00c	/* intercepts: VINTR, HLT */
	movl	$1, vmcb + 0x010		/* VMRUN */
	movl	$1, vmcb + 0x058		/* ASID */
	movl	(%esi), %eax
	movl	%eax, vmcb + 0x060
	movl	$0x20, vmcb + 0x064		/* V_INTR_VECTOR */
	movl	4(%esi), %eax
	movl	%eax, vmcb + 0x068
	movl	$0x0c930010, vmcb + 0x400
	movl	$0x0c9b0008, vmcb + 0x410
	movl	$0x0c930010, vmcb + 0x420
	movl	$0x0c930010, vmcb + 0x430
	movl	$-1, vmcb + 0x404
	movl	$-1, vmcb + 0x414
	movl	$-1, vmcb + 0x424
	movl	$-1, vmcb + 0x434
	movl	$0x1000, vmcb + 0x4d0		/* EFER */
	movl	$0x11, vmcb + 0x558		/* CR0: PE, ET */
	movl	$0x400, vmcb + 0x560
	movl	$0xffff0ff0, vmcb + 0x568
	movl	$0x202, vmcb + 0x570		/* IF */
	movl	$guest, vmcb + 0x578
	movl	$vmcb, %eax
	clgi
	vmrun
	stgi
	movl	vmcb + 0x070, %eax
	cmpl	$0x64, %eax
	movb	$'V', %bl
	je	3f
	cmpl	$0x78, %eax
	movb	$'H', %bl
	je	3f
	movb	$'?', %bl
3:	movb	%bl, %al
	outb	%al, $0xe9
	ret

guest:	hlt

	.balign 4
cases:	.long 0x01040103, 0	/* above TPR */
	.long 0x01030103, 0	/* equal */
	.long 0x01020103, 0	/* below */
	.long 0x01040103, 1	/* above, in the shadow */
	.long 0
	.bss
	.balign 4096
vmcb:	.skip 4096
hsave:	.skip 4096
	.skip 4096
stack:
END
cc -m32 -c -o vmrun.o vmrun.S
ld -m elf_i386 -Ttext=0x100000 -e start -o vmrun vmrun.o

libraries=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | tr '\n' :)
seen=$(LD_LIBRARY_PATH=$libraries timeout 60 root/usr/bin/qemu-system-x86_64 \
	-L root/usr/share/qemu -L root/usr/share/seabios -accel tcg -cpu EPYC -display none \
	-nodefaults -no-reboot -kernel vmrun -debugcon stdio \
	-device isa-debug-exit,iobase=0xf4 2>/dev/null) || [ $? = 1 ]
echo "qemu-system-x86 $version: $seen; by the manual: $manual"
if [ "$seen" != "$expected" ]; then
	echo "not as it was: expected $expected"
	exit 1
fi
