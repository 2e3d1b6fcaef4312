/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lowest security version that is signed, or valid: --min-svn.
 */
#ifndef CARETAKER_SVN_FLOOR_H
#define CARETAKER_SVN_FLOOR_H

#include <stdint.h>

#include "reason.h"

/* Takes the value of --min-svn into @floor; of several the highest counts.  0, or -EINVAL, which @verb has said */
int svn_floor_parse(const char *verb, const char *text, uint32_t *floor);

/* Return: 0, or REFUSED with "svn-low" if @svn is below @floor */
int svn_floor_check(uint32_t svn, uint32_t floor, struct reason *why);

#endif
