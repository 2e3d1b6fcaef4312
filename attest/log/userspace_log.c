// SPDX-License-Identifier: GPL-2.0-only
/*
 * The iterator over systemd's log of user space's measurements; see the header.
 */
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "hex.h"
#include "log/userspace_log.h"

#define RECORD_SEPARATOR	0x1e	/* RFC 7464, section 2.2 */

static int record_fail(const struct userspace_record *rec, struct parse_error *err, enum parse_code code,
		       const char *what)
{
	return parse_fail(err, code, rec->offset, rec->number, "%s", what);
}

int userspace_log_open(struct userspace_log *log, const void *data, size_t size, struct parse_error *err)
{
	memset(log, 0, sizeof(*log));
	reader_init(&log->in, data, size);
	if (size <= USERSPACE_LOG_MAX)
		return 0;
	log->failed = true;
	return parse_fail(err, PARSE_OVERSIZED, USERSPACE_LOG_MAX, 0, "log of %zu bytes, at most %u", size,
			  USERSPACE_LOG_MAX);
}

static int take_pcr(json_t *root, struct userspace_record *rec, struct parse_error *err)
{
	json_t *pcr = json_object_get(root, "pcr");

	rec->pcr = USERSPACE_PCR_NONE;
	if (!pcr)
		return 0;
	if (!json_is_integer(pcr) || json_integer_value(pcr) < 0 || json_integer_value(pcr) >= PCR_COUNT)
		return record_fail(rec, err, PARSE_INVALID, "\"pcr\" is no PCR");
	rec->pcr = (uint32_t)json_integer_value(pcr);
	return 0;
}

/* {"hashAlg": "sha256", "digest": "..."}; one of a hash that we do not know is skipped */
static int take_digest(json_t *entry, struct userspace_record *rec, struct parse_error *err)
{
	const char *name = json_string_value(json_object_get(entry, "hashAlg"));
	const char *text = json_string_value(json_object_get(entry, "digest"));
	size_t size = PCR_DIGEST_MAX;
	int bank;

	if (!name || !text)
		return record_fail(rec, err, PARSE_INVALID, "a digest without \"hashAlg\" or \"digest\"");
	bank = pcr_bank_by_name(name);
	if (bank == PCR_BANK_NONE || !pcr_bank_available(bank))
		return 0;
	if (rec->banks & PCR_BANK_BIT(bank))
		return record_fail(rec, err, PARSE_INCONSISTENT, "two digests of one hash");
	if (hex_decode(text, rec->digest[bank], &size) || size != pcr_bank_size(bank))
		return record_fail(rec, err, PARSE_INVALID, "a digest that is not of its hash's length");
	rec->banks |= PCR_BANK_BIT(bank);
	return 0;
}

static int take_digests(json_t *root, struct userspace_record *rec, struct parse_error *err)
{
	json_t *digests = json_object_get(root, "digests"), *entry;
	size_t i;
	int ret;

	if (!json_is_array(digests) || !json_array_size(digests))
		return record_fail(rec, err, PARSE_INVALID, "no \"digests\"");
	json_array_foreach(digests, i, entry) {
		ret = take_digest(entry, rec, err);
		if (ret)
			return ret;
	}
	return 0;
}

static void take_word(json_t *root, struct userspace_record *rec)
{
	const char *type = json_string_value(json_object_get(root, "content_type"));
	json_t *text = json_object_get(json_object_get(root, "content"), "string");
	size_t size = json_string_length(text);

	if (!type || strcmp(type, "systemd") || !size || size >= sizeof(rec->word))
		return;
	memcpy(rec->word, json_string_value(text), size + 1);
}

static bool word_is_measured(const struct userspace_record *rec)
{
	struct view word = { (const unsigned char *)rec->word, strlen(rec->word) };
	unsigned char digest[PCR_DIGEST_MAX];
	int bank;

	if (!word.size || !rec->banks)
		return false;
	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!(rec->banks & PCR_BANK_BIT(bank)))
			continue;
		if (pcr_hash(bank, &word, 1, digest) ||
		    memcmp(digest, rec->digest[bank], pcr_bank_size(bank)))
			return false;
	}
	return true;
}

/* The bytes between separator and line feed; false if the line feed is not there */
static bool take_text(struct reader *in, struct view *text)
{
	struct reader line = *in;
	const unsigned char *end;
	struct view rest;

	if (!reader_view(&line, reader_left(&line), &rest) || !rest.size)
		return false;
	end = memchr(rest.data, '\n', rest.size);
	if (!end)
		return false;
	reader_view(in, (size_t)(end - rest.data) + 1, text);
	return true;
}

static int parse_record(struct view text, struct userspace_record *rec, struct parse_error *err)
{
	json_t *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
	int ret;

	if (!json_is_object(root)) {
		json_decref(root);
		return record_fail(rec, err, PARSE_INVALID, "no JSON object");
	}
	ret = take_pcr(root, rec, err);
	if (!ret)
		ret = take_digests(root, rec, err);
	if (!ret) {
		take_word(root, rec);
		rec->bound = word_is_measured(rec);
	}
	json_decref(root);
	return ret;
}

static int next_record(struct userspace_log *log, struct userspace_record *rec, struct parse_error *err)
{
	struct view text;
	uint8_t byte = 0;

	memset(rec, 0, sizeof(*rec));
	rec->number = log->records + 1;
	rec->offset = reader_offset(&log->in);
	if (rec->number > USERSPACE_RECORDS_MAX)
		return record_fail(rec, err, PARSE_OVERSIZED, "too many records");
	reader_u8(&log->in, &byte);
	if (byte != RECORD_SEPARATOR)
		return record_fail(rec, err, PARSE_INVALID, "no record separator");
	/* "possibly truncated": the writer appends, and we read while it does (RFC 7464, section 2.4) */
	if (!take_text(&log->in, &text)) {
		log->cut = true;
		log->in.pos = log->in.size;
		return 0;
	}
	if (text.size > USERSPACE_RECORD_MAX)
		return record_fail(rec, err, PARSE_OVERSIZED, "a record of more than 64 KiB");
	return parse_record(text, rec, err);
}

int userspace_log_next(struct userspace_log *log, struct userspace_record *rec, struct parse_error *err)
{
	int ret;

	if (log->failed)
		return -EBADMSG;
	if (!reader_left(&log->in))
		return 0;
	ret = next_record(log, rec, err);
	if (ret) {
		log->failed = true;
		return ret;
	}
	if (log->cut)
		return 0;
	log->records++;
	return 1;
}
