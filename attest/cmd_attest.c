// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker attest: at the verifier; nonces, enrolment and the verdict.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "hex.h"
#include "verb.h"
#include "verdict/verdict.h"
#include "verdict/enrol.h"
#include "verdict/nonce.h"

#define MAX_CAS	32

struct arguments {
	enum { NOTHING, VERDICT, NEW_NONCE, CHALLENGE, FINISH, STANDING, TOO_MANY } action;
	const char *evidence, *nonce, *host, *reference, *rules, *state, *enrolment, *out;
	const char *secret, *response, *verdict;
	const char *ca[MAX_CAS];
	unsigned int cas;
	int64_t now;
	bool json;
};

static void usage(FILE *to)
{
	fputs("usage: caretaker attest --evidence FILE --nonce HEX --host FILE --reference FILE\n"
	      "               --rules FILE [--state DIR] [--now SECONDS] [--json]\n"
	      "       caretaker attest --new-nonce --state DIR\n"
	      "       caretaker attest --standing VERDICT [--now SECONDS] [--json]\n"
	      "       caretaker attest --challenge --enrolment FILE --ek-ca CERT...\n"
	      "               --out FILE --secret-out FILE\n"
	      "       caretaker attest --finish RESPONSE --secret FILE --enrolment FILE --out FILE\n\n"
	      "Judges a host's evidence.  With --state a nonce is good for one verdict.\n", to);
}

/* --- Files ------------------------------------------------------------------------ */

typedef int (*parse_fn)(const void *data, size_t size, void *out, char *why);

/* An input that cannot be read is "could not be done"; one that is malformed is refused */
static int load(const char *path, parse_fn parse, void *out)
{
	char why[EVIDENCE_REASON] = "";
	struct blob b;
	int rc;

	rc = file_read(path, EVIDENCE_MAX_FILE, &b);
	if (rc) {
		verb_error("attest", "%s: %s", path, strerror(-rc));
		return EXIT_UNABLE;
	}
	rc = parse(b.data, b.size, out, why);
	blob_free(&b);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("attest", "%s: %s", path, *why ? why : strerror(-rc));
	return rc == -ENOMEM ? EXIT_UNABLE : EXIT_REJECTED;
}

#define LOADER(name, type)							\
static int load_##name(const void *data, size_t size, void *out, char *why)	\
{										\
	return name##_parse(data, size, (struct type *)out, why);		\
}

LOADER(evidence, evidence)
LOADER(enrolment, enrolment)
LOADER(response, response)
LOADER(challenge_secret, challenge_secret)
LOADER(host_identity, host_identity)
LOADER(policy_rules, policy_rules)
LOADER(policy_reference, policy_reference)

/* Takes over the reference */
static int write_json(const char *path, json_t *root, unsigned int mode)
{
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int rc = text ? file_write_atomic(path, text, strlen(text), mode) : -ENOMEM;

	json_decref(root);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	if (!rc)
		return EXIT_ACCEPTED;
	verb_error("attest", "%s: %s", path, strerror(-rc));
	return EXIT_UNABLE;
}

/* --- Verdict ------------------------------------------------------------------------ */

static void print_text(const struct verdict *v)
{
	printf("verdict: %s\n", v->accepted ? "accepted" : "rejected");
	for (size_t i = 0; i < v->why.count && i < REASONS_MAX; i++)
		printf("reason: %s: %s\n", v->why.reason[i].word, v->why.reason[i].text);
	for (size_t i = 0; v->vm && i < v->ima.caretaker.life.vms; i++) {
		const struct caretaker_record *rec = &v->vm[i].claim->record;

		printf("vm %llu: %s %s svn %u: %s\n", (unsigned long long)rec->vm, rec->name,
		       rec->version, rec->svn, v->vm[i].reason ? v->vm[i].reason : "accepted");
	}
	if (v->accepted)
		printf("expires: %lld\n", (long long)v->expires);
}

static int print_verdict(const struct verdict *v, bool json)
{
	json_t *root;

	if (!json) {
		print_text(v);
		return fflush(stdout) ? EXIT_UNABLE :
		       v->accepted ? EXIT_ACCEPTED : EXIT_REJECTED;
	}
	root = verdict_json(v);
	if (!root) {
		verb_error("attest", "out of memory");
		return EXIT_UNABLE;
	}
	if (verb_print_json(root))
		return EXIT_UNABLE;
	return v->accepted ? EXIT_ACCEPTED : EXIT_REJECTED;
}

/* A no that comes before the evidence could be judged */
static int print_refusal(const struct arguments *a, const char *word, const char *text)
{
	struct verdict v = { .issued = a->now, .expires = a->now };

	reasons_add(&v.why, word, "%s", text);
	return print_verdict(&v, a->json);
}

/* The nonce is used up before anything is judged, whatever comes of it */
static int consume_nonce(const struct arguments *a, const struct policy_rules *rules,
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

static int judge(const struct arguments *a, const struct verdict_input *in)
{
	struct verdict v;
	int rc, status;

	rc = verdict_decide(in, &v);
	if (rc)
		verb_error("attest", "%s", strerror(-rc));
	status = rc ? EXIT_UNABLE : print_verdict(&v, a->json);
	verdict_free(&v);
	return status;
}

static int judge_evidence(const struct arguments *a, struct verdict_input *in)
{
	char why[EVIDENCE_REASON] = "";
	struct evidence evidence;
	struct blob b;
	int rc, status;

	rc = file_read(a->evidence, EVIDENCE_MAX_FILE, &b);
	if (rc == -EFBIG)
		return print_refusal(a, "bad-evidence", "the file is too large");
	if (rc) {
		verb_error("attest", "%s: %s", a->evidence, strerror(-rc));
		return EXIT_UNABLE;
	}
	rc = load_evidence(b.data, b.size, &evidence, why);
	blob_free(&b);
	if (rc == -ENOMEM)
		return EXIT_UNABLE;
	if (rc)
		return print_refusal(a, "bad-evidence", why);
	in->evidence = &evidence;
	status = judge(a, in);
	evidence_free(&evidence);
	return status;
}

static int verdict(const struct arguments *a)
{
	unsigned char nonce[EVIDENCE_NONCE_MAX];
	struct policy_reference reference = { 0 };
	struct policy_rules rules = { 0 };
	struct host_identity host = { 0 };
	size_t nonce_size = sizeof(nonce);
	struct verdict_input in;
	bool fresh = false;
	int status;

	if (hex_decode(a->nonce, nonce, &nonce_size) || nonce_size < EVIDENCE_NONCE_MIN) {
		verb_error("attest", "the nonce is no hex string of %d to %d bytes",
			   EVIDENCE_NONCE_MIN, EVIDENCE_NONCE_MAX);
		return EXIT_USAGE;
	}
	/* The verifier's own files: broken ones mean that no verdict is possible */
	if (load(a->rules, load_policy_rules, &rules) ||
	    load(a->reference, load_policy_reference, &reference) ||
	    load(a->host, load_host_identity, &host)) {
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
	status = fresh ? judge_evidence(a, &in) :
		 print_refusal(a, "stale-nonce", "the nonce is unknown here, used up or too old");
out:
	policy_rules_free(&rules);
	policy_reference_free(&reference);
	host_identity_free(&host);
	return status;
}

static int new_nonce(const struct arguments *a)
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

static int standing(const struct arguments *a)
{
	const char *word;
	struct blob b;
	json_t *root;
	int rc;

	rc = file_read(a->verdict, EVIDENCE_MAX_FILE, &b);
	if (rc) {
		verb_error("attest", "%s: %s", a->verdict, strerror(-rc));
		return EXIT_UNABLE;
	}
	root = json_loadb((const char *)b.data, b.size, JSON_REJECT_DUPLICATES, NULL);
	blob_free(&b);
	word = verdict_standing(root, a->now);
	json_decref(root);
	if (a->json) {
		if (verb_print_json(json_pack("{s:b, s:s?}", "accepted", !word, "reason", word)))
			return EXIT_UNABLE;
	} else if (word) {
		verb_error("attest", "%s: %s", a->verdict, word);
	}
	return word ? EXIT_REJECTED : EXIT_ACCEPTED;
}

/* --- Enrolment ------------------------------------------------------------------------ */

static int load_authorities(const struct arguments *a, struct ak_chain *chain)
{
	for (unsigned int i = 0; i < a->cas; i++) {
		struct blob b;
		int rc = file_read(a->ca[i], 1 << 20, &b);

		if (!rc) {
			rc = ak_chain_add(chain, b.data, b.size);
			blob_free(&b);
		}
		if (rc) {
			verb_error("attest", "%s: %s", a->ca[i],
				   rc == -EBADMSG ? "no certificate" : strerror(-rc));
			return EXIT_UNABLE;
		}
	}
	return EXIT_ACCEPTED;
}

static int refused(const char *what, int rc, const char *why)
{
	verb_error("attest", "%s: %s", what, why ? why : strerror(-rc));
	return rc == -EKEYREJECTED || rc == -EBADMSG ? EXIT_REJECTED : EXIT_UNABLE;
}

static int challenge(const struct arguments *a)
{
	struct ak_chain *chain = ak_chain_new();
	struct challenge_secret secret = { 0 };
	struct challenge challenge = { 0 };
	struct enrolment e = { 0 };
	const char *why = NULL;
	int rc, status;

	if (!chain)
		return EXIT_UNABLE;
	status = load_authorities(a, chain);
	if (!status)
		status = load(a->enrolment, load_enrolment, &e);
	if (!status) {
		rc = verdict_challenge(chain, &e, a->now, &challenge, &secret, &why);
		status = rc ? refused(a->enrolment, rc, why) : EXIT_ACCEPTED;
	}
	/* The secret first: a challenge whose secret is lost cannot be finished */
	if (!status)
		status = write_json(a->secret, challenge_secret_json(&secret), 0600);
	if (!status)
		status = write_json(a->out, challenge_json(&challenge), 0644);
	OPENSSL_cleanse(&secret, sizeof(secret));
	challenge_free(&challenge);
	enrolment_free(&e);
	ak_chain_free(chain);
	return status;
}

/* Never over another TPM's identity */
static int keep_identity(const struct arguments *a, const struct host_identity *host)
{
	struct host_identity old = { 0 };
	bool same;
	int status;

	if (!access(a->out, F_OK)) {
		status = load(a->out, load_host_identity, &old);
		if (status)
			return status;
		same = verdict_same_host(&old, host);
		host_identity_free(&old);
		if (!same) {
			verb_error("attest", "%s: belongs to another TPM", a->out);
			return EXIT_REJECTED;
		}
	}
	return write_json(a->out, host_identity_json(host), 0644);
}

static int finish(const struct arguments *a)
{
	struct challenge_secret secret = { 0 };
	struct host_identity host = { 0 };
	struct response response = { 0 };
	struct enrolment e = { 0 };
	const char *why = NULL;
	int rc, status;

	status = load(a->secret, load_challenge_secret, &secret);
	if (!status)
		status = load(a->enrolment, load_enrolment, &e);
	if (!status)
		status = load(a->response, load_response, &response);
	if (!status) {
		rc = verdict_finish(&response, &secret, &e, a->now, &host, &why);
		status = rc ? refused(a->response, rc, why) : keep_identity(a, &host);
	}
	/* Used up either way once it was judged */
	if (status == EXIT_ACCEPTED && unlink(a->secret)) {
		verb_error("attest", "%s: %s", a->secret, strerror(errno));
		status = EXIT_UNABLE;
	}
	OPENSSL_cleanse(&secret, sizeof(secret));
	host_identity_free(&host);
	enrolment_free(&e);
	return status;
}

/* --- Options ---------------------------------------------------------------------------- */

enum {
	OPT_EVIDENCE = 256, OPT_NONCE, OPT_HOST, OPT_REFERENCE, OPT_RULES, OPT_STATE, OPT_NOW,
	OPT_JSON, OPT_NEW_NONCE, OPT_STANDING, OPT_CHALLENGE, OPT_FINISH, OPT_ENROLMENT, OPT_EK_CA,
	OPT_OUT, OPT_SECRET_OUT, OPT_SECRET, OPT_HELP,
};

static const struct option options[] = {
	{ "evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "reference", required_argument, NULL, OPT_REFERENCE },
	{ "rules", required_argument, NULL, OPT_RULES },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "now", required_argument, NULL, OPT_NOW },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "new-nonce", no_argument, NULL, OPT_NEW_NONCE },
	{ "standing", required_argument, NULL, OPT_STANDING },
	{ "challenge", no_argument, NULL, OPT_CHALLENGE },
	{ "finish", required_argument, NULL, OPT_FINISH },
	{ "enrolment", required_argument, NULL, OPT_ENROLMENT },
	{ "ek-ca", required_argument, NULL, OPT_EK_CA },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "secret-out", required_argument, NULL, OPT_SECRET_OUT },
	{ "secret", required_argument, NULL, OPT_SECRET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static void act(struct arguments *a, int action)
{
	a->action = a->action == NOTHING ? action : TOO_MANY;
}

static int take_now(struct arguments *a)
{
	char *end;
	long long now;

	errno = 0;
	now = strtoll(optarg, &end, 10);
	if (errno || *end || end == optarg || now < 0 || now > 253402300799)
		return -EINVAL;
	a->now = now;
	return 0;
}

static int take(int option, struct arguments *a)
{
	switch (option) {
	case OPT_EVIDENCE: a->evidence = optarg; act(a, VERDICT); return 0;
	case OPT_NEW_NONCE: act(a, NEW_NONCE); return 0;
	case OPT_STANDING: a->verdict = optarg; act(a, STANDING); return 0;
	case OPT_CHALLENGE: act(a, CHALLENGE); return 0;
	case OPT_FINISH: a->response = optarg; act(a, FINISH); return 0;
	case OPT_NONCE: a->nonce = optarg; return 0;
	case OPT_HOST: a->host = optarg; return 0;
	case OPT_REFERENCE: a->reference = optarg; return 0;
	case OPT_RULES: a->rules = optarg; return 0;
	case OPT_STATE: a->state = optarg; return 0;
	case OPT_ENROLMENT: a->enrolment = optarg; return 0;
	case OPT_OUT: a->out = optarg; return 0;
	case OPT_SECRET:
	case OPT_SECRET_OUT: a->secret = optarg; return 0;
	case OPT_JSON: a->json = true; return 0;
	case OPT_NOW: return take_now(a);
	case OPT_EK_CA:
		if (a->cas == MAX_CAS)
			return -E2BIG;
		a->ca[a->cas++] = optarg;
		return 0;
	default: return -EINVAL;
	}
}

static bool complete(const struct arguments *a)
{
	switch (a->action) {
	case VERDICT: return a->nonce && a->host && a->reference && a->rules;
	case NEW_NONCE: return a->state;
	case CHALLENGE: return a->enrolment && a->cas && a->out && a->secret;
	case FINISH: return a->enrolment && a->secret && a->out;
	case STANDING: return true;
	default: return false;
	}
}

int cmd_attest(int argc, char **argv)
{
	struct arguments a = { .now = time(NULL) };
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			usage(stdout);
			return EXIT_ACCEPTED;
		}
		if (take(option, &a)) {
			if (option != '?')
				verb_error("attest", "\"%s\" makes no sense here", optarg);
			return EXIT_USAGE;
		}
	}
	/* --ek-ca takes several files, as a shell's pattern gives them */
	while (a.action == CHALLENGE && optind < argc && a.cas < MAX_CAS)
		a.ca[a.cas++] = argv[optind++];
	if (optind != argc || !complete(&a)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	switch (a.action) {
	case VERDICT: return verdict(&a);
	case NEW_NONCE: return new_nonce(&a);
	case CHALLENGE: return challenge(&a);
	case FINISH: return finish(&a);
	default: return standing(&a);
	}
}
