// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the signature that follows a payload: PKCS#7, then what the kernel's
 * include/uapi/linux/module_signature.h calls struct module_signature, then a
 * marker.  The format is that of signed modules, so that scripts/sign-file and
 * IMA's modsig understand it.  mod_check_sig() is not used: modules cannot call
 * it, and it accepts a signature of no bytes.
 */
#include <linux/errno.h>
#ifdef __KERNEL__
#include <linux/module_signature.h>
#endif

#include "elf.h"
#include "view.h"

#define MARKER		"~Module signature appended~\n"
#define MARKER_SIZE	(sizeof(MARKER) - 1)
#define TYPE_PKCS7	2

/* struct module_signature; UAPI headers before 7.0 do not have it */
struct trailer_block {
	__u8 algo;
	__u8 hash;
	__u8 id_type;
	__u8 signer_len;
	__u8 key_id_len;
	__u8 pad[3];
	__u8 sig_len[4];	/* big-endian */
};

#ifdef __KERNEL__
_Static_assert(sizeof(struct trailer_block) == sizeof(struct module_signature), "size");
_Static_assert(sizeof(MARKER) == sizeof(MODULE_SIGNATURE_MARKER), "marker");
_Static_assert(TYPE_PKCS7 == MODULE_SIGNATURE_TYPE_PKCS7, "type");
#endif

static int ends_with_marker(const struct caretaker_view *view)
{
	char marker[MARKER_SIZE];

	return view->size >= MARKER_SIZE &&
	       view_read(view, view->size - MARKER_SIZE, marker, MARKER_SIZE) &&
	       !memcmp(marker, MARKER, MARKER_SIZE);
}

/*
 * A signature is one DER SEQUENCE that ends where the signature ends: nothing is
 * left over that the ASN.1 code would skip, and an empty or an indefinite one
 * never reaches it (X.690, 8.1.3 and 10.1).  Returns the rule that is broken.
 */
static __u32 check_extent(const struct caretaker_view *signature)
{
	__u8 head[5] = { 0 };
	__u64 length = 0;
	__u32 i, count;

	if (!view_read(signature, 0, head, 1) || head[0] != 0x30)
		return CARETAKER_RULE_SIGNATURE_TAG;
	if (!view_read(signature, 0, head, 2))
		return CARETAKER_RULE_SIGNATURE_EXTENT;
	count = head[1] & 0x7f;
	if (!(head[1] & 0x80)) {
		length = count;
		count = 0;
	} else if (count < 1 || count > 3 || !view_read(signature, 0, head, 2 + count)) {
		return CARETAKER_RULE_SIGNATURE_EXTENT;
	}
	for (i = 0; i < count; i++)
		length = length << 8 | head[2 + i];
	if (!length || 2 + count + length != signature->size)
		return CARETAKER_RULE_SIGNATURE_EXTENT;
	return CARETAKER_RULE_NONE;
}

static __u32 check_block(const struct trailer_block *block)
{
	if (block->id_type != TYPE_PKCS7)
		return CARETAKER_RULE_TRAILER_TYPE;
	if (block->algo || block->hash || block->signer_len || block->key_id_len ||
	    block->pad[0] || block->pad[1] || block->pad[2])
		return CARETAKER_RULE_TRAILER_UNUSED;
	return CARETAKER_RULE_NONE;
}

static __u32 check_length(__u64 length, __u64 before)
{
	if (!length)
		return CARETAKER_RULE_SIGNATURE_EMPTY;
	if (length > CARETAKER_MAX_SIGNATURE)
		return CARETAKER_RULE_SIGNATURE_LARGE;
	if (length > before)
		return CARETAKER_RULE_SIGNATURE_BOUNDS;
	if (length == before)
		return CARETAKER_RULE_PAYLOAD_EMPTY;
	return CARETAKER_RULE_NONE;
}

int caretaker_trailer_parse(const void *data, __u64 size,
			    struct caretaker_trailer *trailer,
			    struct caretaker_broken *broken)
{
	struct caretaker_view view = { data, size };
	struct trailer_block block;
	__u64 at, length;
	__u32 rule;

	memset(broken, 0, sizeof(*broken));
	trailer->signed_size = size;
	trailer->signature_size = 0;
	if (!ends_with_marker(&view))
		return caretaker_rule_break(broken, CARETAKER_RULE_SIGNATURE_MISSING,
					    CARETAKER_NO_HEADER, size);
	/* From here on a failure must not look like an unsigned file. */
	trailer->signed_size = 0;
	at = size - MARKER_SIZE;
	if (at < sizeof(block) || !view_read(&view, at - sizeof(block), &block, sizeof(block)))
		return caretaker_rule_break(broken, CARETAKER_RULE_TRAILER_TRUNCATED,
					    CARETAKER_NO_HEADER, 0);
	at -= sizeof(block);
	rule = check_block(&block);
	if (rule)
		return caretaker_rule_break(broken, rule, CARETAKER_NO_HEADER, at);
	length = (__u64)block.sig_len[0] << 24 | block.sig_len[1] << 16 |
		 block.sig_len[2] << 8 | block.sig_len[3];
	rule = check_length(length, at);
	if (rule)
		return caretaker_rule_break(broken, rule, CARETAKER_NO_HEADER, at);
	at -= length;
	view.data += at;
	view.size = length;
	rule = check_extent(&view);
	if (rule)
		return caretaker_rule_break(broken, rule, CARETAKER_NO_HEADER, at);
	view.data = data;
	view.size = at;
	if (ends_with_marker(&view))
		return caretaker_rule_break(broken, CARETAKER_RULE_TRAILER_NESTED,
					    CARETAKER_NO_HEADER, at);
	trailer->signed_size = at;
	trailer->signature_size = length;
	return 0;
}
