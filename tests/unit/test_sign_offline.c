// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign without the private key: what is to be signed goes out, a signature that another
 * program made comes in; signatures taken off, left alone, and put beside.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

#include <openssl/ecdsa.h>

#include "certificate.h"
#include "check_signed.h"
#include "external.h"
#include "keypair.h"
#include "payload_image.h"
#include "sign_world.h"
#include "signing_fixture.h"

static char folder[] = "/tmp/test_sign_offline.XXXXXX";

/* Runs the verb with words that a blank separates; one in ' ' may have some itself. */
static const char to_bytes[] =
	"import os, sys\n"
	"sys.stdout.buffer.write(bytes.fromhex(os.environ['CARETAKER_DIGEST']))\n";

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];

	(void)state;
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	signer_save("rsa", signer_make("rsa", "rsa2048"), NULL);
	signer_save("p256", signer_make("p256", "p256"), NULL);
	signer_save("p384", signer_make("p384", "p384"), NULL);
	signer_save("p521", signer_make("p521", "p521"), NULL);
	signer_save("other", signer_make("other", "rsa2048"), NULL);
	signer_save("past", signer_make_dated("past", "rsa2048", -9, -1), NULL);
	payload_image_make(image);
	fixture_save("payload", image, sizeof(image));
	payload_image_patch(image, AT_NOTE(svn), 4, 8);
	fixture_save("newer", image, sizeof(image));
	payload_image_make(image);
	image[AT_NOTE(name)] ^= 1;
	fixture_save("renamed", image, sizeof(image));
	payload_image_make(image);
	image[0x2100] ^= 1;	/* text that the lint does not mind */
	fixture_save("changed", image, sizeof(image));
	payload_image_make(image);
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	fixture_save("wrmsr", image, sizeof(image));
	fixture_save("nothing", "", 0);
	fixture_save("large", "", 0);
	assert_int_equal(truncate("large", PAYLOAD_MAX_BYTES + 1), 0);
	fixture_save("digest.py", to_bytes, strlen(to_bytes));
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload signed"), 0);
	assert_int_equal(run_words("--key p256.key --cert p256.pem --add --signed-by rsa.pem signed both"),
			 0);
	shell("openssl dgst -sha256 -sign rsa.key -out good.sig payload");
	shell("openssl dgst -sha512 -sign rsa.key -out sha512.sig payload");
	shell("openssl dgst -sha256 -sign rsa.key -out changed.sig changed");
	shell("openssl dgst -sha256 -sign other.key -out other.sig payload");
	shell("openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sign rsa.key -out pss.sig payload");
	shell("openssl dgst -sha256 -sign p256.key -out p256.sig payload");
	shell("openssl pkcs12 -export -passout pass: -inkey rsa.key -in rsa.pem -out rsa.p12");
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem newer newer.signed"), 0);
	shell("head -c 255 good.sig > short.sig");
	shell("(cat p256.sig; printf x) > long.sig");
	shell("openssl cms -sign -in payload -binary -outform DER -signer rsa.pem -inkey rsa.key "
	      "-out attributes.cms -md sha256 -noattr -nodetach");
	return 0;
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

static void copy_file(const char *from, const char *to)
{
	struct blob b;

	assert_int_equal(file_read(from, PAYLOAD_MAX_BYTES, &b), 0);
	fixture_save(to, b.data, b.size);
	blob_free(&b);
}

struct offline_case {
	const char *name;
	const char *line;
	int status;
	const char *cert;	/* with which "out" must verify */
	const char *same;	/* or the file that "out" must be */
};

#define ATTACH(sig, cert) "--attach " sig " --cert " cert " payload out"
#define EXTERNAL(command) "--external '" command "' --cert rsa.pem payload out"

static const struct offline_case cases[] = {
	{ "prepare", "--prepare payload out", 0, NULL, "payload" },
	{ "prepare for a certificate", "--prepare --cert rsa.pem payload out", 0, NULL, "payload" },
	{ "prepare, to sign anew", "--prepare --replace signed out", 0, NULL, "payload" },
	{ "prepare, to sign beside", "--prepare --add --signed-by rsa.pem signed out", 0, NULL, "payload" },
	{ "prepare what is signed", "--prepare signed out", 1, NULL, NULL },
	{ "prepare what the lint refuses", "--prepare wrmsr out", 1, NULL, NULL },
	{ "prepare for an expired certificate", "--prepare --cert past.pem payload out", 1, NULL, NULL },

	{ "attach, RSA", ATTACH("good.sig", "rsa.pem"), 0, NULL, "signed" },
	{ "attach, P-256", ATTACH("p256.sig", "p256.pem"), 0, "p256.pem", NULL },
	{ "attach with its hash", "--hash sha512 " ATTACH("sha512.sig", "rsa.pem"), 0, "rsa.pem", NULL },
	{ "attach beside", "--attach p256.sig --cert p256.pem --add --signed-by rsa.pem signed out", 0,
		"p256.pem", NULL },
	{ "attach instead", "--attach p256.sig --cert p256.pem --replace signed out", 0, "p256.pem", NULL },
	{ "attach with another hash", "--hash sha384 " ATTACH("good.sig", "rsa.pem"), 1, NULL, NULL },
	{ "attach another's", ATTACH("other.sig", "rsa.pem"), 1, NULL, NULL },
	{ "attach that of another payload", ATTACH("changed.sig", "rsa.pem"), 1, NULL, NULL },
	{ "attach PSS, which the kernel does not verify", ATTACH("pss.sig", "rsa.pem"), 1, NULL, NULL },
	{ "attach too little", ATTACH("short.sig", "rsa.pem"), 1, NULL, NULL },
	{ "attach a byte too many", ATTACH("long.sig", "p256.pem"), 1, NULL, NULL },
	{ "attach nothing", ATTACH("nothing", "rsa.pem"), 1, NULL, NULL },
	{ "attach what is no signature", ATTACH("rsa.pem", "p256.pem"), 1, NULL, NULL },
	{ "attach CMS of another form", ATTACH("attributes.cms", "rsa.pem"), 1, NULL, NULL },
	{ "attach with an expired certificate", ATTACH("good.sig", "past.pem"), 1, NULL, NULL },
	{ "attach to what the lint refuses", "--attach good.sig --cert rsa.pem wrmsr out", 1, NULL, NULL },
	{ "attach to what is signed", "--attach good.sig --cert rsa.pem signed out", 1, NULL, NULL },
	{ "attach what is not there", ATTACH("missing", "rsa.pem"), 3, NULL, NULL },
	{ "attach over the signature", "--attach good.sig --cert rsa.pem payload good.sig", 3, NULL, NULL },

	{ "external", EXTERNAL("openssl dgst -sha256 -sign rsa.key"), 0, NULL, "signed" },
	{ "external, with the digest", EXTERNAL("test $CARETAKER_HASH = sha256 && python3 digest.py | "
		"openssl pkeyutl -sign -inkey rsa.key -pkeyopt digest:sha256"), 0, NULL, "signed" },
	{ "external, printing CMS", EXTERNAL("cat > x && cat detached.cms"), 0, NULL, "signed" },
	{ "external, reading nothing", EXTERNAL("exec 0<&-; cat good.sig"), 0, NULL, "signed" },
	{ "external, failing", EXTERNAL("cat good.sig; exit 1"), 3, NULL, NULL },
	{ "external, ended by a signal", EXTERNAL("cat good.sig; kill -9 $$"), 3, NULL, NULL },
	{ "external, printing nothing", EXTERNAL("true"), 3, NULL, NULL },
	{ "external, printing without end", EXTERNAL("yes"), 3, NULL, NULL },
	{ "external, not there", EXTERNAL("./no-such-command"), 3, NULL, NULL },
	{ "external, another's", EXTERNAL("cat other.sig"), 1, NULL, NULL },
	{ "external for what the lint refuses",
		"--external 'touch called; cat good.sig' --cert rsa.pem wrmsr out", 1, NULL, NULL },

	{ "detached", "--key rsa.key --cert rsa.pem --detached payload out", 0, NULL, "detached.cms" },
	{ "detached, external",
		"--external 'cat good.sig' --cert rsa.pem --detached payload out", 0, NULL, "detached.cms" },
	{ "attach what was detached", ATTACH("detached.cms", "rsa.pem"), 0, NULL, "signed" },
	{ "attach what another detached", ATTACH("detached.cms", "other.pem"), 1, NULL, NULL },
	{ "attach CMS with a signer that nobody named", ATTACH("two.cms", "p256.pem"), 1, NULL, NULL },
	{ "attach CMS with another hash", "--hash sha512 " ATTACH("detached.cms", "rsa.pem"), 1, NULL, NULL },
	{ "attach CMS with its hash", "--hash sha256 " ATTACH("detached.cms", "rsa.pem"), 0, NULL, "signed" },
	{ "external, printing CMS with another hash", "--hash sha384 " EXTERNAL("cat detached.cms"), 1, NULL, NULL },
	{ "detached from what the lint refuses", "--key rsa.key --cert rsa.pem --detached wrmsr out", 1, NULL,
		NULL },

	{ "strip", "--strip signed out", 0, NULL, "payload" },
	{ "strip two signers", "--strip both out", 0, NULL, "payload" },
	{ "strip what is not signed", "--strip payload out", 1, NULL, NULL },
	{ "strip what is not signed, and that is all right", "--strip --idempotent payload out", 0, NULL,
		"payload" },
	{ "strip what is no payload", "--strip rsa.pem out", 1, NULL, NULL },

	{ "signed by this key", "--idempotent --key missing --cert rsa.pem signed out", 0, NULL, "signed" },
	{ "one of two signers", "--idempotent --key missing --cert p256.pem both out", 0, NULL, "both" },
	{ "the only signer, to be replaced", "--idempotent --replace --key missing --cert rsa.pem signed out",
		0, NULL, "signed" },
	{ "one of two signers, the other to be dropped",
		"--idempotent --replace --key rsa.key --cert rsa.pem both out", 0, NULL, "signed" },
	{ "a signer, to be added", "--idempotent --add --key missing --cert rsa.pem both out", 0, NULL, "both" },
	{ "signed by nobody", "--idempotent --key rsa.key --cert rsa.pem payload out", 0, NULL, "signed" },
	{ "detached from what is signed", "--idempotent --detached --key missing --cert rsa.pem signed out",
		0, NULL, "detached.cms" },
	{ "attached already", "--idempotent --attach missing --cert rsa.pem signed out", 0, NULL, "signed" },
	{ "signed by another", "--idempotent --key other.key --cert other.pem signed out", 1, NULL, NULL },
	{ "signed with another hash", "--idempotent --hash sha512 --key rsa.key --cert rsa.pem signed out", 1,
		NULL, NULL },
	{ "signed by this key, and changed", "--idempotent --key rsa.key --cert rsa.pem broken out", 1, NULL,
		NULL },
	{ "signed by this key, and refused by the lint",
		"--idempotent --key rsa.key --cert rsa.pem wrmsr.signed out", 1, NULL, NULL },

	{ "signed by this key, the certificate in its file", "--idempotent --key rsa.p12 signed out", 0, NULL,
		"signed" },

	{ "as high as it must be", "--min-svn 7 --key rsa.key --cert rsa.pem payload out", 0, NULL, "signed" },
	{ "lower than it must be", "--min-svn 8 --key rsa.key --cert rsa.pem payload out", 1, NULL, NULL },
	{ "of two floors the higher", "--min-svn 8 --min-svn 1 --key rsa.key --cert rsa.pem payload out", 1,
		NULL, NULL },
	{ "no lower than the release before",
		"--previous signed --key rsa.key --cert rsa.pem payload out", 0, NULL, "signed" },
	{ "higher than that", "--previous signed --key rsa.key --cert rsa.pem newer out", 0, NULL,
		"newer.signed" },
	{ "lower than that", "--previous newer.signed --key rsa.key --cert rsa.pem payload out", 1, NULL, NULL },
	{ "lower, where the release before has no signature",
		"--previous newer --key rsa.key --cert rsa.pem payload out", 1, NULL, NULL },
	{ "lower, prepared", "--previous newer --prepare payload out", 1, NULL, NULL },
	{ "lower, attached", "--previous newer " ATTACH("good.sig", "rsa.pem"), 1, NULL, NULL },
	{ "lower, and signed already",
		"--previous newer --idempotent --key rsa.key --cert rsa.pem signed out", 1, NULL, NULL },
	{ "no key is touched for what is lower", "--min-svn 8 --key x --cert y payload out", 1, NULL, NULL },
	{ "the release before is not there", "--previous missing --key rsa.key --cert rsa.pem payload out", 3,
		NULL, NULL },
	{ "the release before is no payload", "--previous rsa.pem --key rsa.key --cert rsa.pem payload out", 1,
		NULL, NULL },
	{ "the release before is too large", "--previous large --key rsa.key --cert rsa.pem payload out", 1,
		NULL, NULL },
	{ "the release before has another name", "--previous renamed --key rsa.key --cert rsa.pem payload out", 1,
		NULL, NULL },
	{ "... prepared", "--previous renamed --prepare payload out", 1, NULL, NULL },
	{ "... and signed already", "--previous renamed --idempotent --key rsa.key --cert rsa.pem signed out", 1,
		NULL, NULL },
	{ "no key is touched for another name", "--previous renamed --key x --cert y payload out", 1, NULL, NULL },
	{ "too large to be a payload", "--key rsa.key --cert rsa.pem large out", 1, NULL, NULL },
	{ "... prepared", "--prepare large out", 1, NULL, NULL },
	{ "... stripped", "--strip large out", 1, NULL, NULL },
	{ "the release before is overwritten",
		"--previous newer --key rsa.key --cert rsa.pem newer newer", 3, NULL, NULL },
	{ "the digest over the certificate", "--prepare --cert rsa.pem --digest rsa.pem payload out", 3, NULL,
		NULL },
	{ "the digest over the release before", "--prepare --previous signed --digest signed payload out", 3,
		NULL, NULL },
	{ "a version that is no number", "--min-svn x --key rsa.key --cert rsa.pem payload out", 2, NULL, NULL },
	{ "a version below 0", "--min-svn -1 --key rsa.key --cert rsa.pem payload out", 2, NULL, NULL },
	{ "a version too large", "--min-svn 4294967296 --key rsa.key --cert rsa.pem payload out", 2, NULL,
		NULL },

	{ "prepare with a key", "--prepare --key rsa.key payload out", 2, NULL, NULL },
	{ "prepare and strip", "--prepare --strip payload out", 2, NULL, NULL },
	{ "strip with a key", "--strip --key rsa.key signed out", 2, NULL, NULL },
	{ "attach with a key", "--key rsa.key " ATTACH("good.sig", "rsa.pem"), 2, NULL, NULL },
	{ "attach without a certificate", "--attach good.sig payload out", 2, NULL, NULL },
	{ "external without a command", "--external '' --cert rsa.pem payload out", 2, NULL, NULL },
	{ "a digest, and nothing is prepared", "--digest d --key rsa.key --cert rsa.pem payload out", 2, NULL,
		NULL },
	{ "a digest that cannot be written", "--prepare --digest nowhere/d payload out", 3, NULL, NULL },
	{ "an output that cannot be written, and a digest that could", "--prepare --digest called payload "
		"nowhere/out", 3, NULL, NULL },
	{ "digest and output in one", "--prepare --digest out payload out", 3, NULL, NULL },
	{ "the digest over the payload", "--prepare --digest payload payload out", 3, NULL, NULL },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void run_case(void **state)
{
	const struct offline_case *test = *state;

	unlink("out");
	assert_int_equal(run_words(test->line), test->status);
	if (test->cert)
		check_signed("out", test->cert);
	if (test->same)
		same_file("out", test->same);
	assert_int_equal(access("out", F_OK), test->status ? -1 : 0);
	assert_int_equal(access("called", F_OK), -1);
}

/* What options name to be read is not overwritten; OUT begins as @stays. */
static const struct kept_case {
	const char *name;
	const char *line;
	const char *stays;
} kept_cases[] = {
	{ "the key is overwritten", "--key out --cert rsa.pem payload out", "rsa.key" },
	{ "the certificate is overwritten", "--key rsa.key --cert out payload out", "rsa.pem" },
	{ "the issuer is overwritten", "--issuer out --key rsa.key --cert rsa.pem payload out", "rsa.pem" },
	{ "the certificate of who signed is overwritten",
		"--add --signed-by out --key p256.key --cert p256.pem signed out", "rsa.pem" },
	{ "the second one is overwritten",
		"--add --signed-by rsa.pem --signed-by out --key p256.key --cert p256.pem signed out", "p256.pem" },
	{ "the passphrase is overwritten",
		"--passphrase-file out --key rsa.key --cert rsa.pem payload out", "rsa.key" },
	{ "the module is overwritten",
		"--pkcs11-module out --key rsa.key --cert rsa.pem payload out", "rsa.key" },
	{ "the payload is overwritten by its signature alone", "--detached --key rsa.key --cert rsa.pem out out", "payload" },
	{ "... that it has", "--idempotent --detached --key x --cert rsa.pem out out", "signed" },
	{ "... of a command", "--detached --external 'cat good.sig' --cert rsa.pem out out", "payload" },
	{ "... among many", "--detached --key rsa.key --cert rsa.pem --into . out", "payload" },
	{ "the signature to attach is overwritten", "--attach out --cert rsa.pem payload out", "good.sig" },
};

#define KEPT_CASES (sizeof(kept_cases) / sizeof(kept_cases[0]))

static void run_kept(void **state)
{
	const struct kept_case *test = *state;

	copy_file(test->stays, "out");
	assert_int_equal(run_words(test->line), 3);
	same_file("out", test->stays);
}

/* Prepared here, signed by openssl, attached here: no private key but openssl's */
static void two_machines(void **state)
{
	static const char * const kinds[][2] = {
		{ "rsa", "sha256" }, { "rsa", "sha512" }, { "p256", "sha256" }, { "p384", "sha384" },
		{ "p521", "sha512" },
	};
	char line[512];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		const char *key = kinds[i][0], *hash = kinds[i][1];

		snprintf(line, sizeof(line), "--prepare --hash %s --digest digest payload tbs", hash);
		assert_int_equal(run_words(line), 0);
		snprintf(line, sizeof(line), "openssl %s -binary payload | cmp digest", hash);
		shell(line);
		snprintf(line, sizeof(line), "openssl dgst -%s -sign %s.key -out sig tbs", hash, key);
		shell(line);
		snprintf(line, sizeof(line), "--attach sig --cert %s.pem --hash %s payload out", key, hash);
		assert_int_equal(run_words(line), 0);
		snprintf(line, sizeof(line), "%s.pem", key);
		check_signed("out", line);
		/* ... and from the digest alone */
		snprintf(line, sizeof(line), "openssl pkeyutl -sign -inkey %s.key -in digest -pkeyopt "
			 "digest:%s -out sig", key, hash);
		shell(line);
		snprintf(line, sizeof(line), "--attach sig --cert %s.pem --hash %s payload out", key, hash);
		assert_int_equal(run_words(line), 0);
	}
}

/* As C_Sign of a token gives it */
static void two_numbers(void **state)
{
	static const char * const keys[] = { "p256", "p384", "p521" };
	char line[256];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned char raw[132];
		const unsigned char *at;
		struct blob der;
		ECDSA_SIG *value;
		int half = i == 0 ? 32 : i == 1 ? 48 : 66;

		snprintf(line, sizeof(line), "openssl dgst -sha256 -sign %s.key -out sig payload", keys[i]);
		shell(line);
		assert_int_equal(file_read("sig", 1024, &der), 0);
		at = der.data;
		value = d2i_ECDSA_SIG(NULL, &at, der.size);
		assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(value), raw, half), half);
		assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(value), raw + half, half), half);
		fixture_save("raw", raw, 2 * half);
		ECDSA_SIG_free(value);
		blob_free(&der);
		snprintf(line, sizeof(line), "--attach raw --cert %s.pem payload out", keys[i]);
		assert_int_equal(run_words(line), 0);
		snprintf(line, sizeof(line), "%s.pem", keys[i]);
		check_signed("out", line);
		raw[half] ^= 1;
		fixture_save("raw", raw, 2 * half);
		snprintf(line, sizeof(line), "--attach raw --cert %s.pem payload out", keys[i]);
		assert_int_equal(run_words(line), 1);
	}
}

/* The one who stops a command that prints without end does not wonder how it ended. */
static void prints_too_much(void **state)
{
	const struct external what = { "yes", "external", 100 };
	struct reason why = { 0 };
	struct blob out;

	(void)state;
	assert_int_equal(external_run(&what, "", 0, &out, &why), -EFBIG);
	assert_string_equal(why.text, "it printed more than 100 bytes");
	assert_null(out.data);
}

/* In place: the file is the same, to the inode. */
static void nothing_to_do(void **state)
{
	struct stat before, after;

	(void)state;
	shell("cp signed place");
	assert_int_equal(stat("place", &before), 0);
	assert_int_equal(run_words("--idempotent --key missing --cert rsa.pem place place"), 0);
	assert_int_equal(stat("place", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	same_file("place", "signed");
}

/* Whoever could not read or run it can do so no more than before. */
static void place_keeps_its_mode(void **state)
{
	static const char * const lines[] = {
		"--key rsa.key --cert rsa.pem place place", "--replace --key p256.key --cert p256.pem place place",
		"--strip place place", "--key rsa.key --cert rsa.pem --into . place",
	};
	struct stat st;

	(void)state;
	shell("cp payload place && chmod 750 place");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(run_words(lines[i]), 0);
		assert_int_equal(stat("place", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0750);
	}
	same_file("place", "signed");
}

/* So can nobody with a digest that was there. */
static void digest_keeps_its_mode(void **state)
{
	static const struct {
		const char *line;
		int status;
	} calls[] = {
		{ "--prepare --digest place payload nowhere/out", 3 }, { "--prepare --digest place payload out", 0 },
	};
	struct stat st;

	(void)state;
	shell("echo old > place && chmod 600 place && cp place was");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		same_file("place", "was");
		assert_int_equal(run_words(calls[i].line), calls[i].status);
		assert_int_equal(stat("place", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	shell("openssl sha256 -binary payload | cmp - place");
}

static int prepare_more(void **state)
{
	struct blob file;

	if (prepare(state))
		return -1;
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --detached payload detached.cms"), 0);
	assert_int_equal(run_words("--idempotent --detached --key x --cert p256.pem both two.cms"), 0);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --without-lint wrmsr wrmsr.signed"), 0);
	assert_int_equal(file_read("signed", PAYLOAD_MAX_BYTES, &file), 0);
	file.data[0x2100] ^= 1;
	fixture_save("broken", file.data, file.size);
	blob_free(&file);
	/* What openssl makes of the same: it is CMS that anything reads. */
	shell("openssl cms -verify -binary -content payload -inform DER -in detached.cms -noverify "
	      "-certfile rsa.pem -out checked 2>/dev/null");
	return 0;
}

#define FIRST 6	/* beside the tables */

int main(void)
{
	struct CMUnitTest tests[FIRST + CASES + KEPT_CASES] = {
		cmocka_unit_test(two_machines), cmocka_unit_test(two_numbers),
		cmocka_unit_test(nothing_to_do), cmocka_unit_test(place_keeps_its_mode),
		cmocka_unit_test(digest_keeps_its_mode), cmocka_unit_test(prints_too_much),
	};

	for (size_t i = 0; i < CASES; i++)
		tests[FIRST + i] = (struct CMUnitTest){ cases[i].name, run_case, NULL, NULL,
							(void *)&cases[i] };
	for (size_t i = 0; i < KEPT_CASES; i++)
		tests[FIRST + CASES + i] = (struct CMUnitTest){ kept_cases[i].name, run_kept, NULL, NULL,
								(void *)&kept_cases[i] };
	return cmocka_run_group_tests_name("sign offline", tests, prepare_more, clean);
}
