// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker check ima: replays a measurement list and judges each of its records.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "certificate.h"
#include "check.h"
#include "log/ima_sig.h"
#include "log/ima_stream.h"
#include "verb.h"

#define VERB "check ima"
#define KEYS_MAX 64
#define MISMATCHES_LISTED 10000	/* of a log that fits nowhere, not a list without end */

struct options {
	const char *file;
	const char *keys[KEYS_MAX];
	unsigned int key_count;
	int bank;
	int json;
	uint64_t max;
	int allow_violations;
};

/**
 * struct result - what was found
 * @mismatches:	records whose template hash is wrong
 * @template_mismatch: their numbers, up to MISMATCHES_LISTED
 * @signatures:	by enum ima_sig_state
 * @reason:	the first reason to reject, empty if there is none
 */
struct result {
	unsigned int entries;
	unsigned int violations;
	unsigned int unbound_buffers;
	unsigned int mismatches;
	json_t *template_mismatch;
	unsigned int signatures[IMA_SIG_UNKNOWN_KEY + 1];
	struct pcr_set pcrs;
	const char *template_bank;
	char reason[PARSE_ERROR_LINE];
};

static bool parse_size(const char *text, uint64_t *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !errno && !*end && *out;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "bank", required_argument, NULL, 'b' },
		{ "allow-violations", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ "max-size", required_argument, NULL, 'm' },
		{ 0 },
	};
	static const int many[] = { 'k', 0 };
	int c;

	if (verb_check_once(VERB, argc, argv, table, many))
		return EXIT_USAGE;
	o->bank = PCR_BANK_NONE;
	o->max = IMA_STREAM_MAX;
	optind = 0;
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 'k':
			if (o->key_count == KEYS_MAX)
				return EXIT_USAGE;
			o->keys[o->key_count++] = optarg;
			break;
		case 'b':
			o->bank = pcr_bank_by_name(optarg);
			if (o->bank == PCR_BANK_NONE || !pcr_bank_available(o->bank)) {
				verb_error(VERB, "no PCR bank \"%s\"", optarg);
				return EXIT_USAGE;
			}
			break;
		case 'v':
			o->allow_violations = 1;
			break;
		case 'j':
			o->json = 1;
			break;
		case 'm':
			if (!parse_size(optarg, &o->max)) {
				verb_error(VERB, "\"%s\" is no number of bytes", optarg);
				return EXIT_USAGE;
			}
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind != argc - 1)
		return EXIT_USAGE;
	o->file = argv[optind];
	return EXIT_ACCEPTED;
}

static int load_keys(const struct options *o, struct ima_keyring *ring)
{
	struct parse_error err = { 0 };
	char line[PARSE_ERROR_LINE];
	struct blob cert = { 0 };
	unsigned int i;
	int ret;

	for (i = 0; i < o->key_count; i++) {
		ret = check_read(VERB, o->keys[i], CERTIFICATE_FILE_MAX, &cert, &err);
		if (ret == EXIT_ACCEPTED && ima_keyring_add(ring, cert.data, cert.size, &err))
			ret = EXIT_REJECTED;
		blob_free(&cert);
		if (ret == EXIT_REJECTED) {
			parse_error_line(&err, line);
			verb_error(VERB, "%s: %s", o->keys[i], line);
		}
		if (ret)
			return EXIT_UNABLE;
	}
	return EXIT_ACCEPTED;
}

/* Keeps the first one. */
static void reject(struct result *r, const struct ima_record *rec, const char *why)
{
	if (!r->reason[0])
		snprintf(r->reason, sizeof(r->reason), "record %u, offset %zu: %s", rec->number,
			 rec->offset, why);
}

static void judge(const struct options *o, const struct ima_keyring *ring,
		  const struct ima_record *rec, struct result *r)
{
	struct ima_signer who;
	enum ima_sig_state sig = rec->signature.size || rec->evmsig.size || rec->modsig.size ?
				 ima_record_verify(ring, rec, &who) : IMA_SIG_NONE;

	r->entries++;
	r->signatures[sig]++;
	if (rec->violation) {
		r->violations++;
		if (!o->allow_violations)
			reject(r, rec, "violation: the file changed while it was measured");
	} else if (!rec->template_ok) {
		if (r->mismatches++ < MISMATCHES_LISTED)
			json_array_append_new(r->template_mismatch, json_integer(rec->number));
		reject(r, rec, "template hash is not that of the record");
	}
	if (rec->buffer.size && !rec->buffer_bound)
		r->unbound_buffers++;
	if (sig == IMA_SIG_INVALID || (sig == IMA_SIG_UNKNOWN_KEY && o->key_count))
		reject(r, rec, who.reason);
}

static int replay(const struct options *o, const struct ima_keyring *ring, struct ima_stream *in,
		  struct result *r, struct parse_error *err)
{
	uint32_t banks = 0;
	struct ima_record rec;
	int bank, ret;

	for (bank = 0; bank < PCR_BANKS; bank++)
		if ((o->bank == PCR_BANK_NONE || o->bank == bank) && pcr_bank_available(bank))
			banks |= PCR_BANK_BIT(bank);
	/* --bank says which registers are wanted; the file says for itself how it is written. */
	r->template_bank = pcr_bank_name(in->log.bank);
	while ((ret = ima_stream_next(in, &rec, err)) > 0) {
		judge(o, ring, &rec, r);
		if (ima_record_extend(&rec, &r->pcrs, banks))
			return parse_fail(err, PARSE_MEMORY, rec.offset, rec.number, "hashing failed");
	}
	return ret;
}

static json_t *result_json(const struct result *r)
{
	return json_pack("{s:b, s:s?, s:I, s:I, s:O, s:I, s:{s:I, s:I, s:I, s:I}, s:I, s:s?, s:o}",
			 "valid", !r->reason[0],
			 "error", r->reason[0] ? r->reason : NULL,
			 "entries", (json_int_t)r->entries,
			 "violations", (json_int_t)r->violations,
			 "template_mismatch", r->template_mismatch,
			 "template_mismatches", (json_int_t)r->mismatches,
			 "signatures",
				"valid", (json_int_t)r->signatures[IMA_SIG_VALID],
				"invalid", (json_int_t)r->signatures[IMA_SIG_INVALID],
				"unknown_key", (json_int_t)r->signatures[IMA_SIG_UNKNOWN_KEY],
				"unsigned", (json_int_t)r->signatures[IMA_SIG_NONE],
			 "unbound_buffers", (json_int_t)r->unbound_buffers,
			 "template_bank", r->template_bank,
			 "pcrs", pcr_set_json(&r->pcrs, PCR_BANKS_ALL));
}

static void print_pcrs(const struct pcr_set *pcrs)
{
	json_t *banks = pcr_set_json(pcrs, PCR_BANKS_ALL), *values, *value;
	const char *bank, *index;

	json_object_foreach(banks, bank, values)
		json_object_foreach(values, index, value)
			printf("%-8s %2s  %s\n", bank, index, json_string_value(value));
	json_decref(banks);
}

static int report(const struct options *o, const struct result *r)
{
	json_t *json;

	if (r->reason[0])
		verb_error(VERB, "%s", r->reason);
	if (o->json) {
		json = result_json(r);
		if (!json || verb_print_json(json))
			return EXIT_UNABLE;
	} else {
		printf("%u entries, %u violations, %u template mismatches\n", r->entries, r->violations,
		       r->mismatches);
		printf("signatures: %u valid, %u invalid, %u of unknown keys, %u unsigned\n",
		       r->signatures[IMA_SIG_VALID], r->signatures[IMA_SIG_INVALID],
		       r->signatures[IMA_SIG_UNKNOWN_KEY], r->signatures[IMA_SIG_NONE]);
		print_pcrs(&r->pcrs);
	}
	return r->reason[0] ? EXIT_REJECTED : EXIT_ACCEPTED;
}

static int replay_file(const struct options *o, const struct ima_keyring *ring, struct result *r,
		       struct parse_error *err)
{
	int fd = file_open(o->file), ret;
	struct ima_stream in;

	if (fd < 0)
		return fd;
	ret = ima_stream_open(&in, fd, o->max, err);
	if (!ret)
		ret = replay(o, ring, &in, r, err);
	ima_stream_close(&in);
	file_close(fd);
	return ret;
}

static int check_file(const struct options *o, const struct ima_keyring *ring, struct result *r)
{
	struct parse_error err = { 0 };
	int ret;

	ret = replay_file(o, ring, r, &err);
	if (ret && !err.code) {
		verb_error(VERB, "%s: %s", o->file, strerror(-ret));
		return EXIT_UNABLE;
	}
	if (err.code == PARSE_MEMORY) {
		verb_error(VERB, "%s", err.text);
		return EXIT_UNABLE;
	}
	if (err.code) {
		/* Half a replay is no statement about any register. */
		pcr_set_init(&r->pcrs);
		parse_error_line(&err, r->reason);
	}
	return report(o, r);
}

int check_ima(int argc, char **argv)
{
	struct options o = { 0 };
	struct result r = { 0 };
	struct ima_keyring *ring;
	int ret;

	ret = parse_options(argc, argv, &o);
	if (ret)
		return ret;
	pcr_set_init(&r.pcrs);
	ring = ima_keyring_new();
	r.template_mismatch = json_array();
	ret = EXIT_UNABLE;
	if (!ring || !r.template_mismatch)
		verb_error(VERB, "out of memory");
	else if (load_keys(&o, ring) == EXIT_ACCEPTED)
		ret = check_file(&o, ring, &r);
	json_decref(r.template_mismatch);
	ima_keyring_free(ring);
	return ret;
}
