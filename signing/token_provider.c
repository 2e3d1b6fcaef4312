// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token's key, through OpenSSL's provider "pkcs11".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "key_ways.h"
#include "pkcs11_reason.h"

/*
 * Parameters come from a file of configuration only, before OpenSSL 3.2.  A PIN that is not kept
 * cannot serve a key that wants it for each use (pkcs11-provider's PROVIDER-PKCS11(7)).
 */
static const char configuration[] =
	"openssl_conf = all\n"
	"[all]\nproviders = both\n"
	"[both]\ndefault = own\npkcs11 = tokens\n"
	"[own]\nactivate = 1\n"
	"[tokens]\npkcs11-module-cache-pins = cache\n";

/* A context of its own: what the machine's openssl.cnf says of this provider has no part in it. */
static OSSL_LIB_CTX *configured(void)
{
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	int fd = memfd_create("openssl.cnf", MFD_CLOEXEC);
	const ssize_t size = sizeof(configuration) - 1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!library || fd < 0 || write(fd, configuration, size) != size ||
	    !OSSL_LIB_CTX_load_config(library, path)) {
		OSSL_LIB_CTX_free(library);
		library = NULL;
	}
	if (fd >= 0)
		close(fd);
	return library;
}

static int answer(char *buffer, int size, int writing, void *pin)
{
	int length = strlen(pin);

	(void)writing;
	if (!length || length >= size)
		return -1;
	memcpy(buffer, pin, length);
	return length;
}

static EVP_PKEY *first_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *key = NULL;
	OSSL_STORE_INFO *info;

	while (!key && !OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		if (!info)
			continue;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

int token_provider_load(const struct token_key *key, struct private_key *out, struct reason *why)
{
	OSSL_STORE_CTX *store;
	UI_METHOD *ui;

	/* The only way in that goes before any other (same page). */
	if (setenv("PKCS11_PROVIDER_MODULE", key->module, 1))
		return reason_set(why, -ENOMEM, "memory", "no memory");
	out->library = configured();
	if (!out->library)
		return reason_openssl(why, -EIO, "key-provider", "OpenSSL has no context for it");
	if (!OSSL_PROVIDER_try_load(out->library, "pkcs11", 1)) {
		OSSL_LIB_CTX_free(out->library);
		out->library = NULL;
		return reason_openssl(why, -ENOPKG, "key-provider",
				      "OpenSSL's provider \"pkcs11\" is not there");
	}
	ui = UI_UTIL_wrap_read_pem_callback(answer, 0);
	store = ui ? OSSL_STORE_open_ex(key->uri, out->library, NULL, ui, (void *)key->pin, NULL, NULL,
					NULL) : NULL;
	if (store) {
		OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
		out->key = first_key(store);
		OSSL_STORE_close(store);
	}
	UI_destroy_method(ui);
	return out->key ? 0 : pkcs11_reason_openssl(why, -ENOKEY, "key-missing",
						    "the provider does not find the key");
}
