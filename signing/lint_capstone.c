// SPDX-License-Identifier: GPL-2.0-only
/* Opens Capstone; see lint_capstone.h. */
#include <pthread.h>

#include "late.h"
#include "lint_capstone.h"

#define STRING(text)	#text
#define SONAME(number)	"libcapstone.so." STRING(number)

static struct capstone functions;

static void open_library(void)
{
	const struct late library = late_open(SONAME(CS_API_MAJOR));

#define OPEN(name) functions.name = late_symbol(&library, "cs_" #name);
	CAPSTONE(OPEN)
#undef OPEN
}

const struct capstone *capstone(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_library);
	return &functions;
}
