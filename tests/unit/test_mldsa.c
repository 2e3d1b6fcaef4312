// SPDX-License-Identifier: GPL-2.0-only
/*
 * ML-DSA with the tool as it is built: "new" runs it with libcrypto of OpenSSL 3.5 (tests/openssl35.sh), "old" with
 * one that has no ML-DSA, as Debian 12's.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "own_directory.h"
#include "payload_image.h"
#include "signing_fixture.h"
#include "zoo_keys.h"

struct mldsa_case {
	const char *name;
	const char *command;	/* of the shell */
	int status;
	const char *word;	/* with which standard error goes on behind the name of a file, or NULL: nothing is said */
};

#define SIGN(key) "new sign --key " key ".key --cert " key ".pem "
#define VERIFY(file, cert) "new verify --cert " cert ".pem " file
#define BOTH "--add --signed-by m65.pem"
#define CMS_VERIFY(cms, content) "new35 cms -verify -binary -inform DER -in " cms " -content " content \
	" -certfile m65.pem -CAfile m65.pem -purpose any -out /dev/null 2>/dev/null"
/* As RSA without attributes, with a certificate in the signature */
#define CARRYING(signer, cert, out) "new35 cms -sign -binary -noattr -nosmimecap -nocerts -outform DER -signer " signer \
	".pem -inkey rsa.key -certfile " cert ".pem -in payload -out carrying.cms && new sign --attach carrying.cms --cert " \
	signer ".pem payload " out " && "
#define MISSING "ml-dsa-missing"
#define RAW "new35 pkeyutl -sign -rawin -pkeyopt deterministic:1 -inkey "

static const struct mldsa_case cases[] = {
	/* Signed, and the same bytes each time, whatever holds the key */
	{ "ML-DSA-44", SIGN("m44") "payload s44 && " VERIFY("s44", "m44"), 0, NULL },
	{ "ML-DSA-65", SIGN("m65") "payload s65 && " VERIFY("s65", "m65"), 0, NULL },
	{ "ML-DSA-87", SIGN("m87") "payload s87 && " VERIFY("s87", "m87"), 0, NULL },
	{ "again", SIGN("m65") "payload out && cmp out s65", 0, NULL },
	{ "SHA-512 by name", SIGN("m65") "--hash sha512 payload out && cmp out s65", 0, NULL },
	{ "SHA-256", SIGN("m65") "--hash sha256 payload out", 1, "ml-dsa-hash" },
	{ "SHA-384", SIGN("m65") "--hash sha384 payload out", 1, "ml-dsa-hash" },
	{ "PKCS#8 in DER", "new sign --key m65.der --cert m65.pem payload out && cmp out s65", 0, NULL },
	{ "PKCS#8 with a passphrase", "new sign --key m65.enc --cert m65.pem --passphrase-file pass payload out && "
	  "cmp out s65", 0, NULL },
	{ "PKCS#12", "new sign --key m65.p12 --passphrase-file pass payload out && cmp out s65", 0, NULL },
	{ "PKCS#12 without a passphrase", "new sign --key open.p12 payload out && cmp out s65", 0, NULL },
	{ "the key of another", "new sign --key m44.key --cert m65.pem payload out", 1, "key-mismatch" },
	{ "the key of another kind", "new sign --key rsa.key --cert m65.pem payload out", 1, "key-mismatch" },
	{ "a batch", "mkdir d && " SIGN("m65") "--into d payload && cmp d/payload s65", 0, NULL },
	{ "in place of another", SIGN("m65") "--replace srsa out && cmp out s65", 0, NULL },
	{ "signed already", "new sign --key none --cert m65.pem --idempotent s65 out 2>shown && "
	  "cmp out s65", 0, NULL },

	/* As others read it */
	{ "detached", SIGN("m65") "--detached payload s65.cms && " CMS_VERIFY("s65.cms", "payload"), 0, NULL },
	{ "no attributes but two", "openssl asn1parse -inform DER -in s65.cms | grep -c 'OBJECT *:[a-z]*\\(Digest\\|Type\\|"
	  "Time\\|Capabilities\\)$' | grep -qx 2", 0, NULL },
	{ "attached again", "new sign --attach s65.cms --cert m65.pem payload out && cmp out s65", 0, NULL },
	{ "inspected", "new inspect s65 | grep -q 'ML-DSA-65 with sha512'", 0, NULL },
	{ "inspected without ML-DSA", "old inspect s65 | grep -q 'ML-DSA-65 with sha512'", 0, NULL },
	{ "inspected as JSON", "old inspect --json s65 | grep -q '\"algorithm\": \"ML-DSA-65\"'", 0, NULL },
	{ "what a kernel needs", VERIFY("s65", "m65") "> shown && grep -qx 'needs     a kernel with CONFIG_CRYPTO_MLDSA and "
	  "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA' shown && grep -c needs shown | grep -qx 1", 0, NULL },
	{ "... as JSON", VERIFY("--json s65", "m65") "| grep -A 2 '\"needs\": \\[' | grep -c '\"CONFIG_' | grep -qx 2", 0, NULL },
	{ "... with RSA", VERIFY("--json srsa", "rsa") "| grep -q '\"needs\": \\[\\]'", 0, NULL },

	/* A kernel verifies what an RSA signature carries, too: what it needs is not the signer's alone. */
	{ "... with RSA, and a certificate of ML-DSA", CARRYING("rsa", "m65", "carrying") VERIFY("carrying", "rsa")
	  "> shown && grep -qx 'needs     a kernel with CONFIG_CRYPTO_MLDSA' shown", 0, NULL },
	{ "... as JSON, one option", VERIFY("--json carrying", "rsa") "| grep -A 1 '\"needs\": \\[' | "
	  "grep -qx ' *\"CONFIG_CRYPTO_MLDSA\"'", 0, NULL },
	{ "... with RSA, and a CA of RSA", CARRYING("rsa", "rsaca", "out") VERIFY("--json out", "rsa")
	  "| grep -q '\"needs\": \\[\\]'", 0, NULL },

	/* Others beside it */
	{ "two", SIGN("m44") BOTH " s65 two && " VERIFY("two", "m44") " && " VERIFY("two", "m65"), 0, NULL },
	{ "two, the other is unknown", VERIFY("two", "m87"), 1, "unknown-key" },
	{ "RSA beside it", SIGN("rsa") BOTH " s65 out", 1, "mixed-signers" },
	{ "... with its hash", SIGN("rsa") "--hash sha512 " BOTH " s65 out", 1, "mixed-signers" },
	{ "beside RSA", SIGN("m65") "--add --signed-by rsa.pem srsa out", 1, "mixed-signers" },
	{ "beside RSA, without its key", "new sign --attach s65.cms --cert m65.pem --hash sha512 --add --signed-by rsa.pem "
	  "srsa out", 1, "mixed-signers" },

	/* Offline: what is to be signed is the DER of the attributes. */
	{ "prepared", "new sign --prepare --cert m65.pem payload what > shown && test ! -s shown", 0, NULL },
	{ "... as a SET OF", "openssl asn1parse -inform DER -in what | head -n 1 | grep -q 'cons: SET'", 0, NULL },
	{ "... and attached", RAW "m65.key -in what -out value && "
	  "new sign --attach value --cert m65.pem payload out && cmp out s65", 0, NULL },
	{ "... beside another, by whoever", "new sign --prepare " BOTH " s65 out && cmp out what", 0, NULL },
	{ "... beside another, by RSA", "new sign --prepare --cert rsa.pem " BOTH " s65 out", 1, "mixed-signers" },
	{ "prepared for RSA", "new sign --prepare --cert rsa.pem payload out > shown && test -s shown && cmp out payload",
	  0, NULL },
	{ "... in place of ML-DSA, by whoever", "new sign --prepare --replace s65 out && cmp out payload", 0, NULL },
	{ "... in place of ML-DSA, by it", "new sign --prepare --replace --cert m65.pem s65 out && cmp out what", 0, NULL },
	{ "a digest of it", "new sign --prepare --digest digest --cert m65.pem payload out", 1, "no-digest" },
	{ "another hash for it", "new sign --prepare --hash sha256 --cert m65.pem payload out", 1, "ml-dsa-hash" },
	{ "the payload is signed instead", RAW "m65.key -in payload -out value && "
	  "new sign --attach value --cert m65.pem payload out", 1, "bad-signature" },
	{ "another key signed", RAW "m44.key -in what -out value && new sign --attach value --cert m65.pem payload out", 1,
	  "bad-signature" },
	{ "a signature of another payload", "new sign --prepare --cert m65.pem changed other && " RAW
	  "m65.key -in other -out value && new sign --attach value --cert m65.pem payload out", 1, "bad-signature" },
	{ "attached with another hash", "new sign --attach s65.cms --hash sha256 --cert m65.pem payload out", 1,
	  "ml-dsa-hash" },
	{ "CMS of openssl, with a time", "new35 cms -sign -binary -nocerts -nosmimecap -outform DER -md sha512 -signer m65.pem "
	  "-inkey m65.key -in payload -out time.cms && new sign --attach time.cms --cert m65.pem payload out && "
	  VERIFY("out", "m65"), 0, NULL },
	{ "... with capabilities", "new35 cms -sign -binary -nocerts -outform DER -md sha512 -signer m65.pem -inkey m65.key "
	  "-in payload -out time.cms && new sign --attach time.cms --cert m65.pem payload out", 1, "signed-attributes" },
	{ "a command", "new sign --external 'cat > given && test $CARETAKER_HASH = none && test -z \"$CARETAKER_DIGEST\" && " RAW
	  "m65.key -in given' --cert m65.pem payload out && cmp given what && cmp out s65", 0, NULL },
	{ "a command, and a digest of before", "CARETAKER_DIGEST=1 new sign --external 'test -z \"$CARETAKER_DIGEST\" && " RAW
	  "m65.key -in what' --cert m65.pem payload out && cmp out s65", 0, NULL },

	/* Where it does not go */
	{ "a signature for IMA", SIGN("m65") "--ima payload out", 1, "ml-dsa-ima" },
	{ "... in a file", SIGN("m65") "--ima-sigfile payload out", 1, "ml-dsa-ima" },
	{ "a token", "new sign --key pkcs11:object=x --cert m65.pem payload out", 1, "ml-dsa-token" },
	{ "a TPM", "new sign --key handle:0x81000001 --cert m65.pem payload out", 1, "ml-dsa-token" },
	{ "a token that makes it", "new keys make --cn x --type mldsa65 --days 9 --out-key pkcs11:object=x --out-cert out", 1,
	  "ml-dsa-token" },
	{ "a token that makes it for a request", "new keys request --cn x --type mldsa65 --key pkcs11:object=x --out out", 1,
	  "ml-dsa-token" },

	/* What is signed with it beside payloads */
	{ "a manifest", "new release --key m65.key --cert m65.pem --signer m65.pem --builder https://ci.example.org/1 "
	  "--build-type https://example.org/make/v1 --source git+https://example.org/caretaker "
	  "--revision 7fd1a60b01f91b314f59955a4e4d4e80d8edf11d --out manifest s65 && "
	  VERIFY("--release manifest s65", "m65"), 0, NULL },
	{ "... by a public key", VERIFY("--release manifest --release-by m65.pub s65", "m65"), 0, NULL },
	{ "... by another", VERIFY("--release manifest --release-by m44.pem s65", "m65"), 1, "envelope-unknown-key" },
	{ "a revocation", "new keys revoke --digest sha256:$(printf %064d 0) --key m65.key --cert m65.pem --out revoked && "
	  "printf bin:%064d 0 > name && " CMS_VERIFY("revoked", "name"), 0, NULL },
	{ "a query for a TSA", SIGN("m65") "--timestamp-query query payload out && "
	  "openssl ts -query -in query -text 2>/dev/null | grep -q sha512", 0, NULL },
	{ "a timestamp", SIGN("m65") "--tsa-certs tsa.pem --timestamp-command 'cat > query; openssl ts -reply -config tsa.cnf "
	  "-queryfile query 2>/dev/null' payload stamped && " VERIFY("--timestamp stamped.tsr --tsa-certs tsa.pem stamped", "m65"),
	  0, NULL },
	{ "reference values", "new policy reference --payload s65 --signer m65.pem --out reference", 0, NULL },
	{ "... with the digest of the key as the kernel has it", "openssl x509 -in m65.pem -outform DER | openssl asn1parse "
	  "-inform DER -strparse $(openssl asn1parse -in m65.pem | sed -n 's/^ *\\([0-9]*\\):.*l=1953 prim: BIT.*/\\1/p') "
	  "-noout -out key && grep -q $(sha256sum < key | cut -c 1-64) reference", 0, NULL },

	/* Certificates */
	{ "a request", "new keys request --key m65.key --cn leaf --out request", 0, NULL },
	{ "a CA with ML-DSA", "new keys certify --request request --days 9 --ca-key ca.key --ca-cert ca.pem --out leaf.pem && "
	  "new sign --key m65.key --cert leaf.pem --issuer ca.pem payload out && " VERIFY("--issuer ca.pem out", "leaf"), 0,
	  NULL },
	{ "... that did not issue it", "new sign --key m65.key --cert leaf.pem --issuer rsaca.pem payload out", 1, "not-issued" },
	{ "a CA with RSA", "new keys certify --request request --days 9 --ca-key rsaca.key --ca-cert rsaca.pem --out leaf2.pem && "
	  "new sign --key m65.key --cert leaf2.pem --issuer rsaca.pem payload out", 0, NULL },
	{ "RSA, and a CA with ML-DSA", "new keys certify --key rsa.key --cn leaf --days 9 --ca-key ca.key --ca-cert ca.pem "
	  "--out rsaleaf.pem && old sign --key rsa.key --cert rsaleaf.pem payload out && " VERIFY("--issuer ca.pem out", "rsaleaf"),
	  0, NULL },
	{ "... that vouches for it, which a kernel needs", CARRYING("rsaleaf", "rsaleaf", "carried")
	  "new verify --anchor ca.pem carried > shown && grep -qx 'needs     a kernel with CONFIG_CRYPTO_MLDSA' shown", 0, NULL },
	{ "... or could", VERIFY("carried", "rsaleaf") "| grep -q '^needs .*MLDSA$'", 0, NULL },
	{ "... and its revocation list", "new verify --cert rsaleaf.pem --issuer ca.pem --crl ca.crl carried", 0, NULL },
	{ "a key of ML-DSA that RSA carries", CARRYING("rsa", "leaf2", "out") VERIFY("out", "rsa") "| grep -q '^needs .*MLDSA$'", 0,
	  NULL },
	{ "a key with a passphrase", "new keys make --cn x --type mldsa44 --days 9 --passphrase-file pass --out-key x.key "
	  "--out-cert x.pem && new sign --key x.key --cert x.pem --passphrase-file pass payload out", 0, NULL },
	{ "a type that there is not", "new keys make --cn x --type mldsa66 --days 9 --out-key out --out-cert y.pem 2>/dev/null", 2,
	  NULL },

	/* Without it */
	{ "old: make", "old keys make --cn x --type mldsa65 --days 9 --out-key out --out-cert y.pem", 3, MISSING },
	{ "old: sign", "old sign --key m65.key --cert m65.pem payload out", 3, MISSING },
	{ "old: sign, no passphrase is asked for", "old sign --key none --cert m65.pem payload out", 3, MISSING },
	{ "old: another's certificate", "old sign --key m65.key --cert rsa.pem payload out", 3, MISSING },
	{ "old: DER", "old sign --key m65.der --cert rsa.pem payload out", 3, MISSING },
	{ "old: with a passphrase", "old sign --key m65.enc --cert rsa.pem --passphrase-file pass payload out", 3, MISSING },
	{ "old: PKCS#12", "old sign --key m65.p12 --passphrase-file pass payload out", 3, MISSING },
	{ "old: PKCS#12 without a passphrase", "old sign --key open.p12 payload out", 3, MISSING },
	{ "old: prepare", "old sign --prepare --cert m65.pem payload out", 3, MISSING },
	{ "old: attach", "old sign --attach s65.cms --cert m65.pem payload out", 3, MISSING },
	{ "old: an issuer", "old sign --key rsa.key --cert rsaleaf.pem --issuer ca.pem payload out", 3, MISSING },
	{ "old: an issuer of others", "old sign --key rsa.key --cert rsa.pem --issuer ca.pem --issuer rsa.pem payload out", 0, NULL },
	{ "old: request", "old keys request --key m65.key --cn x --out out", 3, MISSING },
	{ "old: certify", "old keys certify --request request --days 9 --ca-key rsaca.key --ca-cert rsaca.pem --out out", 3, MISSING },
	{ "old: verify", "old verify --cert m65.pem s65", 3, MISSING },
	{ "old: verify, an unknown signer", "old verify --cert rsa.pem s65", 1, "unknown-key" },
	{ "old: who may have signed a manifest", "old verify --cert rsa.pem --release manifest --release-by m65.pem srsa", 3, MISSING },
	{ "old: ... by a public key", "old verify --cert rsa.pem --release manifest --release-by m65.pub srsa", 3, MISSING },
	{ "old: signed already", "old sign --key none --cert m65.pem --idempotent s65 out", 3, MISSING },
	{ "old: a query for what is signed already", "old sign --key none --cert m65.pem --idempotent --timestamp-query y.pem s65 out",
	  3, MISSING },
	{ "old: the issuer of a signer", "old verify --cert rsaleaf.pem --issuer ca.pem carried", 3, MISSING },
	{ "old: ... that is carried", CARRYING("rsaleaf", "ca", "other") "old verify --cert rsaleaf.pem --issuer rsaca.pem other", 3,
	  MISSING },
	{ "old: ... and is not the one that was given", "old verify --cert rsaleaf.pem --issuer rsaca.pem carried", 1, "not-issued" },
	{ "old: ... beside one that is", "old verify --cert rsa.pem --issuer ca.pem --issuer rsa.pem srsa", 0, NULL },
	{ "old: a revocation list", "old verify --cert rsaleaf.pem --issuer ca.pem --crl ca.crl carried", 3, MISSING },
	{ "old: ... of somebody else", "old verify --cert rsaleaf.pem --issuer rsaca.pem --crl ca.crl carried", 1, "crl-untrusted" },
	{ "old: ... of nobody who was given", "old verify --cert rsaleaf.pem --issuer ca.pem --crl rsaca.crl carried", 1,
	  "crl-untrusted" },
	{ "old: an anchor", "old verify --anchor ca.pem carried", 3, MISSING },
	{ "old: who may sign payloads, for a policy", "old policy reference --payload s65 --signer m65.pem --out out", 3, MISSING },
	{ "old: ... for a release", "old release --key rsa.key --cert rsa.pem --signer m65.pem --builder https://ci.example.org/1 "
	  "--build-type https://example.org/make/v1 --source git+https://example.org/caretaker "
	  "--revision 7fd1a60b01f91b314f59955a4e4d4e80d8edf11d --out out s65", 3, MISSING },
	{ "old: a wrong key in PEM", "old sign --key payload --cert rsa.pem payload out", 3, "key-file" },
};

static void *directory;

static void shell_in(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static void script(const char *name, const char *format, const char *folder)
{
	char text[PATH_MAX + 128];

	snprintf(text, sizeof(text), format, folder);
	fixture_save(name, text, strlen(text));
	assert_int_equal(chmod(name, 0755), 0);
}

static void make_keys(void)
{
	shell_in("for size in 44 65 87; do new keys make --cn m$size --type mldsa$size --days 9 --out-key m$size.key "
		 "--out-cert m$size.pem || exit 1; done");
	shell_in("new keys make --ca --cn ca --type mldsa87 --days 9 --out-key ca.key --out-cert ca.pem");
	shell_in("new keys make --ca --cn rsaca --type rsa2048 --days 9 --out-key rsaca.key --out-cert rsaca.pem");
	shell_in("new keys make --cn rsa --type rsa2048 --days 9 --out-key rsa.key --out-cert rsa.pem");
	shell_in("printf 'secret\\n' > pass");
	shell_in("new35 pkcs8 -topk8 -nocrypt -in m65.key -outform DER -out m65.der");
	shell_in("new35 pkcs8 -topk8 -in m65.key -passout file:pass -out m65.enc");
	shell_in("new35 pkey -in m65.key -pubout -out m65.pub");
	shell_in("new35 pkcs12 -export -in m65.pem -inkey m65.key -passout file:pass -out m65.p12");
	shell_in("new35 pkcs12 -export -in m65.pem -inkey m65.key -passout pass: -out open.p12");
	shell_in("new sign --key rsa.key --cert rsa.pem payload srsa");
	shell_in("printf '[ca]\\ndefault_ca = d\\n[d]\\ndatabase = index\\ndefault_md = default\\ndefault_crl_days = 9\\n' > ca.cnf && "
		 ": > index && for ca in ca rsaca; do new35 ca -gencrl -config ca.cnf -keyfile $ca.key -cert $ca.pem -out $ca.crl "
		 "2>/dev/null || exit 1; done");
}

static void make_tsa(void)
{
	static const char config[] =
		"[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n"
		"digests = sha256, sha384, sha512\nsigner_cert = tsa.pem\nsigner_key = tsa.key\ncerts = tsa.pem\n";

	fixture_save("tsa.cnf", config, strlen(config));
	shell_in("echo 01 > serial && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key "
		 "-out tsa.pem -subj /CN=tsa -days 9 -addext extendedKeyUsage=critical,timeStamping "
		 "-addext keyUsage=critical,digitalSignature 2>/dev/null");
}

static int prepare(void **state)
{
	unsigned char image[IMAGE_SIZE];
	char here[PATH_MAX], path[2 * PATH_MAX];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	if (own_directory(&directory) || chdir(directory))
		return -1;
	script("new", "#!/bin/sh\nexec '%s/tests/openssl35.sh' --run \"$CARETAKER\" \"$@\"\n", here);
	script("new35", "#!/bin/sh\nexec '%s/tests/openssl35.sh' \"$@\"\n", here);
	script("old", "#!/bin/sh\nexec \"$CARETAKER\" \"$@\"\n", here);
	snprintf(path, sizeof(path), "%s/build/caretaker", here);
	setenv("CARETAKER", path, 1);
	snprintf(path, sizeof(path), "%s:%s", (const char *)directory, getenv("PATH"));
	setenv("PATH", path, 1);
	payload_image_make(image);
	fixture_save("payload", image, sizeof(image));
	payload_image_patch(image, AT_NOTE(svn), 4, 8);
	fixture_save("changed", image, sizeof(image));
	make_keys();
	make_tsa();
	return 0;
}

static int clean(void **state)
{
	(void)state;
	return chdir("/") || no_directory(&directory);
}

/* "caretaker VERB: FILE: WORD: ...", or without a file */
static void check_said(const struct mldsa_case *test)
{
	char text[4096] = "", colon[64];
	struct blob said;

	assert_int_equal(file_read("said", sizeof(text) - 1, &said), 0);
	if (said.size)
		memcpy(text, said.data, said.size);
	blob_free(&said);
	snprintf(colon, sizeof(colon), ": %s: ", test->word ? test->word : "");
	if (test->word ? !strstr(text, colon) : !!*text)
		fail_msg("%s: \"%s\" instead of %s", test->name, text, test->word ? test->word : "nothing");
}

/* All that is there, but for what a case makes itself before it asks */
static void look(const char *to)
{
	char line[512];

	snprintf(line, sizeof(line), "find . -type f ! -name said ! -name printed ! -name 'seen.*' ! -name value ! -name other "
		 "! -name time.cms ! -name carrying.cms -exec sha256sum {} + | sort > seen.%s", to);
	shell_in(line);
}

static void each(void **state)
{
	const struct mldsa_case *test = *state;
	char line[4096];
	int status;

	unlink("out");
	unlink("y.pem");
	look("before");
	assert_true(snprintf(line, sizeof(line), "exec 2>said >printed; %s", test->command) < (int)sizeof(line));
	status = system(line);
	assert_true(WIFEXITED(status));
	check_said(test);
	assert_int_equal(WEXITSTATUS(status), test->status);
	/* What is refused, and what could not be done, leaves nothing, whatever the name. */
	look("after");
	if (test->status)
		shell_in("diff seen.before seen.after >&2");
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		/* A machine with a newer OpenSSL has no older one. */
		if (strncmp(cases[i].name, "old: ", 5) || !zoo_has_mldsa())
			tests[n++] = (struct CMUnitTest){ .name = cases[i].name, .test_func = each,
							  .initial_state = (void *)&cases[i] };
	return _cmocka_run_group_tests("ML-DSA", tests, n, prepare, clean);
}
