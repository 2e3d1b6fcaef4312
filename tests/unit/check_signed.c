// SPDX-License-Identifier: GPL-2.0-only
/*
 * That a file was signed, as `caretaker verify` sees it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "certificate.h"
#include "check_signed.h"
#include "file.h"
#include "verify.h"

void check_signed(const char *path, const char *cert_path)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct payload payload;
	struct reason why;
	struct blob file;
	X509 *cert, *signer;
	int error;

	assert_int_equal(certificate_load(cert_path, &cert, &why), 0);
	assert_true(sk_X509_push(certs, cert));
	assert_int_equal(file_read(path, PAYLOAD_MAX_BYTES, &file), 0);
	error = verify_payload(file.data, file.size, certs, &payload, &signer, &why);
	blob_free(&file);
	sk_X509_pop_free(certs, X509_free);
	if (error)
		fail_msg("%s: %s: %s", path, why.word, why.text);
}
