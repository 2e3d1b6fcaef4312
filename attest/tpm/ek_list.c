// SPDX-License-Identifier: GPL-2.0-only
/* The operator's list of endorsement keys; see ek_list.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "hex.h"
#include "tpm/ek_digest.h"
#include "tpm/ek_list.h"

#define BEGIN	"-----BEGIN PUBLIC KEY-----"
#define END	"-----END PUBLIC KEY-----"
#define KEY_MAX	4096	/* bytes of a key in PEM */

struct ek_list {
	unsigned char (*digest)[32];
	size_t count, room;
};

struct ek_list *ek_list_new(void)
{
	return calloc(1, sizeof(struct ek_list));
}

void ek_list_free(struct ek_list *list)
{
	if (!list)
		return;
	free(list->digest);
	free(list);
}

size_t ek_list_count(const struct ek_list *list)
{
	return list->count;
}

static int add_digest(struct ek_list *list, const unsigned char digest[32])
{
	size_t room = list->room ? 2 * list->room : 16;
	void *more;

	if (list->count == list->room) {
		more = reallocarray(list->digest, room, sizeof(*list->digest));
		if (!more)
			return -ENOMEM;
		list->digest = more;
		list->room = room;
	}
	memcpy(list->digest[list->count++], digest, 32);
	return 0;
}

static int add_key(struct ek_list *list, const char *pem, size_t size)
{
	unsigned char digest[32];
	EVP_PKEY *key;
	BIO *bio;
	int rc;

	bio = BIO_new_mem_buf(pem, (int)size);
	if (!bio)
		return -ENOMEM;
	key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	rc = key ? ek_digest(key, digest) : -EBADMSG;
	if (!rc)
		rc = add_digest(list, digest);
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}

/* 64 digits, and a note that says whose it is */
static int add_line(struct ek_list *list, const char *line, size_t size)
{
	unsigned char digest[32];
	size_t n = sizeof(digest);
	char text[65];

	if (!size || line[0] == '#')
		return 0;
	if (size < 64 || (size > 64 && line[64] != ' ' && line[64] != '\t'))
		return -EBADMSG;
	memcpy(text, line, 64);
	text[64] = '\0';
	if (hex_decode(text, digest, &n) || n != sizeof(digest))
		return -EBADMSG;
	return add_digest(list, digest);
}

/* Without its end and blanks in front of that */
static size_t line_size(const char *line, size_t left)
{
	const char *end = memchr(line, '\n', left);
	size_t size = end ? (size_t)(end - line) : left;

	while (size && strchr(" \t\r", line[size - 1]) && line[size - 1])
		size--;
	return size;
}

static bool is_line(const char *line, size_t size, const char *text)
{
	return size == strlen(text) && !memcmp(line, text, size);
}

int ek_list_add(struct ek_list *list, const void *data, size_t size, char why[EVIDENCE_REASON])
{
	const char *at = data, *end = at + size, *key = NULL;
	unsigned int number = 0, began = 0;
	int rc = 0;

	while (!rc && at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t n = line_size(at, (size_t)(end - at));

		number++;
		next = next ? next + 1 : end;
		if (!key && is_line(at, n, BEGIN)) {
			key = at;
			began = number;
		} else if (key && is_line(at, n, END)) {
			rc = next - key > KEY_MAX ? -EBADMSG :
			     add_key(list, key, (size_t)(next - key));
			number = rc ? began : number;
			key = NULL;
		} else if (!key) {
			rc = add_line(list, at, n);
		}
		at = next;
	}
	if (!rc && key) {
		rc = -EBADMSG;
		number = began;
	}
	if (rc == -EBADMSG)
		snprintf(why, EVIDENCE_REASON, "line %u is neither a SHA-256 nor the beginning of a key",
			 number);
	return rc;
}

bool ek_list_has(const struct ek_list *list, EVP_PKEY *key, unsigned char digest[32])
{
	if (ek_digest(key, digest))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(list->digest[i], digest, 32))
			return true;
	return false;
}
