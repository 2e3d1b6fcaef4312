// SPDX-License-Identifier: GPL-2.0-only
/*
 * What our tools say of each certificate and signature of the zoo, the kernel's own code says
 * too: it loads what the table says that it loads, and nothing that is taken does it refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oracle.h"
#include "zoo.h"

#define TRUSTED 4

static void expect(const char *name, enum zoo_kernel wanted, int err, bool taken)
{
	if ((wanted != NO) != !err)
		fail_msg("%s: the kernel says %d", name, err);
	if (taken && err)
		fail_msg("%s: taken, and no kernel loads it: %d", name, err);
}

static void certificate(void **state)
{
	const struct zoo_certificate *test = *state;
	struct blob der = zoo_certificate_make(test), message = zoo_certificate_sign(test);
	struct oracle_bytes trusted = { der.data, der.size };
	int err = oracle_certificate(der.data, der.size);

	if (!err)
		err = oracle_loads(ZOO_DATA, sizeof(ZOO_DATA), message.data, message.size, &trusted, 1);
	expect(test->name, test->kernel, err, !test->sign || !test->verify);
	blob_free(&der);
	blob_free(&message);
}

/* Up to TRUSTED certificates */
struct trusted {
	struct blob blob[TRUSTED];
	struct oracle_bytes bytes[TRUSTED];
	size_t count;
};

static struct trusted known(const char *text)
{
	struct trusted out = { .count = 0 };
	struct blob der;

	for (; (der = zoo_known(text, out.count)).data; out.count++) {
		assert_true(out.count < TRUSTED);
		out.blob[out.count] = der;
		out.bytes[out.count] = (struct oracle_bytes){ der.data, der.size };
	}
	return out;
}

static void forget(struct trusted *trusted)
{
	while (trusted->count)
		blob_free(&trusted->blob[--trusted->count]);
}

static void message(void **state)
{
	const struct zoo_message *test = *state;
	struct trusted trusted = known(test->trusted ? test->trusted : "$self");
	struct blob der = zoo_message_make(test);

	expect(test->name, test->kernel, oracle_loads(ZOO_DATA, sizeof(ZOO_DATA), der.data, der.size,
						      trusted.bytes, trusted.count),
	       !test->word || test->kernel == ANCHORED);
	forget(&trusted);
	blob_free(&der);
}

static void chain(void **state)
{
	const struct zoo_chain *test = *state;
	struct trusted one = known(test->certificate), issuers = known(test->issuers);

	expect(test->name, test->kernel, oracle_lets_in(one.bytes, issuers.bytes, issuers.count),
	       !test->word);
	forget(&one);
	forget(&issuers);
}

int main(void)
{
	const struct zoo_run run = { .certificate = certificate, .message = message, .chain = chain };

	return zoo_run("oracle", &run, zoo_open, zoo_close);
}
