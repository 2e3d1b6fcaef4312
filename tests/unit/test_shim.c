// SPDX-License-Identifier: GPL-2.0-only
/* A shim whose validation was switched off is seen in PCR 7, whatever labels say. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "attested_lie.h"
#include "log/uefi_log.h"

/* UEFI_VARIABLE_DATA of shim's GUID with data of one byte; its bytes */
static size_t variable(const char *name, unsigned char value, unsigned char out[HOST_DATA])
{
	static const unsigned char guid[16] = {
		0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
		0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23,
	};
	size_t n = strlen(name);

	memset(out, 0, HOST_DATA);
	memcpy(out, guid, sizeof(guid));
	out[16] = (unsigned char)n;
	out[24] = 1;
	for (size_t i = 0; i < n; i++)
		out[32 + 2 * i] = (unsigned char)name[i];
	out[32 + 2 * n] = value;
	return 32 + 2 * n + 1;
}

/* @type: the label; @digest_of: bytes that are hashed, @shown: in the log */
static void measure(struct host *h, uint32_t pcr, uint32_t type, const unsigned char *data,
		    size_t digest_of, size_t shown)
{
	unsigned char digest[32];

	assert_true(EVP_Q_digest(NULL, "SHA256", NULL, data, digest_of, digest, NULL));
	host_add_event(h, pcr, type, data, shown, digest);
}

static void shim(struct host *h, const char *name, unsigned char value)
{
	unsigned char data[HOST_DATA];
	size_t size = variable(name, value, data);

	measure(h, 7, EV_EFI_VARIABLE_AUTHORITY, data, size, size);
}

static void off(struct host *h) { shim(h, "MokSBState", 1); }
static void off_otherwise(struct host *h) { shim(h, "MokSBState", 2); }
static void off_last(struct host *h) { shim(h, "MokSBState", 255); }
static void not_off(struct host *h) { shim(h, "MokSBState", 0); }
static void other_variable(struct host *h) { shim(h, "MokSBStatf", 1); }
static void mok_trusted(struct host *h) { shim(h, "MokListTrusted", 1); }

/* shim up to 15: five zeros are hashed, and the log has one byte more */
static void old_shim(struct host *h, unsigned char value)
{
	unsigned char data[HOST_DATA];
	size_t size = variable("MokSBState", value, data);

	measure(h, 7, EV_EFI_VARIABLE_AUTHORITY, data, size + 5, size + 6);
}

static void old_off(struct host *h) { old_shim(h, 1); }
static void old_not_off(struct host *h) { old_shim(h, 0); }

static void another_register(struct host *h)
{
	unsigned char data[HOST_DATA];
	size_t size = variable("MokSBState", 1, data);

	measure(h, 14, EV_EFI_VARIABLE_AUTHORITY, data, size, size);
}

/* Labels and data are not hashed: the host shows something else */
static void relabel(struct host *h)
{
	struct host_event *ev = &h->event[h->events - 1];

	ev->type = 0xd;
	strcpy((char *)ev->data, "fine");
	ev->size = 4;
}

/* The kernel sees 1 by itself, and says so */
static void kernel_sees(struct host *h)
{
	struct caretaker_boot_record *rec = (void *)h->record[RECORD_BOOT].data;

	off(h);
	rec->secure_boot = CARETAKER_SECURE_BOOT_OFF;
}

static void need_no_secure_boot(struct lie_verifier *v) { v->rules.require_secure_boot = false; }

static const struct lie shims[] = {
	{ "shim verifies", not_off, NULL, NULL, NULL, NULL },
	{ "an old shim verifies", old_not_off, NULL, NULL, NULL, NULL },
	{ "shim does not verify", off, NULL, NULL, NULL, "secure-boot-off" },
	{ "shim does not verify, by another value", off_otherwise, NULL, NULL, NULL, "secure-boot-off" },
	{ "shim does not verify, by the last value", off_last, NULL, NULL, NULL, "secure-boot-off" },
	{ "shim does not verify, and the log hides it", off, relabel, NULL, NULL, "secure-boot-off" },
	{ "an old shim does not verify", old_off, NULL, NULL, NULL, "secure-boot-off" },
	{ "an old shim does not verify, and the log hides it", old_off, relabel, NULL, NULL,
	  "secure-boot-off" },
	{ "another variable of shim's", other_variable, NULL, NULL, NULL, NULL },
	{ "MOK keys are not for the kernel", mok_trusted, NULL, NULL, NULL, NULL },
	{ "the variable in a register that is not quoted for it", another_register, NULL, NULL, NULL,
	  NULL },
	{ "shim does not verify, and need not", kernel_sees, NULL, NULL, need_no_secure_boot, NULL },
	{ "shim does not verify, and the kernel denies it", off_otherwise, NULL, NULL,
	  need_no_secure_boot, "kernel-contradiction" },
};

static void each(void **state)
{
	lie_run(*state, true, NULL);
}

static void look(const struct verdict *v)
{
	json_t *root = verdict_json(v), *boot = json_object_get(root, "boot");

	assert_non_null(strstr(v->why.reason[0].text, "event 15: shim"));
	assert_true(json_is_false(json_object_get(boot, "secure_boot")));
	json_decref(root);
}

static void says_which_event(void **state)
{
	(void)state;
	lie_run(&(struct lie){ .name = "event", .before = off, .word = "secure-boot-off" }, true, look);
}

int main(void)
{
	static struct CMUnitTest tests[sizeof(shims) / sizeof(shims[0]) + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(shims) / sizeof(shims[0]); i++)
		tests[n++] = (struct CMUnitTest){ .name = shims[i].name, .test_func = each,
						  .initial_state = (void *)&shims[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(says_which_event);
	return _cmocka_run_group_tests("shim", tests, n, NULL, NULL);
}
