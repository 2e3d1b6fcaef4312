// SPDX-License-Identifier: GPL-2.0-only
/*
 * pkcs11: URIs: what p11-kit passes over is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "token_uri.h"

static const struct {
	const char *uri;
	const char *says;	/* NULL: it may pass */
} cases[] = {
	{ "pkcs11:", NULL },
	{ "pkcs11:token=one;object=sign;type=private", NULL },
	{ "PKCS11:token=one;;object=sign;", NULL },
	{ "pkcs11:token=token;object=token", NULL },
	{ "pkcs11:token=one?module-path=/a&module-name=b", NULL },
	{ "pkcs11:?pin-value=1&pin-source=2", NULL },
	{ "pkcs11:token=one?", NULL },
	{ "pkcs11:token=one?module-path=/a?b;c;c", NULL },

	{ "pkcs11:token=one;token=one", "has \"token\" twice" },
	{ "pkcs11:token=one;object=a;token=two", "has \"token\" twice" },
	{ "pkcs11:token=one; token=two", "has \"token\" twice" },
	{ "pkcs11:token=one;tok en =two", "has \"token\" twice" },
	{ "pkcs11:token=one;token", "has \"token\" twice" },
	{ "pkcs11:token=one?module-path=/a&module-path=/b", "has \"module-path\" twice" },
	{ "pkcs11:token=one?modul-path=/a", "query has \"modul-path\"" },
	{ "pkcs11:token=one?token=two", "query has \"token\"" },
	{ "pkcs11:token=one?module-path=/a&x-wait=1", "query has \"x-wait\"" },
	{ "pkcs11:token=one?0123456789012345678901234567890123456789", "query has \"0123456789012345678901234567890\"" },
	{ "pkcs11:a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;w;x;y;z;A;B;C;D;E;F;G", "has more than 32 attributes" },
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = { 0 };
		int ret = token_uri_check(cases[i].uri, &why);

		if (ret != (cases[i].says ? -EINVAL : 0) || (cases[i].says && !strstr(why.text, cases[i].says)))
			fail_msg("%s: %d, %s", cases[i].uri, ret, why.text);
		assert_string_equal(why.word, ret ? "key-uri" : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names) };

	return cmocka_run_group_tests_name("token URI", tests, NULL, NULL);
}
