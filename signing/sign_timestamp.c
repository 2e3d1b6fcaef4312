// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: what a TSA says of the signature.
 */
#include <errno.h>

#include "external.h"
#include "sign_beside.h"

/* As verify will see it: by the signer's certificate, and at the TSA's time */
static int check(const struct sign_request *request, const struct timestamp_of *of, X509 *cert,
		 const struct timestamp *timestamp, struct reason *why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct timestamp_trust trust = { .certs = certs, .tsa = request->tsa };
	X509 *signer;
	int ret;

	if (!certs || !sk_X509_push(certs, cert))
		ret = reason_set(why, -ENOMEM, "memory", "no memory");
	else
		ret = timestamp_verify(timestamp, of, &trust, &signer, why);
	sk_X509_free(certs);
	return ret;
}

static bool is_there(const struct sign_request *request, const struct timestamp_of *of, X509 *cert,
		     const char *path)
{
	struct timestamp timestamp;
	struct reason unused;
	bool holds;

	if (!request->idempotent || timestamp_load(path, &timestamp, &unused))
		return false;
	holds = !check(request, of, cert, &timestamp, &unused);
	timestamp_free(&timestamp);
	return holds;
}

int sign_timestamp(const struct sign_request *request, const struct timestamp_of *of, X509 *cert,
		   const char *path, struct blob *answer, struct reason *why)
{
	const struct external what = { request->timestamp_command, "timestamp-command", TIMESTAMP_MAX };
	struct timestamp timestamp = { 0 };
	struct blob query;
	int ret;

	*answer = (struct blob){ 0 };
	if (is_there(request, of, cert, path))
		return 0;
	ret = timestamp_query(of, cert, &query, why);
	if (!ret)
		ret = external_run(&what, query.data, query.size, answer, why);
	if (!ret)
		ret = timestamp_parse(answer->data, answer->size, &timestamp, why);
	if (!ret)
		ret = check(request, of, cert, &timestamp, why);
	timestamp_free(&timestamp);
	blob_free(&query);
	if (ret)
		blob_free(answer);
	return ret;
}
