// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what decides about caretakers and needs no hardware: trailer,
 * parser, SVN floors, enforce latch.
 *
 * The parser has its own tables of cases in user space; here it is shown to say
 * the same when the kernel compiles it.
 */
#include <linux/kvm_caretaker.h>
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/module_signature.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/test.h>

#include "trust.h"

/* --- Trailer --------------------------------------------------------------- */

#define BODY	64	/* bytes before the signature */

struct trailer_case {
	const char *name;
	u8 id_type;
	u8 algo;
	u8 pad;
	u8 tag;		/* first byte of the signature */
	u32 bytes;	/* of signature in the file */
	u32 sig_len;	/* what the trailer says */
	bool marker;
	int result;
};

static const struct trailer_case trailer_cases[] = {
	{ "signed",		2, 0, 0, 0x30, 16, 16, true,  0 },
	{ "no marker",		2, 0, 0, 0x30, 16, 16, false, -ENODATA },
	{ "no signature",	2, 0, 0, 0x30, 0, 0, true,    -EBADMSG },
	{ "not PKCS#7",		1, 0, 0, 0x30, 16, 16, true,  -EBADMSG },
	{ "algorithm given",	2, 1, 0, 0x30, 16, 16, true,  -EBADMSG },
	{ "padding used",	2, 0, 1, 0x30, 16, 16, true,  -EBADMSG },
	{ "no SEQUENCE",	2, 0, 0, 0x31, 16, 16, true,  -EBADMSG },
	{ "one byte short",	2, 0, 0, 0x30, 16, 15, true,  -EBADMSG },
	{ "no payload",		2, 0, 0, 0x30, 16, BODY + 16, true, -EBADMSG },
	{ "longer than file",	2, 0, 0, 0x30, 16, BODY + 17, true, -EBADMSG },
	{ "over the limit",	2, 0, 0, 0x30, 16, CARETAKER_MAX_SIGNATURE + 1, true, -EFBIG },
	{ "sign bit",		2, 0, 0, 0x30, 16, 0x80000010, true, -EFBIG },
};

static void trailer_desc(const struct trailer_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(trailer, trailer_cases, trailer_desc);

static size_t put(u8 *file, size_t at, const void *bytes, size_t size)
{
	memcpy(file + at, bytes, size);
	return at + size;
}

/* A body, a DER SEQUENCE of short form, and what sign-file appends */
static size_t build_trailer(const struct trailer_case *c, u8 *file)
{
	struct module_signature ms = {
		.id_type = c->id_type,
		.algo = c->algo,
		.__pad[1] = c->pad,
		.sig_len = cpu_to_be32(c->sig_len),
	};
	size_t at = BODY;

	if (c->bytes) {
		file[at] = c->tag;
		file[at + 1] = c->bytes - 2;
	}
	at = put(file, at + c->bytes, &ms, sizeof(ms));
	if (c->marker)
		at = put(file, at, MODULE_SIGNATURE_MARKER,
			 sizeof(MODULE_SIGNATURE_MARKER) - 1);
	return at;
}

static void test_trailer(struct kunit *test)
{
	const struct trailer_case *c = test->param_value;
	struct caretaker_trailer trailer;
	struct caretaker_broken broken;
	u8 *file = kunit_kzalloc(test, 256, GFP_KERNEL);
	size_t size;

	KUNIT_ASSERT_NOT_NULL(test, file);
	size = build_trailer(c, file);
	KUNIT_EXPECT_EQ(test, caretaker_trailer_parse(file, size, &trailer, &broken),
			c->result);
	KUNIT_EXPECT_EQ(test, broken.rule == CARETAKER_RULE_NONE, c->result == 0);
	if (c->result == 0) {
		KUNIT_EXPECT_EQ(test, trailer.signed_size, BODY);
		KUNIT_EXPECT_EQ(test, trailer.signature_size, c->bytes);
	}
	if (c->result == -ENODATA) {
		KUNIT_EXPECT_EQ(test, trailer.signed_size, size);
		KUNIT_EXPECT_EQ(test, trailer.signature_size, 0);
	}
}

/* Every truncation of a signed file is unsigned or malformed, never signed */
static void test_trailer_truncated(struct kunit *test)
{
	struct caretaker_trailer trailer;
	struct caretaker_broken broken;
	u8 *file = kunit_kzalloc(test, 256, GFP_KERNEL);
	size_t size;

	KUNIT_ASSERT_NOT_NULL(test, file);
	size = build_trailer(&trailer_cases[0], file);
	while (size--)
		KUNIT_EXPECT_EQ(test, caretaker_trailer_parse(file, size, &trailer, &broken),
				-ENODATA);
}

/* --- Parser ---------------------------------------------------------------- */

#define IMAGE_SIZE	(3 * CARETAKER_PAGE)
#define NOTE_OFFSET	0x200

/* The smallest caretaker: note in a R page, a page of text, the control block */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment[5];
};

static void set_segment(Elf64_Phdr *p, u32 type, u32 flags, u64 at, u64 size)
{
	p->p_type = type;
	p->p_flags = flags;
	p->p_offset = at;
	p->p_vaddr = at;
	p->p_paddr = at;
	p->p_filesz = size;
	p->p_memsz = size;
	p->p_align = type == PT_NOTE ? 4 : CARETAKER_PAGE;
}

static void build_note(u8 *file)
{
	static const struct caretaker_note note = {
		.abi = CARETAKER_ABI_VERSION,
		.size = sizeof(struct caretaker_note),
		.svn = 7,
		.mandatory = CARETAKER_FEATURE_SVM,
		.ccb_size = sizeof(struct caretaker_ccb),
		.switch_size = sizeof(struct caretaker_switch),
		.config_size = sizeof(struct caretaker_config),
		.telemetry_size = sizeof(struct caretaker_telemetry),
		.name = "kunit",
		.version = "1",
	};
	Elf64_Nhdr header = {
		.n_namesz = sizeof(CARETAKER_NOTE_OWNER),
		.n_descsz = sizeof(note),
		.n_type = CARETAKER_NOTE_TYPE,
	};
	size_t at = put(file, NOTE_OFFSET, &header, sizeof(header));

	put(file, at, CARETAKER_NOTE_OWNER, sizeof(CARETAKER_NOTE_OWNER));
	put(file, at + ALIGN(sizeof(CARETAKER_NOTE_OWNER), 4), &note, sizeof(note));
}

static struct image *build_image(struct kunit *test)
{
	struct image *image = kunit_kzalloc(test, IMAGE_SIZE, GFP_KERNEL);
	Elf64_Ehdr *h;

	KUNIT_ASSERT_NOT_NULL(test, image);
	h = &image->header;
	memcpy(h->e_ident, ELFMAG, SELFMAG);
	h->e_ident[EI_CLASS] = ELFCLASS64;
	h->e_ident[EI_DATA] = ELFDATA2LSB;
	h->e_ident[EI_VERSION] = EV_CURRENT;
	h->e_type = ET_DYN;
	h->e_machine = EM_X86_64;
	h->e_version = EV_CURRENT;
	h->e_entry = CARETAKER_PAGE;
	h->e_phoff = sizeof(*h);
	h->e_ehsize = sizeof(*h);
	h->e_phentsize = sizeof(Elf64_Phdr);
	h->e_phnum = ARRAY_SIZE(image->segment);
	set_segment(&image->segment[0], PT_LOAD, PF_R, 0, CARETAKER_PAGE);
	set_segment(&image->segment[1], PT_LOAD, PF_R | PF_X, CARETAKER_PAGE, CARETAKER_PAGE);
	set_segment(&image->segment[2], PT_LOAD, PF_R | PF_W, 2 * CARETAKER_PAGE, CARETAKER_PAGE);
	set_segment(&image->segment[3], PT_CARETAKER_CCB, PF_R | PF_W, 2 * CARETAKER_PAGE,
		    CARETAKER_PAGE);
	set_segment(&image->segment[4], PT_NOTE, PF_R, NOTE_OFFSET,
		    sizeof(Elf64_Nhdr) + ALIGN(sizeof(CARETAKER_NOTE_OWNER), 4) +
		    sizeof(struct caretaker_note));
	build_note((u8 *)image);
	return image;
}

static void test_image(struct kunit *test)
{
	struct image *file = build_image(test);
	struct caretaker_broken broken;
	struct caretaker_image *image;

	image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, image);
	KUNIT_ASSERT_EQ_MSG(test, caretaker_elf_parse(file, IMAGE_SIZE, image, &broken), 0,
			    "rule %u, header %u", broken.rule, broken.index);
	KUNIT_EXPECT_EQ(test, image->segments, 3);
	KUNIT_EXPECT_EQ(test, image->ccb, 2);
	KUNIT_EXPECT_EQ(test, image->entry, CARETAKER_PAGE);
	KUNIT_EXPECT_EQ(test, image->memory, IMAGE_SIZE);
	KUNIT_EXPECT_EQ(test, image->note.svn, 7);
	KUNIT_EXPECT_STREQ(test, image->note.name, "kunit");
}

static void break_write_exec(struct image *image) { image->segment[1].p_flags |= PF_W; }
static void break_two_texts(struct image *image) { image->segment[0].p_flags |= PF_X; }
static void break_entry(struct image *image) { image->header.e_entry = 8; }
static void break_overlap(struct image *image) { image->segment[0].p_memsz = 0x1001; }
static void break_wrap(struct image *image) { image->segment[2].p_memsz = ~0xfffULL; }
static void break_offset(struct image *image) { image->segment[2].p_offset = ~0xfffULL; }
static void break_interpreter(struct image *image) { image->segment[4].p_type = PT_INTERP; }
static void break_no_note(struct image *image) { image->header.e_phnum = 4; }
static void break_module(struct image *image) { image->header.e_type = ET_REL; }
static void break_machine(struct image *image) { image->header.e_machine = EM_AARCH64; }
static void break_owner(struct image *image) { ((u8 *)image)[NOTE_OFFSET + 12] = 'c'; }

static struct caretaker_note *note_of(struct image *image)
{
	return (void *)image + NOTE_OFFSET + sizeof(Elf64_Nhdr) +
	       ALIGN(sizeof(CARETAKER_NOTE_OWNER), 4);
}

static void break_abi(struct image *image) { note_of(image)->abi++; }
static void break_feature(struct image *image) { note_of(image)->mandatory = 1ULL << 63; }
static void break_head(struct image *image) { note_of(image)->ccb_size = CARETAKER_CCB_HEAD - 1; }

static void break_room(struct image *image)
{
	note_of(image)->config_size = CARETAKER_CONFIG_ROOM + 1;
}

/* Built for structures of a later kernel, whose descriptor goes on */
static void larger_note(struct image *image)
{
	struct caretaker_note *note = note_of(image);

	image->segment[4].p_filesz += 4;
	image->segment[4].p_memsz += 4;
	((Elf64_Nhdr *)((void *)image + NOTE_OFFSET))->n_descsz += 4;
	note->size += 4;
	note->ccb_size = CARETAKER_CCB_ROOM;
	note->switch_size = CARETAKER_SWITCH_ROOM;
	note->config_size = CARETAKER_CONFIG_ROOM;
	note->telemetry_size = CARETAKER_TELEMETRY_ROOM;
}

static void break_unknown(struct image *image)
{
	larger_note(image);
	*(u8 *)(note_of(image) + 1) = 1;
}

/* Built for no more than it needs */
static void smaller_sizes(struct image *image)
{
	struct caretaker_note *note = note_of(image);

	note->ccb_size = CARETAKER_CCB_HEAD;
	note->switch_size = 0;
	note->config_size = 0;
	note->telemetry_size = 0;
}

static const struct image_case {
	const char *name;
	void (*damage)(struct image *image);
	int result;
} image_cases[] = {
	{ "W+X segment",	break_write_exec,	-EBADMSG },
	{ "two texts",		break_two_texts,	-EBADMSG },
	{ "entry outside text",	break_entry,		-EBADMSG },
	{ "segments overlap",	break_overlap,		-EBADMSG },
	{ "memory size wraps",	break_wrap,		-EBADMSG },
	{ "file offset wraps",	break_offset,		-EBADMSG },
	{ "interpreter",	break_interpreter,	-EBADMSG },
	{ "no note",		break_no_note,		-EBADMSG },
	{ "a kernel module",	break_module,		-EBADMSG },
	{ "other owner",	break_owner,		-EBADMSG },
	{ "other machine",	break_machine,		-EOPNOTSUPP },
	{ "other ABI",		break_abi,		-EOPNOTSUPP },
	{ "unknown feature",	break_feature,		-EOPNOTSUPP },
	{ "less than the head",	break_head,		-EBADMSG },
	{ "no room",		break_room,		-EOPNOTSUPP },
	{ "unknown in the note", break_unknown,		-EOPNOTSUPP },
	{ "smaller sizes",	smaller_sizes,		0 },
	{ "larger sizes",	larger_note,		0 },
};

static void image_desc(const struct image_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(image, image_cases, image_desc);

static void test_image_broken(struct kunit *test)
{
	const struct image_case *c = test->param_value;
	struct image *file = build_image(test);
	struct caretaker_broken broken;
	struct caretaker_image *image;
	int result;

	image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, image);
	c->damage(file);
	result = caretaker_elf_parse(file, IMAGE_SIZE, image, &broken);
	/* A size that wraps may also be called too large */
	if (result == -EFBIG && c->damage == break_wrap)
		result = -EBADMSG;
	KUNIT_EXPECT_EQ(test, result, c->result);
	KUNIT_EXPECT_EQ(test, broken.rule == CARETAKER_RULE_NONE, c->result == 0);
}

/* --- SVN floors ------------------------------------------------------------ */

static struct caretaker_switches *new_switches(struct kunit *test)
{
	struct caretaker_switches *sw = kunit_kzalloc(test, sizeof(*sw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sw);
	spin_lock_init(&sw->floors.lock);
	return sw;
}

static int raise(struct caretaker_switches *sw, const char *text)
{
	char line[80];

	strscpy(line, text);
	return caretaker_floors_raise(&sw->floors, line, ' ');
}

static int reach(struct caretaker_switches *sw, const char *name, u32 svn)
{
	return caretaker_floors_check(&sw->floors, name, svn, NULL);
}

static void test_floor_one_way(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);
	bool set;

	KUNIT_EXPECT_EQ(test, caretaker_floors_check(&sw->floors, "a", 0, &set), 0);
	KUNIT_EXPECT_FALSE(test, set);

	KUNIT_EXPECT_EQ(test, raise(sw, "a 5"), 0);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", 4), -ESTALE);
	KUNIT_EXPECT_EQ(test, caretaker_floors_check(&sw->floors, "a", 5, &set), 0);
	KUNIT_EXPECT_TRUE(test, set);
	KUNIT_EXPECT_EQ(test, reach(sw, "ab", 0), 0);

	KUNIT_EXPECT_EQ(test, raise(sw, "a 4"), -EPERM);
	KUNIT_EXPECT_EQ(test, raise(sw, "a 5"), 0);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", 4), -ESTALE);
	KUNIT_EXPECT_EQ(test, raise(sw, "a 4294967295"), 0);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", U32_MAX - 1), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", U32_MAX), 0);
}

static const char * const malformed_floors[] = {
	"", " ", "a", "a ", " 5", "a -1", "a +1", "a 0x5", "a 5x", "a 4294967296",
	"a  b 5", "a\x80 5", "abcdefghijklmnopqrstuvwxyz012345 5",
};

static void test_floor_malformed(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(malformed_floors); i++)
		KUNIT_EXPECT_EQ_MSG(test, raise(sw, malformed_floors[i]), -EINVAL,
				    "'%s'", malformed_floors[i]);
	KUNIT_EXPECT_EQ(test, sw->floors.count, 0);
}

static void test_floor_table_full(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);
	char line[32];
	int i;

	for (i = 0; i < CARETAKER_SVN_FLOORS; i++) {
		scnprintf(line, sizeof(line), "n%d 1", i);
		KUNIT_ASSERT_EQ(test, raise(sw, line), 0);
	}
	KUNIT_EXPECT_EQ(test, raise(sw, "one-more 1"), -ENOSPC);
	KUNIT_EXPECT_EQ(test, raise(sw, "n3 2"), 0);
}

/* --- Boot parameter and latch ----------------------------------------------- */

static void parse(struct caretaker_switches *sw, const char *text)
{
	char words[80];

	strscpy(words, text);
	caretaker_switches_parse(sw, words);
}

static void test_boot_words(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);

	parse(sw, "nonglobal,,unknown,svn:a:3,svn:b:4,svn:a:2");
	KUNIT_EXPECT_TRUE(test, sw->nonglobal);
	KUNIT_EXPECT_FALSE(test, sw->enforce);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", 2), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", 3), 0);
	KUNIT_EXPECT_EQ(test, reach(sw, "b", 3), -ESTALE);
	parse(sw, "enforce");
	KUNIT_EXPECT_TRUE(test, sw->enforce);
	KUNIT_EXPECT_TRUE(test, sw->nonglobal);
}

/* No caretakers unless an operator says so, and shared ones only by name */
static void test_allowed(struct kunit *test)
{
	static const struct {
		const char *words;
		bool isolated, shared;
	} cases[] = {
		{ "", false, false },
		{ "nonglobal,enforce,anything,isolate", false, false },
		{ "isolated", true, false },
		{ "any", true, true },
		{ "any,isolated", true, false },
		{ "isolated,any", true, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct caretaker_switches *sw = new_switches(test);

		parse(sw, cases[i].words);
		KUNIT_EXPECT_EQ_MSG(test, caretaker_switches_allow(sw, false), cases[i].isolated,
				    "isolated, '%s'", cases[i].words);
		KUNIT_EXPECT_EQ_MSG(test, caretaker_switches_allow(sw, true), cases[i].shared,
				    "shared, '%s'", cases[i].words);
	}
}

/* A floor that cannot be understood keeps everything out, whatever its name */
static void test_boot_floor_malformed(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);

	parse(sw, "svn:a:3,svn:b:x");
	KUNIT_EXPECT_TRUE(test, sw->enforce);
	KUNIT_EXPECT_EQ(test, reach(sw, "a", 3), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(sw, "b", U32_MAX), -ESTALE);
	KUNIT_EXPECT_EQ(test, reach(sw, "c", U32_MAX), -ESTALE);
	KUNIT_EXPECT_EQ(test, raise(sw, "b 1"), 0);
	KUNIT_EXPECT_EQ(test, reach(sw, "b", U32_MAX), -ESTALE);
}

static void test_latch(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);

	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, "0"), 0);
	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, ""), -EINVAL);
	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, "11"), -EINVAL);
	KUNIT_EXPECT_FALSE(test, sw->enforce);
	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, "1\n"), 0);
	KUNIT_EXPECT_TRUE(test, sw->enforce);
	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, "0"), -EPERM);
	KUNIT_EXPECT_TRUE(test, sw->enforce);
	KUNIT_EXPECT_EQ(test, caretaker_switches_enforce(sw, "1"), 0);
}

/* Switches and floors as the record of a kernel shows them */
static void test_state(struct kunit *test)
{
	struct caretaker_switches *sw = new_switches(test);
	struct caretaker_boot_floor *floor;

	floor = kunit_kcalloc(test, CARETAKER_BOOT_FLOORS, sizeof(*floor), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, floor);
	KUNIT_EXPECT_EQ(test, caretaker_switches_state(sw), 0);
	KUNIT_EXPECT_EQ(test, caretaker_floors_state(&sw->floors, floor), 0);

	parse(sw, "builtin,svn:a:3");
	KUNIT_EXPECT_EQ(test, caretaker_switches_state(sw), CARETAKER_SWITCH_BUILTIN);
	parse(sw, "nomachine,nonglobal,enforce,svn:b:4294967295");
	KUNIT_EXPECT_EQ(test, caretaker_switches_state(sw),
			CARETAKER_SWITCH_BUILTIN | CARETAKER_SWITCH_NO_MACHINE |
			CARETAKER_SWITCH_NONGLOBAL | CARETAKER_SWITCH_ENFORCE);
	parse(sw, "any");
	KUNIT_EXPECT_TRUE(test, caretaker_switches_state(sw) & CARETAKER_SWITCH_ANY);
	KUNIT_EXPECT_FALSE(test, caretaker_switches_state(sw) & CARETAKER_SWITCH_ISOLATED);
	parse(sw, "isolated");
	KUNIT_EXPECT_TRUE(test, caretaker_switches_state(sw) & CARETAKER_SWITCH_ISOLATED);
	KUNIT_EXPECT_EQ(test, caretaker_floors_state(&sw->floors, floor), 2);
	KUNIT_EXPECT_STREQ(test, floor[0].name, "a");
	KUNIT_EXPECT_EQ(test, floor[0].svn, 3);
	KUNIT_EXPECT_STREQ(test, floor[1].name, "b");
	KUNIT_EXPECT_EQ(test, floor[1].svn, U32_MAX);
	KUNIT_EXPECT_EQ(test, floor[2].name[0], 0);

	caretaker_floors_close(&sw->floors);
	KUNIT_EXPECT_TRUE(test, caretaker_switches_state(sw) & CARETAKER_SWITCH_CLOSED);
}

static struct kunit_case caretaker_cases[] = {
	KUNIT_CASE_PARAM(test_trailer, trailer_gen_params),
	KUNIT_CASE(test_trailer_truncated),
	KUNIT_CASE(test_image),
	KUNIT_CASE_PARAM(test_image_broken, image_gen_params),
	KUNIT_CASE(test_floor_one_way),
	KUNIT_CASE(test_floor_malformed),
	KUNIT_CASE(test_floor_table_full),
	KUNIT_CASE(test_boot_words),
	KUNIT_CASE(test_allowed),
	KUNIT_CASE(test_boot_floor_malformed),
	KUNIT_CASE(test_latch),
	KUNIT_CASE(test_state),
	{}
};

static struct kunit_suite caretaker_suite = {
	.name = "caretaker",
	.test_cases = caretaker_cases,
};

kunit_test_suite(caretaker_suite);

MODULE_DESCRIPTION("KUnit tests of KVM caretakers");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
