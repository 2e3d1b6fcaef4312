// SPDX-License-Identifier: GPL-2.0-only
/*
 * The iterator over IMA's measurement list, template hashes, and the replay.
 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "log/ima_hash.h"
#include "log/ima_log.h"
#include "log/ima_template.h"

#define OLD_NAME_MAX	255	/* IMA_EVENT_NAME_LEN_MAX */
#define OLD_DIGEST_SIZE	20

static int truncated(struct parse_error *err, const struct reader *in, unsigned int record,
		     const char *what)
{
	return parse_fail(err, PARSE_TRUNCATED, reader_offset(in), record,
			  "%s runs past the end, %zu bytes are left", what, reader_left(in));
}

/* Template "ima": digest without a length, name without its NUL. */
static int parse_old_data(struct reader *in, struct ima_record *rec, struct parse_error *err)
{
	struct ima_field *d = &rec->field[0], *n = &rec->field[1];
	size_t start;
	uint32_t len;

	rec->field_count = 2;
	d->id = IMA_FIELD_D;
	n->id = IMA_FIELD_N;
	d->offset = reader_offset(in);
	if (!reader_view(in, OLD_DIGEST_SIZE, &d->data))
		return truncated(err, in, rec->number, "digest");
	start = reader_offset(in);
	if (!reader_le32(in, &len))
		return truncated(err, in, rec->number, "name length");
	if (len > OLD_NAME_MAX)
		return parse_fail(err, PARSE_OVERSIZED, start, rec->number,
				  "name of %u bytes, at most %u fit template \"ima\"", len,
				  OLD_NAME_MAX);
	n->offset = reader_offset(in);
	if (!reader_view(in, len, &n->data))
		return truncated(err, in, rec->number, "name");
	return 0;
}

/* Every other template: a length, then fields with a length each, which fill it exactly. */
static int parse_data(struct reader *in, struct ima_record *rec, struct parse_error *err)
{
	size_t start = reader_offset(in);
	struct reader sub, whole;
	unsigned int i;
	uint32_t len;

	if (!reader_le32(in, &len))
		return truncated(err, in, rec->number, "template data length");
	if (len > IMA_TEMPLATE_DATA_MAX)
		return parse_fail(err, PARSE_OVERSIZED, start, rec->number,
				  "template data of %u bytes, at most %u", len,
				  IMA_TEMPLATE_DATA_MAX);
	if (!reader_sub(in, len, &sub))
		return truncated(err, in, rec->number, "template data");
	whole = sub;
	reader_view(&whole, len, &rec->template_data);

	for (i = 0; i < rec->field_count; i++) {
		if (!reader_le32(&sub, &len))
			return truncated(err, &sub, rec->number, "field length");
		rec->field[i].offset = reader_offset(&sub);
		if (!reader_view(&sub, len, &rec->field[i].data))
			return truncated(err, &sub, rec->number, "field");
	}
	if (reader_left(&sub))
		return parse_fail(err, PARSE_TRAILING, reader_offset(&sub), rec->number,
				  "%zu bytes of template data behind the last field",
				  reader_left(&sub));
	return 0;
}

static int parse_template_name(struct reader *in, struct ima_record *rec, struct parse_error *err)
{
	size_t start = reader_offset(in);
	enum ima_field_id id[IMA_FIELDS_MAX];
	const char *why = "";
	unsigned int i;
	uint32_t len;

	if (!reader_le32(in, &len))
		return truncated(err, in, rec->number, "template name length");
	if (!len || len > IMA_TEMPLATE_NAME_MAX)
		return parse_fail(err, len ? PARSE_OVERSIZED : PARSE_INVALID, start, rec->number,
				  "template name of %u bytes, must be 1 to %u", len,
				  IMA_TEMPLATE_NAME_MAX);
	start = reader_offset(in);
	if (!reader_view(in, len, &rec->template_name))
		return truncated(err, in, rec->number, "template name");
	rec->field_count = ima_template_fields(rec->template_name, id, &why);
	if (!rec->field_count)
		return parse_fail(err, PARSE_UNSUPPORTED, start, rec->number, "%s", why);
	for (i = 0; i < rec->field_count; i++)
		rec->field[i].id = id[i];
	/* A list "d|n" has these fields, too, and lengths */
	rec->old_format = id[0] == IMA_FIELD_D && view_is_text(rec->template_name, "ima");
	return 0;
}

/*
 * What a record need not have.  All else is written below, and of @field what is in use: to
 * clear 15 fields costs more than to parse two.
 */
static void clear(struct ima_record *rec)
{
	static const struct ima_digest no_digest;
	static const struct view nothing;

	rec->field_count = 0;
	rec->template_data = rec->name = rec->signature = rec->modsig = rec->evmsig = rec->buffer = nothing;
	rec->digest = rec->modsig_digest = no_digest;
	rec->old_format = rec->violation = rec->buffer_bound = rec->template_ok = false;
}

/* The form of one record, without any hash. */
static int parse_record(struct ima_log *log, struct ima_record *rec, struct parse_error *err)
{
	struct reader *in = &log->in;
	int ret;

	clear(rec);
	rec->number = log->records + 1;
	rec->offset = reader_offset(in);
	if (rec->number > IMA_RECORDS_MAX)
		return parse_fail(err, PARSE_OVERSIZED, rec->offset, rec->number,
				  "more than %u records", IMA_RECORDS_MAX);
	if (!reader_le32(in, &rec->pcr))
		return truncated(err, in, rec->number, "PCR index");
	if (rec->pcr >= PCR_COUNT)
		return parse_fail(err, PARSE_INVALID, rec->offset, rec->number,
				  "PCR index %u, there are %u", rec->pcr, PCR_COUNT);
	if (!reader_view(in, pcr_bank_size(log->bank), &rec->template_digest))
		return truncated(err, in, rec->number, "template digest");
	/* ima_add_violation(): a zero digest in the list, ones in the register. */
	rec->violation = view_is_filled(rec->template_digest, 0);

	ret = parse_template_name(in, rec, err);
	if (ret)
		return ret;
	ret = rec->old_format ? parse_old_data(in, rec, err) : parse_data(in, rec, err);
	return ret ? ret : ima_template_decode(rec, err);
}

/* Is a template hash of the file that of its record in @bank? */
static bool hash_fits(const struct ima_log *from, enum pcr_bank bank)
{
	unsigned char digest[PCR_DIGEST_MAX];
	struct parse_error ignored = { 0 };
	struct ima_log log = *from;
	struct ima_record rec;

	log.bank = bank;
	while (reader_left(&log.in) && !parse_record(&log, &rec, &ignored)) {
		log.records++;
		if (!rec.violation && !ima_record_hash(&rec, bank, digest) &&
		    view_equal(rec.template_digest, digest, pcr_bank_size(bank)))
			return true;
	}
	return false;
}

/* SM3 and SHA-256 have digests of one size, so a log of one has the form of the other. */
static enum pcr_bank same_form(const struct ima_log *from, enum pcr_bank found)
{
	int bank;

	if (hash_fits(from, found))
		return found;
	for (bank = found + 1; bank < PCR_BANKS; bank++)
		if (pcr_bank_size(bank) == pcr_bank_size(found) && pcr_bank_available(bank) &&
		    hash_fits(from, bank))
			return bank;
	return found;
}

/* The bank in which the file has the form of a log; if in none, that in which most of it has. */
static enum pcr_bank detect_bank(const struct ima_log *from)
{
	unsigned int score, most = 0;
	int bank, best = PCR_SHA1;

	for (bank = 0; bank < PCR_BANKS; bank++) {
		struct parse_error ignored = { 0 };
		struct ima_log log = *from;
		struct ima_record rec;

		log.bank = bank;
		while (reader_left(&log.in) && !parse_record(&log, &rec, &ignored))
			log.records++;
		if (!ignored.code)
			return same_form(from, bank);
		/* A template name that is known is hardly there by chance. */
		score = 2 * log.records + !!rec.field_count;
		if (score > most) {
			most = score;
			best = bank;
		}
	}
	/* Of a log that is longer, the last record here is cut */
	return same_form(from, best);
}

int ima_log_open(struct ima_log *log, const void *data, size_t size, int bank,
		 struct parse_error *err)
{
	memset(log, 0, sizeof(*log));
	reader_init(&log->in, data, size);
	log->failed = true;
	if (!size)
		return parse_fail(err, PARSE_EMPTY, 0, 0, "empty log");
	if (size > IMA_LOG_MAX)
		return parse_fail(err, PARSE_OVERSIZED, IMA_LOG_MAX, 0,
				  "log of %zu bytes, at most %u", size, IMA_LOG_MAX);
	log->bank = bank == PCR_BANK_NONE ? detect_bank(log) : (enum pcr_bank)bank;
	if (!pcr_bank_available(log->bank))
		return parse_fail(err, PARSE_UNSUPPORTED, 0, 0, "no %s in this OpenSSL",
				  pcr_bank_name(log->bank));
	log->failed = false;
	return 0;
}

/* Whether the buffer is what its digest says, as process_buffer_measurement() makes it. */
static bool buffer_bound(const struct ima_record *rec)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const struct ima_hash *hash;
	size_t size;

	if (!rec->buffer.size || !rec->digest.alg || rec->violation)
		return false;
	hash = ima_hash_by_name((struct view){ (const unsigned char *)rec->digest.alg,
					       strlen(rec->digest.alg) });
	if (!hash || !hash->openssl ||
	    !EVP_Q_digest(NULL, hash->openssl, NULL, rec->buffer.data, rec->buffer.size, digest, &size))
		return false;
	return view_equal(rec->digest.value, digest, size);
}

static int check_hashes(struct ima_record *rec, enum pcr_bank bank, struct parse_error *err)
{
	unsigned char digest[PCR_DIGEST_MAX];

	if (ima_record_hash(rec, bank, digest))
		return parse_fail(err, PARSE_MEMORY, rec->offset, rec->number, "hashing failed");
	rec->template_ok = !rec->violation &&
		view_equal(rec->template_digest, digest, pcr_bank_size(bank));
	rec->buffer_bound = buffer_bound(rec);
	return 0;
}

int ima_log_next(struct ima_log *log, struct ima_record *rec, struct parse_error *err)
{
	int ret;

	if (log->failed)
		return -EBADMSG;
	if (!reader_left(&log->in))
		return 0;
	ret = parse_record(log, rec, err);
	if (!ret && !log->unchecked)
		ret = check_hashes(rec, log->bank, err);
	if (ret) {
		log->failed = true;
		return ret;
	}
	log->records++;
	return 1;
}

/* ima_calc_field_array_hash_tfm(): no lengths, the name padded with zeroes. */
static int old_hash(const struct ima_record *rec, enum pcr_bank bank, unsigned char *out)
{
	unsigned char name[OLD_NAME_MAX + 1] = { 0 };
	struct view parts[2];

	if (rec->name.size > OLD_NAME_MAX)
		return -EINVAL;
	if (rec->name.size)
		memcpy(name, rec->name.data, rec->name.size);
	parts[0] = rec->digest.value;
	parts[1] = (struct view){ name, sizeof(name) };
	return pcr_hash(bank, parts, 2, out);
}

int ima_record_hash(const struct ima_record *rec, enum pcr_bank bank, unsigned char *out)
{
	if (rec->violation) {
		memset(out, 0xff, pcr_bank_size(bank));
		return 0;
	}
	return rec->old_format ? old_hash(rec, bank, out) :
				 pcr_hash(bank, &rec->template_data, 1, out);
}

int ima_record_extend(const struct ima_record *rec, struct pcr_set *set, uint32_t banks)
{
	unsigned char digest[PCR_DIGEST_MAX];
	int bank, ret;

	for (bank = 0; bank < PCR_BANKS; bank++) {
		if (!(banks & PCR_BANK_BIT(bank)))
			continue;
		ret = ima_record_hash(rec, bank, digest);
		if (!ret)
			ret = pcr_extend(set, bank, rec->pcr, digest, pcr_bank_size(bank));
		if (ret)
			return ret;
	}
	return 0;
}
