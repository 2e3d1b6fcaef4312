// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens Capstone; see lint_decoder.h.
 *
 * Its archive calls into each architecture by two functions. The linker takes those below for
 * them, and leaves out all that they would have called: nine tenths of the addresses to relocate
 * when the program starts. They are not of Capstone's API. Where a release names one otherwise,
 * that architecture is linked in and nothing else changes; tests/install/late.sh notices.
 */
#include <errno.h>

#include "lint_decoder.h"

/* cs_open() calls the first; the second takes a handle, of which the first gives none. */
#define LEFT_OUT(name)							\
	cs_err name##_global_init(void *handle);			\
	cs_err name##_option(void *handle, int type, size_t value);	\
	cs_err name##_global_init(void *handle)				\
	{								\
		(void)handle;						\
		return CS_ERR_ARCH;					\
	}								\
	cs_err name##_option(void *handle, int type, size_t value)	\
	{								\
		(void)handle, (void)type, (void)value;			\
		return CS_ERR_ARCH;					\
	}

LEFT_OUT(AArch64)
LEFT_OUT(ARM)
LEFT_OUT(BPF)
LEFT_OUT(EVM)
LEFT_OUT(M680X)
LEFT_OUT(M68K)
LEFT_OUT(MOS65XX)
LEFT_OUT(Mips)
LEFT_OUT(PPC)
LEFT_OUT(RISCV)
LEFT_OUT(SH)
LEFT_OUT(Sparc)
LEFT_OUT(SystemZ)
LEFT_OUT(TMS320C64x)
LEFT_OUT(TRICORE)
LEFT_OUT(WASM)
LEFT_OUT(XCore)

int decoder_open(csh *out)
{
	*out = 0;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, out) != CS_ERR_OK ||
	    cs_option(*out, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
		return -ENOMEM;
	return 0;
}
