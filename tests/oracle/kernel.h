/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's X.509 and PKCS#7 code wants of a kernel, in user space.  Keys are those that
 * were given, nothing is revoked, and memory is there.
 */
#ifndef ORACLE_KERNEL_H
#define ORACLE_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t time64_t;

/* As in the kernels that we build; kernel/config/lab.config */
#define CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA 1
#define IS_ENABLED(x) 1
#define IS_REACHABLE(x) 1
#define fips_enabled 0

#define __init
#define __exit
#define EXPORT_SYMBOL_GPL(x)
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_AUTHOR(x)
#define THIS_MODULE NULL
#define module_init(function) int function##_call(void); int function##_call(void) { return function(); }
#define module_exit(function) void function##_call(void); void function##_call(void) { function(); }

#define printk(...) ((void)0)
#define pr_debug(...) ((void)0)
#define pr_devel(...) ((void)0)
#define pr_warn(...) ((void)0)
#define pr_warn_once(...) ((void)0)
#define pr_notice_once(...) ((void)0)
#define pr_err(...) ((void)0)
#define pr_info(...) ((void)0)

#define likely(x) (x)
#define unlikely(x) (x)
#define fallthrough __attribute__((fallthrough))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BITS_PER_BYTE 8
#define SHA256_DIGEST_SIZE 32
#define __counted_by(x)
#define BUG() abort()
#define BUG_ON(x) do { if (x) abort(); } while (0)
#define WARN_ON(x) (x)
#define WARN_ON_ONCE(x) (x)
#define might_sleep() ((void)0)
#define umax(a, b) ((a) > (b) ? (a) : (b))
#define bin2hex oracle_bin2hex
char *oracle_bin2hex(char *to, const void *from, size_t size);
int match_string(const char *const *list, size_t n, const char *text);
ssize_t strscpy(char *to, const char *from, size_t size);

/* Errors that errno.h of user space has not got */
#define ENOTSUPP 524

#define GFP_KERNEL 0
#define kmalloc(n, f) malloc((n) + !(n))
#define kzalloc(n, f) calloc(1, (n) + !(n))
#define kmalloc_obj(t) ((typeof(t) *)malloc(sizeof(t)))
#define kzalloc_obj(t) ((typeof(t) *)calloc(1, sizeof(t)))
#define kfree(p) free((void *)(p))
#define kfree_sensitive(p) free((void *)(p))
void *kmemdup(const void *from, size_t size, int flags);

#define PAGE_SIZE 4096
#define MAX_ERRNO 4095
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR_OR_NULL(p) (!(p) || IS_ERR(p))
#define PTR_ERR(p) ((long)(p))
#define ERR_PTR(e) ((void *)(long)(e))
#define ERR_CAST(p) ((void *)(p))

/* Without the boot words of <crypto/asymmetric_keys/restrict.c> */
#define MODULE

/* <linux/cleanup.h> */
#define DEFINE_FREE(name, type, body) \
	static inline void name##_later(void *p) { type _T = *(type *)p; body; }
#define __free(name) __attribute__((cleanup(name##_later)))
#define return_ptr(p) do { typeof(p) kept = (p); (p) = NULL; return kept; } while (0)
DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) free(_T))

static inline bool test_bit(int n, const unsigned long *p) { return *p >> n & 1; }

static inline bool __test_and_set_bit(int n, unsigned long *p)
{
	bool was = test_bit(n, p);

	*p |= 1UL << n;
	return was;
}

time64_t mktime64(unsigned int year, unsigned int month, unsigned int day, unsigned int hour,
		  unsigned int minute, unsigned int second);

struct list_head { struct list_head *next, *prev; };
struct module;
struct seq_file;
#define seq_printf(...) ((void)0)
#define __module_get(m) ((void)(m))

/* <linux/key.h>: a keyring is a list of keys. */
struct key_type { const char *name; };
union key_payload { void *data[4]; };
struct key {
	const struct key_type *type;
	union key_payload payload;
	unsigned long flags;
	const char *description;
	struct key *next;
};
extern struct key_type key_type_keyring;
#define KEY_FLAG_BUILTIN 0
#define IS_BUILTIN(option) 0
#define cmpxchg(at, old, new) ({ typeof(*(at)) was = *(at); if (was == (old)) *(at) = (new); was; })
struct key_preparsed_payload {
	char *description;
	union key_payload payload;
	const void *data;
	size_t datalen, quotalen;
};
static inline struct key *key_get(struct key *key) { return key; }
#define key_put(key) ((void)(key))
#define __key_get(key) ((struct key *)(key))
#define key_validate(key) 0
#define key_serial(key) 0

enum kernel_pkey_operation {
	kernel_pkey_encrypt, kernel_pkey_decrypt, kernel_pkey_sign, kernel_pkey_verify,
};
struct kernel_pkey_params {
	struct key *key;
	const char *encoding, *hash_algo;
	u32 in_len, out_len;
	enum kernel_pkey_operation op;
};
struct kernel_pkey_query {
	u32 supported_ops, key_size;
	u16 max_data_size, max_sig_size, max_enc_size, max_dec_size;
};
#define KEYCTL_SUPPORTS_ENCRYPT 1
#define KEYCTL_SUPPORTS_DECRYPT 2
#define KEYCTL_SUPPORTS_SIGN 4
#define KEYCTL_SUPPORTS_VERIFY 8

/* Revocation is not asked for. */
#define BLACKLIST_HASH_X509_TBS 1
#define is_hash_blacklisted(hash, size, type) (-ENOENT * 0)

/* Hashes: crypto.c */
enum hash_algo { HASH_ALGO__LAST = 1 };
extern const char *const hash_algo_name[HASH_ALGO__LAST];
struct crypto_shash;
struct shash_desc { struct crypto_shash *tfm; };
struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask);
void crypto_free_shash(struct crypto_shash *tfm);
unsigned int crypto_shash_digestsize(struct crypto_shash *tfm);
#define crypto_shash_descsize(tfm) 0
int crypto_shash_digest(struct shash_desc *desc, const u8 *data, size_t size, u8 *out);
void sha256(const u8 *data, size_t size, u8 out[SHA256_DIGEST_SIZE]);

/* Signatures: crypto.c */
#define CRYPTO_MAX_ALG_NAME 128
struct crypto_sig;
struct crypto_sig *crypto_alloc_sig(const char *name, u32 type, u32 mask);
void crypto_free_sig(struct crypto_sig *tfm);
int crypto_sig_set_pubkey(struct crypto_sig *tfm, const void *key, unsigned int size);
int crypto_sig_verify(struct crypto_sig *tfm, const void *sig, unsigned int sig_size,
		      const void *digest, unsigned int digest_size);

/* Never called: what is done with private keys, and what is encrypted */
struct crypto_akcipher;
#define crypto_sig_set_privkey(...) (-ENOSYS)
#define crypto_sig_sign(...) (-ENOSYS)
#define crypto_sig_keysize(tfm) 0
#define crypto_sig_maxsize(tfm) 0
#define crypto_sig_digestsize(tfm) 0
#define crypto_alloc_akcipher(...) ((struct crypto_akcipher *)ERR_PTR(-ENOENT))
#define crypto_free_akcipher(tfm) ((void)(tfm))
#define crypto_akcipher_set_priv_key(...) (-ENOSYS)
#define crypto_akcipher_set_pub_key(...) (-ENOSYS)
#define crypto_akcipher_maxsize(tfm) 0
#define crypto_akcipher_sync_encrypt(...) (-ENOSYS)
#define crypto_akcipher_sync_decrypt(...) (-ENOSYS)

#endif
