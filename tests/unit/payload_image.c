// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest payload that follows all rules: read-only data that is the note, a
 * page of text, a control block without bytes in the file.
 */
#include <string.h>

#include "payload_image.h"

static const Elf64_Phdr headers[IMAGE_HEADERS] = {
	[IMAGE_RODATA] = {
		.p_type = PT_LOAD, .p_flags = PF_R, .p_align = 0x1000,
		.p_offset = 0x1000, .p_vaddr = 0, .p_filesz = 0x200, .p_memsz = 0x200,
	},
	[IMAGE_TEXT] = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_align = 0x1000,
		.p_offset = 0x2000, .p_vaddr = 0x1000, .p_filesz = 0x800, .p_memsz = 0x800,
	},
	[IMAGE_CCB] = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_align = 0x1000,
		.p_offset = 0x3000, .p_vaddr = 0x2000, .p_filesz = 0x1000, .p_memsz = 0x1000,
	},
	[IMAGE_MARK] = {
		.p_type = PT_CARETAKER_CCB, .p_flags = PF_R | PF_W, .p_align = 0x1000,
		.p_offset = 0x3000, .p_vaddr = 0x2000, .p_filesz = 0x1000, .p_memsz = 0x1000,
	},
	[IMAGE_NOTE_HEADER] = {
		.p_type = PT_NOTE, .p_flags = PF_R, .p_align = 4,
		.p_offset = IMAGE_NOTE, .p_vaddr = 0,
		.p_filesz = IMAGE_NOTE_SIZE, .p_memsz = IMAGE_NOTE_SIZE,
	},
};

static const Elf64_Ehdr header = {
	.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
	.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
	.e_entry = IMAGE_ENTRY, .e_phoff = sizeof(Elf64_Ehdr),
	.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
	.e_phnum = IMAGE_HEADERS,
};

static const struct {
	Elf64_Nhdr header;
	char owner[12];
	struct caretaker_note note;
} note = {
	.header = { sizeof(CARETAKER_NOTE_OWNER), sizeof(struct caretaker_note),
		    CARETAKER_NOTE_TYPE },
	.owner = CARETAKER_NOTE_OWNER,
	.note = {
		.abi = CARETAKER_ABI_VERSION, .size = sizeof(struct caretaker_note),
		.svn = 7, .mandatory = CARETAKER_FEATURE_SVM, .optional = 1ULL << 63,
		.ccb_size = sizeof(struct caretaker_ccb),
		.switch_size = sizeof(struct caretaker_switch),
		.config_size = sizeof(struct caretaker_config),
		.telemetry_size = sizeof(struct caretaker_telemetry),
		.name = "test-payload", .version = "1.2.3", .build_id = { 0xab, 0xcd },
	},
};

void payload_image_make(unsigned char out[IMAGE_SIZE])
{
	memset(out, 0, IMAGE_SIZE);
	memcpy(out, &header, sizeof(header));
	memcpy(out + sizeof(header), headers, sizeof(headers));
	memcpy(out + IMAGE_NOTE, &note, sizeof(note));
	/* INT3: the lint has nothing against it */
	memset(out + 0x2000, 0xcc, 0x800);
}

void payload_image_patch(unsigned char *image, size_t offset, size_t width,
			 unsigned long long value)
{
	for (size_t i = 0; i < width; i++)
		image[offset + i] = value >> (8 * i);
}
