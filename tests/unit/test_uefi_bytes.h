/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds firmware logs for unit tests, event by event.
 */
#ifndef TEST_UEFI_BYTES_H
#define TEST_UEFI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hex.h"
#include "log/uefi_log.h"
#include "test_bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* EFI global GUID, lengths 10 and 1, "SecureBoot" in UTF-16, and the value. */
#define SECURE_BOOT(value)	SECURE_BOOT_OF("\x61", value)
#define SECURE_BOOT_OF(guid0, value)					\
	guid0 "\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c" \
	"\x0a\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0"			\
	"S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0" value
#define SECURE_BOOT_SIZE	53

/**
 * struct event - to be encoded
 * @hashed:	what the digests are of; NULL: @data; "": they are zero
 * @hashed_size: of @hashed; 0: it is a string
 * @one_bank:	it has a digest of SHA-256 only
 */
struct event {
	uint32_t pcr, type;
	const char *data;
	size_t size;
	const char *hashed;
	size_t hashed_size;
	bool one_bank;
};

#define VERSION		{ 0, 8, "v1", 2, NULL, 0, 0 }
#define ON		{ 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\1"), SECURE_BOOT_SIZE, NULL, 0, 0 }
#define OFF		{ 7, EV_EFI_VARIABLE_DRIVER_CONFIG, SECURE_BOOT("\0"), SECURE_BOOT_SIZE, NULL, 0, 0 }
#define SEPARATOR(pcr)	{ pcr, EV_SEPARATOR, "\0\0\0\0", 4, NULL, 0, 0 }
#define IMAGE		{ 4, EV_EFI_BOOT_SERVICES_APPLICATION, "path", 4, "image", 0, 0 }
#define LOCALITY(n)	{ 0, EV_NO_ACTION, "StartupLocality\0" n, 17, "", 0, 0 }
#define HCRTM		{ 0, EV_EFI_HCRTM_EVENT, "HCRTM", 5, "core", 0, 0 }

/* PCRs after the events of boot[], from each start of PCR 0 */
#define SHA1_PCR0	"4af086d586f0484ddb54d8363ede763777e1f39c"
#define SHA256_PCR0	"835f6572f0d4a90ded871ca872d2b8ddd77865aa1f6b41003722ef611d5da05c"
#define SHA256_PCR0_3	"40da7104489a4de15b2fcfe9de96863e8f5b1cc9f540f7b69dcdc180276acbff"
#define SHA256_PCR0_4	"0276d2e05683bf86434361db90821b08eb75ed0ddf7d937f568d6e3242b21e48"
#define SHA256_PCR0_H	"6d1672ee57fa2c6e6936387ddc04e00acf86cf016fca6e895b345d9bacc10e44"
#define SHA256_PCR4	"f3489ef80172afd53bc6647f9b07f9b50790b03c0e1b21322becd6533d8ec077"
#define SHA256_PCR7	"3a765fab0c4555e805964d8c75231894f45c5a6f2161738cf157015250a3e624"

static inline void put_event_digest(struct bytes *b, const char *alg, const struct event *e)
{
	if (e->hashed && !*e->hashed && !e->hashed_size)
		put_fill(b, 0, (size_t)EVP_MD_get_size(EVP_get_digestbyname(alg)));
	else if (e->hashed)
		put_digest(b, alg, e->hashed, e->hashed_size ? e->hashed_size : strlen(e->hashed));
	else
		put_digest(b, alg, e->data, e->size);
}

static inline void put_old(struct bytes *b, const struct event *e)
{
	put_le(b, e->pcr, 4);
	put_le(b, e->type, 4);
	put_event_digest(b, "sha1", e);
	put_le(b, e->size, 4);
	put(b, e->data, e->size);
}

static inline void put_agile(struct bytes *b, const struct event *e)
{
	put_le(b, e->pcr, 4);
	put_le(b, e->type, 4);
	put_le(b, e->one_bank ? 1 : 2, 4);
	if (!e->one_bank) {
		put_le(b, 0x4, 2);
		put_event_digest(b, "sha1", e);
	}
	put_le(b, 0xb, 2);
	put_event_digest(b, "sha256", e);
	put_le(b, e->size, 4);
	put(b, e->data, e->size);
}

/* SHA-1 and SHA-256. */
static inline void put_spec_id(struct bytes *b)
{
	const struct event e = { 0, EV_NO_ACTION, "Spec ID Event03\0" "\0\0\0\0" "\0\2\x69\2" "\2\0\0\0"
				 "\x04\0\x14\0" "\x0b\0\x20\0" "\0", 37, "", 0, 0 };

	put_old(b, &e);
}

static inline struct bytes agile_log(const struct event *e, size_t n)
{
	struct bytes b = { 0 };

	put_spec_id(&b);
	while (n--)
		put_agile(&b, e++);
	return b;
}

static inline int read_all(const void *data, size_t size, struct uefi_log *log, struct parse_error *err)
{
	struct uefi_event ev;
	int ret;

	memset(err, 0, sizeof(*err));
	ret = uefi_log_open(log, data, size, err);
	while (!ret && (ret = uefi_log_next(log, &ev, err)) > 0)
		ret = 0;
	return ret;
}

static inline void assert_pcr(const struct uefi_log *log, enum pcr_bank bank, unsigned int pcr, const char *want)
{
	const unsigned char *value = pcr_value(&log->pcrs, bank, pcr);
	char hex[2 * PCR_DIGEST_MAX + 1];

	assert_non_null(value);
	hex_encode(value, pcr_bank_size(bank), hex);
	assert_string_equal(hex, want);
}

static const struct event boot[] = { VERSION, ON, SEPARATOR(7), IMAGE };

#endif
