/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `caretaker verify` is asked, and its options.
 */
#ifndef CARETAKER_VERIFY_REQUEST_H
#define CARETAKER_VERIFY_REQUEST_H

#include <stdint.h>

#include "timestamp.h"
#include "verify_path.h"
#include "verify_release.h"

/**
 * struct verify_request - what the command line asks for
 * @trust:	certificates of signers, and of anchors; of their issuers, and of anchors; of TSAs
 * @anchors:	CAs that vouch for what a signature carries, borrowed from @trust
 * @lists:	revocation lists
 * @timestamp:	path of a token, or NULL
 * @at:		the time that certificates and lists are judged at, if @timed
 * @min_svn:	the lowest security version that is valid
 * @demanded:	each signer's certificate must lead to one of the issuers
 */
struct verify_request {
	struct timestamp_trust trust;
	STACK_OF(X509) *anchors;
	STACK_OF(X509_CRL) *lists;
	const char *timestamp;
	struct verify_release release;
	time_t at;
	uint32_t min_svn;
	bool timed;
	bool demanded;
	bool json;
};

/*
 * Takes the command line; files are from getopt's optind on.  @request has its stacks.
 * Return: 0; 1: help is asked for; -EXIT_USAGE: the call makes no sense; -EXIT_UNABLE: a file of certificates, keys
 * or lists is not there or is none, which was said on standard error
 */
int verify_options_parse(int argc, char **argv, struct verify_request *request);

#endif
