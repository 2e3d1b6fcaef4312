// SPDX-License-Identifier: GPL-2.0-only
/* Opens tpm2-tss; see tss.h. */
#include <pthread.h>

#include "late.h"
#include "tpm/tss.h"

static struct tss_mu mu;
static struct tss esys;

static void open_mu(void)
{
	const struct late library = late_open("libtss2-mu.so.0");

#define OPEN(name) mu.name = late_symbol(&library, "Tss2_MU_" #name);
	TSS_MU(OPEN)
#undef OPEN
}

static void open_esys(void)
{
	const struct late library = late_open("libtss2-esys.so.0");
	const struct late rc = late_open("libtss2-rc.so.0");
	const struct late tcti = late_open("libtss2-tctildr.so.0");

#define OPEN(name) esys.name = late_symbol(&library, "Esys_" #name);
	TSS_ESYS(OPEN)
#undef OPEN
	esys.RC_Decode = late_symbol(&rc, "Tss2_RC_Decode");
	esys.TctiLdr_Initialize = late_symbol(&tcti, "Tss2_TctiLdr_Initialize");
	esys.TctiLdr_Finalize = late_symbol(&tcti, "Tss2_TctiLdr_Finalize");
}

const struct tss_mu *tss_mu(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_mu);
	return &mu;
}

const struct tss *tss(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, open_esys);
	return &esys;
}
