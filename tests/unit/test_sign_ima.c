// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign --ima: the bytes that evmctl makes, where they go, and that all is there or nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

/* Behind the file beside OUT, and before OUT */
static void (*between)(void);

static int file_write_then(const char *path, const void *data, size_t size, unsigned int mode)
{
	int ret = file_write_atomic(path, data, size, mode);

	if (between)
		between();
	return ret;
}

#define file_write_atomic file_write_then
#include "../../signing/sign_beside.c"
#undef file_write_atomic

#include <openssl/x509v3.h>

#include "certificate.h"
#include "log/ima_hash.h"
#include "log/ima_sig.h"
#include "payload_image.h"
#include "signature.h"
#include "sign_world.h"
#include "signing_fixture.h"

static bool has_attributes;	/* and may set them */

/* A certificate whose key identifier has these bytes */
static void save_with_key_id(const char *name, const unsigned char *id, int size)
{
	struct signer signer = signer_make(name, "p256");
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	ASN1_OCTET_STRING_set(value, id, size);
	assert_int_equal(X509_add1_ext_i2d(signer.cert, NID_subject_key_identifier, value, 0,
					   X509V3_ADD_REPLACE), 1);
	assert_true(X509_sign(signer.cert, signer.key, EVP_sha256()));
	ASN1_OCTET_STRING_free(value);
	signer_save(name, signer, NULL);
}

static int prepare(void **state)
{
	if (sign_world_open(state))
		return -1;
	signer_save("rsa4096", signer_make("rsa4096", "rsa4096"), NULL);
	signer_save("p384", signer_make("p384", "p384"), NULL);
	save_with_key_id("four", (const unsigned char *)"\1\2\3\4", 4);
	save_with_key_id("three", (const unsigned char *)"\1\2\3", 3);
	shell("cp payload payload.sig");
	fixture_save("before", "before", 6);
	has_attributes = !setxattr("before", IMA_ATTRIBUTE, "\3\2", 2, 0);
	if (!has_attributes)
		print_message("no security.ima here (%s): tried is that --ima is refused\n", strerror(errno));
	unlink("before");
	fixture_save("before", "before", 6);
	shell("mkdir into folder.sig");
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload signed"), 0);
	assert_int_equal(run_words("--key p256.key --cert p256.pem payload signed.p256"), 0);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --hash sha512 payload signed.512"), 0);
	shell("cp signed.p256 other && evmctl ima_sign --sigfile -a sha256 --key rsa.key --keyid-from-cert rsa.pem "
	      "other >/dev/null 2>&1");
	shell("cp signed good && evmctl ima_sign --sigfile -a sha256 --key rsa.key --keyid-from-cert rsa.pem good "
	      ">/dev/null 2>&1");
	shell("openssl dgst -sha256 -sign rsa.key -out value payload");
	return 0;
}

#define KEY(rest)	"--key rsa.key --cert rsa.pem " rest
#define DONE(rest)	"--idempotent --key missing --cert rsa.pem " rest

/* Byte for byte what evmctl makes of the file that was written */
static void as_evmctl(const char *key, const char *hash)
{
	char line[512];

	unlink("out.sig");
	snprintf(line, sizeof(line), "--key %s.key --cert %s.pem --hash %s --ima-sigfile payload out", key, key, hash);
	assert_int_equal(run_words(line), 0);
	snprintf(line, sizeof(line), "cp out check && evmctl ima_sign --sigfile -a %s --key %s.key --keyid-from-cert "
		 "%s.pem check >/dev/null 2>&1 && cmp out.sig check.sig", hash, key, key);
	shell(line);
}

static void same_as_evmctl(void **state)
{
	(void)state;
	as_evmctl("rsa", "sha256");
	as_evmctl("rsa", "sha384");
	as_evmctl("rsa", "sha512");
	as_evmctl("rsa4096", "sha256");
}

/* What the verifier of logs, a second implementation, says of a record with this file */
static enum ima_sig_state in_record(const char *file, const char *signature, const char *cert, const char *hash)
{
	struct ima_keyring *ring = ima_keyring_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct ima_record record = { 0 };
	struct blob data, sig, pem;
	enum ima_sig_state state;
	struct parse_error err;
	unsigned int size;

	assert_int_equal(file_read(file, PAYLOAD_MAX_BYTES, &data), 0);
	assert_int_equal(file_read(signature, IMA_MAX, &sig), 0);
	assert_int_equal(file_read(cert, 65536, &pem), 0);
	assert_int_equal(ima_keyring_add(ring, pem.data, pem.size, &err), 0);
	assert_true(EVP_Digest(data.data, data.size, digest, &size, signature_hash(hash), NULL));
	record.digest.type = IMA_DIGEST_FILE;
	record.digest.alg = hash;
	record.digest.value = (struct view){ digest, size };
	record.signature = (struct view){ sig.data, sig.size };
	state = ima_record_verify(ring, &record, NULL);
	blob_free(&data);
	blob_free(&sig);
	blob_free(&pem);
	ima_keyring_free(ring);
	return state;
}

static void believed(void **state)
{
	static const char * const kinds[][2] = {
		{ "rsa", "sha256" }, { "rsa", "sha512" }, { "p256", "sha256" }, { "p384", "sha384" },
		{ "four", "sha256" },
	};
	char line[256], cert[32];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(cert, sizeof(cert), "%s.pem", kinds[i][0]);
		snprintf(line, sizeof(line), "--key %s.key --cert %s --hash %s --ima-sigfile payload out",
			 kinds[i][0], cert, kinds[i][1]);
		assert_int_equal(run_words(line), 0);
		assert_int_equal(in_record("out", "out.sig", cert, kinds[i][1]), IMA_SIG_VALID);
		assert_int_equal(in_record("payload", "out.sig", cert, kinds[i][1]), IMA_SIG_INVALID);
	}
	shell("openssl x509 -in p384.pem -outform DER -out p384.der && "
	      "openssl x509 -in rsa.pem -outform DER -out rsa.der");
	assert_int_equal(run_words("--key p384.key --cert p384.pem --hash sha384 --ima-sigfile payload out"), 0);
	shell("evmctl ima_verify --sigfile --key p384.der out >/dev/null 2>&1");
	shell("! evmctl ima_verify --sigfile --key rsa.der out >/dev/null 2>&1");
}

static const struct ima_case {
	const char *name;
	const char *line;
	int status;
	const char *out;	/* the file that "out" must be; NULL: there is none */
	const char *sig;	/* what "out.sig" must be; NULL: there is none */
} cases[] = {
	{ "a file beside", KEY("--ima-sigfile payload out"), 0, "signed", "good.sig" },
	{ "for what is signed", "--idempotent --key rsa.key --cert rsa.pem --ima-sigfile signed out", 0, "signed",
		"good.sig" },
	{ "by another program", "--external 'openssl dgst -sha256 -sign rsa.key' --cert rsa.pem --ima-sigfile payload "
		"out", 0, "signed", "good.sig" },
	{ "by another program, for what is signed", "--idempotent --external 'openssl dgst -sha256 -sign rsa.key' "
		"--cert rsa.pem --ima-sigfile signed out", 0, "signed", "good.sig" },
	{ "by another program, which signs something else",
		"--external 'cat value' --cert rsa.pem --ima-sigfile payload out", 1, NULL, NULL },
	{ "by another program, which fails the second time", "--external 'test ! -e been && touch been && "
		"openssl dgst -sha256 -sign rsa.key' --cert rsa.pem --ima-sigfile payload out", 3, NULL, NULL },
	{ "with a short key identifier", "--key three.key --cert three.pem --ima-sigfile payload out", 1, NULL, NULL },
	{ "for what the lint refuses", KEY("--ima-sigfile wrmsr out"), 1, NULL, NULL },
	{ "an output that cannot be written", KEY("--ima-sigfile payload nowhere/out"), 3, NULL, NULL },
	{ "beside that cannot be written", KEY("--ima-sigfile payload folder"), 3, NULL, NULL },
	{ "over the payload", KEY("--ima-sigfile payload.sig payload"), 3, NULL, NULL },
	{ "over the digest of a timestamp", KEY("--ima-sigfile --timestamp-query out.sig payload out"), 3, NULL, NULL },
	{ "without the key", DONE("--ima-sigfile signed out"), 3, NULL, NULL },

	{ "in both places", KEY("--ima --ima-sigfile payload out"), 2, NULL, NULL },
	{ "of standard output", KEY("--ima payload -"), 2, NULL, NULL },
	{ "of standard output, beside", KEY("--ima-sigfile payload -"), 2, NULL, NULL },
	{ "of a signature alone", KEY("--detached --ima-sigfile payload out"), 2, NULL, NULL },
	{ "of what is prepared", "--prepare --ima-sigfile payload out", 2, NULL, NULL },
	{ "of what is stripped", "--strip --ima-sigfile signed out", 2, NULL, NULL },
	{ "with a signature that is brought", "--attach value --cert rsa.pem --ima-sigfile payload out", 2, NULL,
		NULL },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void run_case(void **state)
{
	const struct ima_case *test = *state;

	unlink("out");
	unlink("out.sig");
	assert_int_equal(run_words(test->line), test->status);
	if (test->out)
		same_file("out", test->out);
	if (test->sig)
		same_file("out.sig", test->sig);
	assert_int_equal(access("out", F_OK), test->out ? 0 : -1);
	assert_int_equal(access("out.sig", F_OK), test->sig ? 0 : -1);
	assert_int_equal(access("folder", F_OK), -1);
}

/* What is there and holds is left alone; what does not hold is not. */
static void left_alone(void **state)
{
	struct stat before, after;

	(void)state;
	shell("cp signed place; cp good.sig place.sig");
	assert_int_equal(stat("place.sig", &before), 0);
	assert_int_equal(run_words(DONE("--ima-sigfile place place")), 0);
	assert_int_equal(stat("place.sig", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	/* by this key over another file, by another key, and damaged */
	shell("cp other.sig place.sig");
	assert_int_equal(run_words(DONE("--ima-sigfile place place")), 3);
	same_file("place.sig", "other.sig");
	shell("cp good.sig place.sig && printf x >> place.sig");
	assert_int_equal(run_words(DONE("--ima-sigfile place place")), 3);
	shell("cp signed.p256 place; cp good.sig place.sig");
	assert_int_equal(run_words("--idempotent --key missing --cert p256.pem --ima-sigfile place place"), 3);
	assert_int_equal(run_words("--idempotent --key p256.key --cert p256.pem --ima-sigfile place place"), 0);
	assert_int_equal(in_record("place", "place.sig", "p256.pem", "sha256"), IMA_SIG_VALID);
	/* A failure leaves what was there. */
	shell("mkdir -p kept && cp before kept/out.sig && ln -sf nowhere/x kept/out");
	assert_int_equal(run_words(KEY("--ima-sigfile payload kept/out")), 3);
	same_file("kept/out.sig", "before");
}

static void check_header(const unsigned char *value, const unsigned char *id)
{
	struct blob good = { (unsigned char *)value, 9 + 256 }, file, fresh;
	struct reason why;
	X509 *cert;

	assert_int_equal(file_read("good", PAYLOAD_MAX_BYTES, &file), 0);
	assert_int_equal(certificate_load("rsa.pem", &cert, &why), 0);
	assert_int_equal(ima_signature_check(&good, cert, &file, &why), 0);
	assert_memory_equal(value + 3, id, 4);
	fresh = (struct blob){ malloc(good.size), good.size };
	/* Each byte of it counts, and its end. */
	for (size_t i = 0; i < good.size; i++) {
		memcpy(fresh.data, value, good.size);
		fresh.data[i] ^= 1;
		assert_int_equal(ima_signature_check(&fresh, cert, &file, &why), REFUSED);
		fresh.data[i] ^= 1;
		fresh.size = i;
		assert_int_equal(ima_signature_check(&fresh, cert, &file, &why), REFUSED);
		fresh.size = good.size;
	}
	blob_free(&fresh);
	blob_free(&file);
	X509_free(cert);
}

static void each_byte(void **state)
{
	const ASN1_OCTET_STRING *id;
	struct reason why;
	struct blob sig;
	X509 *cert;

	(void)state;
	assert_int_equal(certificate_load("rsa.pem", &cert, &why), 0);
	id = X509_get0_subject_key_id(cert);
	assert_int_equal(file_read("good.sig", IMA_MAX, &sig), 0);
	assert_int_equal(sig.size, 9 + 256);
	check_header(sig.data, ASN1_STRING_get0_data(id) + ASN1_STRING_length(id) - 4);
	blob_free(&sig);
	X509_free(cert);
}

/* The attribute of @path must be what is in @sig. */
static void check_attribute(const char *path, const char *sig)
{
	unsigned char value[IMA_MAX];
	ssize_t size = getxattr(path, IMA_ATTRIBUTE, value, sizeof(value));
	struct blob wanted;

	assert_int_equal(file_read(sig, IMA_MAX, &wanted), 0);
	assert_int_equal(size, wanted.size);
	assert_memory_equal(value, wanted.data, wanted.size);
	blob_free(&wanted);
}

static void attribute(void **state)
{
	struct stat before, after;

	(void)state;
	unlink("out");
	assert_int_equal(run_words(KEY("--ima payload out")), has_attributes ? 0 : 3);
	assert_int_equal(access("out", F_OK), has_attributes ? 0 : -1);
	if (!has_attributes)
		return;
	same_file("out", "signed");
	check_attribute("out", "good.sig");
	/* There it stays, and comes along to another name; in place, for what had none. */
	assert_int_equal(stat("out", &before), 0);
	assert_int_equal(run_words(DONE("--ima out out")), 0);
	assert_int_equal(stat("out", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(run_words(DONE("--ima out again")), 0);
	check_attribute("again", "good.sig");
	shell("cp signed place");
	assert_int_equal(run_words(DONE("--ima place place")), 3);
	assert_int_equal(run_words("--idempotent --key rsa.key --cert rsa.pem --ima place place"), 0);
	check_attribute("place", "good.sig");
	/* One that does not hold is made anew. */
	assert_int_equal(setxattr("place", IMA_ATTRIBUTE, "\3\2", 2, 0), 0);
	assert_int_equal(run_words(DONE("--ima place place")), 3);
	/* A pipe has none. */
	assert_int_equal(run_words(KEY("--ima payload /dev/null")), 3);
}

static void terminate(void)
{
	raise(SIGTERM);
}

/* A signal between the two leaves no file beside an OUT that it does not fit. */
static void both_or_none(void **state)
{
	static const struct {
		const char *line, *beside;
	} cases[] = {
		{ "--key rsa.key --cert rsa.pem --ima-sigfile payload pair", "pair.sig" },
		{ "--key rsa.key --cert rsa.pem --timestamp-query query payload pair", "query" },
	};
	sigset_t now;
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t child = fork();

		if (!child) {
			signal(SIGTERM, SIG_DFL);
			between = terminate;
			_exit(run_words(cases[i].line));
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
		assert_int_equal(access(cases[i].beside, F_OK), access("pair", F_OK));
		unlink(cases[i].beside);
		unlink("pair");
	}
	/* Afterwards a signal ends it at once. */
	between = NULL;
	assert_int_equal(run_words(cases[0].line), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGTERM), 0);
	unlink("pair.sig");
	unlink("pair");
}

static void many(void **state)
{
	(void)state;
	assert_int_equal(run_words(KEY("--ima-sigfile --into into payload wrmsr")), 1);
	same_file("into/payload", "signed");
	same_file("into/payload.sig", "good.sig");
	assert_int_equal(access("into/wrmsr.sig", F_OK), -1);
	shell("rm into/*");
	assert_int_equal(run_words(KEY("--ima-sigfile --into into payload payload.sig")), 3);
	shell("test -z \"$(ls into)\"");
}

int main(void)
{
	struct CMUnitTest tests[CASES + 7];
	size_t n = 0;

	for (; n < CASES; n++)
		tests[n] = (struct CMUnitTest){ cases[n].name, run_case, NULL, NULL, (void *)&cases[n] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(same_as_evmctl);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(believed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(left_alone);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(each_byte);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(attribute);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(many);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(both_or_none);
	return cmocka_run_group_tests_name("sign ima", tests, prepare, sign_world_close);
}
