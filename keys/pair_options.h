/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of `caretaker keys` that say what pair is made or certified.
 */
#ifndef CARETAKER_PAIR_OPTIONS_H
#define CARETAKER_PAIR_OPTIONS_H

#include "keypair.h"

/* Each takes the value of one, for the action @verb.  0, or -EINVAL, which was said on standard error */
int pair_take_name(const char *verb, const char *value, struct keypair_request *pair);
int pair_take_type(const char *verb, const char *value, struct keypair_request *pair);
int pair_take_days(const char *verb, const char *value, struct keypair_request *pair);

#endif
