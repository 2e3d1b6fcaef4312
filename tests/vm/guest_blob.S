/* SPDX-License-Identifier: GPL-2.0-only */
/* The linked guest, as bytes inside the VMM. */
	.section .rodata
	.globl	guest_blob, guest_blob_end
	.balign	16
guest_blob:
	.incbin	GUEST_BIN
guest_blob_end:
	.section .note.GNU-stack, "", @progbits
