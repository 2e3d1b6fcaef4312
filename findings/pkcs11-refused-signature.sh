#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# pkcs11-provider 1.0 and libp11's engine 0.4.12: what becomes of a token's answer that it
# does not sign.
#
# The token answers the first C_Sign (or C_SignFinal) with CKR_FUNCTION_CANCELED, as where
# somebody was asked and said no, and each one after it with CKR_DEVICE_ERROR.
#
# With the provider EVP_PKEY_sign() fails and OpenSSL's error queue stays empty: it has neither
# the token's answer nor anything else, and so has no message that is made of it.
# EVP_DigestSign() is the same for RSA; for EC, where OpenSSL hashes because SoftHSM has no
# ECDSA with SHA-256, it gives the answer. With the engine RSA gives the answer. For an EC key
# it asks the token twice for one signature and gives only the second answer: who
# said no is asked again, and what is reported may be another error than what came first.
#
# Seen with pkcs11-provider 1.0-3~bpo12+1 and libengine-pkcs11-openssl 0.4.12-0.1 on libssl3
# 3.0.20-1~deb12u2 (Debian 12 and its backports); the token is SoftHSM 2.6.1 behind a module
# that fails on demand. CKR_FUNCTION_CANCELED is 0x50, CKR_DEVICE_ERROR 0x30.
set -euo pipefail
provider=1.0-3~bpo12+1 engine=0.4.12-0.1 openssl=3.0.20-1~deb12u2 softhsm=2.6.1-2.1 p11kit=0.24.1-2
expected='provider, ec, EVP_PKEY_sign: failed, asked once, queue: nothing
provider, ec, EVP_DigestSign: failed, asked once, queue: 0x50
provider, rsa, EVP_PKEY_sign: failed, asked once, queue: nothing
provider, rsa, EVP_DigestSign: failed, asked once, queue: nothing
engine, ec, EVP_PKEY_sign: failed, asked twice, queue: 0x30
engine, ec, EVP_DigestSign: failed, asked twice, queue: 0x30
engine, rsa, EVP_PKEY_sign: failed, asked once, queue: 0x50
engine, rsa, EVP_DigestSign: failed, asked once, queue: 0x50'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# fetch SUITE PACKAGE=VERSION...: from the archive that apt knows, with lists of its own
fetch() {
	local suite=$1 options
	shift
	mkdir -p "$suite/lists/partial" "$suite/cache/archives/partial"
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(SIGNED_BY)' \
		'Created-By: Packages' "Codename: $(. /etc/os-release; echo "$VERSION_CODENAME")" |
		awk -v suite="$suite" '$2 == "main" {
			print "deb " ($3 ~ /^\// ? "[signed-by=" $3 "] " : "") $1, suite, "main"; exit }' >"$suite/list"
	options=(-qq -o "Dir::Etc::sourcelist=$work/$suite/list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::Lists=$work/$suite/lists" -o "Dir::Cache=$work/$suite/cache"
		-o Acquire::Languages=none -o APT::Sandbox::User=)
	apt-get "${options[@]}" update
	apt-get "${options[@]}" download "$@"
}

fetch bookworm "libengine-pkcs11-openssl=$engine" "libssl3=$openssl" "libssl-dev=$openssl" "openssl=$openssl" \
	"softhsm2=$softhsm" "libsofthsm2=$softhsm" "libp11-kit-dev=$p11kit"
fetch bookworm-backports "pkcs11-provider=$provider"
for package in ./*.deb; do
	dpkg -x "$package" root
done

cat >module.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST softhsm, list;
int asked;

/* The operation has ended by then, as it must whatever the answer is but "buffer too small". */
static CK_RV answer(CK_RV rv)
{
	if (!getenv("REFUSE") || rv != CKR_OK)
		return rv;
	return asked++ ? CKR_DEVICE_ERROR : CKR_FUNCTION_CANCELED;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *out, CK_ULONG *room)
{
	CK_RV rv = softhsm.C_Sign(session, data, size, out, room);

	return out ? answer(rv) : rv;
}

static CK_RV sign_final(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *room)
{
	CK_RV rv = softhsm.C_SignFinal(session, out, room);

	return out ? answer(rv) : rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
	void *library = dlopen(getenv("SOFTHSM"), RTLD_NOW);
	CK_RV (*get)(CK_FUNCTION_LIST **) = library ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_FUNCTION_LIST *found;

	if (!get || get(&found) != CKR_OK)
		return CKR_GENERAL_ERROR;
	softhsm = list = *found;
	list.C_Sign = sign;
	list.C_SignFinal = sign_final;
	*out = &list;
	return CKR_OK;
}
END

cat >sign.c <<'END'
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(what)	do { if (!(what)) { fprintf(stderr, "not: %s\n", #what); \
			ERR_print_errors_fp(stderr); exit(2); } } while (0)

static EVP_PKEY *by_engine(const char *name)
{
	ENGINE *engine;
	char uri[80];

	ENGINE_load_dynamic();
	engine = ENGINE_by_id("dynamic");
	MUST(ENGINE_ctrl_cmd_string(engine, "SO_PATH", getenv("ENGINE"), 0));
	MUST(ENGINE_ctrl_cmd_string(engine, "LOAD", NULL, 0));
	MUST(ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", getenv("PKCS11_PROVIDER_MODULE"), 0));
	MUST(ENGINE_ctrl_cmd_string(engine, "PIN", "1234", 0));
	MUST(ENGINE_init(engine));
	snprintf(uri, sizeof(uri), "pkcs11:token=t;object=%s;type=private", name);
	return ENGINE_load_private_key(engine, uri, NULL, NULL);
}

static EVP_PKEY *by_provider(const char *name)
{
	OSSL_STORE_INFO *info;
	OSSL_STORE_CTX *store;
	EVP_PKEY *key = NULL;
	char uri[80];

	MUST(OSSL_PROVIDER_load(NULL, "default") && OSSL_PROVIDER_load(NULL, "pkcs11"));
	snprintf(uri, sizeof(uri), "pkcs11:token=t;object=%s;type=private?pin-value=1234", name);
	MUST(store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL));
	while (!key && (info = OSSL_STORE_load(store)))
		key = OSSL_STORE_INFO_get1_PKEY(info);
	return key;
}

static int sign(EVP_PKEY *key, int digest)
{
	unsigned char signature[512], data[32] = { 0 };
	EVP_PKEY_CTX *context;
	EVP_MD_CTX *md;
	size_t size = sizeof(signature);

	if (digest) {
		MUST((md = EVP_MD_CTX_new()));
		MUST(EVP_DigestSignInit_ex(md, NULL, "SHA256", NULL, NULL, key, NULL) == 1);
		ERR_clear_error();
		return EVP_DigestSign(md, signature, &size, data, sizeof(data));
	}
	MUST((context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)));
	MUST(EVP_PKEY_sign_init(context) == 1);
	MUST(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1);
	ERR_clear_error();
	return EVP_PKEY_sign(context, signature, &size, data, sizeof(data));
}

int main(int argc, char **argv)
{
	unsigned long error;
	int digest, *asked;
	EVP_PKEY *key;
	void *module;

	MUST(argc == 4);
	digest = !strcmp(argv[3], "EVP_DigestSign");
	MUST((key = !strcmp(argv[1], "engine") ? by_engine(argv[2]) : by_provider(argv[2])));
	MUST((module = dlopen(getenv("PKCS11_PROVIDER_MODULE"), RTLD_NOW | RTLD_NOLOAD)));
	MUST((asked = dlsym(module, "asked")));
	MUST(sign(key, digest) == 1);
	setenv("REFUSE", "yes", 1);
	printf("%s, %s, %s: %s", argv[1], argv[2], argv[3], sign(key, digest) == 1 ? "signed" : "failed");
	printf(", asked %s, queue:", *asked == 1 ? "once" : *asked == 2 ? "twice" : "otherwise");
	if (!ERR_peek_error())
		printf(" nothing");
	while ((error = ERR_get_error()))
		printf(" 0x%x", ERR_GET_REASON(error));
	putchar('\n');
	fflush(stdout);
	_exit(0);
}
END

lib=$work/$(dirname "$(find root -name 'libcrypto.so.3')")
export LD_LIBRARY_PATH=$lib:$work/root/usr/lib/softhsm OPENSSL_CONF=/dev/null
export OPENSSL_MODULES=$lib/ossl-modules ENGINE=$lib/engines-3/pkcs11.so
export SOFTHSM=$work/root/usr/lib/softhsm/libsofthsm2.so SOFTHSM2_CONF=$work/softhsm.conf
export PKCS11_PROVIDER_MODULE=$work/module.so
cc -Wall -shared -fPIC -Iroot/usr/include/p11-kit-1 -o module.so module.c
cc -Wall -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu -o sign sign.c "$lib/libcrypto.so.3"

mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm.conf
token() { root/usr/bin/softhsm2-util --module "$SOFTHSM" --pin 1234 "$@"; }
{
	root/usr/bin/openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
	root/usr/bin/openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
	token --init-token --free --label t --so-pin 12345678
	token --import ec.pem --token t --label ec --id 01
	token --import rsa.pem --token t --label rsa --id 02
} >log 2>&1 || { cat log; exit 2; }

seen=$(for by in provider engine; do
	for key in ec rsa; do
		./sign $by $key EVP_PKEY_sign
		./sign $by $key EVP_DigestSign
	done
done)
echo "pkcs11-provider $provider, libengine-pkcs11-openssl $engine:"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "not as it was: expected"; echo "$expected"; exit 1; }
