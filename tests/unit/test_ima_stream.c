// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMA measurement lists that are longer than the window in which they are read.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/ima_stream.h"
#include "test_ima_bytes.h"

#define RECORDS	30000		/* about twice the window */

static int memory_file(const void *data, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Records of many lengths, so that one lies across each end of the window */
static int long_log_of(const char *alg, unsigned int records)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	char path[301];

	assert_true(fd >= 0);
	for (unsigned int i = 0; i < records; i++) {
		struct bytes b = { 0 };

		memset(path, 'p', sizeof(path));
		path[i % 300] = '\0';
		ima_put_ng(&b, alg, 10, path);
		assert_int_equal(write(fd, b.data, b.size), b.size);
	}
	return fd;
}

static int long_log(unsigned int records)
{
	return long_log_of("sha1", records);
}

static void *whole(int fd, size_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);
	void *data;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	*size = (size_t)end;
	data = malloc(*size);
	assert_non_null(data);
	assert_int_equal(pread(fd, data, *size, 0), end);
	return data;
}

static void same_as_in_memory(void **state)
{
	struct parse_error err = { 0 };
	struct ima_record rec, want;
	struct pcr_set set, wanted;
	struct ima_stream in;
	struct ima_log log;
	size_t size;
	void *data;
	int fd, ret;

	(void)state;
	fd = long_log(RECORDS);
	data = whole(fd, &size);
	pcr_set_init(&set);
	pcr_set_init(&wanted);
	assert_int_equal(ima_log_open(&log, data, size, PCR_BANK_NONE, &err), 0);
	assert_int_equal(ima_stream_open(&in, fd, IMA_STREAM_MAX, &err), 0);
	assert_true(in.window.room < size);
	while ((ret = ima_stream_next(&in, &rec, &err)) > 0) {
		assert_int_equal(ima_log_next(&log, &want, &err), 1);
		assert_int_equal(rec.number, want.number);
		assert_int_equal(rec.offset, want.offset);
		assert_true(rec.template_ok);
		assert_true(view_equal(rec.name, want.name.data, want.name.size));
		assert_int_equal(rec.field[1].offset, want.field[1].offset);
		assert_int_equal(ima_record_extend(&rec, &set, PCR_BANK_BIT(PCR_SHA256)), 0);
		assert_int_equal(ima_record_extend(&want, &wanted, PCR_BANK_BIT(PCR_SHA256)), 0);
	}
	assert_int_equal(ret, 0);
	assert_int_equal(ima_log_next(&log, &want, &err), 0);
	assert_int_equal(in.log.records, RECORDS);
	assert_memory_equal(&set, &wanted, sizeof(set));
	assert_int_equal(ima_stream_next(&in, &rec, &err), 0);
	ima_stream_close(&in);
	close(fd);
	free(data);
}

/* A pipe has no size, and ends when its writer does */
static void from_a_pipe(void **state)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_stream in;
	struct bytes b = { 0 };
	unsigned int n = 0;
	int ends[2];

	(void)state;
	for (int i = 0; i < 5; i++)
		ima_put_ng(&b, "sha256", 10, "/bin/sh");
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], b.data, b.size), b.size);
	close(ends[1]);
	assert_int_equal(ima_stream_open(&in, ends[0], IMA_STREAM_MAX, &err), 0);
	assert_int_equal(in.log.bank, PCR_SHA256);
	while (ima_stream_next(&in, &rec, &err) > 0)
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(err.code, PARSE_OK);
	ima_stream_close(&in);
	close(ends[0]);
}

/* The window cuts the last record that it shows, which must not hide whose the digests are */
static void banks_of_long_logs(void **state)
{
	static const char *const digests[] = { "sha1", "sha256", "sha384", "sha512", "sm3" };

	(void)state;
	for (int bank = 0; bank < PCR_BANKS; bank++) {
		struct parse_error err = { 0 };
		struct ima_record rec;
		struct ima_stream in;
		int fd;

		if (!pcr_bank_available(bank))
			continue;
		fd = long_log_of(digests[bank], RECORDS);
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(ima_stream_open(&in, fd, IMA_STREAM_MAX, &err), 0);
		assert_false(in.window.ended);
		assert_string_equal(pcr_bank_name(in.log.bank), pcr_bank_name(bank));
		assert_int_equal(ima_stream_next(&in, &rec, &err), 1);
		assert_true(rec.template_ok);
		ima_stream_close(&in);
		close(fd);
	}
}

/* Larger than what is read at a time, up to the largest, behind the first window */
static void large_records(void **state)
{
	static const size_t sizes[] = { 100, 65536, 131072, 200, 300000, IMA_TEMPLATE_DATA_MAX - 8,
					IMA_TEMPLATE_DATA_MAX - 8, 100, IMA_TEMPLATE_DATA_MAX - 8 };
	int fd = long_log(RECORDS);
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_stream in;
	unsigned int n = 0;
	int ret;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes b = { 0 };

		put_le(&b, 10, 4);
		put_fill(&b, 0x55, 20);
		put_le(&b, 4, 4);
		put(&b, "n-ng", 4);
		put_le(&b, sizes[i] + 4, 4);
		put_le(&b, sizes[i], 4);
		assert_int_equal(write(fd, b.data, b.size), b.size);
		for (size_t left = sizes[i] - 1; left; left -= ret) {
			unsigned char text[4096];

			memset(text, 'p', sizeof(text));
			ret = (int)write(fd, text, left < sizeof(text) ? left : sizeof(text));
			assert_true(ret > 0);
		}
		assert_int_equal(write(fd, "", 1), 1);
	}
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(ima_stream_open(&in, fd, IMA_STREAM_MAX, &err), 0);
	while ((ret = ima_stream_next(&in, &rec, &err)) > 0)
		if (++n > RECORDS)
			assert_int_equal(rec.name.size, sizes[n - RECORDS - 1] - 1);
	assert_int_equal(ret, 0);
	assert_int_equal(n, RECORDS + sizeof(sizes) / sizeof(sizes[0]));
	ima_stream_close(&in);
	close(fd);
}

static void from_memory(void **state)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_stream in;
	struct bytes b = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		ima_put_ng(&b, "sha384", 10, "/bin/sh");
	assert_int_equal(ima_stream_open_memory(&in, b.data, b.size, &err), 0);
	assert_int_equal(in.log.bank, PCR_SHA384);
	for (unsigned int i = 1; i <= 3; i++) {
		assert_int_equal(ima_stream_next(&in, &rec, &err), 1);
		assert_int_equal(rec.number, i);
	}
	assert_int_equal(ima_stream_next(&in, &rec, &err), 0);
	ima_stream_close(&in);
	assert_int_equal(ima_stream_open_memory(&in, b.data, b.size - 1, &err), 0);
	while (ima_stream_next(&in, &rec, &err) > 0)
		;
	assert_int_equal(err.code, PARSE_TRUNCATED);
	ima_stream_close(&in);
}

/* Who only reads learns why opening failed, each time */
static void what_open_said(void **state)
{
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct ima_stream in;
	int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(ima_stream_open_memory(&in, NULL, 0, &err), -EBADMSG);
	for (int i = 0; i < 2; i++) {
		err = (struct parse_error){ 0 };
		assert_int_equal(ima_stream_next(&in, &rec, &err), -EBADMSG);
		assert_int_equal(err.code, PARSE_EMPTY);
	}
	ima_stream_close(&in);
	err = (struct parse_error){ 0 };
	assert_int_equal(ima_stream_open(&in, folder, IMA_STREAM_MAX, &err), -EISDIR);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ima_stream_next(&in, &rec, &err), -EISDIR);
	assert_int_equal(err.code, PARSE_OK);
	ima_stream_close(&in);
	close(folder);
}

static void reads_to_the_end(int fd, uint64_t max, int want, enum parse_code code, size_t offset)
{
	struct parse_error err = { 0 }, again;
	struct ima_record rec;
	struct ima_stream in;
	int ret;

	ret = ima_stream_open(&in, fd, max, &err);
	while (!ret || ret == 1)
		if ((ret = ima_stream_next(&in, &rec, &err)) <= 0)
			break;
	assert_int_equal(ret, want);
	assert_string_equal(parse_code_name(err.code), parse_code_name(code));
	if (offset)
		assert_int_equal(err.offset, offset);
	/* It stays so. */
	if (ret < 0) {
		again = (struct parse_error){ 0 };
		assert_int_equal(ima_stream_next(&in, &rec, &again), ret);
		assert_memory_equal(&again, &err, sizeof(err));
	}
	ima_stream_close(&in);
	close(fd);
}

static void what_is_refused(void **state)
{
	struct bytes b = { 0 };
	size_t size;
	void *data;
	int fd;

	(void)state;
	reads_to_the_end(memory_file("", 0), IMA_STREAM_MAX, -EBADMSG, PARSE_EMPTY, 0);
	ima_put_ng(&b, "sha1", 10, "/bin/sh");
	reads_to_the_end(memory_file(b.data, b.size - 1), IMA_STREAM_MAX, -EBADMSG, PARSE_TRUNCATED, 0);
	reads_to_the_end(memory_file(b.data, b.size), b.size, 0, PARSE_OK, 0);
	reads_to_the_end(memory_file(b.data, b.size), b.size - 1, -EBADMSG, PARSE_OVERSIZED, 0);

	/* Behind the first window: cut, too long, and wrong in the last record */
	fd = long_log(RECORDS);
	data = whole(fd, &size);
	reads_to_the_end(fd, size, 0, PARSE_OK, 0);
	fd = long_log(RECORDS);
	assert_int_equal(ftruncate(fd, (off_t)size - 1), 0);
	lseek(fd, 0, SEEK_SET);
	reads_to_the_end(fd, size, -EBADMSG, PARSE_TRUNCATED, 0);
	fd = long_log(RECORDS);
	lseek(fd, 0, SEEK_SET);
	reads_to_the_end(fd, size - 1, -EBADMSG, PARSE_OVERSIZED, size - 1);
	fd = long_log(RECORDS);
	assert_int_equal(pwrite(fd, "\x18\0\0\0\0", 5, (off_t)size), 5);
	lseek(fd, 0, SEEK_SET);
	reads_to_the_end(fd, size + 5, -EBADMSG, PARSE_INVALID, size);
	free(data);
}

/* Records that fill the window exactly; what is behind it is over the limit */
static void limit_at_the_edge(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct parse_error err = { 0 };
	struct ima_record rec;
	struct bytes b = { 0 };
	struct ima_stream in;
	unsigned int n = 0;
	int ret;

	(void)state;
	put_le(&b, 10, 4);
	put_fill(&b, 0x55, 20);
	put_le(&b, 4, 4);
	put(&b, "n-ng", 4);
	put_le(&b, 4096 - 36, 4);
	put_le(&b, 4096 - 40, 4);
	put_fill(&b, 'p', 4096 - 41);
	put_fill(&b, 0, 1);
	assert_int_equal(b.size, 4096);
	assert_int_equal(ima_stream_open(&in, memory_file(b.data, b.size), IMA_STREAM_MAX, &err), 0);
	assert_int_equal(in.window.room % 4096, 0);
	close(in.window.fd);
	for (size_t size = 0; size <= in.window.room; size += 4096)
		assert_int_equal(write(fd, b.data, b.size), b.size);
	lseek(fd, 0, SEEK_SET);
	n = in.window.room;
	ima_stream_close(&in);
	assert_int_equal(ima_stream_open(&in, fd, n, &err), 0);
	while ((ret = ima_stream_next(&in, &rec, &err)) > 0)
		;
	assert_int_equal(ret, -EBADMSG);
	assert_int_equal(err.code, PARSE_OVERSIZED);
	assert_int_equal(ima_stream_next(&in, &rec, &err), -EBADMSG);
	ima_stream_close(&in);
	close(fd);
}

static void what_cannot_be_read(void **state)
{
	int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	reads_to_the_end(folder, IMA_STREAM_MAX, -EISDIR, PARSE_OK, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_in_memory),
		cmocka_unit_test(from_a_pipe),
		cmocka_unit_test(banks_of_long_logs),
		cmocka_unit_test(large_records),
		cmocka_unit_test(from_memory),
		cmocka_unit_test(what_open_said),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(limit_at_the_edge),
		cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
