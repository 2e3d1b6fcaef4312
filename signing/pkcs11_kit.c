// SPDX-License-Identifier: GPL-2.0-only
/*
 * p11-kit, opened when it is needed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "pkcs11_kit.h"

#define LIBRARY "libp11-kit.so.0"
#define WANTED(name) { "p11_kit_" #name, offsetof(struct pkcs11_kit, name) }

static const struct wanted {
	const char *name;
	size_t at;
} functions[] = {
	WANTED(uri_new), WANTED(uri_free), WANTED(uri_parse), WANTED(uri_format),
	WANTED(uri_message), WANTED(uri_any_unrecognized), WANTED(uri_get_pin_value),
	WANTED(uri_get_pin_source), WANTED(uri_get_module_path), WANTED(uri_get_module_name),
	WANTED(uri_match_module_info), WANTED(uri_match_slot_info), WANTED(uri_match_token_info),
	WANTED(uri_get_slot_id), WANTED(uri_get_attribute), WANTED(uri_get_token_info),
	WANTED(uri_set_attribute), WANTED(module_load), WANTED(module_initialize),
	WANTED(module_finalize), WANTED(module_release), WANTED(module_get_filename),
	WANTED(module_get_name), WANTED(modules_load_and_initialize),
	WANTED(modules_finalize_and_release), WANTED(be_quiet),
};

int pkcs11_kit_open(struct pkcs11_kit *out, struct reason *why)
{
	void *symbol;

	out->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!out->library)
		return reason_set(why, -ENOPKG, "pkcs11-kit", "a key in a token needs p11-kit (%s)",
				  dlerror());
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		symbol = dlsym(out->library, functions[i].name);
		if (!symbol)
			return reason_set(why, -ENOPKG, "pkcs11-kit", "%s has no %s", LIBRARY,
					  functions[i].name);
		memcpy((char *)out + functions[i].at, &symbol, sizeof(symbol));
	}
	out->be_quiet();
	return 0;
}
