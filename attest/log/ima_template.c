// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMA templates and their fields, as security/integrity/ima/ima_template.c and
 * ima_template_lib.c of the kernel define them.
 */
#include <string.h>

#include "log/ima_hash.h"
#include "log/ima_template.h"

static const struct {
	const char *name;
	unsigned int count;
	enum ima_field_id id[IMA_FIELDS_MAX];
} builtin[] = {
	{ "ima-ng",	2, { IMA_FIELD_D_NG, IMA_FIELD_N_NG } },
	{ "ima-sig",	3, { IMA_FIELD_D_NG, IMA_FIELD_N_NG, IMA_FIELD_SIG } },
	{ "ima",	2, { IMA_FIELD_D, IMA_FIELD_N } },
	{ "ima-ngv2",	2, { IMA_FIELD_D_NGV2, IMA_FIELD_N_NG } },
	{ "ima-sigv2",	3, { IMA_FIELD_D_NGV2, IMA_FIELD_N_NG, IMA_FIELD_SIG } },
	{ "ima-buf",	3, { IMA_FIELD_D_NG, IMA_FIELD_N_NG, IMA_FIELD_BUF } },
	{ "ima-modsig",	5, { IMA_FIELD_D_NG, IMA_FIELD_N_NG, IMA_FIELD_SIG, IMA_FIELD_D_MODSIG,
			     IMA_FIELD_MODSIG } },
	{ "evm-sig",	9, { IMA_FIELD_D_NG, IMA_FIELD_N_NG, IMA_FIELD_EVMSIG, IMA_FIELD_XATTRNAMES,
			     IMA_FIELD_XATTRLENGTHS, IMA_FIELD_XATTRVALUES, IMA_FIELD_IUID,
			     IMA_FIELD_IGID, IMA_FIELD_IMODE } },
};

static const char *const field_name[] = {
	[IMA_FIELD_D]		 = "d",
	[IMA_FIELD_N]		 = "n",
	[IMA_FIELD_D_NG]	 = "d-ng",
	[IMA_FIELD_D_NGV2]	 = "d-ngv2",
	[IMA_FIELD_N_NG]	 = "n-ng",
	[IMA_FIELD_SIG]		 = "sig",
	[IMA_FIELD_BUF]		 = "buf",
	[IMA_FIELD_D_MODSIG]	 = "d-modsig",
	[IMA_FIELD_MODSIG]	 = "modsig",
	[IMA_FIELD_EVMSIG]	 = "evmsig",
	[IMA_FIELD_IUID]	 = "iuid",
	[IMA_FIELD_IGID]	 = "igid",
	[IMA_FIELD_IMODE]	 = "imode",
	[IMA_FIELD_XATTRNAMES]	 = "xattrnames",
	[IMA_FIELD_XATTRLENGTHS] = "xattrlengths",
	[IMA_FIELD_XATTRVALUES]	 = "xattrvalues",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Fields that fill the same member of a record; two of them would contradict each other. */
static unsigned int field_role(enum ima_field_id id)
{
	switch (id) {
	case IMA_FIELD_D:
	case IMA_FIELD_D_NG:
	case IMA_FIELD_D_NGV2:
		return 1U << IMA_FIELD_D;
	case IMA_FIELD_N:
	case IMA_FIELD_N_NG:
		return 1U << IMA_FIELD_N;
	default:
		return 1U << id;
	}
}

unsigned int ima_template_fields(struct view name, enum ima_field_id id[IMA_FIELDS_MAX],
				 const char **why)
{
	unsigned int count = 0, roles = 0;
	struct view word;
	const char *end;
	size_t i;

	for (i = 0; i < COUNT(builtin); i++) {
		if (!view_is_text(name, builtin[i].name))
			continue;
		memcpy(id, builtin[i].id, builtin[i].count * sizeof(id[0]));
		return builtin[i].count;
	}
	for (;;) {
		end = memchr(name.data, '|', name.size);
		word.data = name.data;
		word.size = end ? (size_t)((const unsigned char *)end - name.data) : name.size;
		for (i = 0; i < COUNT(field_name) && !view_is_text(word, field_name[i]); i++)
			;
		if (i == COUNT(field_name)) {
			*why = "unknown template or field";
			return 0;
		}
		if (count == IMA_FIELDS_MAX || roles & field_role((enum ima_field_id)i)) {
			*why = "template with too many fields or the same field twice";
			return 0;
		}
		roles |= field_role((enum ima_field_id)i);
		id[count++] = (enum ima_field_id)i;
		if (!end)
			return count;
		name.data += word.size + 1;
		name.size -= word.size + 1;
		if (!name.size) {
			*why = "field list ends with a separator";
			return 0;
		}
	}
}

static int field_fail(const struct ima_record *rec, const struct ima_field *f,
		      struct parse_error *err, enum parse_code code, const char *what)
{
	return parse_fail(err, code, f->offset, rec->number, "field %s: %s", field_name[f->id], what);
}

/* Takes "word:" off the front. */
static bool take_word(struct view *v, struct view *word)
{
	const unsigned char *colon = v->size ? memchr(v->data, ':', v->size) : NULL;

	if (!colon)
		return false;
	word->data = v->data;
	word->size = (size_t)(colon - v->data);
	v->data += word->size + 1;
	v->size -= word->size + 1;
	return true;
}

/* [type ":"] algorithm ":" NUL digest */
static int decode_digest(const struct ima_record *rec, const struct ima_field *f,
			 struct ima_digest *out, struct parse_error *err)
{
	const struct ima_hash *hash;
	struct view v = f->data, word;

	if (f->id == IMA_FIELD_D_NGV2) {
		if (!take_word(&v, &word))
			return field_fail(rec, f, err, PARSE_INVALID, "no digest type");
		if (view_is_text(word, "ima"))
			out->type = IMA_DIGEST_FILE;
		else if (view_is_text(word, "verity"))
			out->type = IMA_DIGEST_VERITY;
		else
			return field_fail(rec, f, err, PARSE_UNSUPPORTED, "unknown digest type");
	}
	if (!take_word(&v, &word) || !v.size || v.data[0])
		return field_fail(rec, f, err, PARSE_INVALID, "no \"algorithm:\" and NUL in front");
	hash = ima_hash_by_name(word);
	/*
	 * Older kernels left room for SHA-1 in a violation, whatever the algorithm: nothing
	 * in such a record counts, and there is no digest to speak of.
	 */
	if (hash && rec->violation && f->id == IMA_FIELD_D_NG && v.size - 1 == 20) {
		v.data++;
		v.size--;
		if (view_is_filled(v, 0))
			return 0;
		return field_fail(rec, f, err, PARSE_INCONSISTENT,
				  "a violation with a digest that is not zero");
	}
	if (!hash)
		return field_fail(rec, f, err, PARSE_UNSUPPORTED, "unknown hash algorithm");
	if (v.size - 1 != hash->size)
		return field_fail(rec, f, err, PARSE_INCONSISTENT,
				  "digest length is not that of its algorithm");
	out->alg = hash->name;
	out->value = (struct view){ v.data + 1, v.size - 1 };
	return 0;
}

/* The old digest: 20 bytes, or 16 for MD5, which only a field list can have (with a length). */
static int decode_old_digest(const struct ima_record *rec, const struct ima_field *f,
			     struct ima_digest *out, struct parse_error *err)
{
	if (f->data.size != 20 && f->data.size != 16)
		return field_fail(rec, f, err, PARSE_INVALID, "neither SHA-1 nor MD5 by its length");
	out->alg = f->data.size == 20 ? "sha1" : "md5";
	out->value = f->data;
	return 0;
}

static int decode_name(struct ima_record *rec, const struct ima_field *f, struct parse_error *err)
{
	struct view v = f->data;

	if (!rec->old_format) {
		if (!v.size || v.data[v.size - 1])
			return field_fail(rec, f, err, PARSE_INVALID, "name is not terminated");
		v.size--;
	}
	if (v.size && memchr(v.data, '\0', v.size))
		return field_fail(rec, f, err, PARSE_INVALID, "NUL inside a name");
	rec->name = v;
	return 0;
}

static int decode_number(const struct ima_record *rec, const struct ima_field *f, size_t size,
			 struct parse_error *err)
{
	if (f->data.size && f->data.size != size)
		return field_fail(rec, f, err, PARSE_INVALID, "number of the wrong size");
	return 0;
}

static int decode_field(struct ima_record *rec, const struct ima_field *f, struct parse_error *err)
{
	switch (f->id) {
	case IMA_FIELD_D:
		return decode_old_digest(rec, f, &rec->digest, err);
	case IMA_FIELD_D_NG:
	case IMA_FIELD_D_NGV2:
		return decode_digest(rec, f, &rec->digest, err);
	case IMA_FIELD_D_MODSIG:
		return f->data.size ? decode_digest(rec, f, &rec->modsig_digest, err) : 0;
	case IMA_FIELD_N:
	case IMA_FIELD_N_NG:
		return decode_name(rec, f, err);
	case IMA_FIELD_SIG:
		rec->signature = f->data;
		return 0;
	case IMA_FIELD_BUF:
		rec->buffer = f->data;
		return 0;
	case IMA_FIELD_MODSIG:
		rec->modsig = f->data;
		return 0;
	case IMA_FIELD_EVMSIG:
		rec->evmsig = f->data;
		return 0;
	case IMA_FIELD_IUID:
	case IMA_FIELD_IGID:
		return decode_number(rec, f, 4, err);
	case IMA_FIELD_IMODE:
		return decode_number(rec, f, 2, err);
	case IMA_FIELD_XATTRNAMES:
	case IMA_FIELD_XATTRLENGTHS:
	case IMA_FIELD_XATTRVALUES:
		return 0;
	}
	return parse_fail(err, PARSE_UNSUPPORTED, f->offset, rec->number, "unknown field");
}

int ima_template_decode(struct ima_record *rec, struct parse_error *err)
{
	bool has_digest = false, has_modsig = false;
	unsigned int i;
	int ret;

	for (i = 0; i < rec->field_count; i++) {
		ret = decode_field(rec, &rec->field[i], err);
		if (ret)
			return ret;
		has_digest |= rec->field[i].id == IMA_FIELD_D_MODSIG;
		has_modsig |= rec->field[i].id == IMA_FIELD_MODSIG;
	}
	/* The kernel fills both or neither, from the same parsed signature. */
	if (has_digest && has_modsig && !rec->modsig.size != !rec->modsig_digest.alg)
		return parse_fail(err, PARSE_INCONSISTENT, rec->offset, rec->number,
				  "appended signature without its digest, or the reverse");
	return 0;
}
