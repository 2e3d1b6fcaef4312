/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `caretaker verify` says of a file, as JSON and as text.
 */
#ifndef CARETAKER_VERIFY_REPORT_H
#define CARETAKER_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "payload.h"
#include "release.h"
#include "timestamp.h"

/**
 * struct verify_outcome - what is known of a file when all is done
 * @path:	its name
 * @payload:	the file; zeros for what could not be read
 * @signer:	who decided; NULL unless all holds
 * @signers:	all of them, as of verify_each_signer(); NULL if they cannot be told
 * @timed:	certificates were judged at @when
 * @timestamp:	the token; empty unless one was asked for and all holds
 * @tsa:	whom the caller trusts to have issued the certificate of @timestamp's TSA
 * @release:	the manifest; without a statement unless one was asked for and all holds
 */
struct verify_outcome {
	const char *path;
	struct payload payload;
	X509 *signer;
	json_t *signers;
	bool timed;
	time_t when;
	struct timestamp timestamp;
	STACK_OF(X509) *tsa;
	struct release release;
};

/* @error: "word: sentence", or NULL if all holds.  NULL means no memory. */
json_t *verify_report(const struct verify_outcome *outcome, const char *error);

/* The same in lines, of a file of which all holds */
void verify_print(const struct verify_outcome *outcome, FILE *to);

/* A line for each signer */
void verify_print_signers(const struct verify_outcome *outcome, FILE *to);

void verify_outcome_free(struct verify_outcome *outcome);

#endif
