// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lint of a payload's text.
 */
#include <errno.h>
#include <linux/elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint.h"
#include "lint_allow.h"
#include "lint_frames.h"
#include "lint_opcode.h"
#include "lint_prefix.h"
#include "lint_sweep.h"
#include "symbols.h"

/* Addresses of the slot as the image sees them: its own begin at 0 */
#define PLACE(slot)	((__u64)(slot) - CARETAKER_IMAGE)

struct linter {
	const struct payload *payload;
	const struct caretaker_segment *segment;
	__u64 entry[3];			/* where it begins: AMD, Intel, AMD without KVM */
	size_t entries;
	struct sweep sweep;
	struct symbols symbols;
	struct function *allowed;	/* one for each exception; empty if it is not there */
	cs_insn *insn;			/* the one that is looked at */
	const struct swept *at;
	struct lint *out;
};

static struct opcode opcode_at(const struct linter *l)
{
	return lint_opcode(l->sweep.code + l->at->at, l->sweep.size - l->at->at);
}

static int is_excepted(const struct linter *l, enum lint_rule rule)
{
	const char *name = opcode_at(l).name;
	__u64 address = l->segment->vaddr + l->at->at;

	if (!name || !LINT_EXCEPTABLE(rule))
		return 0;
	for (size_t i = 0; i < lint_exceptions_count; i++)
		if (lint_exceptions[i].rule == rule &&
		    !strcmp(lint_exceptions[i].instruction, name) &&
		    address >= l->allowed[i].start && address < l->allowed[i].end)
			return 1;
	return 0;
}

/* Capstone's name for it begins as the manuals' does: "lretq", "mov". */
static int is_named(const struct linter *l, const char *name)
{
	return l->at->decoded && !strncasecmp(l->insn->mnemonic, name, strcspn(name, " "));
}

/* "WRPKRU (0f 01 ef)", or ".byte 06" for what has no name */
static void show_bytes(const struct linter *l, const char *name, struct lint_finding *finding)
{
	const unsigned char *code = l->sweep.code + l->at->at;
	size_t used = snprintf(finding->instruction, sizeof(finding->instruction), "%s",
			       name ? name : ".byte");

	for (size_t i = 0; i < l->at->size; i++)
		used += snprintf(finding->instruction + used, sizeof(finding->instruction) - used,
				 "%s%02x", name && !i ? " (" : " ", code[i]);
	if (name)
		snprintf(finding->instruction + used, sizeof(finding->instruction) - used, ")");
}

/*
 * In AT&T syntax, as objdump shows it; decisions are made on Intel's.  What Capstone does
 * not know, or takes for something else, has the name that its bytes have.
 */
static void show(struct linter *l, struct lint_finding *finding)
{
	const struct opcode opcode = opcode_at(l);
	csh handle = l->sweep.handle;

	cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	if (l->at->decoded && sweep_decode(&l->sweep, l->at, l->insn) &&
	    (!opcode.name || is_named(l, opcode.name)))
		snprintf(finding->instruction, sizeof(finding->instruction), "%s%s%s",
			 l->insn->mnemonic, *l->insn->op_str ? " " : "", l->insn->op_str);
	else
		show_bytes(l, opcode.name, finding);
	cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_INTEL);
	if (l->at->decoded)
		sweep_decode(&l->sweep, l->at, l->insn);
}

/* Returns what was kept of it, for more to be said; NULL if nothing was. */
static struct lint_finding *report(struct linter *l, enum lint_rule rule)
{
	__u64 address = l->segment->vaddr + l->at->at;
	struct lint_finding *finding;
	struct function function;

	if (rule == LINT_NONE || is_excepted(l, rule) || l->out->count++ >= LINT_KEPT)
		return NULL;
	finding = &l->out->finding[l->out->count - 1];
	*finding = (struct lint_finding){
		.offset = l->segment->offset + l->at->at, .address = address,
		.rule = lint_rule_name(rule), .text = lint_rule_text(rule),
	};
	if (symbols_at(&l->symbols, address, &function))
		memcpy(finding->function, function.name, sizeof(finding->function));
	show(l, finding);
	return finding;
}

/* Is there a page of the payload's own, or one that it is given? */
static int is_own_place(const struct linter *l, __u64 address)
{
	static const struct {
		__u64 start, pages;
	} places[] = {
		{ PLACE(CARETAKER_SWITCH), 1 }, { PLACE(CARETAKER_CONFIG), 3 },
		{ PLACE(CARETAKER_TELEMETRY), 1 }, { PLACE(CARETAKER_VMCB), 1 },
		{ PLACE(CARETAKER_GAP), 1 }, { PLACE(CARETAKER_POSTED), 1 },
		{ PLACE(CARETAKER_PEERS), 1 },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (address - places[i].start < places[i].pages * CARETAKER_PAGE)
			return 1;
	return address < l->payload->image.memory;
}

static void check_memory(struct linter *l, const x86_op_mem *mem)
{
	const cs_insn *insn = l->insn;

	if (mem->segment != X86_REG_INVALID)
		report(l, LINT_SEGMENT);
	if (mem->base == X86_REG_RIP) {
		if (!is_own_place(l, insn->address + insn->size + mem->disp))
			report(l, LINT_ADDRESS);
	} else if (mem->base == X86_REG_INVALID && insn->id != X86_INS_LEA) {
		/* An absolute address: the payload knows none. */
		report(l, LINT_ADDRESS);
	}
}

static void check_operands(struct linter *l)
{
	const cs_x86 *x86 = &l->insn->detail->x86;

	if (l->at->effect.tops)
		return;
	for (int i = 0; i < x86->op_count; i++) {
		if (x86->operands[i].type == X86_OP_REG)
			report(l, lint_rule_of_register(x86->operands[i].reg));
		else if (x86->operands[i].type == X86_OP_MEM)
			check_memory(l, &x86->operands[i].mem);
	}
	if (!l->at->effect.allowed)
		report(l, LINT_STACK_POINTER);
}

/* How it is written, of what may occur */
static void check_form(struct linter *l)
{
	if (!lint_prefixes_fit(l->insn, l->at->direct))
		report(l, LINT_PREFIX);
	if (l->insn->id != X86_INS_NOP)
		check_operands(l);
}

static void check_branch(struct linter *l)
{
	int branch = l->insn->id == X86_INS_CALL ||
		     cs_insn_group(l->sweep.handle, l->insn, X86_GRP_JUMP);
	__u64 here = l->sweep.address + l->at->at;

	if (branch && !l->at->direct)
		report(l, LINT_INDIRECT_BRANCH);
	if (!l->at->direct)
		return;
	if (l->at->flow == FLOW_JUMP &&
	    (l->at->target == PLACE(CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ROUTE) ||
	     l->at->target == PLACE(CARETAKER_TRAMPOLINE + CARETAKER_TRAMPOLINE_ENTER)))
		return;
	if (!sweep_at(&l->sweep, l->at->target))
		report(l, LINT_BRANCH_TARGET);
	else if (l->at->target == here || (l->at->target < here && l->at->flow != FLOW_CALL &&
					   !l->at->leaves))
		report(l, LINT_ENDLESS_LOOP);
}

static void check_frames(struct linter *l)
{
	if (l->at->faults & FAULT_RETURN)
		report(l, LINT_INDIRECT_BRANCH);
	if (l->at->faults & FAULT_STACK)
		report(l, LINT_STACK_POINTER);
	if (l->at->faults & FAULT_END)
		report(l, LINT_TEXT_END);
}

/* Bytes that a CPU takes for prefixes of the next instruction do not make it another one. */
static int is_the_next(const struct linter *l, size_t at, const struct opcode *found)
{
	const struct sweep *sweep = &l->sweep;
	size_t next = l->at->at + l->at->size;
	struct opcode opcode;

	if (next >= sweep->size || !found->name)
		return 0;
	opcode = lint_opcode(sweep->code + next, sweep->size - next);
	return next + opcode.at == at + found->at && opcode.name == found->name;
}

/* At its own opcode an instruction is what it was decoded as. */
static void check_hidden(struct linter *l, size_t opcode)
{
	const struct sweep *sweep = &l->sweep;

	for (size_t i = opcode + 1; i < l->at->size; i++) {
		size_t at = l->at->at + i, used;
		const struct opcode found = lint_opcode(sweep->code + at, sweep->size - at);
		struct lint_finding *finding;

		if (!found.hides || is_the_next(l, at, &found))
			continue;
		finding = report(l, LINT_HIDDEN);
		used = finding ? strlen(finding->instruction) : 0;
		if (finding)
			snprintf(finding->instruction + used, sizeof(finding->instruction) - used,
				 " (%s at its byte %zu)", found.name, i);
	}
}

static void check_instruction(struct linter *l)
{
	const enum lint_rule rule = lint_rule_of(l->insn);

	if (rule != LINT_NONE && !is_excepted(l, rule))
		report(l, rule);
	else
		check_form(l);
	check_branch(l);
	check_frames(l);
	check_hidden(l, opcode_at(l).at);
}

static void check_bytes(struct linter *l)
{
	enum lint_rule rule = opcode_at(l).rule;

	report(l, rule == LINT_NONE ? LINT_UNDECODABLE : rule);
}

/*
 * The linear sweep must meet the ways in, or it has looked at other instructions.  That of
 * Intel may be behind the end.
 */
static void check_entries(struct linter *l)
{
	const struct swept *last = &l->sweep.insn[l->sweep.count - 1];
	__u64 here = l->sweep.address + l->at->at, behind = here + l->at->size;

	for (size_t i = 0; i < l->entries; i++)
		if ((here < l->entry[i] && l->entry[i] < behind) ||
		    (l->at == last && l->entry[i] >= behind)) {
			report(l, LINT_BRANCH_TARGET);
			return;
		}
}

static void check_all(struct linter *l)
{
	for (size_t i = 0; i < l->sweep.count; i++) {
		l->at = &l->sweep.insn[i];
		if (l->at->decoded && sweep_decode(&l->sweep, l->at, l->insn))
			check_instruction(l);
		else
			check_bytes(l);
		check_entries(l);
	}
}

/* A payload is entered behind its entry point on Intel, and without KVM, if it may be used so */
static void find_entries(struct linter *l)
{
	const struct caretaker_image *image = &l->payload->image;
	const __u64 features = image->note.mandatory | image->note.optional;

	l->entry[l->entries++] = image->entry;
	if (features & CARETAKER_FEATURE_VMX)
		l->entry[l->entries++] = image->entry + CARETAKER_ENTRY_INTEL;
	if (features & CARETAKER_FEATURE_DETACH && features & CARETAKER_FEATURE_SVM)
		l->entry[l->entries++] = image->entry + CARETAKER_ENTRY_GAP;
}

/* The text, with the exceptions that its symbols give it */
static int prepare(struct linter *l)
{
	const struct caretaker_segment *segment = l->segment;
	int ret;

	find_entries(l);
	symbols_read(l->payload, &l->symbols);
	l->out->nameless = !symbols_name_functions(&l->symbols);
	l->allowed = calloc(lint_exceptions_count, sizeof(*l->allowed));
	if (!l->allowed)
		return -ENOMEM;
	for (size_t i = 0; i < lint_exceptions_count; i++)
		symbols_named(&l->symbols, lint_exceptions[i].function, &l->allowed[i]);
	ret = sweep_text(l->payload->data + segment->offset, segment->filesz, segment->vaddr,
			 &l->sweep);
	if (!ret)
		ret = frames_follow(&l->sweep, l->entry, l->entries);
	if (ret)
		return ret;
	l->insn = cs_malloc(l->sweep.handle);
	return l->insn ? 0 : -ENOMEM;
}

int lint_payload(const struct payload *payload, struct lint *out, struct reason *why)
{
	int ret = 0;

	out->count = 0;
	out->nameless = 0;
	for (unsigned int i = 0; !ret && i < payload->image.segments; i++) {
		struct linter linter = {
			.payload = payload, .segment = &payload->image.segment[i], .out = out,
		};

		if (!(linter.segment->flags & PF_X))
			continue;
		ret = prepare(&linter);
		if (!ret)
			check_all(&linter);
		if (linter.insn)
			cs_free(linter.insn, 1);
		sweep_free(&linter.sweep);
		free(linter.allowed);
	}
	return ret ? reason_set(why, ret, "memory", "no memory to disassemble the text") : 0;
}
