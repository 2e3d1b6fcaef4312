// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: a file, or one after the other with one key.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificate.h"
#include "hex.h"
#include "issuer.h"
#include "lint.h"
#include "sign_file.h"

/* What the CPU would be asked to do, before a key is touched for it; equal bytes are seen once. */
static int check_text(struct sign_session *session, const struct payload *payload,
		      struct reason *why)
{
	struct lint lint;
	int ret;

	if (session->request->output == SIGN_STRIPPED || session->request->without_lint)
		return 0;
	for (size_t i = 0; i < session->cleans && i < SIGN_CLEAN_KEPT; i++)
		if (!strcmp(session->clean[i], payload->digest))
			return 0;
	ret = lint_payload(payload, &lint, why);
	if (!ret)
		ret = lint_refuse(&lint, why);
	if (!ret)
		strcpy(session->clean[session->cleans++ % SIGN_CLEAN_KEPT], payload->digest);
	return ret;
}

/* Of two that sign a file in place, neither must drop the signature of the other. */
static int write_output(const char *path, const char *in, const struct blob *read,
			const struct blob *file, struct reason *why)
{
	int ret;

	if (file_overwrites(path, in))
		ret = file_write_over(path, read, file->data, file->size, 0644);
	else
		ret = file_write_atomic(path, file->data, file->size, 0644);
	if (ret == -ESTALE)
		return reason_set(why, ret, "changed", "%s: another wrote it meanwhile; try again",
				  path);
	return ret ? reason_set(why, ret, "output", "%s: %s", path, strerror(-ret)) : 0;
}

/* A key or a certificate that is overwritten is lost. */
static int check_kept(const struct sign_request *request, const char *out, struct reason *why)
{
	const char *kept = file_overwritten(out, request->kept, request->kept_count);

	return kept ? reason_set(why, -EEXIST, "output", "%s: is %s, which an option names to be read",
				 out, kept) : 0;
}

static int check_place(const struct sign_request *request, const char *in, const char *out,
		       struct reason *why)
{
	int ret = check_kept(request, out, why);

	if (!ret && request->digest)
		ret = check_kept(request, request->digest, why);
	if (ret)
		return ret;
	if (request->digest && (file_same(request->digest, out) || file_overwrites(request->digest, in)))
		return reason_set(why, -EEXIST, "output", "%s: is IN or OUT, and the digest's, too",
				  request->digest);
	return 0;
}

/* Would a keyring that trusts the issuers of the request take the certificate? */
static int check_issuer(const struct sign_session *session, struct reason *why)
{
	STACK_OF(X509) *issuers = session->request->issuers;

	return session->key.cert && sk_X509_num(issuers) > 0 ?
	       issuer_check(session->key.cert, issuers, why) : 0;
}

/* The certificate, once, if it can be had without the key: nothing to do needs no PIN. */
static int open_certificate(struct sign_session *session, struct reason *why)
{
	const struct sign_request *request = session->request;
	int ret;

	if (session->has_cert || !request->cert)
		return 0;
	ret = signing_key_certificate(request->cert, &request->source, &session->key.cert, why);
	if (!ret)
		ret = check_issuer(session, why);
	session->has_cert = !ret;
	if (ret) {
		X509_free(session->key.cert);
		session->key.cert = NULL;
	}
	return ret;
}

static int open_key(struct sign_session *session, struct reason *why)
{
	const struct sign_request *request = session->request;
	X509 *cert;
	int ret;

	if (session->open)
		return 0;
	ret = open_certificate(session, why);
	cert = session->key.cert;
	if (!ret && request->key)
		ret = signing_key_open(request->key, &request->source, &session->key, why);
	else if (!ret && cert)
		ret = certificate_check_signer(cert, X509_get0_pubkey(cert), why);
	/* It came with the key */
	if (!ret && !cert)
		ret = check_issuer(session, why);
	session->has_cert = session->key.cert;
	session->open = !ret;
	session->key_failed = ret;
	return ret;
}

static int note_digest(const struct sign_request *request, const struct payload *payload,
		       struct sign_outcome *outcome, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const EVP_MD *hash = NULL;
	unsigned int size;
	int ret;

	ret = sign_hash(request, payload, &hash, why);
	if (ret)
		return ret;
	if (!EVP_Digest(payload->data, payload->size, digest, &size, hash, NULL))
		return reason_openssl(why, -EIO, "digest", "cannot compute it");
	hex_encode(digest, size, outcome->digest);
	return 0;
}

/* After OUT, which goes if this fails: both or none */
static int write_digest(const struct sign_request *request, const char *out,
			const struct sign_outcome *outcome, struct reason *why)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t size = sizeof(digest);
	struct stat st;
	int ret;

	if (!request->digest)
		return 0;
	ret = hex_decode(outcome->digest, digest, &size);
	if (!ret)
		ret = file_write_atomic(request->digest, digest, size, 0644);
	if (!ret)
		return 0;
	/* Not a link or a device, which were there before */
	if (!lstat(out, &st) && S_ISREG(st.st_mode))
		unlink(out);
	return reason_set(why, ret, "output", "%s: %s", request->digest, strerror(-ret));
}

/* What is there already goes to OUT, which may be where it is. */
static int leave(const struct sign_request *request, const struct payload *payload, const char *in,
		 const char *out, const struct blob *read, struct reason *why)
{
	struct blob same = *read;

	if (request->output == SIGN_DETACHED)
		same = (struct blob){ (unsigned char *)payload->signature, payload->signature_size };
	else if (file_overwrites(out, in))
		return 0;
	return write_output(out, in, read, &same, why);
}

static int make(struct sign_session *session, const struct payload *payload,
		struct sign_outcome *outcome, struct blob *made, struct reason *why)
{
	const struct sign_request *request = session->request;
	int ret = 0;

	if (request->output != SIGN_STRIPPED)
		ret = open_key(session, why);
	if (!ret) {
		ret = sign_make(request, payload, &session->key, made, why);
		/* What does not sign this will not sign the next. */
		session->key_failed = ret < 0;
	}
	if (!ret && request->output == SIGN_PREPARED)
		ret = note_digest(request, payload, outcome, why);
	return ret;
}

int sign_read(struct sign_session *session, const char *in, const struct blob *read, const char *out,
	      struct sign_outcome *outcome, struct reason *why)
{
	const struct sign_request *request = session->request;
	struct blob made = { 0 };
	struct payload payload;
	int ret;

	*outcome = (struct sign_outcome){ 0 };
	ret = check_place(request, in, out, why);
	if (!ret)
		ret = payload_parse(read->data, read->size, &payload, why);
	if (!ret && request->idempotent && payload.signature)
		ret = request->key && !request->cert ? open_key(session, why) :
						       open_certificate(session, why);
	if (!ret)
		ret = sign_check(request, &payload, session->key.cert, &outcome->nothing, why);
	if (!ret)
		ret = check_text(session, &payload, why);
	if (ret)
		return ret;
	if (outcome->nothing)
		return leave(request, &payload, in, out, read, why);
	ret = make(session, &payload, outcome, &made, why);
	if (!ret)
		ret = write_output(out, in, read, &made, why);
	if (!ret)
		ret = write_digest(request, out, outcome, why);
	blob_free(&made);
	return ret;
}

int sign_file(struct sign_session *session, const char *in, const char *out,
	      struct sign_outcome *outcome, struct reason *why)
{
	struct blob read;
	int ret;

	ret = file_read(in, PAYLOAD_MAX_BYTES, &read);
	if (ret)
		return reason_set(why, ret, "input", "%s", strerror(-ret));
	ret = sign_read(session, in, &read, out, outcome, why);
	blob_free(&read);
	return ret;
}
