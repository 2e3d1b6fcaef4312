// SPDX-License-Identifier: GPL-2.0-only
/*
 * A folder in which `caretaker sign` is tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "own_directory.h"
#include "payload_image.h"
#include "sign_world.h"

static char *folder;

int sign_world_open(void **state)
{
	unsigned char image[IMAGE_SIZE];

	(void)state;
	if (own_directory((void **)&folder) || chdir(folder))
		return -1;
	signer_save("rsa", signer_make("rsa", "rsa2048"), NULL);
	signer_save("p256", signer_make("p256", "p256"), NULL);
	payload_image_make(image);
	fixture_save("payload", image, sizeof(image));
	payload_image_patch(image, 0x2010, 2, 0x300f);	/* WRMSR */
	fixture_save("wrmsr", image, sizeof(image));
	return 0;
}

int sign_world_close(void **state)
{
	(void)state;
	return chdir("/") || no_directory((void **)&folder);
}

void shell(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

void same_file(const char *a, const char *b)
{
	char line[256];

	snprintf(line, sizeof(line), "cmp %s %s", a, b);
	shell(line);
}
