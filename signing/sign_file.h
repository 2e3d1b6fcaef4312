/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caretaker sign: a file, or one after the other with one key.
 */
#ifndef CARETAKER_SIGN_FILE_H
#define CARETAKER_SIGN_FILE_H

#include "file_group.h"
#include "sign_request.h"

#define SIGN_CLEAN_KEPT	256

/**
 * struct sign_session - what lasts from file to file
 * @key:	the certificate once @has_cert, the key once @open
 * @key_failed:	the key could not be opened, or did not sign: another attempt would cost another PIN
 * @group:	of many files, what gets names together; NULL: each by itself
 * @index:	of the file, in the group; @later: that is so of the last one, and its outcome comes by the group
 * @made:	what was made of the last one, which the group takes over; not of one that is copied
 * @clean:	digests of payloads that the lint has found nothing in, @cleans in all
 */
struct sign_session {
	const struct sign_request *request;
	struct signing_key key;
	bool has_cert;
	bool open;
	bool key_failed;
	bool later;
	struct file_group *group;
	int index;
	struct blob *made;
	char clean[SIGN_CLEAN_KEPT][PAYLOAD_DIGEST_TEXT];
	size_t cleans;
};

/* @nothing: there was nothing to do; @digest: hexadecimal, of what was prepared, or "" */
struct sign_outcome {
	bool nothing;
	char digest[2 * EVP_MAX_MD_SIZE + 1];
};

/*
 * Signs @in to @out, or what else the request asks for: all of it, or nothing.
 * Return: 0, REFUSED or -errno
 */
int sign_file(struct sign_session *session, const char *in, const char *out,
	      struct sign_outcome *outcome, struct reason *why);

/* The same of @in that was read before */
int sign_read(struct sign_session *session, const char *in, const struct blob *read, const char *out,
	      struct sign_outcome *outcome, struct reason *why);

#endif
