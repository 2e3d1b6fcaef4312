// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that nobody writes and that many slots map: those of a payload, made once for a
 * caretaker, and the trampoline, made once for a vendor module.
 *
 * What is executable of them is not in the direct map: see caretaker_text_hide().
 */
#include <linux/elf.h>
#include <linux/kvm_caretaker.h>
#include <linux/kvm_host.h>
#include <kunit/visibility.h>

#include <asm/caretaker.h>

#include "caretaker.h"
#include "slot.h"

/**
 * caretaker_image_fill - what the file has for one page
 * @page: zeroed
 * @payload: the file
 * @seg: the segment that it is of
 * @offset: of the page in the segment
 */
void caretaker_image_fill(struct page *page, const struct caretaker_payload *payload,
			  const struct caretaker_segment *seg, u64 offset)
{
	if (offset < seg->filesz)
		memcpy(page_address(page), payload->data + seg->offset + offset,
		       min_t(u64, seg->filesz - offset, PAGE_SIZE));
}

/* Those of executable segments */
static unsigned int image_text(const struct kvm_caretaker *caretaker, struct page **text)
{
	const struct caretaker_image *image = &caretaker->payload->image;
	unsigned int i, n = 0;
	u64 done;

	for (i = 0; i < image->segments; i++) {
		const struct caretaker_segment *seg = &image->segment[i];

		for (done = 0; seg->flags & PF_X && done < seg->memsz; done += PAGE_SIZE)
			text[n++] = caretaker->image[(seg->vaddr + done) >> PAGE_SHIFT];
	}
	return n;
}

static int image_alloc(struct kvm_caretaker *caretaker)
{
	const struct caretaker_payload *payload = caretaker->payload;
	unsigned int i;
	u64 done;

	for (i = 0; i < payload->image.segments; i++) {
		const struct caretaker_segment *seg = &payload->image.segment[i];

		for (done = 0; !(seg->flags & PF_W) && done < seg->memsz; done += PAGE_SIZE) {
			struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

			if (!page)
				return -ENOMEM;
			caretaker_image_fill(page, payload, seg, done);
			caretaker->image[(seg->vaddr + done) >> PAGE_SHIFT] = page;
		}
	}
	return 0;
}

/**
 * caretaker_image_build - make the pages that all slots of a caretaker share
 * @caretaker: with its payload
 *
 * Return: 0, or -ENOMEM; caretaker_image_free() follows in either case.
 */
int caretaker_image_build(struct kvm_caretaker *caretaker)
{
	struct page *text[CARETAKER_IMAGE_PAGES];
	int ret;

	ret = image_alloc(caretaker);
	if (ret)
		return ret;
	ret = caretaker_text_hide(text, image_text(caretaker, text));
	caretaker->text_hidden = !ret;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_image_build);

/* When no slot has them any more */
void caretaker_image_free(struct kvm_caretaker *caretaker)
{
	struct page *text[CARETAKER_IMAGE_PAGES];
	unsigned int i;

	if (caretaker->text_hidden)
		caretaker_text_show(text, image_text(caretaker, text));
	caretaker->text_hidden = false;
	for (i = 0; i < ARRAY_SIZE(caretaker->image); i++) {
		if (caretaker->image[i])
			__free_page(caretaker->image[i]);
		caretaker->image[i] = NULL;
	}
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_image_free);

/**
 * kvm_caretaker_trampoline_new - the page of a trampoline, for all slots
 * @start: its code, which is position independent and fills a page
 * @end: behind the last byte
 *
 * Return: the page, or NULL without memory.
 */
struct page *kvm_caretaker_trampoline_new(const char *start, const char *end)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	memcpy(page_address(page), start, end - start);
	if (caretaker_text_hide(&page, 1)) {
		__free_page(page);
		return NULL;
	}
	return page;
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_trampoline_new);

/* NULL is nothing to free */
void kvm_caretaker_trampoline_free(struct page *page)
{
	if (!page)
		return;
	caretaker_text_show(&page, 1);
	__free_page(page);
}
EXPORT_SYMBOL_FOR_KVM_INTERNAL(kvm_caretaker_trampoline_free);
