// SPDX-License-Identifier: GPL-2.0-only
/*
 * What host and verifier exchange: selections, the values that were quoted, base64,
 * and JSON files.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attested_host.h"
#include "base64.h"
#include "own_directory.h"
#include "log/ima_log.h"
#include "tpm/collect_quote.h"
#include "tpm/pcr_read.h"
#include "unit_table.h"

/* --- PCR selections --------------------------------------------------------------- */

static const struct selection_case {
	const char *name;
	const char *text;
	int rc;
	uint32_t mask;
} selection_cases[] = {
	{ "one", "sha256:10", 0, 1u << 10 },
	{ "range", "sha256:0-3", 0, 0xf },
	{ "list", "sha256:0-1,4,10-11", 0, 0xc13 },
	{ "last", "sha384:23", 0, 1u << 23 },
	{ "no bank", "10", -EINVAL, 0 },
	{ "unknown bank", "md5:10", -EINVAL, 0 },
	{ "long bank", "sha256sha256sha256:10", -EINVAL, 0 },
	{ "no list", "sha256:", -EINVAL, 0 },
	{ "too high", "sha256:24", -EINVAL, 0 },
	{ "range too high", "sha256:20-24", -EINVAL, 0 },
	{ "range backwards", "sha256:3-1", -EINVAL, 0 },
	{ "open range", "sha256:3-", -EINVAL, 0 },
	{ "trailing comma", "sha256:3,", -EINVAL, 0 },
	{ "negative", "sha256:-1", -EINVAL, 0 },
	{ "blank", "sha256: 1", -EINVAL, 0 },
	{ "text behind", "sha256:1x", -EINVAL, 0 },
	{ "huge", "sha256:99999999999999999999", -EINVAL, 0 },
};

static void selection_case(void **state)
{
	const struct selection_case *c = *state;
	TPML_PCR_SELECTION sel = { 0 };
	const BYTE *s = sel.pcrSelections[0].pcrSelect;

	assert_int_equal(collect_parse_selection(c->text, &sel), c->rc);
	if (!c->rc)
		assert_int_equal(s[0] | s[1] << 8 | s[2] << 16, c->mask);
}

static void selection_twice(void **state)
{
	TPML_PCR_SELECTION sel = { 0 };

	(void)state;
	assert_int_equal(collect_parse_selection("sha256:1", &sel), 0);
	assert_int_equal(collect_parse_selection("sha384:1", &sel), 0);
	assert_int_equal(collect_parse_selection("sha256:2", &sel), -EINVAL);
	assert_int_equal(sel.count, 2);
}

/* --- base64 ------------------------------------------------------------------------- */

static const struct base64_case {
	const char *name;
	const char *text;
	const char *data;	/* NULL: refused */
} base64_cases[] = {
	{ "empty", "", "" },
	{ "one", "YQ==", "a" },
	{ "two", "YWI=", "ab" },
	{ "three", "YWJj", "abc" },
	{ "four", "YWJjZA==", "abcd" },
	{ "no padding", "YQ", NULL },
	{ "half padding", "YQ=", NULL },
	{ "padding only", "====", NULL },
	{ "padding inside", "YQ==YQ==", NULL },
	{ "left-over bits of one", "YR==", NULL },
	{ "left-over bits of two", "YWJ=", NULL },
	{ "blank in front", " YWJj", NULL },
	{ "line feed", "YWJj\n", NULL },
	{ "URL alphabet", "__--", NULL },
	{ "not in the alphabet", "YW!j", NULL },
};

static void base64_case(void **state)
{
	const struct base64_case *c = *state;
	struct blob b;
	json_t *text;

	assert_int_equal(base64_decode(c->text, strlen(c->text), 100, &b), c->data ? 0 : -EBADMSG);
	if (!c->data)
		return;
	assert_int_equal(b.size, strlen(c->data));
	assert_memory_equal(b.data, c->data, b.size);
	text = base64_encode(b.data, b.size);
	assert_string_equal(json_string_value(text), c->text);
	json_decref(text);
	blob_free(&b);
	if (*c->text)
		assert_int_equal(base64_decode(c->text, strlen(c->text), strlen(c->data) - 1, &b),
				 -EFBIG);
}

/* --- Evidence ------------------------------------------------------------------------- */

static json_t *some_evidence(void)
{
	static const unsigned char nonce[32];
	struct evidence e;
	struct host h;
	json_t *root;

	host_init(&h, true);
	host_run(&h);
	host_quote(&h, nonce, sizeof(nonce), &e);
	strcpy(e.command_line, h.told_line);
	strcpy(e.kernel_release, "7.3.4");
	root = evidence_json(&e);
	evidence_free(&e);
	host_free(&h);
	assert_non_null(root);
	return root;
}

static int parse_evidence(json_t *root, struct evidence *e)
{
	char *text = json_dumps(root, 0), why[EVIDENCE_REASON] = "";
	int rc = evidence_parse(text, strlen(text), e, why);

	assert_true(!rc == !*why);
	free(text);
	return rc;
}

static void evidence_round_trip(void **state)
{
	json_t *root = some_evidence(), *again;
	struct evidence e;

	(void)state;
	assert_int_equal(parse_evidence(root, &e), 0);
	assert_string_equal(e.kernel_release, "7.3.4");
	assert_string_equal(e.command_line, host_line);
	again = evidence_json(&e);
	assert_true(json_equal(root, again));
	evidence_free(&e);
	json_decref(again);
	json_decref(root);
}

static void evidence_strict(void **state)
{
	json_t *root = some_evidence(), *copy = json_copy(root), *value;
	struct evidence e;
	const char *key;

	(void)state;
	json_object_foreach(copy, key, value) {
		json_object_del(root, key);
		assert_int_equal(parse_evidence(root, &e), -EBADMSG);
		json_object_set_new(root, key, json_integer(77));
		assert_int_equal(parse_evidence(root, &e), -EBADMSG);
		json_object_set(root, key, value);
	}
	json_object_set_new(root, "surprise", json_true());
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_object_del(root, "surprise");
	json_object_set_new(json_object_get(root, "unauthenticated"), "surprise", json_true());
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_object_del(json_object_get(root, "unauthenticated"), "surprise");
	assert_int_equal(parse_evidence(root, &e), 0);
	evidence_free(&e);
	json_decref(copy);
	json_decref(root);
}

/* The keys of a file are the host's, and appear in the reason. */
static void evidence_reason(void **state)
{
	json_t *root = some_evidence();
	char *text, why[EVIDENCE_REASON];
	struct evidence e;

	(void)state;
	json_object_set_new(root, "\xc3\xa9\x1b[2J", json_true());
	text = json_dumps(root, 0);
	assert_int_equal(evidence_parse(text, strlen(text), &e, why), -EBADMSG);
	assert_non_null(strstr(why, "left unpacked: ???[2J"));
	free(text);
	json_decref(root);
	/* What is no evidence leaves none, also no registers as after a reset. */
	assert_int_equal(evidence_parse("{}", 2, &e, why), -EBADMSG);
	assert_memory_equal(&e, &(struct evidence){ 0 }, sizeof(e));
}

/* A file that is refused leaves nothing of it behind. */
static void small_files_strict(void **state)
{
	static const char half[] =
		"{\"format\": \"caretaker-challenge-secret\", \"version\": 1, \"issued\": 5, \"vouched\": \"list\", \"secret\":"
		"\"1111111111111111111111111111111111111111111111111111111111111111\","
		"\"binding\": \"x\"}";
	static const char upper[] =
		"{\"format\": \"caretaker-response\", \"version\": 1, \"proof\":"
		"\"AA11111111111111111111111111111111111111111111111111111111111111\"}";
	static const char wrapped[] =	/* 2^32 + 1 */
		"{\"format\": \"caretaker-response\", \"version\": 4294967297, \"proof\":"
		"\"aa11111111111111111111111111111111111111111111111111111111111111\"}";
	static const char host[] =
		"{\"format\": \"caretaker-host\", \"version\": 1, \"enrolled\": 5, \"vouched\": \"list\", \"ek_digest\":"
		"\"1111111111111111111111111111111111111111111111111111111111111111\","
		"\"ak_public\": \"\"}";
	char why[EVIDENCE_REASON];
	struct challenge_secret s;
	struct host_identity h;
	struct response r;

	(void)state;
	assert_int_equal(challenge_secret_parse(half, strlen(half), &s, why), -EBADMSG);
	assert_memory_equal(&s, &(struct challenge_secret){ 0 }, sizeof(s));
	assert_int_equal(response_parse(upper, strlen(upper), &r, why), -EBADMSG);
	assert_memory_equal(&r, &(struct response){ 0 }, sizeof(r));
	assert_int_equal(response_parse(wrapped, strlen(wrapped), &r, why), -EBADMSG);
	assert_int_equal(host_identity_parse(host, strlen(host), &h, why), -EBADMSG);
	assert_memory_equal(&h, &(struct host_identity){ 0 }, sizeof(h));
}

/* JSON takes 75 times its size in memory, and a host sends these */
static void small_files_small(void **state)
{
	static const char good[] =
		"{\"format\": \"caretaker-response\", \"version\": 1, \"proof\":"
		"\"aa11111111111111111111111111111111111111111111111111111111111111\"";
	char why[EVIDENCE_REASON];
	struct response r;

	(void)state;
	for (size_t size = ENROLMENT_MAX_FILE; size <= ENROLMENT_MAX_FILE + 1; size++) {
		char *text = malloc(size);

		memset(text, ' ', size);
		memcpy(text, good, sizeof(good) - 1);
		text[size - 1] = '}';
		assert_int_equal(response_parse(text, size, &r, why),
				 size > ENROLMENT_MAX_FILE ? -EBADMSG : 0);
		free(text);
	}
}

static const struct pcrs_case {
	const char *name;
	const char *pcrs;
} pcrs_cases[] = {
	{ "unknown bank", "{\"md5\": {}}" },
	{ "bank is a list", "{\"sha256\": []}" },
	{ "index is no number", "{\"sha256\": {\"x\": \"00\"}}" },
	{ "index is empty", "{\"sha256\": {\"\": \"00\"}}" },
	{ "index too high", "{\"sha1\": {\"24\": \"0000000000000000000000000000000000000000\"}}" },
	{ "bank without registers", "{\"sha1\": {}}" },
	{ "bank by another name",
	  "{\"sm3\": {\"1\": \"0000000000000000000000000000000000000000000000000000000000000000\"}}" },
	{ "value in upper case", "{\"sha1\": {\"1\": \"AA00000000000000000000000000000000000000\"}}" },
	{ "index in two ways", "{\"sha1\": {\"01\": \"0000000000000000000000000000000000000000\"}}" },
	{ "value too short", "{\"sha1\": {\"1\": \"00\"}}" },
	{ "value is no hex", "{\"sha1\": {\"1\": \"z000000000000000000000000000000000000000\"}}" },
	{ "value is a number", "{\"sha1\": {\"1\": 0}}" },
};

static void pcrs_case(void **state)
{
	const struct pcrs_case *c = *state;
	json_t *root = some_evidence(), *pcrs = json_loads(c->pcrs, 0, NULL);
	struct evidence e;

	assert_non_null(pcrs);
	json_object_set_new(root, "pcrs", pcrs);
	assert_int_equal(parse_evidence(root, &e), -EBADMSG);
	json_decref(root);
}

/* --- The values that were quoted -------------------------------------------------------- */

/* A host whose log grows: how many records there were when, and how many are taken */
static const struct settle_case {
	const char *name;
	size_t read, quoted, logged, taken;
	bool two_banks, no_pcr10, pcr4, other_log, broken_log;
	int rc;
} settle_cases[] = {
	{ .name = "quiet host", .read = 4, .quoted = 4, .logged = 4, .taken = 4 },
	{ .name = "quiet host, no log", .read = 4, .quoted = 4, .logged = 0, .taken = 0 },
	{ .name = "log grew after the quote", .read = 4, .quoted = 4, .logged = 9, .taken = 4 },
	{ .name = "quiet host before its first record", .read = 0, .quoted = 0, .logged = 9, .taken = 9 },
	{ .name = "quiet host, log of something else", .read = 4, .quoted = 4, .logged = 9,
	  .other_log = true, .taken = 9 },
	{ .name = "quiet host, log is broken", .read = 4, .quoted = 4, .logged = 9, .broken_log = true,
	  .taken = 9 },
	{ .name = "quiet host, log ends before the quote", .read = 5, .quoted = 5, .logged = 3, .taken = 3 },
	{ .name = "PCR 10 is not quoted", .read = 4, .quoted = 4, .logged = 9, .no_pcr10 = true, .taken = 9 },
	{ .name = "one record between", .read = 4, .quoted = 5, .logged = 9, .taken = 5 },
	{ .name = "a violation between", .read = 4, .quoted = 6, .logged = 9, .taken = 6 },
	{ .name = "many records between", .read = 4, .quoted = 9, .logged = 9, .taken = 9 },
	{ .name = "read before the first record", .read = 0, .quoted = 5, .logged = 6, .taken = 5 },
	{ .name = "two banks, the last record of another register", .read = 4, .quoted = 8, .logged = 9,
	  .two_banks = true, .taken = 7 },
	{ .name = "log ends before the quote", .read = 4, .quoted = 6, .logged = 5, .rc = -EAGAIN },
	{ .name = "no log", .read = 4, .quoted = 6, .logged = 0, .rc = -EAGAIN },
	{ .name = "another register changed", .read = 4, .quoted = 6, .logged = 9, .pcr4 = true,
	  .rc = -EAGAIN },
	{ .name = "another register alone changed", .read = 4, .quoted = 4, .logged = 9, .pcr4 = true,
	  .rc = -EAGAIN },
	{ .name = "log of something else", .read = 4, .quoted = 6, .logged = 9, .other_log = true,
	  .rc = -EAGAIN },
	{ .name = "log is broken", .read = 4, .quoted = 6, .logged = 9, .broken_log = true,
	  .rc = -EAGAIN },
};

static void run_records(struct host *h, size_t records)
{
	h->records = records;
	host_run(h);
}

/* The list of @h with so many records, as a file; its size */
static size_t write_list(struct host *h, size_t records, bool broken)
{
	struct evidence e = { 0 };

	h->records = records;
	host_logs(h, &e);
	if (broken && records)
		h->list.data[24] = 0xff;	/* length of the template's name */
	assert_int_equal(file_write_atomic("list", h->list.data, h->list.size, 0600), 0);
	evidence_free(&e);
	return h->list.size;
}

static int settle(struct evidence *e, uint64_t max, struct collect_part *part)
{
	struct collect_ima list;
	int rc;

	assert_int_equal(collect_ima_open(&list, "list", file_open), 0);
	rc = collect_settle(e, &list, max, part);
	collect_ima_close(&list);
	return rc;
}

static int count_bytes(void *to, const void *data, size_t size)
{
	(void)data;
	*(size_t *)to += size;
	return 0;
}

/* It is the first bytes of the list: what is read again is found to be the same */
static void check_part(const struct collect_part *part, size_t size)
{
	struct collect_ima list;
	size_t copied = 0;

	assert_int_equal(part->size, size);
	assert_int_equal(collect_ima_open(&list, "list", file_open), 0);
	assert_int_equal(collect_ima_copy(&list, part, count_bytes, &copied), 0);
	assert_int_equal(copied, size);
	collect_ima_close(&list);
}

static void settle_case(void **state)
{
	static const unsigned char nonce[32] = { 7 };
	const struct settle_case *c = *state;
	struct pcr_set read, quoted;
	struct collect_part part;
	struct evidence e;
	size_t taken;
	struct host h;

	host_init(&h, true);
	if (c->two_banks) {
		h.selection.entry[h.selection.count].bank = PCR_SHA1;
		h.selection.entry[h.selection.count++].mask = 0x7ff;
	}
	if (c->no_pcr10)
		h.selection.entry[0].mask = 0x3ff;
	host_add_record(&h, "ima-ng", "/bin/a", "a", 1);
	host_add_record(&h, "ima-ng", "/bin/b", "b", 1)->violation = true;
	host_add_record(&h, "ima-ng", "/bin/c", "c", 1)->pcr = 11;
	host_add_record(&h, "ima-buf", "critical", "d", 1);
	host_add_record(&h, "ima-ng", "/bin/e", "e", 1);
	run_records(&h, c->read);
	read = h.pcrs;
	run_records(&h, c->quoted);
	if (c->pcr4)
		h.pcrs.value[PCR_SHA256][4][0] ^= 1;
	quoted = h.pcrs;
	host_quote(&h, nonce, sizeof(nonce), &e);
	memcpy(e.pcrs.value, read.value, sizeof(read.value));
	if (c->other_log)
		h.record[RECORD_MODULE].data[0] ^= 1;
	taken = write_list(&h, c->taken, c->broken_log);
	write_list(&h, c->logged, c->broken_log);
	read = e.pcrs;
	assert_int_equal(settle(&e, 100000, &part), c->rc);
	assert_memory_equal(&e.pcrs, c->rc ? &read : &e.pcrs, sizeof(read));
	if (!c->rc) {
		assert_memory_equal(e.pcrs.value[PCR_SHA256][10], quoted.value[PCR_SHA256][10], 32);
		check_part(&part, taken);
	}
	evidence_free(&e);
	host_free(&h);
}

/* What the TPM answered is no quote, and a list that is too long */
static void settle_nothing(void **state)
{
	static const unsigned char nonce[32] = { 7 };
	struct collect_part part;
	struct evidence e;
	struct host h;
	size_t size;

	(void)state;
	host_init(&h, true);
	host_run(&h);
	host_quote(&h, nonce, sizeof(nonce), &e);
	size = write_list(&h, h.records, false);
	assert_int_equal(settle(&e, size, &part), 0);
	check_part(&part, size);
	assert_int_equal(settle(&e, size - 1, &part), -EFBIG);
	e.pcrs.value[PCR_SHA256][10][0] ^= 1;
	assert_int_equal(settle(&e, size - 1, &part), -EFBIG);
	e.pcrs.value[PCR_SHA256][10][0] ^= 1;
	e.attest.size--;
	assert_int_equal(settle(&e, size, &part), -EBADMSG);
	e.attest.size++;
	e.signature.size = 3;
	assert_int_equal(settle(&e, size, &part), -EBADMSG);
	evidence_free(&e);
	host_free(&h);
}

/* A list that is longer than what is in memory of it, and leads to another PCR 10: all of it */
static void settle_long(void **state)
{
	static const unsigned char nonce[32] = { 7 };
	struct collect_part part;
	struct evidence e;
	struct host h;
	size_t size, once;
	char *all;

	(void)state;
	host_init(&h, true);
	host_run(&h);
	host_quote(&h, nonce, sizeof(nonce), &e);
	h.record[RECORD_MODULE].data[0] ^= 1;
	once = write_list(&h, h.records, false);
	size = (IMA_TEMPLATE_DATA_MAX / once + 1) * 3 * once;
	all = malloc(size);
	assert_non_null(all);
	for (size_t i = 0; i < size; i += once)
		memcpy(all + i, h.list.data, once);
	assert_int_equal(file_write_atomic("list", all, size, 0600), 0);
	free(all);
	assert_int_equal(settle(&e, size, &part), 0);
	check_part(&part, size);
	evidence_free(&e);
	host_free(&h);
}

/* --- Small files ----------------------------------------------------------------------- */

/* Small files: a round trip, then without each key, then with one more */
#define ROUND_TRIP(type, value)									\
static void type##_file(void **state)								\
{												\
	json_t *root = type##_json(&(value)), *copy, *v;					\
	char why[EVIDENCE_REASON], *text;							\
	struct type out;									\
	const char *key;									\
												\
	(void)state;										\
	assert_non_null(root);									\
	text = json_dumps(root, 0);								\
	assert_int_equal(type##_parse(text, strlen(text), &out, why), 0);			\
	free(text);										\
	v = type##_json(&out);									\
	assert_true(json_equal(v, root));							\
	json_decref(v);										\
	type##_done(&out);									\
	copy = json_copy(root);									\
	json_object_foreach(copy, key, v) {							\
		json_object_set_new(root, key, json_string("~"));				\
		text = json_dumps(root, 0);							\
		assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);	\
		free(text);									\
		json_object_del(root, key);							\
		text = json_dumps(root, 0);							\
		assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);	\
		free(text);									\
		json_object_set(root, key, v);							\
	}											\
	json_object_set_new(root, "surprise", json_true());					\
	text = json_dumps(root, 0);								\
	assert_int_equal(type##_parse(text, strlen(text), &out, why), -EBADMSG);		\
	free(text);										\
	assert_int_equal(type##_parse("{", 1, &out, why), -EBADMSG);				\
	json_decref(copy);									\
	json_decref(root);									\
}

static unsigned char bytes[3] = { 1, 2, 3 };
static struct blob three = { bytes, 3 };

#define enrolment_done enrolment_free
#define challenge_done challenge_free
#define host_identity_done host_identity_free
#define response_done(x) ((void)(x))
#define challenge_secret_done(x) ((void)(x))

ROUND_TRIP(enrolment, ((struct enrolment){ three, three, three, three }))
ROUND_TRIP(challenge, ((struct challenge){ three, three }))
ROUND_TRIP(response, ((struct response){ .proof = { 5 } }))
ROUND_TRIP(challenge_secret, ((struct challenge_secret){ .secret = { 6 }, .vouched = VOUCHED_LIST,
							 .issued = 7 }))
ROUND_TRIP(host_identity, ((struct host_identity){ .ek_digest = { 6 }, .ak_public = three,
						   .vouched = VOUCHED_EXPIRED }))

/* Each case has its row for a state */
static void *folder;

static int in_folder(void **state)
{
	(void)state;
	return own_directory(&folder) || chdir(folder);
}

static int out_of_folder(void **state)
{
	(void)state;
	return no_directory(&folder);
}

int main(void)
{
	static struct CMUnitTest tests[128];
	size_t n = 0;

	ADD(selection_cases, selection_case);
	ADD(base64_cases, base64_case);
	ADD(pcrs_cases, pcrs_case);
	ADD(settle_cases, settle_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(settle_nothing);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(settle_long);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(selection_twice);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_round_trip);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_reason);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(small_files_strict);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(small_files_small);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(enrolment_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(challenge_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(response_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(challenge_secret_file);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(host_identity_file);
	return _cmocka_run_group_tests("collect", tests, n, in_folder, out_of_folder);
}
