/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `caretaker verify` says of a file, as JSON and as text.
 */
#ifndef CARETAKER_VERIFY_REPORT_H
#define CARETAKER_VERIFY_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "payload.h"
#include "release.h"
#include "timestamp.h"

/**
 * struct verify_outcome - what is known of a file when all is done
 * @payload:	the file; zeros for what could not be read
 * @signer:	who decided; NULL unless all holds
 * @timestamp:	the token; empty unless one was asked for and all holds
 * @tsa:	whom the caller trusts to have issued the certificate of @timestamp's TSA
 * @release:	the manifest; without a statement unless one was asked for and all holds
 */
struct verify_outcome {
	struct payload payload;
	X509 *signer;
	struct timestamp timestamp;
	STACK_OF(X509) *tsa;
	struct release release;
};

/* @error: "word: sentence", or NULL if all holds.  NULL means no memory. */
json_t *verify_report(const struct verify_outcome *outcome, const char *error);

/* The same in lines, of a file of which all holds */
void verify_print(const struct verify_outcome *outcome, FILE *to);

#endif
