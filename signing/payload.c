// SPDX-License-Identifier: GPL-2.0-only
/*
 * A payload file as the tools see it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "hex.h"
#include "payload.h"

static int refuse(struct reason *why, const struct payload *payload)
{
	const struct caretaker_broken *broken = &payload->broken;
	char header[32] = "";

	if (broken->index != ~0U)
		snprintf(header, sizeof(header), "header %u, ", broken->index);
	return reason_set(why, REFUSED, caretaker_rule_name(broken->rule), "%s (%soffset 0x%llx)",
			  caretaker_rule_text(broken->rule), header,
			  (unsigned long long)broken->offset);
}

static int name_digest(struct payload *out, struct reason *why)
{
	unsigned char digest[PAYLOAD_DIGEST_SIZE];
	char hex[2 * sizeof(digest) + 1];

	if (!EVP_Digest(out->data, out->size, digest, NULL, EVP_sha256(), NULL))
		return reason_openssl(why, -EIO, "digest", "cannot compute SHA-256");
	hex_encode(digest, sizeof(digest), hex);
	snprintf(out->digest, sizeof(out->digest), "sha256:%s", hex);
	return 0;
}

int payload_parse(const void *data, size_t size, struct payload *out, struct reason *why)
{
	struct caretaker_trailer trailer;
	int ret;

	*out = (struct payload){ .data = data };
	ret = caretaker_trailer_parse(data, size, &trailer, &out->broken);
	if (ret && ret != -ENODATA) {
		out->error = ret;
		return refuse(why, out);
	}
	out->size = trailer.signed_size;
	if (!ret) {
		out->signature = out->data + trailer.signed_size;
		out->signature_size = trailer.signature_size;
	}
	ret = name_digest(out, why);
	if (ret)
		return ret;
	out->error = caretaker_elf_parse(data, out->size, &out->image, &out->broken);
	return out->error ? refuse(why, out) : 0;
}

int payload_read(const char *path, struct blob *out, const char *word, struct reason *why)
{
	struct payload unread;
	int ret = file_read(path, PAYLOAD_MAX_BYTES, out);

	if (ret == -EFBIG)
		return payload_too_large(&unread, why);
	return ret ? reason_set(why, ret, word, "%s", strerror(-ret)) : 0;
}

int payload_too_large(struct payload *out, struct reason *why)
{
	*out = (struct payload){
		.error = -EFBIG,
		.broken = { .rule = CARETAKER_RULE_FILE_LARGE, .index = ~0U, .offset = PAYLOAD_MAX_BYTES },
	};
	return refuse(why, out);
}
