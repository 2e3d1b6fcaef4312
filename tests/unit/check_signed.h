/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CHECK_SIGNED_H
#define CHECK_SIGNED_H

/* The file @path must verify with the certificate in @cert_path, which holds no other. */
void check_signed(const char *path, const char *cert_path);

#endif
