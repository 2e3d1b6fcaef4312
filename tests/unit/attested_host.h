/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host to attest, made of tables: firmware events, IMA records, registers and a
 * TPM that OpenSSL plays.  A test changes the tables before the quote, for a host
 * that does something else, or after it, for a host that lies.
 */
#ifndef TESTS_ATTESTED_HOST_H
#define TESTS_ATTESTED_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <linux/caretaker_record.h>

#include "evidence/json.h"
#include "pcr.h"

#define HOST_EVENTS	32
#define HOST_RECORDS	64
#define HOST_DATA	2048

/* Where the usual events and records are in the tables */
enum { EVENT_SECURE_BOOT, EVENT_ACTION, EVENT_SEPARATOR_0, EVENT_KERNEL = EVENT_SEPARATOR_0 + 8,
       EVENT_OPTIONS, EVENT_INITRD, EVENTS };
enum { RECORD_AGGREGATE, RECORD_POLICY, RECORD_MODULE, RECORD_BOOT, RECORD_INSTALL, RECORDS };

struct host_event {
	uint32_t pcr;
	uint32_t type;
	unsigned char data[HOST_DATA];
	size_t size;
	unsigned char digest[32];
	bool own_digest;	/* @digest is not the hash of @data */
};

struct host_record {
	uint32_t pcr;
	const char *template;
	char name[64];
	unsigned char data[HOST_DATA];	/* of ima-buf; of other templates, what the digest is of */
	size_t size;
	bool file;			/* of a file: @data is not in it, whatever the template */
	bool violation;
	bool old_boot;			/* boot aggregate: not that of this boot */
	bool other_digest;		/* not that of @data */
	bool bad_template_hash;
};

struct host {
	struct host_event event[HOST_EVENTS];
	size_t events;
	size_t later;			/* of them, the last: extended by user space, in no firmware log */
	struct host_record record[HOST_RECORDS];
	size_t records;
	struct pcr_set pcrs;		/* what the TPM has, after host_run() */
	unsigned char aggregate[48];	/* over PCR 0 to 9 as IMA found them */
	bool aggregate_384;		/* ... in the SHA-384 bank, of which the firmware has no log */
	EVP_PKEY *ak;
	struct blob ak_public;
	uint32_t magic;			/* of the quote */
	uint16_t type;
	bool clock_safe;
	struct pcr_selection selection;
	char told_line[256];		/* command line, as the host tells it */
	struct blob list;		/* IMA's, as host_logs() left it */
};

extern const unsigned char host_kernel[32];	/* Authenticode digest of its kernel */
extern const unsigned char host_payload[32];
extern const unsigned char host_signer[20];
extern const unsigned char host_signer_key[32];
extern const unsigned char host_image[32];	/* SHA-256 of a kernel's file, for kexec */
extern const char host_line[];
extern const char host_policy[];

/* A good host: Secure Boot, known kernel, one VM with a caretaker.  @ecc: else RSA. */
void host_init(struct host *h, bool ecc);
void host_free(struct host *h);

void host_set_event(struct host_event *ev, uint32_t pcr, uint32_t type, const void *data,
		    size_t size, const unsigned char *digest);
struct host_event *host_add_event(struct host *h, uint32_t pcr, uint32_t type, const void *data,
				  size_t size, const unsigned char *digest);
struct host_record *host_add_record(struct host *h, const char *template, const char *name,
				    const void *data, size_t size);
/* A file that was measured, under any name */
struct host_record *host_add_file(struct host *h, const char *template, const char *name);
/*
 * What the record with that number in its header commits to, and the next one reveals;
 * of 0: zeros, which the first one reveals.
 */
void host_secret(uint64_t sequence, unsigned char out[32]);
/*
 * @sequence: counted from the kernel's statement, which has none; @event:
 * CARETAKER_RECORD_* of a VM.  Fields may be changed later through host_caretaker().
 */
struct host_record *host_add_caretaker(struct host *h, uint64_t sequence, uint32_t event,
				       uint64_t vm);
struct caretaker_record *host_caretaker(struct host_record *r);
/* The statement of kernel number @kernel, a load of another, a switch; @sequence as above */
struct host_record *host_add_boot(struct host *h, uint64_t sequence, uint64_t kernel,
				  const char *line);
struct host_record *host_add_kexec(struct host *h, uint64_t sequence, uint32_t type,
				   const char *line);
struct host_record *host_add_switch(struct host *h, uint64_t sequence, uint32_t what);
/* Another line in the stub's event, and in what the host tells */
void host_measure_line(struct host *h, const char *line);
/* Gives a statement or a load another command line */
void host_set_line(struct host_record *r, const char *line);
void host_swap_records(struct host *h, size_t a, size_t b);
void host_drop_record(struct host *h, size_t at);

/* Extends everything into fresh registers */
void host_run(struct host *h);
/* Quote by the AK over the registers, and their values, into @e */
void host_quote(struct host *h, const unsigned char *nonce, size_t size, struct evidence *e);
/* The logs as the tables are now, and hearsay, into @e; IMA's list into @h->list */
void host_logs(struct host *h, struct evidence *e);
/* An evidence file of both */
void host_write(const struct host *h, const struct evidence *e, const char *path);

#endif
