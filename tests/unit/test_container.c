// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evidence files: what is written is read again, any tar can read and make one, and each
 * other file is refused with what is wrong and where.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "evidence/container.h"
#include "own_directory.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM 16384

/* A file in memory, read and written a few bytes at a time */
struct memory {
	unsigned char data[ROOM];
	size_t size, at, step;
	int error;		/* of writing; of reading, once, behind @fails_at bytes */
	size_t fails_at;
};

static int put(void *to, const void *data, size_t size)
{
	struct memory *m = to;

	assert_true(m->size + size <= ROOM);
	if (size)
		memcpy(m->data + m->size, data, size);
	m->size += size;
	return m->error;
}

static ssize_t get(void *from, void *data, size_t size)
{
	struct memory *m = from;
	int error = m->error;

	if (error && m->at >= m->fails_at) {
		m->error = 0;
		return error;
	}
	if (m->step && size > m->step)
		size = m->step;
	if (size > m->size - m->at)
		size = m->size - m->at;
	if (size)
		memcpy(data, m->data + m->at, size);
	m->at += size;
	return (ssize_t)size;
}

static const char uefi[] = "firmware", list[] = "what IMA measured";
#define LIST_SIZE (sizeof(list) - 1)

/* In it: evidence.json at 0, uefi_log behind it, and so on; the places of their headers */
struct places {
	size_t uefi, userspace, ima, end;
};

static struct memory written(struct places *at)
{
	unsigned char attest[] = "attest", log[] = "firmware";
	struct evidence e = {
		.attest = { attest, 6 }, .signature = { attest, 6 }, .ak_public = { attest, 6 },
		.uefi_log = { log, sizeof(log) },
	};
	struct memory m = { .size = 0 };
	size_t size = LIST_SIZE;

	pcr_set_init(&e.pcrs);
	strcpy(e.kernel_release, "7.3.4");
	assert_int_equal(container_put(put, &m, &e, size), 0);
	at->ima = m.size - USTAR_BLOCK;
	at->userspace = at->ima - USTAR_BLOCK;
	at->uefi = at->userspace - 2 * USTAR_BLOCK;
	assert_int_equal(put(&m, list, size), 0);
	at->end = m.size + ustar_padding(size);
	assert_int_equal(container_put_end(put, &m, size), 0);
	assert_int_equal(m.size, at->end + 1024);
	return m;
}

/* Reads all of it.  0, or an error with its reason in @why */
static int read_file(struct memory *m, uint64_t max, char why[MEMBERS_REASON])
{
	unsigned char data[64];
	struct container c;
	struct evidence e;
	size_t got = 0;
	ssize_t n = 1;
	int rc;

	m->at = 0;
	rc = container_open(&c, get, m, max, &e);
	if (rc)
		assert_memory_equal(&e, &(struct evidence){ 0 }, sizeof(e));
	if (!rc) {
		while (got < sizeof(data) && (n = members_read(&c.members, data + got, sizeof(data) - got)) > 0)
			got += (size_t)n;
		assert_true(n >= 0 || members_read(&c.members, data, 1) == n);
		rc = container_close(&c);
		assert_true(n >= 0 || rc == n);
	}
	memcpy(why, c.members.why, MEMBERS_REASON);
	if (!rc) {
		assert_string_equal(e.kernel_release, "7.3.4");
		assert_int_equal(e.uefi_log.size, sizeof(uefi));
		assert_memory_equal(e.uefi_log.data, uefi, sizeof(uefi));
		assert_int_equal(e.userspace_log.size, 0);
		assert_int_equal(got, LIST_SIZE);
		assert_memory_equal(data, list, LIST_SIZE);
		assert_string_equal(why, "");
		/* It stays at its end. */
		assert_int_equal(members_read(&c.members, data, 1), 0);
	}
	evidence_free(&e);
	return rc;
}

static void round_trip(void **state)
{
	static const size_t steps[] = { 0, 1, 7, 511, 512, 513 };
	char why[MEMBERS_REASON];
	struct places at;
	struct memory m = written(&at);

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		m.step = steps[i];
		assert_int_equal(read_file(&m, CONTAINER_MAX_IMA, why), 0);
	}
}

/* What is behind an error of reading is not known: no reason, but the error. */
static void reading_fails(void **state)
{
	char why[MEMBERS_REASON];
	struct places at;
	struct memory m = written(&at);

	(void)state;
	m.step = 256;
	for (m.fails_at = 0; m.fails_at <= m.size; m.fails_at += 256) {
		/* It stays, even if the next read goes well. */
		m.error = -EIO;
		assert_int_equal(read_file(&m, CONTAINER_MAX_IMA, why), -EIO);
		assert_string_equal(why, "");
	}
}

/* Wherever it is cut, that is said */
static void cut(void **state)
{
	char why[MEMBERS_REASON];
	struct places at;
	struct memory m = written(&at);

	(void)state;
	while (m.size--) {
		assert_int_equal(read_file(&m, CONTAINER_MAX_IMA, why), -EBADMSG);
		if (!strstr(why, m.size ? "the file ends" : "the file is empty"))
			fail_msg("%zu: %s", m.size, why);
	}
}

/* No byte of what is not contents is free */
static void each_byte(void **state)
{
	char why[MEMBERS_REASON], place[32];
	struct places at;
	struct memory m = written(&at);

	(void)state;
	for (size_t i = 0; i < m.size; i++) {
		if ((i >= USTAR_BLOCK && i < at.uefi) ||
		    (i >= at.uefi + USTAR_BLOCK && i < at.uefi + USTAR_BLOCK + sizeof(uefi)) ||
		    (i >= at.ima + USTAR_BLOCK && i < at.ima + USTAR_BLOCK + LIST_SIZE))
			continue;
		m.data[i] ^= 0x80;
		if (read_file(&m, CONTAINER_MAX_IMA, why) != -EBADMSG)
			fail_msg("byte %zu", i);
		snprintf(place, sizeof(place), "offset %zu: ", i);
		if (strncmp(why, place, strlen(place)))
			fail_msg("%s instead of %s", why, place);
		m.data[i] ^= 0x80;
	}
}

/* --- Files that somebody made by hand -------------------------------------------------- */

static void add_byte(struct memory *m, const struct places *at)
{
	(void)at;
	m->data[m->size++] = 0;
}

static void add_archive(struct memory *m, const struct places *at)
{
	struct places other;
	struct memory again = written(&other);

	(void)at;
	memcpy(m->data + m->size, again.data, again.size);
	m->size += again.size;
}

/* @from to @to again, before @where */
static void insert(struct memory *m, size_t from, size_t to, size_t where)
{
	unsigned char copy[ROOM];

	memcpy(copy, m->data + from, to - from);
	memmove(m->data + where + (to - from), m->data + where, m->size - where);
	memcpy(m->data + where, copy, to - from);
	m->size += to - from;
}

static void cut_out(struct memory *m, size_t from, size_t to)
{
	memmove(m->data + from, m->data + to, m->size - to);
	m->size -= to - from;
}

static void twice(struct memory *m, const struct places *at) { insert(m, at->uefi, at->userspace, at->uefi); }
static void ima_twice(struct memory *m, const struct places *at) { insert(m, at->ima, at->end, at->end); }
static void absent(struct memory *m, const struct places *at) { cut_out(m, at->userspace, at->ima); }
static void no_json(struct memory *m, const struct places *at) { cut_out(m, 0, at->uefi); }
static void no_ima(struct memory *m, const struct places *at) { cut_out(m, at->ima, at->end); }

static void other_order(struct memory *m, const struct places *at)
{
	insert(m, at->userspace, at->ima, at->uefi);
	cut_out(m, at->ima, at->ima + USTAR_BLOCK);
}

static void ima_first(struct memory *m, const struct places *at)
{
	insert(m, at->ima, at->end, at->uefi);
	cut_out(m, at->ima + (at->end - at->ima), at->end + (at->end - at->ima));
}

/* A header that is right for its size, which is not that of the contents */
static void resize(struct memory *m, size_t where, const char *name, uint64_t size)
{
	ustar_header(name, size, m->data + where);
}

static void ima_shorter(struct memory *m, const struct places *at) { resize(m, at->ima, "ima_log", LIST_SIZE - 1); }
static void ima_longer(struct memory *m, const struct places *at) { resize(m, at->ima, "ima_log", 513); }
static void ima_huge(struct memory *m, const struct places *at) { resize(m, at->ima, "ima_log", USTAR_SIZE_MAX); }
static void ima_empty(struct memory *m, const struct places *at) { resize(m, at->ima, "ima_log", 0); }
static void uefi_empty(struct memory *m, const struct places *at) { resize(m, at->uefi, "uefi_log", 0); }
static void uefi_long(struct memory *m, const struct places *at) { resize(m, at->uefi, "uefi_log", 513); }

static void uefi_huge(struct memory *m, const struct places *at)
{
	resize(m, at->uefi, "uefi_log", CONTAINER_MAX_UEFI + 1);
}

static void userspace_huge(struct memory *m, const struct places *at)
{
	resize(m, at->userspace, "userspace_log", EVIDENCE_MAX_USERSPACE + 1);
}

static void json_huge(struct memory *m, const struct places *at)
{
	(void)at;
	resize(m, 0, "evidence.json", CONTAINER_MAX_JSON + 1);
}

static void json_empty(struct memory *m, const struct places *at)
{
	cut_out(m, USTAR_BLOCK, at->uefi);
	resize(m, 0, "evidence.json", 0);
}

/* As GNU tar writes what is 8 GiB and more */
static void base_256(struct memory *m, const struct places *at)
{
	memset(m->data + at->ima + 124, 0, 12);
	m->data[at->ima + 124] = 0x80;
	m->data[at->ima + 135] = LIST_SIZE;
}

static void blank_size(struct memory *m, const struct places *at) { m->data[at->ima + 124] = ' '; }
static void typeflag(struct memory *m, const struct places *at) { m->data[at->ima + 156] = 'x'; }
static void executable(struct memory *m, const struct places *at) { memcpy(m->data + at->ima + 100, "0000755", 7); }
static void padding(struct memory *m, const struct places *at) { m->data[at->end - 1] = 1; }
static void one_block(struct memory *m, const struct places *at) { m->size = at->end + 512; }
static void no_end(struct memory *m, const struct places *at) { m->size = at->end; }

static void version_1(struct memory *m, const struct places *at)
{
	static const char old[] = "{\"format\": \"caretaker-evidence\", \"version\": 1}";

	(void)at;
	m->size = 0;
	assert_int_equal(put(m, old, sizeof(old) - 1), 0);
}

static void version_1_long(struct memory *m, const struct places *at)
{
	version_1(m, at);
	m->size = 3000;
}

static void nul(struct memory *m, const struct places *at)
{
	(void)at;
	memset(m->data, 0, m->size);
}

static const struct row {
	const char *name;
	void (*change)(struct memory *m, const struct places *at);
	const char *why;
} rows[] = {
	{ "a byte behind", add_byte, "there is something behind the end of the archive" },
	{ "another archive behind", add_archive, "there is something behind the end" },
	{ "a member twice", twice, "the header is not that of userspace_log: name" },
	{ "IMA's list twice", ima_twice, "the end of the archive is not of zeros" },
	{ "a member is absent", absent, "the header is not that of userspace_log: name" },
	{ "no evidence.json", no_json, "offset 0: the header is not that of evidence.json: name" },
	{ "no list", no_ima, "the header is not that of ima_log: name" },
	{ "another order", other_order, "the header is not that of uefi_log: name" },
	{ "IMA's list first", ima_first, "the header is not that of uefi_log: name" },
	{ "list shorter than it is", ima_shorter, "what fills its last block is not of zeros" },
	{ "list longer than it is", ima_longer, "the file ends within the end of the archive" },
	{ "list longer than the file", ima_huge, "the file ends within ima_log" },
	{ "list empty, but it is not", ima_empty, "the end of the archive is not of zeros" },
	{ "firmware's log empty, but it is not", uefi_empty, "the header is not that of userspace_log: name" },
	{ "firmware's log over the next header", uefi_long, "what fills its last block is not of zeros" },
	{ "firmware's log over the limit", uefi_huge, "uefi_log has 4194305 bytes, over the limit of 4194304" },
	{ "systemd's log over the limit", userspace_huge, "userspace_log has 4194305 bytes, over the limit" },
	{ "evidence.json over the limit", json_huge, "evidence.json has 131073 bytes, over the limit" },
	{ "evidence.json empty", json_empty, "no JSON, line" },
	{ "a size that is not octal", base_256, "the header is not that of ima_log: size" },
	{ "a size with a blank", blank_size, "the header is not that of ima_log: size" },
	{ "another kind of member", typeflag, "the header is not that of ima_log: typeflag" },
	{ "another mode", executable, "the header is not that of ima_log: mode" },
	{ "something in the padding", padding, "what fills its last block is not of zeros" },
	{ "half an end", one_block, "the file ends within the end of the archive" },
	{ "no end", no_end, "the file ends within the end of the archive" },
	{ "version 1", version_1, "offset 0: evidence of version 1, collect it again" },
	{ "version 1, longer", version_1_long, "offset 0: evidence of version 1, collect it again" },
	{ "zeros", nul, "offset 0: the header is not that of evidence.json: name" },
};

static void by_hand(void **state)
{
	char why[MEMBERS_REASON];
	struct places at;
	struct memory m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		m = written(&at);
		rows[i].change(&m, &at);
		if (read_file(&m, CONTAINER_MAX_IMA, why) != -EBADMSG || !strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].name, why);
	}
}

static void settable_limit(void **state)
{
	char why[MEMBERS_REASON];
	struct places at;
	struct memory m = written(&at);

	(void)state;
	assert_int_equal(read_file(&m, LIST_SIZE, why), 0);
	assert_int_equal(read_file(&m, LIST_SIZE - 1, why), -EBADMSG);
	assert_non_null(strstr(why, "ima_log has 17 bytes, over the limit of 16"));
}

static void limit_texts(void **state)
{
	static const char * const wrong[] = { "", "0", "-1", "+1", " 1", "1k", "0x10", "8589934592",
					      "18446744073709551617" };
	uint64_t max = 5;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (container_parse_max(wrong[i], &max) != -EINVAL || max != 5)
			fail_msg("%s", wrong[i]);
	assert_int_equal(container_parse_max("1", &max), 0);
	assert_int_equal(max, 1);
	assert_int_equal(container_parse_max("8589934591", &max), 0);
	assert_int_equal(max, USTAR_SIZE_MAX);
}

/* Nothing is written that could not be read again */
static void what_does_not_fit(void **state)
{
	static unsigned char log[CONTAINER_MAX_UEFI + 1];
	struct evidence e = { .uefi_log = { log, sizeof(log) } };
	struct memory m = { .size = 0 };

	(void)state;
	pcr_set_init(&e.pcrs);
	assert_int_equal(container_put(put, &m, &e, 0), -EFBIG);
	e.uefi_log.size = 0;
	e.userspace_log = (struct blob){ log, EVIDENCE_MAX_USERSPACE + 1 };
	assert_int_equal(container_put(put, &m, &e, 0), -EFBIG);
	e.userspace_log.size = 0;
	assert_int_equal(m.size, 0);
	assert_int_equal(container_put(put, &m, &e, USTAR_SIZE_MAX + 1), -EFBIG);
	m.error = -ENOSPC;
	assert_int_equal(container_put(put, &m, &e, 0), -ENOSPC);
}

/* --- With tar -------------------------------------------------------------------------- */

static void run(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static void tar_reads(void **state)
{
	struct places at;
	struct memory m = written(&at);

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(file_write_atomic("evidence.tar", m.data, m.size, 0600), 0);
	run("tar -xf evidence.tar && printf 'firmware\\0' | cmp - uefi_log && "
	    "printf 'what IMA measured' | cmp - ima_log && test -e userspace_log && "
	    "test \"$(tar -tf evidence.tar | tr '\\n' ' ')\" = 'evidence.json uefi_log userspace_log ima_log '");
}

/* As ustar.h says */
static void tar_makes(void **state)
{
	struct places at;
	struct memory m = written(&at);
	struct blob made;

	assert_int_equal(chdir(*state), 0);
	assert_int_equal(file_write_atomic("evidence.tar", m.data, m.size, 0600), 0);
	run("tar -xf evidence.tar && tar -b1 --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 "
	    "--mode=0644 -cf made.tar evidence.json uefi_log userspace_log ima_log");
	assert_int_equal(file_read("made.tar", ROOM, &made), 0);
	assert_int_equal(made.size, m.size);
	assert_memory_equal(made.data, m.data, m.size);
	blob_free(&made);
}

/* Each size has its header, and no other: as tar's, where a file of that size can be had */
static void sizes(void **state)
{
	static const uint64_t size[] = { 0, 1, 7, 8, 511, 512, 4096, UINT64_C(1) << 32, USTAR_SIZE_MAX };
	unsigned char header[USTAR_BLOCK], made[USTAR_BLOCK];
	char command[300];
	const char *field;
	uint64_t found;
	size_t at;
	FILE *f;

	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < COUNT(size); i++) {
		ustar_header("ima_log", size[i], header);
		assert_int_equal(ustar_check(header, "ima_log", &found, &at, &field), 0);
		assert_int_equal(found, size[i]);
		snprintf(command, sizeof(command), "truncate -s %llu ima_log && tar -b1 --format=ustar --owner=0 "
			 "--group=0 --numeric-owner --mtime=@0 --mode=0644 -cf - ima_log 2>/dev/null | head -c 512 "
			 "> header", (unsigned long long)size[i]);
		run(command);
		f = fopen("header", "r");
		assert_true(f && fread(made, 1, sizeof(made), f) == sizeof(made) && !fclose(f));
		assert_memory_equal(made, header, sizeof(header));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(reading_fails),
		cmocka_unit_test(cut),
		cmocka_unit_test(each_byte),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(settable_limit),
		cmocka_unit_test(limit_texts),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test_setup_teardown(tar_reads, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(tar_makes, own_directory, no_directory),
		cmocka_unit_test_setup_teardown(sizes, own_directory, no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
