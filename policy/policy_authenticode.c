// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes a PE image without what signing changes: the checksum, the entry of the
 * certificate table and the table itself.
 *
 * As EDK2's PeCoffHash: headers, then the sections in file order by their
 * PointerToRawData, then what lies behind the sections up to the certificates.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy_authenticode.h"
#include "policy_json.h"
#include "reader.h"

#define ALIGNMENT	8	/* of the certificate table: Authenticode, PE/COFF section "Attribute Certificate Table" */
#define MAX_SECTIONS	96	/* as the Windows loader */
#define PE32		0x10b
#define PE32_PLUS	0x20b
#define SECURITY	4	/* index of the certificate table in the data directory */

struct section {
	uint32_t size;
	uint32_t offset;
	uint32_t virtual_size;	/* bytes in memory: what counts of @size, which is padded */
	struct view name;	/* 8 bytes, filled with NULs */
};

struct pe {
	const unsigned char *data;
	size_t size;
	size_t checksum;	/* offset of the field */
	size_t directory;	/* offset of the certificate table's entry, 0: none */
	size_t certificates;	/* bytes at the end of the file */
	size_t headers;		/* SizeOfHeaders */
	bool to_be_signed;	/* the digest is to be that of the signed image */
	unsigned int sections;
	struct section section[MAX_SECTIONS];
};

static bool skip(struct reader *r, size_t n)
{
	struct view ignored;

	return reader_view(r, n, &ignored);
}

static int parse_optional(struct reader *r, size_t optional_size, struct pe *pe, char *why)
{
	uint32_t headers, directories, address, size;
	struct reader opt;
	uint16_t magic;

	if (!reader_sub(r, optional_size, &opt))
		return policy_json_fail(why, "optional header runs past the end");
	pe->checksum = reader_offset(&opt) + 64;
	if (!reader_le16(&opt, &magic) || !skip(&opt, 58) || !reader_le32(&opt, &headers) ||
	    !skip(&opt, 4))
		return policy_json_fail(why, "optional header is too short");
	if (magic != PE32 && magic != PE32_PLUS)
		return policy_json_fail(why, "optional header: magic %#x is not known", magic);
	/* Up to NumberOfRvaAndSizes: subsystem, characteristics, stack and heap sizes, flags */
	if (!skip(&opt, magic == PE32 ? 24 : 40) || !reader_le32(&opt, &directories))
		return policy_json_fail(why, "optional header is too short");
	pe->headers = headers;
	if (directories > SECURITY) {
		if (!skip(&opt, SECURITY * 8))
			return policy_json_fail(why, "data directory is too short");
		pe->directory = reader_offset(&opt);
		if (!reader_le32(&opt, &address) || !reader_le32(&opt, &size))
			return policy_json_fail(why, "data directory is too short");
		/* The table must end the file, or bytes behind it would be in no digest */
		if (size && ((size_t)address + size != pe->size || address < headers))
			return policy_json_fail(why, "certificate table does not end the file");
		pe->certificates = size;
	}
	return 0;
}

static int compare_sections(const void *a, const void *b)
{
	const struct section *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int parse_sections(struct reader *r, unsigned int count, struct pe *pe, char *why)
{
	uint32_t size, offset, virtual_size;
	struct view name;

	if (count > MAX_SECTIONS)
		return policy_json_fail(why, "%u sections, more than %u", count, MAX_SECTIONS);
	for (unsigned int i = 0; i < count; i++) {
		if (!reader_view(r, 8, &name) || !reader_le32(r, &virtual_size) || !skip(r, 4) ||
		    !reader_le32(r, &size) || !reader_le32(r, &offset) || !skip(r, 16))
			return policy_json_fail(why, "section header %u runs past the end", i);
		if (!size)
			continue;
		if (offset < pe->headers || (size_t)offset + size > pe->size - pe->certificates)
			return policy_json_fail(why, "section %u lies outside of the file", i);
		pe->section[pe->sections++] = (struct section){ size, offset, virtual_size, name };
	}
	if (reader_offset(r) > pe->headers)
		return policy_json_fail(why, "section headers run past SizeOfHeaders");
	qsort(pe->section, pe->sections, sizeof(pe->section[0]), compare_sections);
	for (unsigned int i = 1; i < pe->sections; i++)
		if ((size_t)pe->section[i - 1].offset + pe->section[i - 1].size >
		    pe->section[i].offset)
			return policy_json_fail(why, "sections overlap at offset %u",
						pe->section[i].offset);
	return 0;
}

static int parse(struct pe *pe, char *why)
{
	uint16_t count, optional_size;
	struct reader r;
	struct view v;
	uint32_t at;
	int rc;

	reader_init(&r, pe->data, pe->size);
	if (!reader_view(&r, 2, &v) || !view_is_text(v, "MZ") || !skip(&r, 58) ||
	    !reader_le32(&r, &at))
		return policy_json_fail(why, "no DOS header");
	if (at < 64 || at > pe->size || !skip(&r, at - 64) || !reader_view(&r, 4, &v) ||
	    memcmp(v.data, "PE\0\0", 4))
		return policy_json_fail(why, "no PE header at offset %u", at);
	if (!skip(&r, 2) || !reader_le16(&r, &count) || !skip(&r, 12) ||
	    !reader_le16(&r, &optional_size) || !skip(&r, 2))
		return policy_json_fail(why, "COFF header runs past the end");
	rc = parse_optional(&r, optional_size, pe, why);
	if (rc)
		return rc;
	if (pe->headers > pe->size - pe->certificates || pe->headers < pe->checksum + 4)
		return policy_json_fail(why, "SizeOfHeaders lies outside of the file");
	return parse_sections(&r, count, pe, why);
}

static bool update(EVP_MD_CTX *md, const struct pe *pe, size_t from, size_t to)
{
	return to >= from && EVP_DigestUpdate(md, pe->data + from, to - from);
}

static bool digest(EVP_MD_CTX *md, const struct pe *pe)
{
	static const unsigned char zeros[ALIGNMENT];
	size_t at = pe->headers, end = pe->size - pe->certificates;
	bool ok = update(md, pe, 0, pe->checksum);

	if (ok && pe->directory)
		ok = update(md, pe, pe->checksum + 4, pe->directory) &&
		     update(md, pe, pe->directory + 8, pe->headers);
	else if (ok)
		ok = update(md, pe, pe->checksum + 4, pe->headers);
	/* EDK2 counts bytes hashed, not positions: what lies in gaps is hashed by nobody */
	for (unsigned int i = 0; ok && i < pe->sections; i++) {
		ok = update(md, pe, pe->section[i].offset,
			    (size_t)pe->section[i].offset + pe->section[i].size);
		at += pe->section[i].size;
	}
	if (ok && at < end)
		ok = update(md, pe, at, end);
	/* Signing fills the file with zeros up to a multiple of 8, and hashes them */
	if (ok && pe->to_be_signed && !pe->certificates && end % ALIGNMENT)
		ok = EVP_DigestUpdate(md, zeros, ALIGNMENT - end % ALIGNMENT);
	return ok;
}

static int hash_image(struct pe *pe, const char *hash, struct policy_digest *out, char *why)
{
	unsigned int length = 0;
	EVP_MD_CTX *md;
	bool ok;
	int rc;

	rc = parse(pe, why);
	if (rc)
		return rc;
	md = EVP_MD_CTX_new();
	ok = md && EVP_DigestInit_ex(md, EVP_get_digestbyname(hash), NULL) && digest(md, pe) &&
	     EVP_DigestFinal_ex(md, out->value, &length);
	EVP_MD_CTX_free(md);
	out->size = length;
	return ok ? 0 : -ENOMEM;
}

int policy_authenticode(const void *data, size_t size, const char *hash,
			struct policy_digest *out, char why[POLICY_REASON])
{
	struct pe pe = { .data = data, .size = size, .to_be_signed = true };

	return hash_image(&pe, hash, out, why);
}

int policy_authenticode_as_is(const void *data, size_t size, const char *hash,
			      struct policy_digest *out, char why[POLICY_REASON])
{
	struct pe pe = { .data = data, .size = size };

	return hash_image(&pe, hash, out, why);
}

int policy_uki_kernel(const void *data, size_t size, struct view *kernel, char why[POLICY_REASON])
{
	static const char name[8] = ".linux";
	struct pe pe = { .data = data, .size = size };
	const struct section *found = NULL;
	int rc;

	*kernel = (struct view){ NULL, 0 };
	rc = parse(&pe, why);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < pe.sections; i++) {
		if (!view_equal(pe.section[i].name, name, sizeof(name)))
			continue;
		if (found)
			return policy_json_fail(why, "two sections .linux");
		found = &pe.section[i];
	}
	if (!found)
		return 0;
	if (!found->virtual_size || found->virtual_size > found->size)
		return policy_json_fail(why, "section .linux: %u bytes in memory, %u in the file",
					found->virtual_size, found->size);
	*kernel = (struct view){ pe.data + found->offset, found->virtual_size };
	return 0;
}
