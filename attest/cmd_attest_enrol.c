// SPDX-License-Identifier: GPL-2.0-only
/* caretaker attest --challenge and --finish: enrolment of a host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cmd_attest.h"
#include "output_place.h"
#include "verb.h"
#include "verdict/enrol.h"

ATTEST_LOADER(enrolment, enrolment)
ATTEST_LOADER(response, response)
ATTEST_LOADER(challenge_secret, challenge_secret)
ATTEST_LOADER(host_identity, host_identity)

/* --- Who vouches ----------------------------------------------------------------------- */

typedef int (*add_fn)(struct ak_chain *chain, const void *data, size_t size, char *why);

static int add_files(const struct attest_files *files, add_fn add, struct ak_chain *chain)
{
	char why[EVIDENCE_REASON] = "";
	struct blob b;
	int rc;

	for (unsigned int i = 0; i < files->count; i++) {
		rc = file_read(files->path[i], AK_CHAIN_FILE_MAX, &b);
		if (!rc) {
			rc = add(chain, b.data, b.size, why);
			blob_free(&b);
		}
		if (rc) {
			verb_error("attest", "%s: %s", files->path[i], *why ? why : strerror(-rc));
			return EXIT_UNABLE;
		}
	}
	return EXIT_ACCEPTED;
}

static int load_chain(const struct attest_arguments *a, struct ak_chain *chain)
{
	int status = add_files(&a->ca, ak_chain_add, chain);

	if (!status)
		status = add_files(&a->crl, ak_chain_add_crl, chain);
	if (!status)
		status = add_files(&a->list, ak_chain_add_list, chain);
	if (a->allow_expired)
		ak_chain_allow_expired(chain);
	return status;
}

/* --- Challenge and finish ---------------------------------------------------------------- */

static int refused(const char *what, int rc, const char *why)
{
	verb_error("attest", "%s: %s", what, why ? why : strerror(-rc));
	return rc == -EKEYREJECTED || rc == -EBADMSG ? EXIT_REJECTED : EXIT_UNABLE;
}

/* Neither output may take the place of what it is made from */
static bool keeps_inputs(const struct attest_arguments *a)
{
	const char *const single[] = { a->enrolment, a->response,
				       a->action == FINISH ? a->secret : NULL };
	const struct {
		const char *const *path;
		size_t count;
	} inputs[] = {
		{ single, sizeof(single) / sizeof(single[0]) }, { a->ca.path, a->ca.count },
		{ a->list.path, a->list.count }, { a->crl.path, a->crl.count },
	};
	struct reason why;
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		ret = output_place_check(a->out, inputs[i].path, inputs[i].count, &why);
		if (!ret && a->action == CHALLENGE)
			ret = output_place_check(a->secret, inputs[i].path, inputs[i].count, &why);
	}
	if (ret)
		verb_error("attest", "%s", why.text);
	return !ret;
}

int attest_challenge(const struct attest_arguments *a)
{
	struct ak_chain *chain;
	struct challenge_secret secret = { 0 };
	struct challenge challenge = { 0 };
	struct enrolment e = { 0 };
	const char *why = NULL;
	int rc, status;

	if (file_same(a->secret, a->out)) {
		verb_error("attest", "%s: one file for challenge and secret", a->out);
		return EXIT_USAGE;
	}
	if (!keeps_inputs(a))
		return EXIT_USAGE;
	chain = ak_chain_new();
	if (!chain)
		return EXIT_UNABLE;
	status = load_chain(a, chain);
	if (!status)
		status = attest_load(a->enrolment, load_enrolment, &e, NULL);
	if (!status) {
		rc = verdict_challenge(chain, &e, a->now, &challenge, &secret, &why);
		status = rc ? refused(a->enrolment, rc, why) : EXIT_ACCEPTED;
	}
	/* The secret first: a challenge whose secret is lost cannot be finished */
	if (!status)
		status = verb_write_json("attest", a->secret, challenge_secret_json(&secret), 0600);
	if (!status)
		status = verb_write_json("attest", a->out, challenge_json(&challenge), 0644);
	OPENSSL_cleanse(&secret, sizeof(secret));
	challenge_free(&challenge);
	enrolment_free(&e);
	ak_chain_free(chain);
	return status;
}

/* Never over another TPM's identity */
static int keep_identity(const struct attest_arguments *a, const struct host_identity *host)
{
	struct host_identity old = { 0 };
	bool same;
	int status;

	if (strcmp(a->out, "-") && !access(a->out, F_OK)) {
		status = attest_load(a->out, load_host_identity, &old, NULL);
		if (status)
			return status;
		same = verdict_same_host(&old, host);
		host_identity_free(&old);
		if (!same) {
			verb_error("attest", "%s: belongs to another TPM", a->out);
			return EXIT_REJECTED;
		}
	}
	return verb_write_json("attest", a->out, host_identity_json(host), 0644);
}

/* Before anything is judged, whatever comes of it: a challenge is good for one response */
static int use_up(const char *secret)
{
	if (!unlink(secret))
		return EXIT_ACCEPTED;
	verb_error("attest", "%s: %s", secret, strerror(errno));
	return EXIT_UNABLE;
}

int attest_finish(const struct attest_arguments *a)
{
	struct challenge_secret secret = { 0 };
	struct host_identity host = { 0 };
	struct response response = { 0 };
	struct enrolment e = { 0 };
	const char *why = NULL;
	int rc, status;

	if (!keeps_inputs(a))
		return EXIT_USAGE;
	status = attest_load(a->secret, load_challenge_secret, &secret, NULL);
	if (!status)
		status = attest_load(a->enrolment, load_enrolment, &e, NULL);
	if (!status)
		status = attest_load(a->response, load_response, &response, NULL);
	if (!status)
		status = use_up(a->secret);
	if (!status) {
		rc = verdict_finish(&response, &secret, &e, a->now, &host, &why);
		status = rc ? refused(a->response, rc, why) : keep_identity(a, &host);
	}
	OPENSSL_cleanse(&secret, sizeof(secret));
	host_identity_free(&host);
	enrolment_free(&e);
	return status;
}
