// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker sign: a file, or one after the other with one key.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certificate.h"
#include "ima_signature.h"
#include "output_place.h"
#include "issuer.h"
#include "sign_beside.h"
#include "sign_digest.h"
#include "sign_file.h"
#include "sign_ima.h"
#include "sign_lint.h"
#include "sign_place.h"

/* To the group, which keeps it: what was made is given away, and what is there already copied. */
static int write_later(struct sign_session *session, const char *path, const struct blob *file)
{
	struct blob copy = { 0 }, *content = session->made;
	int ret;

	if (!content || content->data != file->data) {
		copy = (struct blob){ malloc(file->size), file->size };
		if (!copy.data)
			return -ENOMEM;
		memcpy(copy.data, file->data, file->size);
		content = &copy;
	}
	ret = file_group_add(session->group, path, content, 0644, session->index);
	blob_free(&copy);
	return ret;
}

/* Of two that sign a file in place, neither must drop the signature of the other. */
static int write_output(struct sign_session *session, const char *path, const char *in, const struct blob *read,
			const struct blob *file, const struct blob *ima, struct reason *why)
{
	const struct blob *old = file_overwrites(path, in) ? read : NULL;
	const struct file_attribute attribute = { IMA_ATTRIBUTE, ima->data, ima->size };
	int ret;

	session->later = session->group && !old && !ima->size && file_group_takes(path);
	if (session->later)
		ret = write_later(session, path, file);
	else if (ima->size)
		ret = file_write_attributed(path, old, file->data, file->size, 0644, &attribute);
	else if (old)
		ret = file_write_over(path, old, file->data, file->size);
	else
		ret = file_write_atomic(path, file->data, file->size, 0644);
	if (ima->size && (ret == -EOPNOTSUPP || ret == -EPERM))
		return reason_set(why, ret, "ima-attribute", "%s: " IMA_ATTRIBUTE ": %s; see --ima-sigfile",
				  path, strerror(-ret));
	if (ret == -ESTALE)
		return reason_set(why, ret, "changed", "%s: %s", path, file_write_error(ret));
	return output_explain(path, ret, why);
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

/* IMA's signature of @file, which is one that is there already or a new one; none is no bytes. */
static int make_ima(struct sign_session *session, const struct payload *payload, const char *in,
		    const char *out, const struct blob *file, bool *there, struct blob *ima,
		    struct reason *why)
{
	const struct sign_request *request = session->request;
	int ret;

	*there = sign_ima_there(request, session->key.cert, in, out, file, ima);
	if (*there)
		return 0;
	ret = open_key(session, why);
	if (ret)
		return ret;
	ret = sign_ima(request, payload, &session->key, file, ima, why);
	session->key_failed = ret < 0;
	return ret;
}

/* @ima, with @file, to where it belongs: what is there already, and where it is, is left alone. */
static int write_with_ima(struct sign_session *session, const char *in, const char *out,
			  const struct blob *read, const struct blob *file, const struct blob *ima,
			  bool there, bool nothing, struct reason *why)
{
	const struct sign_request *request = session->request;
	const struct blob *attribute = request->ima == SIGN_IMA_ATTRIBUTE ? ima : &(struct blob){ 0 };
	struct sign_beside beside = { 0 };
	char *path;
	int ret;

	ret = sign_ima_path(request, out, &path);
	if (ret)
		return reason_set(why, ret, "memory", "no memory");
	if (path && !there)
		ret = sign_beside_put(path, out, ima->data, ima->size, &beside, why);
	free(path);
	if (!ret && !(nothing && file_overwrites(out, in) && (there || !attribute->size)))
		ret = write_output(session, out, in, read, file, attribute, why);
	sign_beside_end(&beside, ret);
	return ret;
}

/* What the lint refuses is refused for that, whatever became of the key meanwhile. */
static int open_key_beside(struct sign_session *session, struct sign_lint *lint, struct reason *why)
{
	int opened = open_key(session, why), refused = sign_lint_end(session, lint, why);

	if (refused)
		session->key_failed = false;
	return refused ? refused : opened;
}

static int make(struct sign_session *session, const struct payload *payload, struct sign_lint *lint,
		struct sign_outcome *outcome, struct blob *made, struct reason *why)
{
	const struct sign_request *request = session->request;
	int ret = 0;

	if (request->output != SIGN_STRIPPED)
		ret = open_key_beside(session, lint, why);
	if (!ret) {
		ret = sign_make(request, payload, &session->key, made, why);
		/* What does not sign this will not sign the next. */
		session->key_failed = ret < 0;
	}
	if (!ret && request->output == SIGN_PREPARED)
		ret = sign_digest_make(request, payload, session->key.cert, outcome->digest, why);
	return ret;
}

/*
 * Where the signature is in what was made, for who asks a TSA of it; nothing was made of what is
 * signed already.
 */
static int find_signature(const struct sign_request *request, const struct payload *payload,
			  const struct blob *made, struct blob *der, struct reason *why)
{
	struct payload now = *payload;
	int ret = 0;

	*der = *made;
	if ((made->data && request->output != SIGN_FILE) ||
	    (!request->timestamp_query && !request->timestamp_command))
		return 0;
	if (made->data)
		ret = payload_parse(made->data, made->size, &now, why);
	*der = (struct blob){ (unsigned char *)now.signature, now.signature_size };
	return ret;
}

/* What of it is printed comes behind OUT, since whoever reads it may open OUT at once; what cannot be printed undoes OUT. */
static int write_and_say(struct sign_session *session, const char *in, const char *out, const struct blob *read,
			 const struct blob *file, const struct blob *ima, bool there,
			 const struct sign_outcome *outcome, struct reason *why)
{
	const struct sign_request *request = session->request;
	bool says = sign_digest_is_said(request, outcome->digest, out);
	bool nothing = outcome->nothing && request->output != SIGN_DETACHED;
	struct sign_beside kept = { 0 };
	int ret = says ? sign_beside_keep(out, PAYLOAD_MAX_BYTES, &kept, why) : 0, said = 0;

	if (!ret)
		ret = write_with_ima(session, in, out, read, file, ima, there, nothing, why);
	if (!ret && says)
		said = sign_digest_say(outcome->digest, out, why);
	sign_beside_end(&kept, said);
	return ret ? ret : said;
}

/*
 * What is there already goes to OUT, which may be where it is; its signature alone, if so asked.
 * What goes beside OUT first, since OUT is what counts: both or none.
 */
static int write_both(struct sign_session *session, const struct payload *payload, const char *in,
		      const char *out, const struct blob *read, struct sign_outcome *outcome,
		      const struct blob *made, struct reason *why)
{
	const struct sign_request *request = session->request;
	bool there = false, nothing = outcome->nothing, detached = request->output == SIGN_DETACHED;
	struct blob der, ima = { 0 }, file = nothing ? *read : *made;
	struct sign_beside beside = { 0 };
	int ret;

	if (nothing && detached)
		file = (struct blob){ (unsigned char *)payload->signature, payload->signature_size };
	ret = find_signature(request, payload, made, &der, why);
	/* Whoever is asked is asked before anything is written. */
	if (!ret && request->ima)
		ret = make_ima(session, payload, in, out, &file, &there, &ima, why);
	if (!ret)
		ret = sign_beside_write(request, payload, &der, outcome->digest, session->key.cert, out,
					&beside, why);
	if (!ret)
		ret = write_and_say(session, in, out, read, &file, &ima, there, outcome, why);
	outcome->nothing = nothing && (there || !request->ima) && !beside.path;
	sign_beside_end(&beside, ret);
	blob_free(&ima);
	return ret;
}

int sign_read(struct sign_session *session, const char *in, const struct blob *read, const char *out,
	      struct sign_outcome *outcome, struct reason *why)
{
	const struct sign_request *request = session->request;
	struct sign_lint lint = { 0 };
	struct blob made = { 0 };
	struct payload payload;
	struct reason unused;
	int ret;

	*outcome = (struct sign_outcome){ 0 };
	session->later = false;
	ret = sign_check_place(request, in, out, why);
	if (!ret)
		ret = payload_parse(read->data, read->size, &payload, why);
	if (!ret)
		sign_lint_begin(session, &payload, &lint);
	if (!ret && request->idempotent && payload.signature)
		ret = request->key && !request->cert ? open_key(session, why) :
						       open_certificate(session, why);
	if (!ret)
		ret = sign_check(request, &payload, session->key.cert, &outcome->nothing, why);
	/* A token or a TPM may ask for a PIN, and has only so many tries. */
	if (!ret && (outcome->nothing || !request->key || file_is_key_uri(request->key)))
		ret = sign_lint_end(session, &lint, why);
	if (!ret && !outcome->nothing)
		ret = make(session, &payload, &lint, outcome, &made, why);
	session->made = &made;
	if (!ret)
		ret = write_both(session, &payload, in, out, read, outcome, &made, why);
	sign_lint_end(session, &lint, &unused);
	session->made = NULL;
	blob_free(&made);
	return ret;
}

int sign_file(struct sign_session *session, const char *in, const char *out,
	      struct sign_outcome *outcome, struct reason *why)
{
	struct blob read;
	int ret;

	ret = payload_read(in, &read, "input", why);
	if (ret)
		return ret;
	ret = sign_read(session, in, &read, out, outcome, why);
	blob_free(&read);
	return ret;
}
