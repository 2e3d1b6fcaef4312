// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads prefixes and opcode as a CPU does, and looks for them in the tables.
 */
#include "lint_opcode.h"
#include "lint_opcode_lines.h"

#define LONGEST	15

struct reading {
	const unsigned char *code;
	size_t size, at;
	unsigned int prefix, map;
	unsigned char opcode;
};

/* Behind the text are zeros, as in the rest of its page. */
static unsigned char next(struct reading *r)
{
	size_t at = r->at++;

	return at < r->size ? r->code[at] : 0;
}

static unsigned char peek(const struct reading *r, size_t ahead)
{
	return r->at + ahead < r->size ? r->code[r->at + ahead] : 0;
}

/* REX counts only right before the opcode (SDM Vol. 2, 2.2.1). */
static void read_prefixes(struct reading *r)
{
	for (; r->at < r->size; r->at++) {
		unsigned char byte = r->code[r->at];
		unsigned int rex = r->prefix & REX_W;

		r->prefix &= ~REX_W;
		if (byte == 0x66)
			r->prefix |= P_66;
		else if (byte == 0xf3)
			r->prefix |= P_F3;
		else if (byte == 0xf2)
			r->prefix |= P_F2;
		else if ((byte & 0xf8) == 0x48)
			r->prefix |= REX_W;
		else if (byte != 0xf0 && byte != 0x67 && byte != 0x2e && byte != 0x36 &&
			 byte != 0x26 && byte != 0x3e && byte != 0x64 && byte != 0x65 &&
			 (byte & 0xf8) != 0x40) {
			r->prefix |= rex;
			return;
		}
	}
}

/* Prefixes that hold the map, and the legacy prefix in two bits (SDM Vol. 2, 2.3.5) */
static void read_vex(struct reading *r, unsigned char first)
{
	static const unsigned char legacy[] = { 0, P_66, P_F3, P_F2 };
	unsigned char byte = next(r), flags = byte;

	r->map = VEX + 1;
	if (first != 0xc5) {
		r->map = first == 0x8f ? XOP : VEX + (byte & (first == 0x62 ? 7 : 31));
		flags = next(r);
	}
	if (first == 0x62)
		next(r);
	r->prefix = legacy[flags & 3];
	r->opcode = next(r);
}

static void read_opcode(struct reading *r)
{
	unsigned char byte = next(r);

	r->map = ONE;
	r->opcode = byte;
	if (byte == 0xc4 || byte == 0xc5 || byte == 0x62 ||
	    (byte == 0x8f && (peek(r, 0) & 0x1f) >= 8)) {
		read_vex(r, byte);
		return;
	}
	/* REX2 (APX): its upper bit is 0F, and it has a W of its own. */
	if (byte == 0xd5) {
		byte = next(r);
		r->map = byte & 0x80 ? TWO : ONE;
		r->prefix = (r->prefix & ~REX_W) | (byte & 8 ? REX_W : 0);
		r->opcode = next(r);
		return;
	}
	if (byte != 0x0f)
		return;
	r->map = TWO;
	r->opcode = next(r);
	if (r->opcode == 0x38 || r->opcode == 0x3a) {
		r->map = r->opcode == 0x38 ? THREE_38 : THREE_3A;
		r->opcode = next(r);
	}
}

static int prefix_fits(unsigned int wanted, unsigned int found)
{
	if (wanted == NO_PREFIX)
		return !(found & (P_66 | P_F3 | P_F2));
	if (wanted == NO_REX_W)
		return !(found & REX_W);
	return (found & wanted) == wanted;
}

static int form_fits(const struct line *line, unsigned char modrm)
{
	switch (line->form) {
	case ALWAYS:
		return 1;
	case IS:
		return modrm == line->arg;
	case MEMORY:
		if (modrm >= 0xc0)
			return 0;
		break;
	case REGISTER:
		if (modrm < 0xc0)
			return 0;
	}
	return line->arg >> (modrm >> 3 & 7) & 1;
}

/* Of ModRM, SIB and displacement (SDM Vol. 2, table 2-2) */
static size_t operand_size(const struct reading *r)
{
	unsigned char modrm = peek(r, 0), mod = modrm >> 6, rm = modrm & 7;
	size_t size = 1;

	if (mod == 3)
		return size;
	if (rm == 4)
		size++;
	if (mod == 0 && (rm == 5 || (rm == 4 && (peek(r, 1) & 7) == 5)))
		size += 4;
	return size + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

struct opcode lint_opcode(const unsigned char *code, size_t size)
{
	struct reading r = { .code = code, .size = size };
	struct opcode found = { .rule = LINT_NONE };
	size_t table;

	read_prefixes(&r);
	found.at = r.at;
	if (r.at == size)
		return found;
	read_opcode(&r);
	table = r.map < VEX ? r.map : VEX;
	for (size_t i = 0; i < opcode_tables[table].count; i++) {
		const struct line *line = &opcode_tables[table].lines[i];

		if (line->map != r.map || r.opcode < line->first || r.opcode > line->last ||
		    !prefix_fits(line->prefix, r.prefix) || !form_fits(line, peek(&r, 0)))
			continue;
		found.rule = line->rule;
		found.name = line->name;
		found.hides = line->hides;
		found.size = r.at + (line->form == ALWAYS ? 0 : operand_size(&r));
		/* More is no instruction (SDM Vol. 2, 2.3.11). */
		if (found.size > LONGEST)
			found.size = 0;
		break;
	}
	return found;
}
