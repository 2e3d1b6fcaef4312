// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the claims of ima.h from the attested part of an IMA log.
 *
 * A template hash covers the fields of a record, but not the template's name.  A
 * host may thus present an ima-buf record as ima-sig and hide its buffer: the
 * bytes, and so the hash, are the same.  Therefore an event's name counts in each
 * record whose hashed bytes could be those of ima-buf, and then demands that template.
 *
 * A file may have any name, and who can get a file measured chooses it: what could
 * be no record of an event is one of a file, whatever its name is.
 */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "claims/ima.h"
#include "log/ima_hash.h"
#include "log/ima_log.h"
#include "policy_ima.h"

/*
 * As ima_calc_boot_aggregate() in security/integrity/ima/ima_crypto.c: over PCR 0
 * to 9 of the bank that the record's digest is of.
 */
static void boot_aggregate(const struct ima_record *rec, const struct pcr_set *at_init,
			   struct claims_ima *out, struct reasons *why)
{
	int bank = rec->digest.alg ? pcr_bank_by_name(rec->digest.alg) : PCR_BANK_NONE;
	unsigned char want[PCR_DIGEST_MAX];
	struct view part[10];

	if (bank < 0 || bank == PCR_SHA1) {
		reasons_add(why, "boot-aggregate-mismatch", "the boot aggregate is in a weak hash");
		return;
	}
	for (unsigned int i = 0; i < 10; i++) {
		part[i].data = pcr_value(at_init, bank, i);
		part[i].size = pcr_bank_size(bank);
		if (!part[i].data) {
			reasons_add(why, "boot-aggregate-mismatch",
				    "PCR %u of the boot aggregate's bank is not quoted", i);
			return;
		}
	}
	if (pcr_hash(bank, part, 10, want) ||
	    !view_equal(rec->digest.value, want, pcr_bank_size(bank)))
		reasons_add(why, "boot-aggregate-mismatch",
			    "the log belongs to another boot than PCR 0 to 9");
	else
		out->aggregate_bank = bank;
}

/* Keeps its digest, once.  0 or -ENOMEM. */
static int keep_policy(const struct ima_record *rec, struct claims_ima *out, struct reasons *why)
{
	unsigned char digest[PCR_DIGEST_MAX];

	if (pcr_hash(PCR_SHA256, &rec->buffer, 1, digest))
		return -ENOMEM;
	for (unsigned int i = 0; i < out->policies; i++)
		if (!memcmp(out->policy_digest[i], digest, 32))
			return 0;
	if (out->policies == CLAIMS_POLICIES_MAX)
		reasons_add(why, "ima-policy-unfit",
			    "IMA record %u: more policies than this verifier follows", rec->number);
	else
		memcpy(out->policy_digest[out->policies++], digest, 32);
	return 0;
}

static int policy(const struct ima_record *rec, struct claims_ima *out, struct reasons *why)
{
	static const unsigned int need = POLICY_IMA_VERDICT;
	struct policy_ima_report report;

	policy_ima_check((const char *)rec->buffer.data, rec->buffer.size, &report);
	if (report.errors || (report.does & need) != need)
		reasons_add(why, "ima-policy-unfit", "IMA record %u: the policy%s%.120s",
			    rec->number, report.errors ? ": " :
			    !(report.does & POLICY_IMA_RECORDS) ? " does not record caretakers" :
			    " does not record all of a kexec",
			    report.errors && report.notes ? report.note[0].text : "");
	if (!report.errors && report.does & POLICY_IMA_KEXEC_CMDLINE)
		out->caretaker.kernels.lines_asked = true;
	return keep_policy(rec, out, why);
}

static bool is_aggregate(struct view name)
{
	return view_is_text(name, "boot_aggregate") || view_is_text(name, "boot_aggregate_late");
}

/*
 * Could the hashed bytes be those of an ima-buf record, as process_buffer_measurement()
 * makes it?  Three fields, of which the third hashes to the digest in the first,
 * whatever the host says that they are.
 */
static bool could_be_buffer(const struct ima_record *rec)
{
	struct view first, third, digest;
	const struct ima_hash *hash;
	const unsigned char *colon;
	unsigned char value[EVP_MAX_MD_SIZE];
	size_t size;

	if (rec->field_count != 3)
		return false;
	first = rec->field[0].data;
	third = rec->field[2].data;
	/*
	 * A file may have its own content for a signature (ima-sig).  Signatures begin with
	 * their type (EVM_IMA_XATTR_DIGSIG, EVM_XATTR_PORTABLE_DIGSIG, IMA_VERITY_DIGSIG),
	 * and nothing that we look for does.
	 */
	if (!third.size || !first.size || third.data[0] == 3 || third.data[0] == 5 ||
	    third.data[0] == 6)
		return false;
	colon = memchr(first.data, ':', first.size);
	if (!colon)
		return false;
	hash = ima_hash_by_name((struct view){ first.data, (size_t)(colon - first.data) });
	size = (size_t)(first.data + first.size - colon);
	if (!hash || size < 2 || colon[1])
		return false;
	digest = (struct view){ colon + 2, size - 2 };
	/* One that cannot be computed here must not hide anything */
	if (!hash->openssl ||
	    !EVP_Q_digest(NULL, hash->openssl, NULL, third.data, third.size, value, &size))
		return true;
	return view_equal(digest, value, size);
}

/*
 * A later boot aggregate is another kernel's.  Fields may follow, empty: the signature of
 * ima-sig.  A file of that name has a digest of its own, unless PCR 0 to 9 are its content:
 * so one counts only where another kernel may have started.  Compared are the bytes,
 * which are hashed, and not what the host says that they are.
 */
static bool later_aggregate(const struct ima_record *rec, const struct claims_ima *out)
{
	for (unsigned int i = 2; i < rec->field_count; i++)
		if (rec->field[i].data.size)
			return false;
	return view_equal(rec->field[0].data, out->aggregate, out->aggregate_size) &&
	       claims_kernel_may_start(&out->caretaker.kernels);
}

/* A record whose name is where we look for it, and whose hash is its own */
static bool acceptable(const struct ima_record *rec, struct reasons *why)
{
	if (!rec->template_ok) {
		reasons_add(why, "ima-log-altered",
			    "IMA record %u: the template hash is not that of its bytes", rec->number);
		return false;
	}
	if (rec->old_format || rec->field_count < 2 || rec->field[1].id != IMA_FIELD_N_NG) {
		reasons_add(why, "ima-template", "IMA record %u: template without name as second field",
			    rec->number);
		return false;
	}
	return true;
}

/* Records that the kernel itself makes, by the names of their events */
static int event_record(const struct ima_record *rec, struct claims_ima *out, struct reasons *why)
{
	bool buffer = view_is_text(rec->template_name, "ima-buf") && rec->buffer_bound;

	if (claims_record_is_name(rec->name)) {
		if (buffer)
			return claims_caretaker_record(&out->caretaker, rec->name, rec->buffer,
						       rec->number, why);
		reasons_add(why, "record-malformed",
			    "IMA record %u: a caretaker's record in another template", rec->number);
		out->caretaker.broken = true;
	} else if (view_is_text(rec->name, "ima_policy_loaded")) {
		if (buffer)
			return policy(rec, out, why);
		reasons_add(why, "ima-policy-unfit",
			    "IMA record %u: a policy in another template", rec->number);
	} else if (view_is_text(rec->name, "kexec_execute")) {
		out->policies = 0;
		claims_caretaker_left(&out->caretaker, rec->number, why);
	} else if (view_is_text(rec->name, "kexec-cmdline")) {
		return claims_caretaker_line(&out->caretaker, rec->field[2].data, rec->number, why);
	}
	return 0;
}

static void first_record(const struct ima_record *rec, const struct pcr_set *at_init,
			 struct claims_ima *out, struct reasons *why)
{
	if (rec->violation || !is_aggregate(rec->name)) {
		reasons_add(why, "boot-aggregate-missing", "the log does not start with it");
		return;
	}
	if (rec->field[0].data.size <= sizeof(out->aggregate)) {
		out->aggregate_size = rec->field[0].data.size;
		memcpy(out->aggregate, rec->field[0].data.data, out->aggregate_size);
	}
	if (acceptable(rec, why))
		boot_aggregate(rec, at_init, out, why);
}

static int attested_record(const struct ima_record *rec, bool first, const struct pcr_set *at_init,
			   struct claims_ima *out, struct reasons *why)
{
	if (first)
		first_record(rec, at_init, out, why);
	if (rec->violation) {
		out->violations++;
		return 0;
	}
	if (first && is_aggregate(rec->name))
		return 0;
	if (!acceptable(rec, why))
		return 0;
	if (is_aggregate(rec->name) && later_aggregate(rec, out)) {
		out->policies = 0;
		claims_caretaker_started(&out->caretaker, rec->number, why);
		return 0;
	}
	if (could_be_buffer(rec))
		return event_record(rec, out, why);
	return 0;
}

/* --- The replay ---------------------------------------------------------------------- */

static bool quoted_in(const struct pcr_set *quoted, uint32_t banks)
{
	for (int bank = 0; bank < PCR_BANKS; bank++)
		if (banks >> bank & 1 && !pcr_value(quoted, bank, CLAIMS_IMA_PCR))
			return false;
	return banks;
}

/* One extend goes to all banks, so they arrive together.  A register that nothing extended has not. */
static bool arrived(const struct pcr_set *at, const struct pcr_set *quoted, uint32_t banks)
{
	for (int bank = 0; bank < PCR_BANKS; bank++)
		if (banks >> bank & 1 &&
		    memcmp(at->value[bank][CLAIMS_IMA_PCR], quoted->value[bank][CLAIMS_IMA_PCR],
			   pcr_bank_size(bank)))
			return false;
	return true;
}

/*
 * Claims are taken while the log is replayed, and are worth nothing until it has led to
 * the quoted value.  From there on the rest must have the form of a log, and says nothing.
 * Return: 0 with @proven set, or what ima_stream_next() says.
 */
static int replay(struct ima_stream *in, const struct claims_ima_input *input,
		  struct claims_ima *out, bool *proven, struct reasons *found,
		  struct parse_error *err)
{
	struct ima_record rec;
	struct pcr_set at;
	int rc;

	pcr_set_init(&at);
	*proven = false;
	while ((rc = ima_stream_next(in, &rec, err)) > 0) {
		if (*proven || rec.pcr != CLAIMS_IMA_PCR) {
			out->unattested++;
			continue;
		}
		rc = attested_record(&rec, !out->attested++, input->at_init, out, found);
		if (rc || ima_record_extend(&rec, &at, input->banks))
			return parse_fail(err, PARSE_MEMORY, rec.offset, rec.number,
					  "no memory, or no hash");
		*proven = arrived(&at, input->quoted, input->banks);
	}
	return rc;
}

static int refuse(int rc, const struct parse_error *err, struct reasons *why)
{
	char text[PARSE_ERROR_LINE];

	if (rc != -EBADMSG)
		return rc;
	parse_error_line(err, text);
	if (err->code == PARSE_EMPTY)
		reasons_add(why, "ima-log-empty", "there is no IMA log");
	else
		reasons_add(why, "ima-log-malformed", "%.200s", text);
	return rc;
}

int claims_ima_read(struct ima_stream *in, const struct claims_ima_input *input,
		    struct claims_ima *out, struct reasons *why)
{
	struct parse_error err = { 0 };
	struct reasons found = { 0 };
	bool proven;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!quoted_in(input->quoted, input->banks)) {
		reasons_add(why, "pcr-selection", "PCR 10 is not quoted");
		return -EBADMSG;
	}
	out->aggregate_bank = PCR_BANK_NONE;
	rc = replay(in, input, out, &proven, &found, &err);
	if (!rc && proven)
		rc = claims_caretaker_end(&out->caretaker, &found);
	if (proven)
		reasons_append(why, &found);
	if (!rc && proven)
		return 0;
	claims_ima_free(out);
	if (rc)
		return refuse(rc, &err, why);
	reasons_add(why, "ima-log-altered", "no part of the log leads to the quoted PCR 10");
	return -EBADMSG;
}

void claims_ima_free(struct claims_ima *c)
{
	claims_caretaker_free(&c->caretaker);
	memset(c, 0, sizeof(*c));
}
