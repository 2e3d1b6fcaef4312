// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the log of records: their numbers, their kinds, and that each kernel says
 * first what it is.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <crypto/sha2.h>

#include "trust.h"

/* The fake IMA: what it answers, what it saw last, and how many it took */
static int measure_result;
static union {
	struct caretaker_record_header h;
	struct caretaker_record rec;
	struct caretaker_boot_record boot;
	struct caretaker_switch_record change;
} measured;
static size_t measured_size;
static char measured_event[32];
static unsigned int taken;

static int fake_measure(const char *event, const void *rec, size_t size)
{
	memset(&measured, 0, sizeof(measured));
	memcpy(&measured, rec, min(size, sizeof(measured)));
	measured_size = size;
	strscpy(measured_event, event);
	taken += !measure_result;
	return measure_result;
}

/* With three bytes of text behind it */
static struct caretaker_boot_record *fake_introduce(const struct caretaker_log *log)
{
	const size_t size = sizeof(struct caretaker_boot_record) + 3;
	struct caretaker_boot_record *rec = kzalloc(size, GFP_KERNEL);

	if (!rec)
		return ERR_PTR(-ENOMEM);
	rec->h.size = size;
	rec->kernel = log->kernel;
	return rec;
}

static struct caretaker_boot_record *introduce_too_long(const struct caretaker_log *log)
{
	return ERR_PTR(-E2BIG);
}

static struct caretaker_log *new_log(struct kunit *test, bool introduced)
{
	struct caretaker_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, log);
	mutex_init(&log->lock);
	log->kernel = 1;
	log->introduced = introduced;
	log->introduce = fake_introduce;
	log->measure = fake_measure;
	measure_result = 0;
	taken = 0;
	return log;
}

static int append(struct caretaker_log *log, struct caretaker_record *rec)
{
	return caretaker_log_append(log, &rec->h, sizeof(*rec));
}

static void test_record(struct kunit *test)
{
	/* No rule; suspended since a reboot has begun; no memory for a longer log */
	static const int ima_errors[] = { -ENOENT, -ENODEV, -ENOMEM };
	struct caretaker_log *log = new_log(test, true);
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_INSTALL };
	int i;

	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, rec.h.sequence, 1);
	KUNIT_EXPECT_EQ(test, measured.h.magic, CARETAKER_RECORD_MAGIC);
	KUNIT_EXPECT_EQ(test, measured.h.size, sizeof(rec));
	KUNIT_EXPECT_EQ(test, measured_size, sizeof(rec));
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-install");

	/* A record that IMA does not take uses up no number, and the caller hears why */
	for (i = 0; i < ARRAY_SIZE(ima_errors); i++) {
		measure_result = ima_errors[i];
		KUNIT_EXPECT_EQ(test, append(log, &rec), ima_errors[i]);
		KUNIT_EXPECT_EQ(test, rec.h.sequence, 0);
	}
	/* IMA's "hashed, but not recorded" is no success */
	measure_result = 1;
	KUNIT_EXPECT_LT(test, append(log, &rec), 0);

	/* The next record tells of the refusals that got none, once */
	caretaker_log_drop(log);
	caretaker_log_drop(log);
	measure_result = 0;
	rec.h.event = CARETAKER_RECORD_REFUSE;
	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 2);
	KUNIT_EXPECT_EQ(test, measured.rec.dropped, 2);
	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 3);
	KUNIT_EXPECT_EQ(test, measured.rec.dropped, 0);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-refuse");
}

static bool fake_missed(void)
{
	return true;
}

/*
 * What the TPM has missed is in IMA's list, and so has a number, which shows a verifier of the
 * next kernel that it is missing.  Nobody gets to rely on it.
 */
static void test_missed(struct kunit *test)
{
	struct caretaker_log *log = new_log(test, false);
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_INSTALL };

	log->missed = fake_missed;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -EIO);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-boot");
	/* It is not said again and again */
	KUNIT_EXPECT_EQ(test, append(log, &rec), -EIO);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-install");
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 2);
	KUNIT_EXPECT_EQ(test, append(log, &rec), -EIO);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 3);
}

/* What is no record, or too small a one */
static void test_record_malformed(struct kunit *test)
{
	struct caretaker_log *log = new_log(test, true);
	struct caretaker_record rec = { .h.event = 0 };

	KUNIT_EXPECT_EQ(test, append(log, &rec), -EINVAL);
	rec.h.event = CARETAKER_RECORD_KEXEC + 1;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -EINVAL);
	/* That one comes by itself */
	rec.h.event = CARETAKER_RECORD_BOOT;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -EINVAL);
	rec.h.event = CARETAKER_RECORD_BREAK;
	KUNIT_EXPECT_EQ(test, caretaker_log_append(log, &rec.h, sizeof(rec) - 1), -EINVAL);
	rec.h.event = CARETAKER_RECORD_KEXEC;
	KUNIT_EXPECT_EQ(test, caretaker_log_append(log, &rec.h, U16_MAX + 1), -E2BIG);
	KUNIT_EXPECT_EQ(test, taken, 0);
	KUNIT_EXPECT_EQ(test, log->sequence, 0);
}

/* A record of another kind neither tells of refusals nor takes them from the next */
static void test_record_kinds(struct kunit *test)
{
	struct caretaker_log *log = new_log(test, true);
	struct caretaker_switch_record change = { .h.event = CARETAKER_RECORD_SWITCH };
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_INSTALL };

	caretaker_log_drop(log);
	KUNIT_EXPECT_EQ(test, caretaker_log_append(log, &change.h, sizeof(change)), 0);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-switch");
	KUNIT_EXPECT_EQ(test, measured.h.size, sizeof(change));
	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, measured.rec.dropped, 1);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 2);
}

/* Each kernel says what it is, once, before anything else; else nothing is said */
static void test_introduced(struct kunit *test)
{
	struct caretaker_log *log = new_log(test, false);
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_INSTALL };

	/* As after a handover */
	log->kernel = 3;
	log->sequence = 40;

	measure_result = -ENOENT;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -ENOENT);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-boot");
	KUNIT_EXPECT_EQ(test, log->sequence, 40);

	log->introduce = introduce_too_long;
	measure_result = 0;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -E2BIG);
	KUNIT_EXPECT_EQ(test, taken, 0);

	log->introduce = fake_introduce;
	KUNIT_EXPECT_EQ(test, caretaker_log_introduce(log), 0);
	KUNIT_EXPECT_STREQ(test, measured_event, "caretaker-boot");
	KUNIT_EXPECT_EQ(test, measured.h.event, CARETAKER_RECORD_BOOT);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 41);
	KUNIT_EXPECT_EQ(test, measured.h.size, sizeof(struct caretaker_boot_record) + 3);
	KUNIT_EXPECT_EQ(test, measured_size, measured.h.size);
	KUNIT_EXPECT_EQ(test, measured.boot.kernel, 3);

	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, measured.h.sequence, 42);
	KUNIT_EXPECT_EQ(test, taken, 2);
}

/* The same, if the first record is what makes it */
static void test_introduced_by_record(struct kunit *test)
{
	struct caretaker_log *log = new_log(test, false);
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_REFUSE };

	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, rec.h.sequence, 2);
	KUNIT_EXPECT_EQ(test, taken, 2);
	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_EQ(test, taken, 3);
}

/* What the last record that was taken committed to */
static void expect_secret(struct kunit *test, const struct caretaker_log *log, const u8 *commit)
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256(log->secret, sizeof(log->secret), digest);
	KUNIT_EXPECT_MEMEQ(test, digest, commit, sizeof(digest));
}

/* Each record reveals what the one before committed to, and one that failed is none */
static void test_chain(struct kunit *test)
{
	static const u8 zero[sizeof(measured.h.reveal)];
	struct caretaker_log *log = new_log(test, false);
	struct caretaker_record rec = { .h.event = CARETAKER_RECORD_INSTALL };
	u8 secret[sizeof(log->secret)], commit[SHA256_DIGEST_SIZE];
	int i;

	KUNIT_EXPECT_EQ(test, caretaker_log_introduce(log), 0);
	KUNIT_EXPECT_MEMEQ(test, measured.h.reveal, zero, sizeof(zero));
	KUNIT_EXPECT_MEMNEQ(test, log->secret, zero, sizeof(zero));
	expect_secret(test, log, measured.h.commit);

	for (i = 0; i < 3; i++) {
		memcpy(secret, log->secret, sizeof(secret));
		KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
		KUNIT_EXPECT_MEMEQ(test, measured.h.reveal, secret, sizeof(secret));
		KUNIT_EXPECT_MEMNEQ(test, log->secret, secret, sizeof(secret));
		expect_secret(test, log, measured.h.commit);
	}
	memcpy(secret, log->secret, sizeof(secret));
	memcpy(commit, measured.h.commit, sizeof(commit));

	/* What IMA does not take, for whatever reason, commits to nothing and reveals nothing */
	measure_result = -ENOMEM;
	KUNIT_EXPECT_EQ(test, append(log, &rec), -ENOMEM);
	KUNIT_EXPECT_MEMEQ(test, rec.h.reveal, zero, sizeof(zero));
	KUNIT_EXPECT_MEMEQ(test, log->secret, secret, sizeof(secret));
	measure_result = 1;
	KUNIT_EXPECT_LT(test, append(log, &rec), 0);
	KUNIT_EXPECT_MEMEQ(test, log->secret, secret, sizeof(secret));

	measure_result = 0;
	KUNIT_EXPECT_EQ(test, append(log, &rec), 0);
	KUNIT_EXPECT_MEMEQ(test, measured.h.reveal, secret, sizeof(secret));
	sha256(measured.h.reveal, sizeof(measured.h.reveal), secret);
	KUNIT_EXPECT_MEMEQ(test, secret, commit, sizeof(commit));
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE(test_record),
	KUNIT_CASE(test_missed),
	KUNIT_CASE(test_record_malformed),
	KUNIT_CASE(test_record_kinds),
	KUNIT_CASE(test_introduced),
	KUNIT_CASE(test_introduced_by_record),
	KUNIT_CASE(test_chain),
	{}
};

static struct kunit_suite record_suite = {
	.name = "caretaker-record",
	.test_cases = record_cases,
};

kunit_test_suite(record_suite);

MODULE_DESCRIPTION("KUnit tests of the records of KVM caretakers");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
