// SPDX-License-Identifier: GPL-2.0-only
/* The host of attested_host.h: logs from tables, a TPM from OpenSSL. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <tss2/tss2_mu.h>

#include "attested_host.h"
#include "evidence/container.h"
#include "tpm/ak_template.h"
#include "log/uefi_log.h"

const unsigned char host_kernel[32] = { 0x6b, 0x65, 0x72, 1 };
const unsigned char host_payload[32] = { 0x70, 0x61, 0x79, 2 };
const unsigned char host_signer[20] = { 0x73, 0x69, 0x67, 3 };
const unsigned char host_signer_key[32] = { 0x6b, 0x65, 0x79, 4 };
const unsigned char host_image[32] = { 0x69, 0x6d, 0x67, 5 };
const char host_line[] = "console=ttyS0 lockdown=integrity quiet";
const char host_policy[] =
	"measure func=CRITICAL_DATA label=caretaker \n"
	"measure func=CRITICAL_DATA label=ima_policy \n"
	"measure func=CRITICAL_DATA label=ima_kexec \n"
	"measure func=KEXEC_CMDLINE \n"
	"measure func=KEXEC_KERNEL_CHECK template=ima-modsig \n"
	"measure func=MODULE_CHECK template=ima-modsig \n";

static void sha(const char *name, const void *data, size_t size, unsigned char *out)
{
	assert(EVP_Q_digest(NULL, name, NULL, data, size, out, NULL));
}

void host_set_event(struct host_event *ev, uint32_t pcr, uint32_t type, const void *data,
		    size_t size, const unsigned char *digest)
{
	assert(size <= HOST_DATA);
	memset(ev, 0, sizeof(*ev));
	ev->pcr = pcr;
	ev->type = type;
	memcpy(ev->data, data, size);
	ev->size = size;
	if (digest) {
		memcpy(ev->digest, digest, 32);
		ev->own_digest = true;
	}
}

struct host_event *host_add_event(struct host *h, uint32_t pcr, uint32_t type, const void *data,
				  size_t size, const unsigned char *digest)
{
	assert(h->events < HOST_EVENTS);
	host_set_event(&h->event[h->events], pcr, type, data, size, digest);
	return &h->event[h->events++];
}

struct host_record *host_add_record(struct host *h, const char *template, const char *name,
				    const void *data, size_t size)
{
	struct host_record *r = &h->record[h->records++];

	assert(h->records <= HOST_RECORDS && size <= HOST_DATA && strlen(name) < sizeof(r->name));
	memset(r, 0, sizeof(*r));
	r->pcr = 10;
	r->template = template;
	strcpy(r->name, name);
	memcpy(r->data, data, size);
	r->size = size;
	return r;
}

struct host_record *host_add_file(struct host *h, const char *template, const char *name)
{
	struct host_record *r = host_add_record(h, template, name, "content", 7);

	r->file = true;
	return r;
}

struct caretaker_record *host_caretaker(struct host_record *r)
{
	return (struct caretaker_record *)(void *)r->data;
}

void host_secret(uint64_t sequence, unsigned char out[32])
{
	memset(out, 0, 32);
	if (sequence)
		sha("SHA256", &sequence, sizeof(sequence), out);
}

static struct caretaker_record_header header(uint32_t event, size_t size, uint64_t sequence)
{
	struct caretaker_record_header h = {
		.magic = CARETAKER_RECORD_MAGIC, .abi = CARETAKER_ABI_VERSION,
		.size = (uint16_t)size, .sequence = sequence + 1, .event = event,
	};
	unsigned char secret[32];

	host_secret(sequence, h.reveal);
	host_secret(sequence + 1, secret);
	sha("SHA256", secret, sizeof(secret), h.commit);
	return h;
}

struct host_record *host_add_caretaker(struct host *h, uint64_t sequence, uint32_t event,
				       uint64_t vm)
{
	static const char *const names[] = {
		"none", "install", "update", "remove", "teardown", "refuse", "detach", "attach", "adopt",
		"break",
	};
	struct caretaker_record rec = {
		.h = header(event, sizeof(rec), sequence), .vm = vm,
		.vcpu = ~0u, .mode = CARETAKER_MODE_ISOLATED, .vmm_id = "vmm",
		.enforce = CARETAKER_ENFORCE_SECURE_BOOT | CARETAKER_ENFORCE_LOCKDOWN,
		.lockdown = CARETAKER_LOCKDOWN_INTEGRITY,
		.payload_abi = CARETAKER_ABI_VERSION, .svn = 3, .digest_alg = TPM2_ALG_SHA256,
		.digest_len = 32, .keyring = CARETAKER_KEYRING_BUILTIN, .signer_len = 20,
		.name = "caretaker", .version = "1.0",
	};
	char name[64];

	if (event == CARETAKER_RECORD_REFUSE)
		rec.h.result = -1;
	memcpy(rec.digest, host_payload, sizeof(host_payload));
	memcpy(rec.signer, host_signer, sizeof(host_signer));
	memcpy(rec.signer_key, host_signer_key, sizeof(host_signer_key));
	memset(rec.vm_id, (int)vm, sizeof(rec.vm_id));
	snprintf(name, sizeof(name), "caretaker-%s", names[event]);
	return host_add_record(h, "ima-buf", name, &rec, sizeof(rec));
}

void host_set_line(struct host_record *r, const char *line)
{
	struct caretaker_record_header *h = (void *)r->data;
	bool boot = h->event == CARETAKER_RECORD_BOOT;
	struct caretaker_boot_record *stated = (void *)r->data;
	struct caretaker_kexec_record *load = (void *)r->data;
	size_t size = boot ? sizeof(*stated) : sizeof(*load), n = strlen(line);

	assert(size + n <= HOST_DATA);
	memcpy(r->data + size, line, n);
	r->size = size + n;
	h->size = (uint16_t)r->size;
	*(boot ? &stated->command_line_len : &load->command_line_len) = (uint32_t)n;
	sha("SHA256", line, n, boot ? stated->command_line : load->command_line);
}

struct host_record *host_add_boot(struct host *h, uint64_t sequence, uint64_t kernel,
				  const char *line)
{
	struct caretaker_boot_record rec = {
		.h = header(CARETAKER_RECORD_BOOT, sizeof(rec), sequence), .kernel = kernel,
		.lockdown = CARETAKER_LOCKDOWN_INTEGRITY, .secure_boot = CARETAKER_SECURE_BOOT_ON,
		.enforce = CARETAKER_ENFORCE_SECURE_BOOT | CARETAKER_ENFORCE_LOCKDOWN,
		.handover = kernel > 1 ? CARETAKER_HANDOVER_TAKEN : CARETAKER_HANDOVER_NONE,
		.floors = 1, .floor = { { .name = "caretaker", .svn = 2 } },
		.build_id_len = 20, .build_id = { 0xb1, 0xd }, .release = "7.3.4-test",
	};
	struct host_record *r = host_add_record(h, "ima-buf", "caretaker-boot", &rec, sizeof(rec));

	host_set_line(r, line);
	return r;
}

struct host_record *host_add_kexec(struct host *h, uint64_t sequence, uint32_t type,
				   const char *line)
{
	struct caretaker_kexec_record rec = {
		.h = header(CARETAKER_RECORD_KEXEC, sizeof(rec), sequence), .type = type,
		.flags = CARETAKER_KEXEC_FILE | CARETAKER_KEXEC_INITRD, .initrd = { 1 },
	};
	struct host_record *r;

	if (type == CARETAKER_KEXEC_DEFAULT)
		rec.flags |= CARETAKER_KEXEC_HANDOVER;
	memcpy(rec.image, host_image, sizeof(host_image));
	r = host_add_record(h, "ima-buf", "caretaker-kexec", &rec, sizeof(rec));
	host_set_line(r, line);
	return r;
}

struct host_record *host_add_switch(struct host *h, uint64_t sequence, uint32_t what)
{
	struct caretaker_switch_record rec = {
		.h = header(CARETAKER_RECORD_SWITCH, sizeof(rec), sequence), .what = what,
		.lockdown = CARETAKER_LOCKDOWN_INTEGRITY, .enforce = CARETAKER_ENFORCE_LOCKDOWN,
	};

	if (what == CARETAKER_SWITCHED_LATCH) {
		rec.switches = CARETAKER_SWITCH_ENFORCE;
		rec.enforce |= CARETAKER_ENFORCE_SWITCH;
	}
	if (what == CARETAKER_SWITCHED_LOCKDOWN)
		rec.lockdown = CARETAKER_LOCKDOWN_CONFIDENTIALITY;
	if (what == CARETAKER_SWITCHED_FLOOR) {
		strcpy(rec.name, "caretaker");
		rec.svn = 5;
	}
	return host_add_record(h, "ima-buf", "caretaker-switch", &rec, sizeof(rec));
}

void host_swap_records(struct host *h, size_t a, size_t b)
{
	struct host_record t = h->record[a];

	h->record[a] = h->record[b];
	h->record[b] = t;
}

void host_drop_record(struct host *h, size_t at)
{
	memmove(&h->record[at], &h->record[at + 1], (h->records - at - 1) * sizeof(h->record[0]));
	h->records--;
}

/* --- Registers -------------------------------------------------------------------- */

static void put32(unsigned char **p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		*(*p)++ = (unsigned char)(value >> (8 * i));
}

static void put(unsigned char **p, const void *data, size_t size)
{
	memcpy(*p, data, size);
	*p += size;
}

static enum pcr_bank aggregate_bank(const struct host *h)
{
	return h->aggregate_384 ? PCR_SHA384 : PCR_SHA256;
}

static void aggregate(const struct host *h, unsigned char out[48])
{
	enum pcr_bank bank = aggregate_bank(h);
	struct view part[10];

	for (unsigned int i = 0; i < 10; i++)
		part[i] = (struct view){ h->pcrs.value[bank][i], pcr_bank_size(bank) };
	assert(!pcr_hash(bank, part, 10, out));
}

/* "alg:", NUL and digest, behind their size */
static void put_digest_field(unsigned char **p, enum pcr_bank bank, const unsigned char *digest)
{
	put32(p, (uint32_t)(8 + pcr_bank_size(bank)));
	put(p, pcr_bank_name(bank), 6);
	put(p, ":", 2);
	put(p, digest, pcr_bank_size(bank));
}

/* Template data: d-ng, n-ng, and a third field where there is one */
static size_t template_data(const struct host *h, const struct host_record *r, unsigned char *out)
{
	enum pcr_bank bank = PCR_SHA256;
	unsigned char digest[48], *p = out;
	bool buffer = !strcmp(r->template, "ima-buf"), sig = !strcmp(r->template, "ima-sig");
	bool modsig = !strcmp(r->template, "ima-modsig");

	if (!strncmp(r->name, "boot_aggregate", 14) && !r->old_boot && !r->file) {
		bank = aggregate_bank(h);
		memcpy(digest, h->aggregate, sizeof(digest));
	} else {
		sha("SHA256", r->data, r->size, digest);
		digest[0] ^= r->other_digest;
	}
	if (r->violation)
		memset(digest, 0, sizeof(digest));
	put_digest_field(&p, bank, digest);
	put32(&p, (uint32_t)strlen(r->name) + 1);
	put(&p, r->name, strlen(r->name) + 1);
	if (r->file && sig) {
		put32(&p, 4);
		put(&p, "\3sig", 4);
	} else if (modsig) {
		/* sig, d-modsig and modsig; empty, but the first of what is no file */
		put32(&p, r->file ? 0 : (uint32_t)r->size);
		put(&p, r->data, r->file ? 0 : r->size);
		put32(&p, 0);
		put32(&p, 0);
	} else if (buffer || sig || strchr(r->template, '|')) {
		put32(&p, (uint32_t)r->size);
		put(&p, r->data, r->size);
	}
	return (size_t)(p - out);
}

static void extend(struct host *h, uint32_t pcr, const unsigned char digest[32],
		   const unsigned char sha1[20])
{
	assert(!pcr_extend(&h->pcrs, PCR_SHA256, pcr, digest, 32));
	assert(!pcr_extend(&h->pcrs, PCR_SHA1, pcr, sha1, 20));
}

static void extend_events(struct host *h, size_t from, size_t to)
{
	unsigned char digest[32], sha1[20] = { 0 };

	for (size_t i = from; i < to; i++) {
		if (h->event[i].type == EV_NO_ACTION)
			continue;
		sha("SHA256", h->event[i].data, h->event[i].size, digest);
		extend(h, h->event[i].pcr, h->event[i].own_digest ? h->event[i].digest : digest,
		       sha1);
	}
}

void host_run(struct host *h)
{
	unsigned char data[HOST_DATA * 2], digest[32], sha1[20] = { 0 };

	pcr_set_init(&h->pcrs);
	/* The TPM has them all, extended or not */
	h->pcrs.present[PCR_SHA256] = h->pcrs.present[PCR_SHA1] = PCR_ALL;
	h->pcrs.present[PCR_SHA384] = h->aggregate_384 ? PCR_ALL : 0;
	extend_events(h, 0, h->events - h->later);
	aggregate(h, h->aggregate);
	for (size_t i = 0; i < h->records; i++) {
		const struct host_record *r = &h->record[i];
		size_t size = template_data(h, r, data);

		sha("SHA256", data, size, digest);
		sha("SHA1", data, size, sha1);
		if (r->violation) {
			memset(digest, 0xff, sizeof(digest));
			memset(sha1, 0xff, sizeof(sha1));
		}
		extend(h, r->pcr, digest, sha1);
	}
	extend_events(h, h->events - h->later, h->events);
}

/* --- Logs ---------------------------------------------------------------------------- */

static const unsigned char spec_id[] = {
	'S', 'p', 'e', 'c', ' ', 'I', 'D', ' ', 'E', 'v', 'e', 'n', 't', '0', '3', 0,
	0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0x0b, 0, 32, 0, 0,
};

static void uefi_log(const struct host *h, struct blob *out)
{
	unsigned char *p, zero[20] = { 0 }, digest[32];

	free(out->data);
	out->data = p = malloc(64 + sizeof(spec_id) + h->events * (HOST_DATA + 64));
	assert(p);
	put32(&p, 0);
	put32(&p, EV_NO_ACTION);
	put(&p, zero, 20);
	put32(&p, sizeof(spec_id));
	put(&p, spec_id, sizeof(spec_id));
	for (size_t i = 0; i < h->events - h->later; i++) {
		const struct host_event *ev = &h->event[i];

		put32(&p, ev->pcr);
		put32(&p, ev->type);
		put32(&p, 1);
		put(&p, "\x0b\0", 2);
		sha("SHA256", ev->data, ev->size, digest);
		put(&p, ev->own_digest ? ev->digest : digest, 32);
		put32(&p, (uint32_t)ev->size);
		put(&p, ev->data, ev->size);
	}
	out->size = (size_t)(p - out->data);
}

static void ima_log(const struct host *h, struct blob *out)
{
	unsigned char *p, data[HOST_DATA * 2], digest[20];

	free(out->data);
	out->data = p = malloc(h->records * (HOST_DATA * 2 + 64) + 1);
	assert(p);
	for (size_t i = 0; i < h->records; i++) {
		const struct host_record *r = &h->record[i];
		size_t size = template_data(h, r, data);

		sha("SHA1", data, size, digest);
		if (r->violation)
			memset(digest, 0, sizeof(digest));
		if (r->bad_template_hash)
			digest[0] ^= 1;
		put32(&p, r->pcr);
		put(&p, digest, 20);
		put32(&p, (uint32_t)strlen(r->template));
		put(&p, r->template, strlen(r->template));
		put32(&p, (uint32_t)size);
		put(&p, data, size);
	}
	out->size = (size_t)(p - out->data);
}

void host_logs(struct host *h, struct evidence *e)
{
	uefi_log(h, &e->uefi_log);
	blob_free(&h->list);
	ima_log(h, &h->list);
	strcpy(e->command_line, h->told_line);
}

static int put_in_file(void *to, const void *data, size_t size)
{
	return fwrite(data, 1, size, to) == size ? 0 : -EIO;
}

void host_write(const struct host *h, const struct evidence *e, const char *path)
{
	FILE *to = fopen(path, "w");

	assert(to && !container_put(put_in_file, to, e, h->list.size));
	assert(!put_in_file(to, h->list.data, h->list.size));
	assert(!container_put_end(put_in_file, to, h->list.size));
	assert(!fclose(to));
}

/* --- A good boot ------------------------------------------------------------------------ */

static void secure_boot(struct host *h)
{
	static const char name[] = "SecureBoot";
	unsigned char data[64], *p = data;

	put(&p, uefi_global_guid, 16);
	put32(&p, 10);
	put32(&p, 0);
	put32(&p, 1);
	put32(&p, 0);
	for (int i = 0; i < 10; i++) {
		*p++ = (unsigned char)name[i];
		*p++ = 0;
	}
	*p++ = 1;
	host_add_event(h, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, data, (size_t)(p - data), NULL);
}

static void tagged(struct host *h, uint32_t tag, const char *label, const unsigned char *digest)
{
	unsigned char data[64], *p = data;

	put32(&p, tag);
	put32(&p, (uint32_t)strlen(label) + 1);
	put(&p, label, strlen(label) + 1);
	host_add_event(h, 9, EV_EVENT_TAG, data, (size_t)(p - data), digest);
}

/* As the stub measures its options: UTF-16 with its end */
static void options_digest(const char *line, unsigned char digest[32])
{
	unsigned char wide[512] = { 0 };
	size_t size = strlen(line) + 1;

	assert(2 * size <= sizeof(wide));
	for (size_t i = 0; i < size; i++)
		wide[2 * i] = (unsigned char)line[i];
	sha("SHA256", wide, 2 * size, digest);
}

void host_measure_line(struct host *h, const char *line)
{
	options_digest(line, h->event[EVENT_OPTIONS].digest);
	strcpy(h->told_line, line);
}

static void boot(struct host *h)
{
	static const char action[] = "Calling EFI Application from Boot Option";
	unsigned char digest[32];

	secure_boot(h);
	host_add_event(h, 4, EV_EFI_ACTION, action, sizeof(action) - 1, NULL);
	for (uint32_t pcr = 0; pcr < 8; pcr++)
		host_add_event(h, pcr, EV_SEPARATOR, "\0\0\0", 4, NULL);
	host_add_event(h, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "image", 5, host_kernel);
	options_digest(host_line, digest);
	tagged(h, 0x8f3b22ed, "LOADED_IMAGE::LoadOptions", digest);
	sha("SHA256", "initrd", 6, digest);
	tagged(h, 0x8f3b22ec, "Linux initrd", digest);
	strcpy(h->told_line, host_line);
}

void host_init(struct host *h, bool ecc)
{
	memset(h, 0, sizeof(*h));
	h->magic = 0xff544347;
	h->type = TPM2_ST_ATTEST_QUOTE;
	h->clock_safe = true;
	h->selection.count = 1;
	h->selection.entry[0].bank = PCR_SHA256;
	h->selection.entry[0].mask = 0x47ff;	/* 0-10, 14 */
	h->ak = ecc ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	assert(h->ak);
	boot(h);
	host_add_record(h, "ima-ng", "boot_aggregate", "", 0);
	host_add_record(h, "ima-buf", "ima_policy_loaded", host_policy, strlen(host_policy));
	host_add_record(h, "ima-ng", "/lib/modules/kvm.ko", "module", 6);
	host_add_boot(h, 0, 1, host_line);
	host_add_caretaker(h, 1, CARETAKER_RECORD_INSTALL, 7);
	assert(h->events == EVENTS && h->records == RECORDS);
}

void host_free(struct host *h)
{
	EVP_PKEY_free(h->ak);
	blob_free(&h->ak_public);
	blob_free(&h->list);
}

/* --- The TPM ------------------------------------------------------------------------------- */

static void public_area(struct host *h, TPM2B_PUBLIC *public)
{
	TPMT_PUBLIC *area = &public->publicArea;
	BIGNUM *n = NULL, *x = NULL, *y = NULL;

	if (EVP_PKEY_is_a(h->ak, "RSA")) {
		ak_template(AK_RSA2048, public);
		assert(EVP_PKEY_get_bn_param(h->ak, OSSL_PKEY_PARAM_RSA_N, &n));
		area->unique.rsa.size = (UINT16)BN_bn2bin(n, area->unique.rsa.buffer);
	} else {
		ak_template(AK_P256, public);
		assert(EVP_PKEY_get_bn_param(h->ak, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
		       EVP_PKEY_get_bn_param(h->ak, OSSL_PKEY_PARAM_EC_PUB_Y, &y));
		area->unique.ecc.x.size = (UINT16)BN_bn2binpad(x, area->unique.ecc.x.buffer, 32);
		area->unique.ecc.y.size = (UINT16)BN_bn2binpad(y, area->unique.ecc.y.buffer, 32);
	}
	BN_free(n);
	BN_free(x);
	BN_free(y);
}

static void marshal_public(struct host *h)
{
	TPM2B_PUBLIC public;

	if (h->ak_public.data)
		return;
	public_area(h, &public);
	h->ak_public.data = malloc(sizeof(public));
	assert(h->ak_public.data &&
	       !Tss2_MU_TPM2B_PUBLIC_Marshal(&public, h->ak_public.data, sizeof(public),
					     &h->ak_public.size));
}

static void sign(struct host *h, const void *data, size_t size, TPMT_SIGNATURE *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char der[512];
	const unsigned char *p = der;
	size_t length = sizeof(der);
	ECDSA_SIG *sig;

	assert(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, h->ak) > 0 &&
	       EVP_DigestSign(md, der, &length, data, size) > 0);
	EVP_MD_CTX_free(md);
	memset(out, 0, sizeof(*out));
	if (EVP_PKEY_is_a(h->ak, "RSA")) {
		out->sigAlg = TPM2_ALG_RSASSA;
		out->signature.rsassa.hash = TPM2_ALG_SHA256;
		out->signature.rsassa.sig.size = (UINT16)length;
		memcpy(out->signature.rsassa.sig.buffer, der, length);
		return;
	}
	sig = d2i_ECDSA_SIG(NULL, &p, (long)length);
	out->sigAlg = TPM2_ALG_ECDSA;
	out->signature.ecdsa.hash = TPM2_ALG_SHA256;
	out->signature.ecdsa.signatureR.size = 32;
	out->signature.ecdsa.signatureS.size = 32;
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), out->signature.ecdsa.signatureR.buffer, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), out->signature.ecdsa.signatureS.buffer, 32);
	ECDSA_SIG_free(sig);
}

static void attest_structure(struct host *h, const unsigned char *nonce, size_t size,
			     TPMS_ATTEST *attest)
{
	TPML_PCR_SELECTION *sel = &attest->attested.quote.pcrSelect;

	memset(attest, 0, sizeof(*attest));
	attest->magic = TPM2_GENERATED_VALUE;
	attest->type = TPM2_ST_ATTEST_QUOTE;
	attest->extraData.size = (UINT16)size;
	memcpy(attest->extraData.buffer, nonce, size);
	attest->clockInfo.clock = 123456;
	attest->clockInfo.resetCount = 5;
	attest->clockInfo.restartCount = 1;
	attest->clockInfo.safe = h->clock_safe;
	for (unsigned int i = 0; i < h->selection.count; i++) {
		TPMS_PCR_SELECTION *s = &sel->pcrSelections[sel->count++];

		s->hash = pcr_bank_alg(h->selection.entry[i].bank);
		s->sizeofSelect = 3;
		for (int b = 0; b < 3; b++)
			s->pcrSelect[b] = (BYTE)(h->selection.entry[i].mask >> (8 * b));
	}
	attest->attested.quote.pcrDigest.size = 32;
	assert(!pcr_selection_digest(&h->pcrs, &h->selection, PCR_SHA256,
				     attest->attested.quote.pcrDigest.buffer));
}

void host_quote(struct host *h, const unsigned char *nonce, size_t size, struct evidence *e)
{
	TPMT_SIGNATURE signature;
	TPMS_ATTEST attest;

	memset(e, 0, sizeof(*e));
	marshal_public(h);
	attest_structure(h, nonce, size, &attest);
	e->attest.data = malloc(sizeof(attest));
	e->signature.data = malloc(sizeof(signature));
	e->ak_public.data = malloc(h->ak_public.size);
	assert(e->attest.data && e->signature.data && e->ak_public.data);
	assert(!Tss2_MU_TPMS_ATTEST_Marshal(&attest, e->attest.data, sizeof(attest),
					    &e->attest.size));
	/* tpm2-tss marshals only what a TPM can make; a liar can sign anything */
	for (int i = 0; i < 4; i++)
		e->attest.data[i] = (unsigned char)(h->magic >> (24 - 8 * i));
	e->attest.data[4] = (unsigned char)(h->type >> 8);
	e->attest.data[5] = (unsigned char)h->type;
	sign(h, e->attest.data, e->attest.size, &signature);
	assert(!Tss2_MU_TPMT_SIGNATURE_Marshal(&signature, e->signature.data, sizeof(signature),
					       &e->signature.size));
	memcpy(e->ak_public.data, h->ak_public.data, h->ak_public.size);
	e->ak_public.size = h->ak_public.size;
	e->pcrs = h->pcrs;
	/* Only what was asked is in the evidence */
	memset(e->pcrs.present, 0, sizeof(e->pcrs.present));
	for (unsigned int i = 0; i < h->selection.count; i++)
		e->pcrs.present[h->selection.entry[i].bank] = h->selection.entry[i].mask;
}
