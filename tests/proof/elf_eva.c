// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole of elf.c for Frama-C/Eva, on a file of any size up to one byte over the
 * limit and any content: no run-time error, no read of what was never written.
 *
 * Eva keeps no relation between offset, length and size, so view_read() is replaced
 * by what view.c proves of it: it asks for the same, and does one or the other.
 */
#define view_read proved_elsewhere
#include "view.h"
#undef view_read

#include <__fc_builtin.h>

static int view_read(const struct caretaker_view *view, __u64 offset, void *to, __u64 length)
{
	(void)offset;
	/*@ assert \valid_read(view); */
	/*@ assert view->size == 0 || \valid_read(view->data + (0 .. view->size - 1)); */
	/*@ assert length > 0; */
	/*@ assert \valid((unsigned char *)to + (0 .. length - 1)); */
	if (Frama_C_interval(0, 1))
		return 0;
	Frama_C_make_unknown(to, length);
	return 1;
}

#include "elf.c"

/* The limit and one more: the checked size is the first thing that is refused. */
static unsigned char file[CARETAKER_MAX_FILE + 1];

int main(void)
{
	unsigned long size = Frama_C_unsigned_long_interval(0, sizeof(file));
	struct caretaker_broken broken;
	struct caretaker_image image;
	unsigned int i;
	int ret;

	Frama_C_make_unknown((char *)file, sizeof(file));
	ret = caretaker_elf_parse(file, size, &image, &broken);
	/*@ assert ret == 0 || ret == -74 || ret == -27 || ret == -95; */
	/*@ assert image.segments <= 8; */
	/*@ assert broken.rule < 128; */
	if (ret) {
		/*@ assert image.segments == 0; */
		for (i = 0; i < sizeof(image); i++) {
			/*@ assert ((unsigned char *)&image)[i] == 0; */
		}
		Frama_C_show_each_end_refused();
	} else {
		/*@ assert image.segments >= 1 && image.ccb < 8; */
		Frama_C_show_each_end_accepted();
	}
	return 0;
}
