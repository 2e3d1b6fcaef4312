// SPDX-License-Identifier: GPL-2.0-only
/* The lint beside all else; see sign_lint.h. */
#include <string.h>

#include "sign_lint.h"

static bool was_clean(const struct sign_session *session, const struct payload *payload)
{
	for (size_t i = 0; i < session->cleans && i < SIGN_CLEAN_KEPT; i++)
		if (!strcmp(session->clean[i], payload->digest))
			return true;
	return false;
}

static void *look(void *argument)
{
	struct sign_lint *begun = argument;

	begun->ret = lint_payload(begun->payload, &begun->lint, &begun->why);
	if (!begun->ret)
		begun->ret = lint_refuse(&begun->lint, &begun->why);
	return NULL;
}

void sign_lint_begin(struct sign_session *session, const struct payload *payload,
		     struct sign_lint *begun)
{
	const struct sign_request *request = session->request;

	begun->payload = NULL;
	if (request->output == SIGN_STRIPPED || request->without_lint || was_clean(session, payload))
		return;
	begun->payload = payload;
	begun->threaded = !pthread_create(&begun->thread, NULL, look, begun);
}

int sign_lint_end(struct sign_session *session, struct sign_lint *begun, struct reason *why)
{
	if (!begun->payload)
		return 0;
	if (begun->threaded)
		pthread_join(begun->thread, NULL);
	else
		look(begun);
	if (begun->ret)
		*why = begun->why;
	else
		strcpy(session->clean[session->cleans++ % SIGN_CLEAN_KEPT], begun->payload->digest);
	begun->payload = NULL;
	return begun->ret;
}
