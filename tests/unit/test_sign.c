// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: what it signs, what it refuses with which exit status, and that a
 * refusal leaves no file behind.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../signing/cmd_sign.c"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "check_signed.h"
#include "keypair.h"
#include "payload_image.h"
#include "private_key.h"
#include "signing_fixture.h"

static char folder[] = "/tmp/test_sign.XXXXXX";

static void save_der(const char *from, const char *to)
{
	unsigned char *der = NULL;
	struct reason why;
	X509 *cert;
	int size;

	assert_int_equal(certificate_load(from, &cert, &why), 0);
	size = i2d_X509(cert, &der);
	fixture_save(to, der, size);
	OPENSSL_free(der);
	X509_free(cert);
}

static void save_bundle(const char *first, const char *second, const char *to)
{
	struct blob a, b;
	char both[16384];

	assert_int_equal(file_read(first, sizeof(both) / 2, &a), 0);
	assert_int_equal(file_read(second, sizeof(both) / 2, &b), 0);
	memcpy(both, a.data, a.size);
	memcpy(both + a.size, b.data, b.size);
	fixture_save(to, both, a.size + b.size);
	blob_free(&a);
	blob_free(&b);
}

static const char phrase[] = "correct horse";

static void save_bio(const char *name, BIO *bio)
{
	char *data;
	long size = BIO_get_mem_data(bio, &data);

	fixture_save(name, data, size);
	BIO_free(bio);
}

static void save_box(const char *name, struct signer signer, const char *passphrase, int keyed, int mac)
{
	PKCS12 *box = PKCS12_create(passphrase, NULL, signer.key, signer.cert, NULL, keyed, keyed, 1, mac,
				    0);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(box);
	assert_int_equal(i2d_PKCS12_bio(bio, box), 1);
	save_bio(name, bio);
	PKCS12_free(box);
}

/* One key in each form; its certificate is form.pem. */
static void save_forms(const char *type)
{
	struct signer signer = signer_make("form", type);
	BIO *bio = BIO_new(BIO_s_mem());
	struct blob der;
	struct reason why;

	assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, signer.key, NULL, NULL, 0, NULL, NULL), 1);
	save_bio("pkcs8.der", bio);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, signer.key, EVP_aes_256_cbc(), phrase,
						 strlen(phrase), NULL, NULL), 1);
	save_bio("locked.der", bio);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(i2d_PrivateKey_bio(bio, signer.key), 1);
	save_bio("own.der", bio);
	assert_int_equal(file_read("own.der", 65536, &der), 0);
	der.data = realloc(der.data, der.size + 1);
	der.data[der.size] = 0;
	fixture_save("longer.der", der.data, der.size + 1);
	blob_free(&der);
	save_box("locked.p12", signer, phrase, NID_aes_256_cbc, 0);
	save_box("open.p12", signer, "", NID_aes_256_cbc, 0);
	save_box("clear.p12", signer, "", -1, 0);
	save_box("bare.p12", signer, NULL, -1, -1);
	assert_int_equal(keypair_encode_cert(signer.cert, &der, &why), 0);
	fixture_save("form.pem", der.data, der.size);
	blob_free(&der);
	signer_free(&signer);
}

static void save_ca(void)
{
	struct keypair_request request = { .cn = "ca", .type = "p256", .days = 9, .ca = 1 };
	struct keypair_request issued = { .cn = "leaf", .type = "p256", .days = 9 };
	struct signer ca = { 0 }, leaf = { 0 };
	struct reason why;

	assert_int_equal(keypair_make(&request, &ca.key, &ca.cert, &why), 0);
	issued.ca_cert = ca.cert;
	issued.ca_key = ca.key;
	assert_int_equal(keypair_make(&issued, &leaf.key, &leaf.cert, &why), 0);
	signer_save("leaf", leaf, NULL);
	signer_save("ca", ca, NULL);
}

static void save_payloads(void)
{
	unsigned char image[IMAGE_SIZE];
	struct signer other = signer_make("other", "p256");
	struct blob file = signed_image(&other);

	fixture_save("signed", file.data, file.size);
	file.data[0x2100] ^= 1;		/* text that the lint does not mind */
	fixture_save("changed", file.data, file.size);
	file.data[0x2100] ^= 1;
	file.data[file.size - 41] ^= 1;	/* the signature's last byte */
	fixture_save("broken", file.data, file.size);
	blob_free(&file);
	signer_save("other", other, NULL);
	payload_image_make(image);
	fixture_save("payload", image, sizeof(image));
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	fixture_save("wrmsr", image, sizeof(image));
	payload_image_make(image);
	payload_image_patch(image, AT_HEADER(IMAGE_TEXT, p_flags), 4, 7);
	fixture_save("writable-text", image, sizeof(image));
	fixture_save("text", "not an ELF file", 15);
	fixture_save("empty", "", 0);
	fixture_save("secret", "correct horse\n", 14);
	fixture_save("wrong-secret", "battery staple\n", 15);
	assert_int_equal(system("(cat secret; head -c 5000 /dev/zero) > noted-secret"), 0);
}

static int prepare(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	signer_save("rsa", signer_make("rsa", "rsa2048"), NULL);
	signer_save("rsa3072", signer_make("rsa3072", "rsa3072"), NULL);
	signer_save("p256", signer_make("p256", "p256"), NULL);
	signer_save("p384", signer_make("p384", "p384"), NULL);
	signer_save("p521", signer_make("p521", "p521"), NULL);
	signer_save("locked", signer_make("locked", "p256"), "correct horse");
	signer_save("rsa1024", signer_make("rsa1024", "rsa1024"), NULL);
	signer_save("rsa2560", signer_make("rsa2560", "rsa2560"), NULL);
	signer_save("p192", signer_make("p192", "p192"), NULL);
	signer_save("ed25519", signer_make("ed25519", "ed25519"), NULL);
	signer_save("past", signer_make_dated("past", "p256", -9, -1), NULL);
	signer_save("future", signer_make_dated("future", "p256", 1, 9), NULL);
	save_ca();
	save_der("rsa.pem", "rsa.der");
	save_payloads();
	save_bundle("rsa.pem", "other.pem", "bundle.pem");
	assert_int_equal(system("cat rsa.key p256.key > two.key; (openssl ecparam -name prime256v1; cat p256.key p256.pem) > whole.key"), 0);
	if (symlink("rsa.key", "key-link"))
		return -1;
	return 0;
}

/* Removes all files; fails the group if an action left a folder. */
static int clean(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' || strlen(entry->d_name) > 2)
			unlink(entry->d_name);
	if (dir)
		closedir(dir);
	return chdir("/") || rmdir(folder);
}

/* Is there a temporary file of file_write_atomic()? */
static int leftovers(void)
{
	struct dirent *entry;
	DIR *dir = opendir(".");
	int found = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		found += !strncmp(entry->d_name, ".write-", 7);
	closedir(dir);
	return found;
}

/* Runs the verb with words that a blank separates. */
static int run_words(const char *line)
{
	char copy[512], *argv[32], *rest = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "sign %s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	return cmd_sign(argc, argv);
}

struct sign_case {
	const char *name;
	const char *line;
	int status;
	const char *cert;	/* with which "out" must verify */
};

/* With RSA and with P-256 */
static const struct sign_case forms[] = {
	{ "PKCS#8 in DER", "--key pkcs8.der --cert form.pem payload out", 0, "form.pem" },
	{ "PKCS#1 or SEC 1 in DER", "--key own.der --cert form.pem payload out", 0, "form.pem" },
	{ "encrypted PKCS#8 in DER",
		"--key locked.der --cert form.pem --passphrase-file secret payload out", 0, "form.pem" },
	{ "PKCS#12", "--key locked.p12 --cert form.pem --passphrase-file secret payload out", 0,
		"form.pem" },
	{ "PKCS#12, the certificate in it", "--key locked.p12 --passphrase-file secret payload out", 0,
		"form.pem" },
	{ "PKCS#12 with an empty passphrase", "--key open.p12 payload out", 0, "form.pem" },
	{ "PKCS#12 that is not encrypted", "--key clear.p12 payload out", 0, "form.pem" },
	{ "PKCS#12 without a MAC", "--key bare.p12 payload out", 0, "form.pem" },
	{ "PKCS#12 and another's certificate",
		"--key locked.p12 --cert rsa.pem --passphrase-file secret payload out", 1, NULL },
	{ "wrong passphrase of PKCS#8",
		"--key locked.der --cert form.pem --passphrase-file wrong-secret payload out", 3, NULL },
	{ "wrong passphrase of PKCS#12", "--key locked.p12 --passphrase-file wrong-secret payload out", 3,
		NULL },
	{ "no passphrase of PKCS#12", "--key locked.p12 --passphrase-fd 987 payload out", 3, NULL },
	{ "a byte too many", "--key longer.der --cert form.pem payload out", 3, NULL },
	{ "a file without a certificate", "--key own.der payload out", 3, NULL },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static const struct sign_case cases[] = {
	{ "RSA", "--key rsa.key --cert rsa.pem payload out", 0, "rsa.pem" },
	{ "RSA of 3072 bits", "--key rsa3072.key --cert rsa3072.pem payload out", 0, "rsa3072.pem" },
	{ "P-256", "--key p256.key --cert p256.pem payload out", 0, "p256.pem" },
	{ "a key with its parameters and its certificate", "--key whole.key --cert p256.pem payload out", 0, "p256.pem" },
	{ "two keys in one file, the first of which is meant", "--key two.key --cert rsa.pem payload out", 3, NULL },
	{ "P-384 with SHA-384", "--key p384.key --cert p384.pem --hash sha384 payload out", 0,
		"p384.pem" },
	{ "P-521 with SHA-512", "--key p521.key --cert p521.pem --hash sha512 payload out", 0,
		"p521.pem" },
	{ "certificate in DER", "--key rsa.key --cert rsa.der payload out", 0, "rsa.pem" },
	{ "passphrase from the first line of a long file",
		"--key locked.key --cert locked.pem --passphrase-file noted-secret payload out", 0, "locked.pem" },
	{ "passphrase from a file",
		"--key locked.key --cert locked.pem --passphrase-file secret payload out", 0, "locked.pem" },
	{ "signed, to be replaced", "--key rsa.key --cert rsa.pem --replace signed out", 0, "rsa.pem" },
	{ "signed, one more signer",
		"--key rsa.key --cert rsa.pem --add --signed-by other.pem signed out", 0, "rsa.pem" },
	{ "the same, with more certificates than needed", "--key rsa.key --cert rsa.pem --add "
		"--signed-by ca.pem --signed-by bundle.pem signed out", 0, "other.pem" },
	{ "replace what is unsigned", "--key rsa.key --cert rsa.pem --replace payload out", 0,
		"rsa.pem" },
	{ "issued by a CA", "--key leaf.key --cert leaf.pem --issuer ca.pem payload out", 0, "leaf.pem" },
	{ "issued by one of these",
		"--key leaf.key --cert leaf.pem --issuer rsa.pem --issuer ca.pem payload out", 0, "leaf.pem" },
	{ "help", "--help", 0, NULL },
	{ "the same without the lint", "--key rsa.key --cert rsa.pem --without-lint wrmsr out", 0,
		"rsa.pem" },

	{ "signed already", "--key rsa.key --cert rsa.pem signed out", 1, NULL },
	{ "add to what is unsigned",
		"--key rsa.key --cert rsa.pem --add --signed-by other.pem payload out", 1, NULL },
	{ "add with another hash", "--key rsa.key --cert rsa.pem --add --signed-by other.pem "
		"--hash sha512 signed out", 1, NULL },
	{ "add to a broken signature",
		"--key rsa.key --cert rsa.pem --add --signed-by other.pem broken out", 1, NULL },
	{ "add to the signature of something else",
		"--key rsa.key --cert rsa.pem --add --signed-by other.pem changed out", 1, NULL },
	{ "add to what nobody verified", "--key rsa.key --cert rsa.pem --add signed out", 1, NULL },
	{ "add to what another signed",
		"--key rsa.key --cert rsa.pem --add --signed-by p256.pem signed out", 1, NULL },
	{ "no key is touched for what is broken",
		"--key nothing --cert nothing --add --signed-by other.pem broken out", 1, NULL },
	{ "no ELF", "--key rsa.key --cert rsa.pem text out", 1, NULL },
	{ "empty file", "--key rsa.key --cert rsa.pem empty out", 1, NULL },
	{ "an ELF with writable text", "--key rsa.key --cert rsa.pem writable-text out", 1, NULL },
	{ "no key is touched for what is no payload", "--key nothing --cert nothing writable-text out",
		1, NULL },
	{ "an instruction that the lint refuses", "--key rsa.key --cert rsa.pem wrmsr out", 1, NULL },
	{ "no key is touched for it", "--key nothing --cert nothing wrmsr out", 1, NULL },
	{ "--without-lint waives the format for nobody",
		"--key rsa.key --cert rsa.pem --without-lint writable-text out", 1, NULL },
	{ "certificate of another key", "--key rsa.key --cert rsa3072.pem payload out", 1, NULL },
	{ "certificate of another type", "--key rsa.key --cert p256.pem payload out", 1, NULL },
	{ "expired certificate", "--key past.key --cert past.pem payload out", 1, NULL },
	{ "certificate of tomorrow", "--key future.key --cert future.pem payload out", 1, NULL },
	{ "certificate of a CA", "--key ca.key --cert ca.pem payload out", 1, NULL },
	{ "RSA of 1024 bits", "--key rsa1024.key --cert rsa1024.pem payload out", 1, NULL },
	{ "RSA of a size that the kernel refuses", "--key rsa2560.key --cert rsa2560.pem payload out",
		1, NULL },
	{ "P-192", "--key p192.key --cert p192.pem payload out", 1, NULL },
	{ "Ed25519", "--key ed25519.key --cert ed25519.pem payload out", 1, NULL },

	{ "issued by another", "--key leaf.key --cert leaf.pem --issuer rsa.pem payload out", 1, NULL },
	{ "issued by nobody", "--key rsa.key --cert rsa.pem --issuer ca.pem payload out", 1, NULL },

	{ "no arguments", "", 2, NULL },
	{ "--without-lint, abbreviated", "--key rsa.key --cert rsa.pem --without payload out", 2, NULL },
	{ "no key", "--cert rsa.pem payload out", 2, NULL },
	{ "no output", "--key rsa.key --cert rsa.pem payload", 2, NULL },
	{ "one file too many", "--key rsa.key --cert rsa.pem payload out more", 2, NULL },
	{ "SHA-1", "--key rsa.key --cert rsa.pem --hash sha1 payload out", 2, NULL },
	{ "replace and add", "--key rsa.key --cert rsa.pem --replace --add signed out", 2, NULL },
	{ "signed by, and nothing is added",
		"--key rsa.key --cert rsa.pem --signed-by other.pem payload out", 2, NULL },
	{ "passphrase on the command line", "--key locked.key --cert locked.pem --passphrase x payload out",
		2, NULL },
	{ "descriptor that is no number",
		"--key locked.key --cert locked.pem --passphrase-fd x payload out", 2, NULL },
	{ "passphrase from a file and a descriptor", "--key locked.key --cert locked.pem "
		"--passphrase-file secret --passphrase-fd 987 payload out", 2, NULL },
	{ "passphrase from a descriptor and a file", "--key locked.key --cert locked.pem "
		"--passphrase-fd 987 --passphrase-file secret payload out", 2, NULL },

	{ "no certificate", "--key rsa.key payload out", 3, NULL },
	{ "no input", "--key rsa.key --cert rsa.pem nothing out", 3, NULL },
	{ "no key file", "--key nothing --cert rsa.pem payload out", 3, NULL },
	{ "no certificate file", "--key rsa.key --cert nothing payload out", 3, NULL },
	{ "no certificate of who signed",
		"--key rsa.key --cert rsa.pem --add --signed-by nothing signed out", 3, NULL },
	{ "no certificate of who issued it",
		"--key leaf.key --cert leaf.pem --issuer nothing payload out", 3, NULL },
	{ "two certificates where one is meant", "--key rsa.key --cert bundle.pem payload out", 3, NULL },
	{ "key file without a key", "--key rsa.pem --cert rsa.pem payload out", 3, NULL },
	{ "certificate file without one", "--key rsa.key --cert rsa.key payload out", 3, NULL },
	{ "wrong passphrase",
		"--key locked.key --cert locked.pem --passphrase-file wrong-secret payload out", 3, NULL },
	{ "empty passphrase", "--key locked.key --cert locked.pem --passphrase-file empty payload out",
		3, NULL },
	{ "closed descriptor", "--key locked.key --cert locked.pem --passphrase-fd 987 payload out", 3,
		NULL },
	{ "PIN in the URI", "--key pkcs11:object=x?pin-value=1 --cert rsa.pem payload out", 3, NULL },
	{ "token that is not there", "--key pkcs11:token=nothing --cert rsa.pem payload out", 3, NULL },
	{ "no folder for the output", "--key rsa.key --cert rsa.pem payload nowhere/out", 3, NULL },
	{ "output is a folder", "--key rsa.key --cert rsa.pem payload .", 3, NULL },
	{ "output is a full device", "--key rsa.key --cert rsa.pem payload /dev/full", 3, NULL },
	{ "output is a token's URI", "--key rsa.key --cert rsa.pem payload pkcs11:object=x", 3, NULL },
	{ "output is the key", "--key rsa.key --cert rsa.pem payload rsa.key", 3, NULL },
	{ "output is the key by another name", "--key rsa.key --cert rsa.pem payload key-link", 3, NULL },
	{ "output is the certificate", "--key rsa.key --cert rsa.pem payload ./rsa.pem", 3, NULL },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void sign_line(void **state)
{
	const struct sign_case *test = *state;

	unlink("out");
	assert_int_equal(run_words(test->line), test->status);
	if (test->cert)
		check_signed("out", test->cert);
	else
		assert_int_equal(access("out", F_OK), -1);
	assert_int_equal(leftovers(), 0);
}

/* A key is a key, whatever file it is in. */
static void key_forms(void **state)
{
	static const char * const types[] = { "rsa2048", "p256" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		save_forms(types[i]);
		for (size_t j = 0; j < FORMS; j++) {
			print_message("%s: %s\n", types[i], forms[j].name);
			sign_line((void *[]){ (void *)&forms[j] });
		}
	}
}

/* A refusal leaves an older output as it was, too. */
static void old_output_stays(void **state)
{
	struct blob file;

	(void)state;
	fixture_save("out", "old", 3);
	assert_int_equal(run_words("--key past.key --cert past.pem payload out"), 1);
	assert_int_equal(file_read("out", 10, &file), 0);
	assert_int_equal(file.size, 3);
	blob_free(&file);
}

/* Anything else about no certificate would be refused too, in words that help nobody */
static void says_what_is_missing(void **state)
{
	const struct key_source source = { 0 };
	struct signing_key key;
	struct reason why;

	(void)state;
	assert_int_equal(signing_key_load("rsa.key", NULL, &source, &key, &why), -EINVAL);
	assert_string_equal(why.word, "certificate-missing");
	signing_key_free(&key);
}

/* Not only because there is no token */
static void no_pin_in_the_uri(void **state)
{
	struct key_source source = KEY_SOURCE_PROMPT;
	struct private_key key;
	struct reason why;
	X509 *cert = NULL;

	(void)state;
	assert_true(private_key_load("pkcs11:object=x?pin-value=1", &source, &cert, &key, &why) < 0);
	assert_string_equal(why.word, "key-uri");
	private_key_free(&key);
}

static void passphrase_by_descriptor(void **state)
{
	char line[128];
	int fds[2];

	(void)state;
	unlink("out");
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "correct horse\nrest", 18), 18);
	snprintf(line, sizeof(line),
		 "--key locked.key --cert locked.pem --passphrase-fd %d payload out", fds[0]);
	assert_int_equal(run_words(line), 0);
	/* What follows the line is not ours. */
	assert_int_equal(read(fds[0], line, 9), 4);
	close(fds[0]);
	close(fds[1]);
	check_signed("out", "locked.pem");
}

/* The verb says @text on standard error, and refuses. */
static void refused_with(const char *line, const char *text)
{
	int saved = dup(STDERR_FILENO), status;
	char said[4096] = "";
	FILE *file = tmpfile();

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	status = run_words(line);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(said, 1, sizeof(said) - 1, file) > 0);
	fclose(file);
	assert_int_equal(status, 1);
	if (!strstr(said, text))
		fail_msg("%s: %s", line, said);
}

/* The first signer is 1, as inspect and verify count. */
static void counts_signers_as_inspect(void **state)
{
	(void)state;
	refused_with("--key rsa.key --cert rsa.pem --add --signed-by rsa.pem signed out", ": signer 1 of 1 has none");
	refused_with("--key rsa.key --cert rsa.pem --hash sha384 --add --signed-by other.pem signed out",
		     ": signer 1 used another hash");
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload first"), 0);
	refused_with("--key rsa.key --cert rsa.pem --add --signed-by rsa.pem first out", ": signer 1 is this certificate");
}

/* Rotation: a host that knows the old key only goes on. */
static void both_signers_hold(void **state)
{
	(void)state;
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload first"), 0);
	assert_int_equal(run_words("--key p384.key --cert p384.pem --add --signed-by rsa.pem "
				   "first out"), 0);
	check_signed("out", "rsa.pem");
	check_signed("out", "p384.pem");
	assert_int_equal(run_words("--key p384.key --cert p384.pem --add --signed-by rsa.pem "
				   "--signed-by p384.pem out again"), 1);
	/* Of two signers each must be verified. */
	assert_int_equal(run_words("--key p256.key --cert p256.pem --add --signed-by rsa.pem "
				   "out again"), 1);
	assert_int_equal(run_words("--key p256.key --cert p256.pem --add --signed-by p384.pem "
				   "out again"), 1);
	assert_int_equal(access("again", F_OK), -1);
	assert_int_equal(run_words("--key p256.key --cert p256.pem --add --signed-by p384.pem "
				   "--signed-by rsa.pem out out"), 0);
	check_signed("out", "rsa.pem");
	check_signed("out", "p256.pem");
}

/* What somebody signed once is looked at like anything else. */
static void signature_excuses_no_text(void **state)
{
	(void)state;
	unlink("out");
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --without-lint wrmsr first"), 0);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --add --signed-by rsa.pem first out"),
			 1);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --replace first out"), 1);
	assert_int_equal(access("out", F_OK), -1);
}

static void same_file(const char *a, const char *b)
{
	struct blob first, second;

	assert_int_equal(file_read(a, PAYLOAD_MAX_BYTES, &first), 0);
	assert_int_equal(file_read(b, PAYLOAD_MAX_BYTES, &second), 0);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	blob_free(&first);
	blob_free(&second);
}

/* Another signs the same file in place after we read it: neither signature is dropped. */
static void signing_in_place(void **state)
{
	struct sign_request request = {
		.key = "rsa.key", .cert = "rsa.pem", .replace = true, .signed_by = sk_X509_new_null(),
	};
	struct sign_session session = { .request = &request };
	struct sign_outcome outcome;
	struct reason why;
	struct blob in;

	(void)state;
	assert_int_equal(run_words("--key p256.key --cert p256.pem payload out"), 0);
	assert_int_equal(file_read("out", PAYLOAD_MAX_BYTES, &in), 0);
	assert_int_equal(run_words("--key p384.key --cert p384.pem --replace out out"), 0);
	assert_true(sign_read(&session, "out", &in, "./out", &outcome, &why) < 0);
	assert_string_equal(why.word, "changed");
	check_signed("out", "p384.pem");
	signing_key_free(&session.key);
	sk_X509_free(request.signed_by);
	blob_free(&in);
	assert_int_equal(leftovers(), 0);
}

static void same_bytes_again(void **state)
{
	(void)state;
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload first"), 0);
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem payload out"), 0);
	same_file("first", "out");
	/* Replacing a signature is the same as never having had it. */
	assert_int_equal(run_words("--key rsa.key --cert rsa.pem --replace signed out"), 0);
	same_file("first", "out");
	/* Where it is older, tests/vectors/repeatable.sh has a newer one. */
	if (OpenSSL_version_num() < 0x30200000L)
		return;
	assert_int_equal(run_words("--key p384.key --cert p384.pem payload first"), 0);
	assert_int_equal(run_words("--key p384.key --cert p384.pem payload out"), 0);
	same_file("first", "out");
}

/* The kernel's own tool, where a kernel was built: both make the same file. */
static void same_as_sign_file(void **state)
{
	static const char * const hashes[] = { "sha256", "sha384", "sha512" };
	const char *tool = getenv("SIGN_FILE");
	char command[1024];

	(void)state;
	if (!tool || access(tool, X_OK))
		skip();
	for (size_t i = 0; i < 3; i++) {
		snprintf(command, sizeof(command), "'%s' %s rsa.key rsa.pem payload theirs", tool,
			 hashes[i]);
		assert_int_equal(system(command), 0);
		snprintf(command, sizeof(command), "--key rsa.key --cert rsa.pem --hash %s payload out",
			 hashes[i]);
		assert_int_equal(run_words(command), 0);
		same_file("theirs", "out");
		snprintf(command, sizeof(command), "'%s' %s p384.key p384.pem payload theirs", tool,
			 hashes[i]);
		assert_int_equal(system(command), 0);
		check_signed("theirs", "p384.pem");
		snprintf(command, sizeof(command), "'%s' -k %s p384.key p384.pem payload theirs",
			 tool, hashes[i]);
		assert_int_equal(system(command), 0);
		check_signed("theirs", "p384.pem");
	}
}

/* Tests that are no line of the table */
#define OTHERS 11

int main(void)
{
	struct CMUnitTest tests[OTHERS + CASES] = {
		cmocka_unit_test(old_output_stays), cmocka_unit_test(passphrase_by_descriptor),
		cmocka_unit_test(both_signers_hold), cmocka_unit_test(same_bytes_again),
		cmocka_unit_test(counts_signers_as_inspect),
		cmocka_unit_test(same_as_sign_file), cmocka_unit_test(no_pin_in_the_uri),
		cmocka_unit_test(signature_excuses_no_text), cmocka_unit_test(signing_in_place),
		cmocka_unit_test(key_forms), cmocka_unit_test(says_what_is_missing),
	};
	char tool[4096];

	/* As `make kernel` leaves it; an absolute path, since tests change the folder. */
	if (!getenv("SIGN_FILE") && realpath("build/kernel/scripts/sign-file", tool))
		setenv("SIGN_FILE", tool, 1);
	/* What other modules of this machine leak is not ours to judge. */
	setenv("PKCS11_MODULE_PATH", "/usr/lib/softhsm/libsofthsm2.so", 1);
	for (size_t i = 0; i < CASES; i++)
		tests[OTHERS + i] = (struct CMUnitTest){ cases[i].name, sign_line, NULL, NULL,
							 (void *)&cases[i] };
	return cmocka_run_group_tests_name("sign", tests, prepare, clean);
}
