// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker check quote: a TPM's quote, its signature, its nonce and its PCR values.
 */
#include <getopt.h>
#include <stdio.h>

#include <jansson.h>

#include "check.h"
#include "hex.h"
#include "tpm/quote.h"
#include "verb.h"

#define VERB "check quote"

struct options {
	const char *attest, *signature, *key, *pcrs, *nonce_hex;
	unsigned char nonce[QUOTE_NONCE_MAX];
	size_t nonce_size;
	int json;
};

/* The files; an absent --pcrs stays empty. */
struct inputs {
	struct blob attest, signature, key, pcrs;
};

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "attest", required_argument, NULL, 'a' },
		{ "signature", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' },
		{ "nonce", required_argument, NULL, 'n' },
		{ "pcrs", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	const char **target;
	int c;

	if (verb_check_once(VERB, argc, argv, table, NULL))
		return EXIT_USAGE;
	optind = 0;
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'j') {
			o->json = 1;
			continue;
		}
		target = c == 'a' ? &o->attest : c == 's' ? &o->signature : c == 'k' ? &o->key :
			 c == 'n' ? &o->nonce_hex : c == 'p' ? &o->pcrs : NULL;
		if (!target)
			return EXIT_USAGE;
		*target = optarg;
	}
	if (optind != argc || !o->attest || !o->signature || !o->key)
		return EXIT_USAGE;
	o->nonce_size = sizeof(o->nonce);
	if (o->nonce_hex && (hex_decode(o->nonce_hex, o->nonce, &o->nonce_size) || !o->nonce_size)) {
		verb_error(VERB, "--nonce is not 1 to %u bytes in hex", QUOTE_NONCE_MAX);
		return EXIT_USAGE;
	}
	return EXIT_ACCEPTED;
}

static int read_inputs(const struct options *o, struct inputs *in, const char **which,
		       struct parse_error *err)
{
	const struct {
		const char *name, *path;
		size_t max;
		struct blob *out;
	} file[] = {
		{ "attestation", o->attest, QUOTE_ATTEST_MAX, &in->attest },
		{ "signature", o->signature, QUOTE_SIGNATURE_MAX, &in->signature },
		{ "key", o->key, QUOTE_KEY_MAX, &in->key },
		{ "PCR values", o->pcrs, QUOTE_PCRS_MAX, &in->pcrs },
	};
	size_t i;
	int ret;

	for (i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		if (!file[i].path)
			continue;
		*which = file[i].name;
		ret = check_read(VERB, file[i].path, file[i].max, file[i].out, err);
		if (ret)
			return ret;
	}
	return EXIT_ACCEPTED;
}

static int check_values(const struct quote *q, enum pcr_bank hash, const struct blob *file,
			struct parse_error *err)
{
	struct pcr_selection asked;
	struct pcr_set pcrs;
	int ret;

	ret = quote_pcrs_load(q, file->data, file->size, &pcrs, err);
	if (ret)
		return ret;
	/* The file says what was asked for: no more may be quoted, and no less. */
	pcr_selection_of(&pcrs, &asked);
	ret = quote_check_selection(q, &asked, err);
	return ret ? ret : quote_check_pcrs(q, hash, &pcrs, err);
}

/* 0, or negative with @which and @err saying what is wrong. */
static int check_inputs(const struct options *o, const struct inputs *in, struct quote *q,
			const char **which, struct parse_error *err)
{
	EVP_PKEY *key = NULL;
	enum pcr_bank hash;
	int ret;

	*which = "attestation";
	ret = quote_parse(q, in->attest.data, in->attest.size, err);
	if (ret)
		return ret;
	*which = "key";
	ret = quote_key_load(&key, in->key.data, in->key.size, err);
	if (ret)
		return ret;
	*which = "signature";
	ret = quote_verify(q, in->signature.data, in->signature.size, key, &hash, err);
	EVP_PKEY_free(key);
	if (!ret && o->nonce_hex) {
		*which = "nonce";
		ret = quote_check_nonce(q, o->nonce, o->nonce_size, err);
	}
	if (!ret && o->pcrs) {
		*which = "PCR values";
		ret = check_values(q, hash, &in->pcrs, err);
	}
	return ret;
}

static json_t *hex_json(struct view v)
{
	char hex[2 * QUOTE_ATTEST_MAX + 1];

	hex_encode(v.data, v.size, hex);
	return json_string(hex);
}

/* @parsed: the attestation has a content at all. */
static json_t *result_json(const struct quote *q, bool parsed, const char *error)
{
	char version[17];
	json_t *json;

	json = json_pack("{s:b, s:s?}", "valid", !error, "error", error);
	if (!json || !parsed)
		return json;
	snprintf(version, sizeof(version), "%016llx", (unsigned long long)q->firmware_version);
	json_object_set_new(json, "nonce", hex_json(q->nonce));
	json_object_set_new(json, "pcr_digest", hex_json(q->pcr_digest));
	json_object_set_new(json, "pcr_select", pcr_selection_json(&q->selection));
	json_object_set_new(json, "clock", json_integer((json_int_t)q->clock));
	json_object_set_new(json, "reset_count", json_integer(q->reset_count));
	json_object_set_new(json, "restart_count", json_integer(q->restart_count));
	json_object_set_new(json, "safe", json_boolean(q->safe));
	json_object_set_new(json, "firmware_version", json_string(version));
	json_object_set_new(json, "signer", hex_json(q->signer));
	return json;
}

static int report(const struct options *o, const struct quote *q, const char *which,
		  const struct parse_error *err)
{
	bool parsed = q->pcr_digest.data != NULL;
	char line[PARSE_ERROR_LINE], error[PARSE_ERROR_LINE + 32];
	json_t *json;

	if (err->code) {
		parse_error_line(err, line);
		snprintf(error, sizeof(error), "%s: %s", which, line);
		verb_error(VERB, "%s", error);
	}
	if (o->json || !err->code) {
		json = result_json(q, parsed, err->code ? error : NULL);
		if (!json || verb_print_json(json))
			return EXIT_UNABLE;
	}
	return err->code ? EXIT_REJECTED : EXIT_ACCEPTED;
}

int check_quote(int argc, char **argv)
{
	struct parse_error err = { 0 };
	struct options o = { 0 };
	struct inputs in = { 0 };
	struct quote q = { 0 };
	const char *which = "";
	int ret;

	ret = parse_options(argc, argv, &o);
	if (ret)
		return ret;
	ret = read_inputs(&o, &in, &which, &err);
	if (ret == EXIT_ACCEPTED)
		check_inputs(&o, &in, &q, &which, &err);
	if (err.code == PARSE_MEMORY)
		verb_error(VERB, "%s", err.text);
	if (ret != EXIT_UNABLE)
		ret = err.code == PARSE_MEMORY ? EXIT_UNABLE : report(&o, &q, which, &err);
	blob_free(&in.attest);
	blob_free(&in.signature);
	blob_free(&in.key);
	blob_free(&in.pcrs);
	return ret;
}
