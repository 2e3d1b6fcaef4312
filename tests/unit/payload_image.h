/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest payload that follows all rules, built in memory, for tests that
 * break one rule at a time.
 */
#ifndef PAYLOAD_IMAGE_H
#define PAYLOAD_IMAGE_H

#include <linux/elf.h>
#include <stddef.h>

#include "elf.h"

#define IMAGE_SIZE	0x4000
#define IMAGE_NOTE	0x1000	/* offset of the note, start of the r-- segment */
#define IMAGE_ENTRY	0x1010	/* address */

/* Program headers, in order */
enum { IMAGE_RODATA, IMAGE_TEXT, IMAGE_CCB, IMAGE_MARK, IMAGE_NOTE_HEADER, IMAGE_HEADERS };

/* Offsets of fields, for tables of patches */
#define AT_ELF(field)		offsetof(Elf64_Ehdr, field)
#define AT_HEADER(i, field)	(sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr) + \
				 offsetof(Elf64_Phdr, field))
#define AT_NOTE_HEADER(field)	(IMAGE_NOTE + offsetof(Elf64_Nhdr, field))
#define AT_OWNER		(IMAGE_NOTE + sizeof(Elf64_Nhdr))
#define AT_NOTE(field)		(AT_OWNER + 12 + offsetof(struct caretaker_note, field))

#define IMAGE_NOTE_SIZE		(sizeof(Elf64_Nhdr) + 12 + sizeof(struct caretaker_note))

void payload_image_make(unsigned char out[IMAGE_SIZE]);

/* Writes @value, little-endian, in @width bytes. */
void payload_image_patch(unsigned char *image, size_t offset, size_t width,
			 unsigned long long value);

#endif
