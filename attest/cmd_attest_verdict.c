// SPDX-License-Identifier: GPL-2.0-only
/* caretaker attest: nonces, the verdict, and whether one still stands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd_attest.h"
#include "evidence/container.h"
#include "hex.h"
#include "verb.h"
#include "verdict/nonce.h"
#include "verdict/verdict.h"
#include "version.h"

/* What makes verdicts here, and whose alone stand here */
#define TOOL	"caretaker " CARETAKER_VERSION

ATTEST_LOADER(host_identity, host_identity)
ATTEST_LOADER(policy_rules, policy_rules)
ATTEST_LOADER(policy_reference, policy_reference)

static void print_text(FILE *to, const struct verdict *v)
{
	fprintf(to, "verdict: %s\n", v->accepted ? "accepted" : "rejected");
	for (size_t i = 0; i < v->why.count && i < REASONS_MAX; i++)
		fprintf(to, "reason: %s: %s\n", v->why.reason[i].word, v->why.reason[i].text);
	if (v->why.count > REASONS_MAX)
		fprintf(to, "reasons that are not shown: %zu\n", v->why.count - REASONS_MAX);
	for (size_t i = 0; v->vm && i < v->ima.caretaker.life.vms; i++) {
		const struct caretaker_record *rec = &v->vm[i].claim->record;

		fprintf(to, "vm %llu: %s %s svn %u: %s", (unsigned long long)rec->vm, rec->name,
			rec->version, rec->svn, v->vm[i].reason ? v->vm[i].reason : "accepted");
		if (v->vm[i].detached_count)
			fprintf(to, ", %zu vCPUs detached", v->vm[i].detached_count);
		fputc('\n', to);
	}
	if (v->vm && !v->ima.caretaker.life.vms)
		fprintf(to, "vms: none has a caretaker\n");
	if (v->logged && claims_kernel_for_crash(&v->ima.caretaker.kernels))
		fprintf(to, "holds only if the host has not crashed since: a kernel for that is loaded\n");
	if (v->accepted)
		fprintf(to, "expires: %lld\n", (long long)v->expires);
}

static int put(const char *text, size_t size, void *out)
{
	return fwrite(text, 1, size, out) == size ? 0 : -1;
}

static int print_verdict(const struct verdict *v, bool json)
{
	int rc;

	if (json) {
		rc = verdict_text(v, put, stdout);
		if (rc)
			verb_error("attest", "the verdict is not written as a whole: %s", strerror(-rc));
		if (rc || putchar('\n') == EOF)
			return EXIT_UNABLE;
	} else {
		print_text(stdout, v);
	}
	return fflush(stdout) ? EXIT_UNABLE : v->accepted ? EXIT_ACCEPTED : EXIT_REJECTED;
}

/* A no that comes before the evidence could be judged */
static int print_refusal(const struct attest_arguments *a, const struct verdict_origin *origin,
			 const char *word, const char *text)
{
	struct verdict v = { .issued = a->now, .expires = a->now, .origin = origin };

	reasons_add(&v.why, word, "%s", text);
	return print_verdict(&v, a->json);
}

/* The nonce is used up before anything is judged, whatever comes of it */
static int consume_nonce(const struct attest_arguments *a, const struct policy_rules *rules,
			 const unsigned char *nonce, size_t size, bool *fresh)
{
	int rc;

	*fresh = true;
	if (!a->state)
		return EXIT_ACCEPTED;
	rc = nonce_consume(a->state, a->now, rules->nonce_seconds, nonce, size);
	if (rc == -ENOENT || rc == -ETIMEDOUT) {
		*fresh = false;
		return EXIT_ACCEPTED;
	}
	if (rc)
		verb_error("attest", "%s: %s", a->state, strerror(-rc));
	return rc ? EXIT_UNABLE : EXIT_ACCEPTED;
}

/* What is wrong with the file, for the verdict, or why it cannot be read */
static int not_evidence(const struct attest_arguments *a, const struct verdict_origin *origin,
			const struct container *c, int rc)
{
	if (rc == -EBADMSG)
		return print_refusal(a, origin, "bad-evidence", c->members.why);
	verb_error("attest", "%s: %s", a->evidence, strerror(-rc));
	return EXIT_UNABLE;
}

/* What was read counts if the whole file, to its end, is evidence: only then is it said */
static int judge(const struct attest_arguments *a, const struct verdict_input *in,
		 const struct verdict_origin *origin, struct container *c)
{
	struct verdict v;
	int decided, rc, status;

	decided = verdict_decide(in, &v);
	v.origin = origin;
	rc = container_close(c);
	if (rc || decided)
		status = not_evidence(a, origin, c, rc ? rc : decided);
	else
		status = print_verdict(&v, a->json);
	verdict_free(&v);
	return status;
}

static int judge_file(const struct attest_arguments *a, struct verdict_input *in,
		      const struct verdict_origin *origin, int fd)
{
	struct parse_error err = { 0 };
	struct evidence evidence;
	struct ima_stream list;
	struct container c;
	int rc, status;

	rc = container_open(&c, window_read_fd, &fd, a->max, &evidence);
	if (rc)
		return not_evidence(a, origin, &c, rc);
	ima_stream_open_from(&list, members_read, &c.members, a->max, &err);
	in->evidence = &evidence;
	in->ima = &list;
	status = judge(a, in, origin, &c);
	ima_stream_close(&list);
	evidence_free(&evidence);
	return status;
}

static int judge_evidence(const struct attest_arguments *a, struct verdict_input *in,
			  const struct verdict_origin *origin)
{
	int fd = file_open(a->evidence), status;

	if (fd < 0) {
		verb_error("attest", "%s: %s", a->evidence, strerror(-fd));
		return EXIT_UNABLE;
	}
	status = judge_file(a, in, origin, fd);
	file_close(fd);
	return status;
}

/* The identity, and what a verdict says of it */
static int load_host(const char *path, struct host_identity *host, struct verdict_origin *origin)
{
	int status = attest_load(path, load_host_identity, host, NULL);
	const char *why = "";

	if (status)
		return status;
	if (!verdict_origin_host(origin, host, &why))
		return EXIT_ACCEPTED;
	verb_error("attest", "%s: ak_public: %s", path, why);
	return EXIT_REJECTED;
}

int attest_verdict(const struct attest_arguments *a)
{
	unsigned char nonce[EVIDENCE_NONCE_MAX];
	struct policy_reference reference = { 0 };
	struct policy_rules rules = { 0 };
	struct host_identity host = { 0 };
	size_t nonce_size = sizeof(nonce);
	struct verdict_origin origin = { .tool = TOOL };
	struct verdict_input in;
	bool fresh = false;
	int status;

	if (hex_decode(a->nonce, nonce, &nonce_size) || nonce_size < EVIDENCE_NONCE_MIN) {
		verb_error("attest", "the nonce is no hex string of %d to %d bytes",
			   EVIDENCE_NONCE_MIN, EVIDENCE_NONCE_MAX);
		return EXIT_USAGE;
	}
	/* The verifier's own files: broken ones mean that no verdict is possible */
	if (attest_load(a->rules, load_policy_rules, &rules, origin.rules) ||
	    attest_load(a->reference, load_policy_reference, &reference, origin.reference) ||
	    load_host(a->host, &host, &origin)) {
		status = EXIT_UNABLE;
		goto out;
	}
	status = consume_nonce(a, &rules, nonce, nonce_size, &fresh);
	if (status)
		goto out;
	in = (struct verdict_input){
		.host = &host, .nonce = nonce, .nonce_size = nonce_size, .rules = &rules,
		.reference = &reference, .now = a->now,
	};
	status = fresh ? judge_evidence(a, &in, &origin) :
		 print_refusal(a, &origin, "stale-nonce",
			       "the nonce is unknown here, used up or too old");
out:
	policy_rules_free(&rules);
	policy_reference_free(&reference);
	host_identity_free(&host);
	return status;
}

int attest_new_nonce(const struct attest_arguments *a)
{
	unsigned char nonce[NONCE_SIZE];
	char text[2 * NONCE_SIZE + 1];
	int rc;

	rc = nonce_new(a->state, a->now, nonce);
	if (rc) {
		verb_error("attest", "%s: %s", a->state, strerror(-rc));
		return EXIT_UNABLE;
	}
	hex_encode(nonce, sizeof(nonce), text);
	if (a->json)
		return verb_print_json(json_pack("{s:s}", "nonce", text)) ? EXIT_UNABLE :
									    EXIT_ACCEPTED;
	return puts(text) < 0 || fflush(stdout) ? EXIT_UNABLE : EXIT_ACCEPTED;
}

static int parse_nothing(const void *data, size_t size, void *out, char *why)
{
	(void)data, (void)size, (void)out, (void)why;
	return 0;
}

/* What the verdict has to be about, as far as the options say */
static int load_expected(const struct attest_arguments *a, struct verdict_origin *origin,
			 struct verdict_expected *want)
{
	struct host_identity host = { 0 };
	int status = EXIT_ACCEPTED;

	*want = (struct verdict_expected){
		.origin = origin, .host = a->host, .rules = a->rules, .reference = a->reference,
	};
	if (a->host)
		status = load_host(a->host, &host, origin);
	if (!status && a->rules)
		status = attest_load(a->rules, parse_nothing, NULL, origin->rules);
	if (!status && a->reference)
		status = attest_load(a->reference, parse_nothing, NULL, origin->reference);
	host_identity_free(&host);
	return status ? EXIT_UNABLE : EXIT_ACCEPTED;
}

int attest_standing(const struct attest_arguments *a)
{
	struct verdict_origin origin = { .tool = TOOL };
	struct verdict_expected want;
	const char *word;
	struct blob b;
	json_t *root;
	int rc;

	if (load_expected(a, &origin, &want))
		return EXIT_UNABLE;
	rc = file_read(a->verdict, EVIDENCE_MAX_FILE, &b);
	if (rc) {
		verb_error("attest", "%s: %s", a->verdict, strerror(-rc));
		return EXIT_UNABLE;
	}
	root = json_loadb((const char *)b.data, b.size, JSON_REJECT_DUPLICATES, NULL);
	blob_free(&b);
	word = verdict_standing(root, a->now, &want);
	json_decref(root);
	if (a->json) {
		if (verb_print_json(json_pack("{s:b, s:s?}", "accepted", !word, "reason", word)))
			return EXIT_UNABLE;
	} else if (word) {
		verb_error("attest", "%s: %s", a->verdict, word);
	}
	return word ? EXIT_REJECTED : EXIT_ACCEPTED;
}
