// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lint_text.h"

void lint_text_put(unsigned char *image, unsigned int at, const void *code, size_t size)
{
	memcpy(image + TEXT + at, code, size);
}

void lint_text_make(unsigned char *image)
{
	payload_image_make(image);
	payload_image_patch(image, AT_ELF(e_entry), 8, 0x1000);
	lint_text_put(image, 0, CODE("\xe8\x0b\0\0\0\x0f\x0b"));
}

void lint_text_look(const unsigned char *image, size_t size, struct lint *out)
{
	struct payload payload;
	struct reason why;

	if (payload_parse(image, size, &payload, &why) || lint_payload(&payload, out, &why))
		fail_msg("%s: %s", why.word, why.text);
}

void lint_text_of(const void *code, size_t size, struct lint *out)
{
	static unsigned char image[IMAGE_SIZE];

	lint_text_make(image);
	lint_text_put(image, TEXT_FUNCTION, code, size);
	lint_text_look(image, sizeof(image), out);
}
