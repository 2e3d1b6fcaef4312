/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the tools, which is that of a release and of the payload in it (payload/VERSION). */
#ifndef CARETAKER_VERSION_H
#define CARETAKER_VERSION_H

#ifndef CARETAKER_VERSION
#define CARETAKER_VERSION "0.1.0"
#endif

#endif
