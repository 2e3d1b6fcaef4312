/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session with the one token that a URI means.
 */
#ifndef CARETAKER_TOKEN_SESSION_H
#define CARETAKER_TOKEN_SESSION_H

#include "pkcs11_kit.h"
#include "token.h"

#define TOKEN_LABEL (sizeof(((CK_TOKEN_INFO *)0)->label) + 1)

struct token_session {
	struct pkcs11_kit kit;
	P11KitUri *uri;
	CK_FUNCTION_LIST **modules;	/* of p11-kit's configuration, or */
	CK_FUNCTION_LIST *named;	/* ... the one that was named */
	bool shared;			/* which another uses, too */
	CK_FUNCTION_LIST *module;	/* the one with the token; borrowed */
	CK_SLOT_ID slot;
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE handle;	/* 0: none */
	char label[TOKEN_LABEL];		/* of the token, for people */
};

/*
 * Opens a session with the one token that @uri means; several are "several-tokens".  No PIN is
 * given.  Return: 0 or -errno; token_session_close() in any case.
 */
int token_session_open(const char *uri, const struct key_source *source,
		       struct token_session *out, struct reason *why);
/* The same, to make and destroy objects */
int token_session_open_writing(const char *uri, const struct key_source *source,
			       struct token_session *out, struct reason *why);
void token_session_close(struct token_session *session);

/*
 * Gives the PIN to the token, once, if it wants one; it is left in @pin, "" if not.
 * Return: 0 or -errno
 */
int token_session_login(struct token_session *session, const struct passphrase_source *source,
			char pin[PASSPHRASE_MAX], struct reason *why);

/* Gives it this PIN, which it has taken before; nothing if it is "" */
int token_session_pin(struct token_session *session, const char *pin, struct reason *why);

/* Objects of one class */
#define TOKEN_MAX_OBJECTS 64
struct token_objects {
	CK_OBJECT_HANDLE handles[TOKEN_MAX_OBJECTS];
	CK_ULONG count;
};

/* Finds those with the attributes of @template, or of the URI.  0 or -errno; none is no error */
int token_session_find(struct token_session *session, CK_ATTRIBUTE *template, CK_ULONG count,
		       struct token_objects *out, struct reason *why);
int token_session_find_uri(struct token_session *session, CK_OBJECT_CLASS class,
			   struct token_objects *out, struct reason *why);

/* A URI of this key and of no other, and the path of the module; owned by the caller.  0 or -errno */
int token_session_name_key(struct token_session *session, CK_OBJECT_HANDLE key, char **out,
			   struct reason *why);
int token_session_name_module(struct token_session *session, char **out, struct reason *why);

/* Does this key want the PIN for each use (CKA_ALWAYS_AUTHENTICATE)? */
bool token_session_each_use(struct token_session *session, CK_OBJECT_HANDLE key);

/* Begins a signature: does the token let this key make one?  Another needs another session. */
CK_RV token_session_begin(struct token_session *session, CK_OBJECT_HANDLE key);

#endif
