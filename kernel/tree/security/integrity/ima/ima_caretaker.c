// SPDX-License-Identifier: GPL-2.0
/*
 * Records of KVM caretakers that no policy leaves out.
 *
 * The policy is user space's.  What the kernel says of itself is worth most where it
 * comes before anything that user space can do, and so before there is a policy.
 */
#include <linux/errno.h>
#include <linux/ima.h>

#include "ima.h"

/**
 * ima_measure_caretaker - measure critical data of caretakers, whatever the policy says
 * @event_name: event name for the record in the IMA measurement list
 * @buf: pointer to buffer data
 * @buf_len: length of buffer data (in bytes)
 *
 * As a rule for the label "caretaker" without pcr= and template= would have it measured.
 *
 * Return: 0 if the buffer has been successfully measured, -ENODEV if IMA has not begun,
 * did not come up or measures nothing any more, or another negative value.
 */
int ima_measure_caretaker(const char *event_name, const void *buf, size_t buf_len)
{
	struct ima_max_digest_data hash = {};
	struct ima_digest_data *hash_hdr = container_of(&hash.hdr, struct ima_digest_data, hdr);
	struct ima_iint_cache iint = { .ima_hash = hash_hdr };
	struct ima_event_data event_data = {
		.iint = &iint,
		.filename = event_name,
		.buf = buf,
		.buf_len = buf_len,
	};
	struct ima_template_desc *template = ima_template_desc_buf();
	struct ima_template_entry *entry;
	int ret;

	if (!ima_ready)
		return -ENODEV;
	if (!template)
		return -EINVAL;

	hash_hdr->algo = ima_hash_algo;
	hash_hdr->length = hash_digest_size[ima_hash_algo];
	ret = ima_calc_buffer_hash(buf, buf_len, hash_hdr);
	if (ret < 0)
		return ret;
	ret = ima_alloc_init_template(&event_data, &entry, template);
	if (ret < 0)
		return ret;
	ret = ima_store_template(entry, 0, NULL, buf, CONFIG_IMA_MEASURE_PCR_IDX);
	if (ret < 0)
		ima_free_template_entry(entry);
	return ret;
}
