/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A payload file as the tools see it: what the kernel's parser says of it, and
 * the digest by which people, policies and blacklists name it.
 */
#ifndef CARETAKER_PAYLOAD_H
#define CARETAKER_PAYLOAD_H

#include <stddef.h>

#include "elf.h"
#include "file.h"
#include "reason.h"

#define PAYLOAD_MAX_BYTES	0x200000 /* more than any payload with its signature */
#define PAYLOAD_DIGEST_SIZE	32	 /* SHA-256 */
#define PAYLOAD_DIGEST_TEXT	(sizeof("sha256:") + 2 * PAYLOAD_DIGEST_SIZE)

struct payload {
	const unsigned char *data;	/* signed bytes; borrowed */
	size_t size;			/* 0 if the trailer is malformed */
	const unsigned char *signature;	/* borrowed; NULL if unsigned */
	size_t signature_size;
	char digest[PAYLOAD_DIGEST_TEXT];	/* "" if there are no signed bytes */
	struct caretaker_image image;	/* zero if refused */
	struct caretaker_broken broken;	/* rule 0 if the format is kept */
	int error;			/* what the kernel says to it: 0 or -errno */
};

/*
 * Splits a file into signed bytes and signature, and parses the former.
 * Return: 0; REFUSED with the rule's name as the word; -errno.  @out is filled
 * as far as it was understood, in any case.
 */
int payload_parse(const void *data, size_t size, struct payload *out, struct reason *why);

/*
 * The bytes of a payload file, whatever they are; "-" is standard input.
 * Return: 0; REFUSED, as payload_too_large(); -errno with @word
 */
int payload_read(const char *path, struct blob *out, const char *word, struct reason *why);

/*
 * What the kernel says of a file of more than PAYLOAD_MAX_BYTES, of which nothing was read: @out is a refused one.
 * Return: REFUSED
 */
int payload_too_large(struct payload *out, struct reason *why);

#endif
