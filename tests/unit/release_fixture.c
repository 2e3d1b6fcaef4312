// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release manifests for tests: a good one, parts of it changed, signed by whomever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "keypair.h"
#include "release_fixture.h"

#include "../../policy/release/make.h"

json_t *release_fixture_statement(const struct signer *signer, const struct blob *file)
{
	static const struct release_origin origin = {
		FIXTURE_BUILDER, FIXTURE_BUILD_TYPE, FIXTURE_SOURCE, FIXTURE_REVISION,
	};
	struct release_making making;
	struct reason why = { 0 };
	json_t *reference, *root;
	struct blob pem, text;

	assert_int_equal(keypair_encode_cert(signer->cert, &pem, &why), 0);
	assert_int_equal(release_making_init(&making), 0);
	if (release_add_signer(&making, pem.data, pem.size, &why) ||
	    release_add_payload(&making, "signed", file->data, file->size, &why) ||
	    release_reference(&making, NULL, 0, &reference, &why) ||
	    release_statement(&making, &origin, reference, &text, &why))
		fail_msg("%s: %s", why.word, why.text);
	root = json_loadb((char *)text.data, text.size, 0, NULL);
	assert_non_null(root);
	release_making_free(&making);
	blob_free(&pem);
	blob_free(&text);
	return root;
}

void release_fixture_change(json_t *root, const char *path, const char *value)
{
	json_t *new = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	char copy[128], *rest = copy, *part;
	int ret;

	assert_int_equal(!new, !value);
	assert_true(snprintf(copy, sizeof(copy), "%s", path) < (int)sizeof(copy));
	while ((part = strsep(&rest, "/")) && rest)
		root = json_is_array(root) ? json_array_get(root, strtoul(part, NULL, 10)) :
					     json_object_get(root, part);
	assert_non_null(root);
	if (json_is_array(root) && strtoul(part, NULL, 10) == json_array_size(root))
		ret = json_array_append_new(root, new);
	else if (json_is_array(root))
		ret = new ? json_array_set_new(root, strtoul(part, NULL, 10), new) :
			    json_array_remove(root, strtoul(part, NULL, 10));
	else
		ret = new ? json_object_set_new(root, part, new) : json_object_del(root, part);
	assert_int_equal(ret, 0);
}

struct blob release_fixture_sign(const json_t *statement, const char *type, const struct signer *by)
{
	struct signing_key key = { .cert = by->cert, .private = { .key = by->key } };
	char *text = json_dumps(statement, JSON_COMPACT);
	struct reason why = { 0 };
	struct blob made;

	assert_non_null(text);
	if (dsse_sign(type, text, strlen(text), &key, &made, &why))
		fail_msg("%s: %s", why.word, why.text);
	free(text);
	return made;
}
