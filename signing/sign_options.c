// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of caretaker sign.
 */
#include <getopt.h>
#include <string.h>

#include "certificate.h"
#include "key_options.h"
#include "sign_options.h"
#include "signature.h"
#include "svn_floor.h"
#include "verb.h"

#define VERB "sign"

enum {
	KEY = 1, CERT, ISSUER, HASH, REPLACE, ADD, SIGNED_BY, WITHOUT_LINT, IDEMPOTENT, MIN_SVN,
	PREVIOUS, PREPARE, DIGEST, ATTACH, EXTERNAL, DETACHED, STRIP, INTO, TIMESTAMP,
	TIMESTAMP_QUERY, TIMESTAMP_COMMAND, TSA_CERTS, IMA, IMA_SIGFILE, HELP
};

static const struct option options[] = {
	{ "key", required_argument, NULL, KEY },
	{ "cert", required_argument, NULL, CERT },
	{ "issuer", required_argument, NULL, ISSUER },
	{ "hash", required_argument, NULL, HASH },
	{ "replace", no_argument, NULL, REPLACE },
	{ "add", no_argument, NULL, ADD },
	{ "signed-by", required_argument, NULL, SIGNED_BY },
	{ "idempotent", no_argument, NULL, IDEMPOTENT },
	{ "min-svn", required_argument, NULL, MIN_SVN },
	{ "previous", required_argument, NULL, PREVIOUS },
	{ "without-lint", no_argument, NULL, WITHOUT_LINT },
	{ "prepare", no_argument, NULL, PREPARE },
	{ "digest", required_argument, NULL, DIGEST },
	{ "attach", required_argument, NULL, ATTACH },
	{ "external", required_argument, NULL, EXTERNAL },
	{ "detached", no_argument, NULL, DETACHED },
	{ "strip", no_argument, NULL, STRIP },
	{ "into", required_argument, NULL, INTO },
	{ "timestamp", required_argument, NULL, TIMESTAMP },
	{ "timestamp-query", required_argument, NULL, TIMESTAMP_QUERY },
	{ "timestamp-command", required_argument, NULL, TIMESTAMP_COMMAND },
	{ "tsa-certs", required_argument, NULL, TSA_CERTS },
	{ "ima", no_argument, NULL, IMA },
	{ "ima-sigfile", no_argument, NULL, IMA_SIGFILE },
	KEY_OPTIONS,
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* What makes no sense, in front of the usage, in which nobody would find it */
static bool wrong(const char *text)
{
	verb_error(VERB, "%s", text);
	return false;
}

/* Return: 0, or a status of the verb, below 0 */
static int add_certificates(const char *path, STACK_OF(X509) *certs)
{
	struct reason why;

	if (!certificate_load_all(path, certs, &why))
		return 0;
	verb_error(VERB, "%s: %s", why.word, why.text);
	return -EXIT_UNABLE;
}

/* One kind of output, once */
static int set_output(struct sign_request *request, enum sign_output output)
{
	if (request->output != SIGN_FILE) {
		wrong("--prepare, --detached and --strip: one of them, once");
		return -EXIT_USAGE;
	}
	request->output = output;
	return 0;
}

/* In one place */
static int set_ima(struct sign_request *request, enum sign_ima_place place)
{
	if (request->ima) {
		wrong("--ima and --ima-sigfile: one of them, once");
		return -EXIT_USAGE;
	}
	request->ima = place;
	return 0;
}

/* A value that must be there.  Return: 0, or a status of the verb, below 0 */
static int take_text(const char *option, const char **to)
{
	*to = optarg;
	if (*optarg)
		return 0;
	verb_error(VERB, "%s: its value is empty", option);
	return -EXIT_USAGE;
}

/* Of what goes beside the signature.  Return: 0, or a status of the verb, below 0 */
static int parse_beside(int option, struct sign_request *request)
{
	switch (option) {
	case TIMESTAMP:
		request->timestamp = optarg;
		return 0;
	case TIMESTAMP_QUERY:
		request->timestamp_query = optarg;
		return 0;
	case TIMESTAMP_COMMAND:
		return take_text("--timestamp-command", &request->timestamp_command);
	case TSA_CERTS:
		return add_certificates(optarg, request->tsa);
	case IMA:
		return set_ima(request, SIGN_IMA_ATTRIBUTE);
	case IMA_SIGFILE:
		return set_ima(request, SIGN_IMA_FILE);
	}
	return key_options_take(VERB, "", option, optarg, &request->source) ? -EXIT_USAGE : 0;
}

/* What no output may take the place of: the value of each option but these */
static bool names_input(int option)
{
	switch (option) {
	case HASH:
	case MIN_SVN:
	case DIGEST:
	case TIMESTAMP:
	case TIMESTAMP_QUERY:
	case TIMESTAMP_COMMAND:
	case EXTERNAL:
	case INTO:
	case KEY_PASSPHRASE_FD:
	case KEY_WAY:
	case KEY_TCTI:
		return false;
	}
	return optarg;
}

/* Return: 0, or a status of the verb, below 0; 1 if help was asked for */
static int parse_option(int option, const char *word, struct sign_request *request)
{
	if (names_input(option))
		request->kept[request->kept_count++] = optarg;
	switch (option) {
	case KEY:
		request->key = optarg;
		return 0;
	case CERT:
		request->cert = optarg;
		return 0;
	case ISSUER:
		return add_certificates(optarg, request->issuers);
	case HASH:
		request->hash = optarg;
		if (signature_hash(optarg))
			return 0;
		verb_error(VERB, "--hash %s: only sha256, sha384 and sha512", optarg);
		return -EXIT_USAGE;
	case REPLACE:
		request->replace = true;
		return 0;
	case ADD:
		request->add = true;
		return 0;
	case SIGNED_BY:
		return add_certificates(optarg, request->signed_by);
	case IDEMPOTENT:
		request->idempotent = true;
		return 0;
	case MIN_SVN:
		return svn_floor_parse(VERB, optarg, &request->min_svn) ? -EXIT_USAGE : 0;
	case PREVIOUS:
		request->previous = optarg;
		return 0;
	case WITHOUT_LINT:
		/* Not by an abbreviation, which getopt_long() would take */
		request->without_lint = !strcmp(word, "--without-lint");
		return request->without_lint || wrong("--without-lint: is spelled out, or not meant") ? 0 : -EXIT_USAGE;
	case PREPARE:
		return set_output(request, SIGN_PREPARED);
	case DIGEST:
		request->digest = optarg;
		return 0;
	case ATTACH:
		request->attach = optarg;
		return 0;
	case EXTERNAL:
		return take_text("--external", &request->external);
	case DETACHED:
		return set_output(request, SIGN_DETACHED);
	case STRIP:
		return set_output(request, SIGN_STRIPPED);
	case INTO:
		return take_text("--into", &request->into);
	case HELP:
		return 1;
	}
	return parse_beside(option, request);
}

/* What is asked of a TSA is checked at once, so whom to believe must be said, and one file holds it. */
static bool timestamp_complete(const struct sign_request *request, const char *out)
{
	bool asks = request->timestamp_command;

	if (asks != (sk_X509_num(request->tsa) > 0))
		return wrong("--timestamp-command and --tsa-certs: both, or neither");
	if (request->timestamp && !asks)
		return wrong("--timestamp: is where the answer to --timestamp-command goes, which is missing");
	if (!asks && !request->timestamp_query)
		return true;
	if (request->output != SIGN_FILE && request->output != SIGN_DETACHED)
		return wrong("--timestamp-query, --timestamp-command: are of a signature, and none is made");
	if (request->into && (request->timestamp || request->timestamp_query))
		return wrong("--timestamp, --timestamp-query: name one file, and --into takes many");
	if (asks && request->timestamp_query)
		return wrong("--timestamp-query and --timestamp-command: one of them");
	if (asks && !request->into && !request->timestamp && !strcmp(out, "-"))
		return wrong("--timestamp-command: with \"-\" for OUT, --timestamp says where the answer goes");
	return true;
}

/* Who signs OUT must be at hand when it is there, and it must be a file. */
static bool ima_complete(const struct sign_request *request, const char *out)
{
	return !request->ima || (request->output == SIGN_FILE && !request->attach && strcmp(out, "-")) ||
	       wrong("--ima, --ima-sigfile: want a signed file; no \"-\", --attach, --prepare, --detached, --strip");
}

/* How many files, and whose signature IN may have */
static bool files_complete(const struct sign_request *request, int files)
{
	if (request->into && (request->attach || request->digest))
		return wrong("--attach, --digest: are for one file, and --into takes many");
	if (request->into && files < 1)
		return wrong("--into: no IN");
	if (!request->into && files != 2)
		return wrong("IN and OUT: two files, or --into a folder");
	if (request->replace && request->add)
		return wrong("--replace and --add: one of them");
	if (!request->add && sk_X509_num(request->signed_by))
		return wrong("--signed-by: is for --add");
	return true;
}

/* One way to the signature, and nothing that has no meaning beside it */
static bool complete(const struct sign_request *request, int files)
{
	int ways = !!request->key + !!request->attach + !!request->external;
	bool elsewhere = request->attach || request->external;

	if (!files_complete(request, files))
		return false;
	if (request->output == SIGN_STRIPPED)
		return (!ways && !request->replace && !request->add && !request->cert && !request->hash &&
			!sk_X509_num(request->issuers) &&
			!request->digest && !request->previous && !request->min_svn) ||
		       wrong("--strip: goes with --idempotent and --into alone");
	if (request->output == SIGN_PREPARED)
		return (!ways && !request->idempotent) ||
		       wrong("--prepare: without --key, --attach, --external and --idempotent");
	if (ways != 1)
		return wrong("--key, --attach and --external: one of them");
	if (request->digest)
		return wrong("--digest: is for --prepare");
	return request->cert || !elsewhere || wrong("--attach, --external: need --cert");
}

int sign_options_parse(int argc, char **argv, struct sign_request *request)
{
	static const int many[] = { ISSUER, SIGNED_BY, MIN_SVN, TSA_CERTS, 0 };
	int option, ret = verb_check_once(VERB, argc, argv, options, many);

	optind = 0;
	while (!ret && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = parse_option(option, argv[optind - 1], request);
	if (ret)
		return ret;
	return complete(request, argc - optind) && timestamp_complete(request, argv[argc - 1]) &&
	       ima_complete(request, argv[argc - 1]) ? 0 : -EXIT_USAGE;
}
