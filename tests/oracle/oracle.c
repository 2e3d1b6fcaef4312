// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own answer: a keyring of the given certificates, and what is asked of it.
 */
#include "kernel.h"
#include <crypto/pkcs7.h>
#include <keys/asymmetric-parser.h>
#include <keys/asymmetric-subtype.h>
#include "pkcs7_parser.h"
#include "asymmetric_keys.h"
#include "oracle.h"

struct key_type key_type_asymmetric = { "asymmetric" };
struct key_type key_type_keyring = { "keyring" };
const char *const hash_algo_name[HASH_ALGO__LAST] = { "sha256" };

static struct asymmetric_key_parser *x509_parser;

int register_asymmetric_key_parser(struct asymmetric_key_parser *parser)
{
	x509_parser = parser;
	return 0;
}

void unregister_asymmetric_key_parser(struct asymmetric_key_parser *parser)
{
	(void)parser;
}

int x509_key_init_call(void);

char *oracle_bin2hex(char *to, const void *from, size_t size)
{
	const u8 *bytes = from;

	for (size_t i = 0; i < size; i++, to += 2) {
		to[0] = "0123456789abcdef"[bytes[i] >> 4];
		to[1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return to;
}

int match_string(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n && list[i]; i++)
		if (!strcmp(list[i], text))
			return (int)i;
	return -EINVAL;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (length >= size)
		return -E2BIG;
	memcpy(to, from, length + 1);
	return (ssize_t)length;
}

void *kmemdup(const void *from, size_t size, int flags)
{
	void *to = kmalloc(size, flags);

	(void)flags;
	return to && size ? memcpy(to, from, size) : to;
}

/* Only which time comes first counts: a signingTime is compared with those of a certificate. */
time64_t mktime64(unsigned int year, unsigned int month, unsigned int day, unsigned int hour,
		  unsigned int minute, unsigned int second)
{
	return (((((time64_t)year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second;
}

struct asymmetric_key_id *asymmetric_key_generate_id(const void *a, size_t a_size, const void *b,
						     size_t b_size)
{
	struct asymmetric_key_id *id = malloc(sizeof(*id) + a_size + b_size);

	if (!id)
		return ERR_PTR(-ENOMEM);
	id->len = (unsigned short)(a_size + b_size);
	if (a_size)
		memcpy(id->data, a, a_size);
	if (b_size)
		memcpy(id->data + a_size, b, b_size);
	return id;
}

bool asymmetric_key_id_same(const struct asymmetric_key_id *a, const struct asymmetric_key_id *b)
{
	return a && b && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/*
 * By @id_0, which may be either of a key's first two, or by @id_1; with both the second must be
 * the key's second.  By @id_2, the subject, if there is neither.
 */
struct key *find_asymmetric_key(struct key *keyring, const struct asymmetric_key_id *id_0,
				const struct asymmetric_key_id *id_1,
				const struct asymmetric_key_id *id_2, bool partial)
{
	const struct asymmetric_key_id *wanted = id_0 ? id_0 : id_1;

	(void)partial;
	if (!wanted && !id_2)
		return ERR_PTR(-EINVAL);
	for (struct key *key = keyring; key; key = key->next) {
		const struct asymmetric_key_ids *ids = asymmetric_key_ids(key);

		if (wanted ? !asymmetric_key_id_same(ids->id[0], wanted) &&
			     !asymmetric_key_id_same(ids->id[1], wanted) :
			     !asymmetric_key_id_same(ids->id[2], id_2))
			continue;
		if (id_0 && id_1 && !asymmetric_key_id_same(id_1, ids->id[1]))
			return ERR_PTR(-EKEYREJECTED);
		return key;
	}
	return ERR_PTR(-ENOKEY);
}

static void free_key(struct key *key)
{
	struct asymmetric_key_ids *ids = key->payload.data[asym_key_ids];

	for (size_t i = 0; ids && i < ARRAY_SIZE(ids->id); i++)
		free(ids->id[i]);
	free(ids);
	if (asymmetric_key_subtype(key))
		asymmetric_key_subtype(key)->destroy(key->payload.data[asym_crypto],
						     key->payload.data[asym_auth]);
	free(key);
}

static int make_key(const void *der, size_t size, struct key **out)
{
	struct key_preparsed_payload prep = { .data = der, .datalen = size };
	int err;

	if (!x509_parser)
		x509_key_init_call();
	err = x509_parser->parse(&prep);
	if (err)
		return err;
	free(prep.description);
	*out = calloc(1, sizeof(**out));
	if (!*out)
		abort();
	(*out)->type = &key_type_asymmetric;
	(*out)->payload = prep.payload;
	return 0;
}

static void free_keyring(struct key *ring)
{
	struct key *next;

	for (; ring; ring = next) {
		next = ring->next;
		free_key(ring);
	}
}

int oracle_certificate(const void *der, size_t size)
{
	struct key *key = NULL;
	int err = make_key(der, size, &key);

	free_keyring(key);
	return err;
}

int oracle_message(const void *der, size_t size)
{
	struct pkcs7_message *pkcs7 = pkcs7_parse_message(der, size);

	if (IS_ERR(pkcs7))
		return (int)PTR_ERR(pkcs7);
	pkcs7_free_message(pkcs7);
	return 0;
}

/* virt/caretaker/verify.c, parse() and verify_with() */
static int ask(struct pkcs7_message *pkcs7, const void *data, size_t size, struct key *ring)
{
	static const char * const digests[] = { "sha256", "sha384", "sha512" };
	int err;

	if (!pkcs7_digests_among(pkcs7, digests, ARRAY_SIZE(digests)) ||
	    pkcs7_supply_detached_data(pkcs7, data, size))
		return -EKEYREJECTED;
	err = pkcs7_verify(pkcs7, VERIFYING_MODULE_SIGNATURE);
	return err ? err : pkcs7_validate_trust(pkcs7, ring);
}

static struct key *make_keyring(const struct oracle_bytes *certs, size_t count)
{
	struct key *ring = NULL, *key;

	for (size_t i = 0; i < count; i++) {
		if (make_key(certs[i].data, certs[i].size, &key))
			continue;
		key->next = ring;
		ring = key;
	}
	return ring;
}

int oracle_loads(const void *data, size_t data_size, const void *der, size_t size,
		 const struct oracle_bytes *certs, size_t count)
{
	struct pkcs7_message *pkcs7;
	struct key *ring;
	int err;

	pkcs7 = pkcs7_parse_message(der, size);
	if (IS_ERR(pkcs7))
		return (int)PTR_ERR(pkcs7);
	ring = make_keyring(certs, count);
	err = ask(pkcs7, data, data_size, ring);
	pkcs7_free_message(pkcs7);
	free_keyring(ring);
	return err;
}

int oracle_lets_in(const struct oracle_bytes *cert, const struct oracle_bytes *issuers, size_t count)
{
	struct key secondary = { .type = &key_type_keyring, .description = ".secondary_trusted_keys" };
	struct key *ring, *key = NULL;
	int err = make_key(cert->data, cert->size, &key);

	if (err)
		return err;
	ring = make_keyring(issuers, count);
	err = restrict_link_by_signature(&secondary, key->type, &key->payload, ring);
	free_keyring(key);
	free_keyring(ring);
	return err;
}
