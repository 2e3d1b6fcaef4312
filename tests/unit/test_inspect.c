// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker inspect and verify: exit status, and the JSON that others rely on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_inspect.c"
#undef VERB
#define usage usage_verify
#define print_text print_text_verify
#include "../../signing/cmd_verify.c"

#include "keypair.h"
#include "payload_image.h"
#include "signing_fixture.h"
#include "signing_output.h"

static char folder[] = "/tmp/test_inspect.XXXXXX";

static const char * const names[] = {
	"plain", "signed", "changed", "writable", "trailer", "no-cms", "other-elf",
	"wrmsr", "named", "cert.pem", "other.pem", "garbage", "empty", "large", "said",
};

static void save(const char *name, const void *data, size_t size)
{
	assert_int_equal(file_write_atomic(name, data, size, 0600), 0);
}

static void save_cert(const char *name, X509 *cert)
{
	struct reason why;
	struct blob pem;

	assert_int_equal(keypair_encode_cert(cert, &pem, &why), 0);
	save(name, pem.data, pem.size);
	blob_free(&pem);
}

static int prepare(void **state)
{
	struct signer signer = signer_make("release key", "p256");
	struct signer other = signer_make("other", "p256");
	unsigned char image[IMAGE_SIZE];
	struct reason why = { 0 };
	struct blob file, der;

	(void)state;
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	save_cert("cert.pem", signer.cert);
	save_cert("other.pem", other.cert);
	payload_image_make(image);
	save("plain", image, sizeof(image));
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	save("wrmsr", image, sizeof(image));
	payload_image_make(image);
	der = cms_make(image, sizeof(image), &signer, EVP_sha384(), CMS_AS_SIGN_FILE | CMS_USE_KEYID);
	if (signature_append(image, sizeof(image), &der, &file, &why))
		fail_msg("%s", why.text);
	save("named", file.data, file.size);
	blob_free(&der);
	blob_free(&file);
	file = signed_image(&signer);
	save("signed", file.data, file.size);
	file.data[0x2200] ^= 1;
	save("changed", file.data, file.size);
	file.data[IMAGE_SIZE + 8] ^= 0xff;
	save("no-cms", file.data, file.size);
	file.data[file.size - 40] = 1;
	save("trailer", file.data, file.size);
	blob_free(&file);
	payload_image_patch(image, AT_HEADER(IMAGE_TEXT, p_flags), 4, 7);
	save("writable", image, sizeof(image));
	payload_image_patch(image, AT_ELF(e_machine), 2, 183);
	save("other-elf", image, sizeof(image));
	save("garbage", "\xff\xfe", 2);
	save("empty", "", 0);
	file = (struct blob){ calloc(1, PAYLOAD_MAX_BYTES + 1), PAYLOAD_MAX_BYTES + 1 };
	save("large", file.data, file.size);
	blob_free(&file);
	signer_free(&signer);
	signer_free(&other);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	return chdir("/") || rmdir(folder);
}

struct output_case {
	const char *name;
	int (*verb)(int argc, char **argv);
	const char *line;
	int status;
	const char *error;	/* what "error" starts with; NULL: null */
};

static const struct output_case cases[] = {
	{ "inspect: unsigned", cmd_inspect, "plain", 0, NULL },
	{ "inspect: signed", cmd_inspect, "signed", 0, NULL },
	{ "inspect: asked for the lint", cmd_inspect, "--lint signed", 0, NULL },
	/* The format is kept: that is what the status says. */
	{ "inspect: an instruction that the lint refuses", cmd_inspect, "wrmsr", 0, NULL },
	/* It describes signatures and does not believe them. */
	{ "inspect: changed after signing", cmd_inspect, "changed", 0, NULL },
	{ "inspect: writable text", cmd_inspect, "writable", 1,
		"segment-write-exec: a segment is writable and executable (header 1, offset 0x7c)" },
	{ "inspect: another machine", cmd_inspect, "other-elf", 1, "elf-machine: " },
	{ "inspect: trailer", cmd_inspect, "trailer", 1, "trailer-unused: " },
	{ "inspect: no CMS", cmd_inspect, "no-cms", 1, "malformed-signature: " },
	{ "inspect: garbage", cmd_inspect, "garbage", 1, "file-short: " },
	{ "inspect: empty", cmd_inspect, "empty", 1, "file-short: " },
	{ "inspect: too large", cmd_inspect, "large", 1, "file-large: " },
	{ "verify: signed", cmd_verify, "--cert cert.pem signed", 0, NULL },
	{ "verify: one of two certificates", cmd_verify, "--cert other.pem --cert cert.pem signed", 0,
		NULL },
	{ "verify: another key", cmd_verify, "--cert other.pem signed", 1, "unknown-key: " },
	{ "verify: unsigned", cmd_verify, "--cert cert.pem plain", 1, "unsigned: " },
	{ "verify: changed", cmd_verify, "--cert cert.pem changed", 1, "bad-signature: " },
	{ "verify: trailer", cmd_verify, "--cert cert.pem trailer", 1, "trailer-unused: " },
	{ "verify: no CMS", cmd_verify, "--cert cert.pem no-cms", 1, "malformed-signature: " },
	{ "verify: garbage", cmd_verify, "--cert cert.pem garbage", 1, "unsigned: " },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static const char *text(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void check_output(void **state)
{
	const struct output_case *test = *state;
	char line[256];
	json_t *object;

	assert_int_equal(output_run(test->verb, "verb", test->line), test->status);
	snprintf(line, sizeof(line), "%s --json", test->line);
	assert_int_equal(output_run_json(test->verb, "verb", line, &object), test->status);
	assert_true(json_is_object(object));
	assert_true(json_is_boolean(json_object_get(object, "valid")));
	assert_int_equal(json_is_true(json_object_get(object, "valid")), !test->status);
	if (!test->error)
		assert_true(json_is_null(json_object_get(object, "error")));
	else if (strncmp(text(object, "error"), test->error, strlen(test->error)))
		fail_msg("%s", text(object, "error"));
	json_decref(object);
}

/* No verdict without a question: usage and unreadable files print no JSON. */
static void nothing_to_say(void **state)
{
	static const struct {
		int (*verb)(int argc, char **argv);
		const char *line;
		int status;
	} lines[] = {
		{ cmd_inspect, "--json", 2 },
		{ cmd_inspect, "--json plain signed", 2 },
		{ cmd_inspect, "--json --what plain", 2 },
		{ cmd_inspect, "--json nothing", 3 },
		{ cmd_inspect, "--json .", 3 },
		{ cmd_verify, "--json signed", 2 },
		{ cmd_verify, "--json --cert cert.pem", 2 },
		{ cmd_verify, "--json --cert cert.pem nothing", 3 },
		{ cmd_verify, "--json --cert nothing signed", 3 },
		{ cmd_verify, "--json --cert signed signed", 3 },
	};
	json_t *object;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (output_run_json(lines[i].verb, "verb", lines[i].line, &object) != lines[i].status)
			fail_msg("%s", lines[i].line);
		assert_null(object);
	}
}

static void inspect_keys(void **state)
{
	static const char * const keys[] = {
		"valid", "error", "digest", "abi", "svn", "name", "version", "segments", "signed",
		"features", "build_id", "signers", "broken", "lint",
	};
	json_t *object, *segment, *broken;
	size_t i;

	(void)state;
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json signed", &object), 0);
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json garbage", &broken), 1);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_non_null(json_object_get(object, keys[i]));
		assert_non_null(json_object_get(broken, keys[i]));
	}
	assert_string_equal(text(object, "name"), "test-payload");
	assert_string_equal(text(object, "version"), "1.2.3");
	assert_int_equal(json_integer_value(json_object_get(object, "svn")), 7);
	assert_int_equal(json_integer_value(json_object_get(object, "abi")), CARETAKER_ABI_VERSION);
	assert_true(json_is_true(json_object_get(object, "signed")));
	assert_int_equal(json_array_size(json_object_get(object, "signers")), 1);
	assert_int_equal(json_array_size(json_object_get(object, "segments")), 3);
	segment = json_array_get(json_object_get(object, "segments"), 1);
	assert_string_equal(text(segment, "flags"), "r-x");
	assert_int_equal(json_integer_value(json_object_get(segment, "offset")), 0x2000);
	assert_int_equal(json_integer_value(json_object_get(segment, "filesz")), 0x800);
	assert_int_equal(json_integer_value(json_object_get(segment, "vaddr")), 0x1000);
	assert_int_equal(json_integer_value(json_object_get(segment, "memsz")), 0x800);
	assert_true(json_is_null(json_object_get(broken, "svn")));
	assert_int_equal(json_array_size(json_object_get(broken, "segments")), 0);
	json_decref(object);
	json_decref(broken);
}

/* Who claims to have signed, by which algorithms, and that nobody has verified it */
static void signers_are_told(void **state)
{
	static const struct {
		const char *file, *named, *ends;
	} cases[] = {
		{ "signed", "\nsigner 1  issuer CN=release key, serial ", ", ecdsa-with-SHA256 with sha256: not verified\n" },
		{ "named", "\nsigner 1  key id ", ", ecdsa-with-SHA384 with sha384: not verified\n" },
	};
	json_t *object;
	int status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *said = output_run_text(cmd_inspect, "inspect", cases[i].file, &status);

		assert_int_equal(status, 0);
		if (!strstr(said, cases[i].named) || !strstr(said, cases[i].ends))
			fail_msg("%s: %s", cases[i].file, said);
		free(said);
	}
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json named", &object), 0);
	assert_string_equal(text(json_array_get(json_object_get(object, "signers"), 0), "algorithm"),
			    "ecdsa-with-SHA384");
	json_decref(object);
}

/* Which rule, where, and what the kernel says to it */
static void broken_rule(void **state)
{
	json_t *object, *broken;

	(void)state;
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json signed", &object), 0);
	assert_true(json_is_null(json_object_get(object, "broken")));
	json_decref(object);

	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json writable", &object), 1);
	broken = json_object_get(object, "broken");
	assert_string_equal(text(broken, "rule"), "segment-write-exec");
	assert_string_equal(text(broken, "text"), "a segment is writable and executable");
	assert_string_equal(text(broken, "errno"), "EBADMSG");
	assert_int_equal(json_integer_value(json_object_get(broken, "number")), 45);
	assert_int_equal(json_integer_value(json_object_get(broken, "header")), IMAGE_TEXT);
	assert_int_equal(json_integer_value(json_object_get(broken, "offset")),
			 AT_HEADER(IMAGE_TEXT, p_flags));
	json_decref(object);

	/* No program header is to blame */
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json other-elf", &object), 1);
	broken = json_object_get(object, "broken");
	assert_string_equal(text(broken, "errno"), "EOPNOTSUPP");
	assert_true(json_is_null(json_object_get(broken, "header")));
	assert_int_equal(json_integer_value(json_object_get(broken, "offset")), AT_ELF(e_machine));
	json_decref(object);

	/* The trailer comes first */
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json trailer", &object), 1);
	broken = json_object_get(object, "broken");
	assert_string_equal(text(broken, "rule"), "trailer-unused");
	assert_string_equal(text(broken, "errno"), "EBADMSG");
	json_decref(object);
}

/* What is too large was not read, and the kernel's rule says so. */
static void too_large(void **state)
{
	json_t *object, *broken;

	(void)state;
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json large", &object), 1);
	broken = json_object_get(object, "broken");
	assert_string_equal(text(broken, "rule"), "file-large");
	assert_string_equal(text(broken, "errno"), "EFBIG");
	assert_int_equal(json_integer_value(json_object_get(broken, "offset")), PAYLOAD_MAX_BYTES);
	assert_true(json_is_null(json_object_get(object, "digest")));
	json_decref(object);
}

/* The pages of the image, to scale; segments of payload_image.h */
static void map_is_drawn(void **state)
{
	struct caretaker_image image = {
		.memory = 40 * CARETAKER_PAGE, .segments = 4, .ccb = 2,
		.segment = {
			{ .vaddr = 0, .memsz = 0x1800, .filesz = 0x1800, .flags = PF_R },
			{ .vaddr = 0x3000, .memsz = 1, .filesz = 1, .flags = PF_R | PF_X },
			{ .vaddr = 0x4000, .memsz = 0x1000, .filesz = 0, .flags = PF_R | PF_W },
			{ .vaddr = 0x1f000, .memsz = 0x9000, .filesz = 0x1001, .flags = PF_R | PF_W },
		},
	};
	static const char wanted[] =
		"map       0x00000 RR.Xc..........................W\n"
		"map       0x20000 Wwwwwwww\n";
	struct blob said;
	int saved;

	(void)state;
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_non_null(freopen("said", "w", stdout));
	print_map(&image);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(file_read("said", 4096, &said), 0);
	assert_true(said.size > sizeof(wanted));
	assert_memory_equal(said.data, wanted, sizeof(wanted) - 1);
	blob_free(&said);
}

/* Where, in which rule's way; "valid" stays what the kernel says. */
static void lint_is_told(void **state)
{
	json_t *object, *lint, *finding;

	(void)state;
	assert_int_equal(output_run(cmd_inspect, "inspect", "--lint wrmsr"), 1);
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--lint --json wrmsr", &object), 1);
	assert_true(json_is_true(json_object_get(object, "valid")));
	assert_true(json_is_null(json_object_get(object, "error")));
	lint = json_object_get(object, "lint");
	assert_true(json_is_false(json_object_get(lint, "clean")));
	assert_int_equal(json_integer_value(json_object_get(lint, "count")), 1);
	assert_int_equal(json_array_size(json_object_get(lint, "findings")), 1);
	finding = json_array_get(json_object_get(lint, "findings"), 0);
	assert_string_equal(text(finding, "rule"), "msr");
	assert_string_equal(text(finding, "instruction"), "wrmsr");
	assert_int_equal(json_integer_value(json_object_get(finding, "offset")), 0x2010);
	assert_int_equal(json_integer_value(json_object_get(finding, "address")), 0x1010);
	assert_true(json_is_null(json_object_get(finding, "function")));
	json_decref(object);

	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json plain", &object), 0);
	lint = json_object_get(object, "lint");
	assert_true(json_is_true(json_object_get(lint, "clean")));
	assert_int_equal(json_array_size(json_object_get(lint, "findings")), 0);
	json_decref(object);

	/* Of what is no payload there is no text to look at. */
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json writable", &object), 1);
	assert_true(json_is_null(json_object_get(object, "lint")));
	json_decref(object);
}

/* The digest names the signed bytes, so signing does not change it. */
static void digest_of_signed_bytes(void **state)
{
	json_t *plain, *with, *verified;

	(void)state;
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json plain", &plain), 0);
	assert_int_equal(output_run_json(cmd_inspect, "inspect", "--json signed", &with), 0);
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert cert.pem signed",
					 &verified), 0);
	assert_string_equal(text(plain, "digest"), text(with, "digest"));
	assert_string_equal(text(plain, "digest"), text(verified, "digest"));
	assert_int_equal(strlen(text(plain, "digest")), 7 + 64);
	assert_memory_equal(text(plain, "digest"), "sha256:", 7);
	/* Key id, blank, subject */
	assert_int_equal(strcspn(text(verified, "signer"), " "), 40);
	assert_string_equal(text(verified, "signer") + 41, "CN=release key");
	assert_int_equal(json_integer_value(json_object_get(verified, "svn")), 7);
	json_decref(plain);
	json_decref(with);
	json_decref(verified);
}

/* Nor does a file's name say anything of its own. */
static void names_are_a_line(void **state)
{
	static const char name[] = "said\nvalid";
	char *said;
	int status;

	(void)state;
	assert_int_equal(link("signed", name), 0);
	said = output_run_text(cmd_verify, "verify", "--cert cert.pem signed said\nvalid", &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(said, "file      said?valid\n"));
	free(said);
	unlink(name);
}

/* What nobody vouched for is not reported as if somebody had. */
static void refused_claims_nothing(void **state)
{
	json_t *object;

	(void)state;
	assert_int_equal(output_run_json(cmd_verify, "verify", "--json --cert cert.pem changed",
					 &object), 1);
	assert_true(json_is_null(json_object_get(object, "signer")));
	assert_true(json_is_null(json_object_get(object, "svn")));
	json_decref(object);
}

int main(void)
{
	struct CMUnitTest tests[CASES + 10] = {
		cmocka_unit_test(nothing_to_say), cmocka_unit_test(inspect_keys),
		cmocka_unit_test(digest_of_signed_bytes), cmocka_unit_test(refused_claims_nothing),
		cmocka_unit_test(broken_rule), cmocka_unit_test(lint_is_told),
		cmocka_unit_test(too_large), cmocka_unit_test(map_is_drawn), cmocka_unit_test(signers_are_told),
		cmocka_unit_test(names_are_a_line),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[10 + i] = (struct CMUnitTest){ cases[i].name, check_output, NULL, NULL,
						    (void *)&cases[i] };
	return cmocka_run_group_tests_name("inspect", tests, prepare, clean);
}
