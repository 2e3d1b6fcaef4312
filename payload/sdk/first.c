// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest caretaker: it sees each exit first, counts it, and leaves it to KVM.
 * docs/first-caretaker.md goes through it.
 */
#include <elf.h>
#include <stddef.h>
#include <caretaker_payload.h>

#define KERNEL_DS	0x18	/* has a descriptor in the slot's GDT */

/* The one page that is writable and the payload's own; KVM fills in its head */
struct caretaker_ccb ccb __attribute__((section(".ccb"), aligned(CARETAKER_PAGE), used));

/* By the note a kernel knows a caretaker, and what it was built for */
static const struct {
	Elf64_Nhdr header;
	char owner[12];			/* padded to a multiple of 4 */
	struct caretaker_note descriptor;
} __attribute__((packed, aligned(4))) note
	__attribute__((section(".note.caretaker"), used)) = {
	.header = {
		.n_namesz = sizeof(CARETAKER_NOTE_OWNER),
		.n_descsz = sizeof(struct caretaker_note),
		.n_type = CARETAKER_NOTE_TYPE,
	},
	.owner = CARETAKER_NOTE_OWNER,
	.descriptor = {
		.abi = CARETAKER_ABI_VERSION,
		.size = sizeof(struct caretaker_note),
		.svn = 1,
		.optional = CARETAKER_FEATURE_SVM | CARETAKER_FEATURE_VMX,	/* either */
		.ccb_size = sizeof(struct caretaker_ccb),
		.switch_size = sizeof(struct caretaker_switch),
		.config_size = sizeof(struct caretaker_config),
		.telemetry_size = sizeof(struct caretaker_telemetry),
		.name = "first",
		.version = "1",
	},
};

/* The slot is around the image, at a fixed distance: there is nothing to relocate */
#define SLOT(place)		"(__image_start - %c[image] + %c[" #place "])"
#define AT(page, type, field)	"i" (CARETAKER_##page + offsetof(struct caretaker_##type, field))

/*
 * On AMD KVM asks to enter the guest: RAX is free, the other general registers are the
 * guest's.  On Intel the guest has just been left, and all of them are: that is entered
 * further on.  So they stay as they are, and are at the trampoline's route entry what they
 * have to be there.
 */
__attribute__((naked, used, section(".text.entry")))
void caretaker_entry(void)
{
	__asm__ volatile(
		"	.hidden	__image_start\n"
		"	endbr64\n"

		/* Last of all before the guest, where the CPU needs it */
		"	movq	" SLOT(vmcb_pa) "(%%rip), %%rax\n"
		"	testl	%[verw], " SLOT(mitigations) "(%%rip)\n"
		"	jz	1f\n"
		"	verw	3f(%%rip)\n"
		"1:	vmrun	%%rax\n"
		"	jmp	2f\n"

		"	.org	caretaker_entry + %c[intel], 0xcc\n"
		"2:	incq	" SLOT(routed) "(%%rip)\n"
		"	jmp	" SLOT(route) "\n"
		"	int3\n"

		"	.pushsection .rodata, \"a\", @progbits\n"
		"3:	.word	%c[kernel_ds]\n"
		"	.popsection\n"
		: : [image] "i" (CARETAKER_IMAGE),
		    [route] "i" (CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ROUTE),
		    [intel] "i" (CARETAKER_ENTRY_INTEL), [verw] "i" (CARETAKER_MITIGATE_VERW),
		    [kernel_ds] "i" (KERNEL_DS),
		    [mitigations] AT(CONFIG, config, mitigations),
		    [vmcb_pa] AT(SWITCH, switch, vmcb_pa),
		    [routed] AT(TELEMETRY, telemetry, routed));
}
