// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows the life of each VM's caretaker through the records.
 *
 * The UAPI header fixes the layout.  A verifier is little-endian like the host
 * that wrote the record; other machines are refused at build time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claims/caretaker.h"
#include "pcr.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "struct caretaker_record is little-endian"
#endif

#define PREFIX CARETAKER_RECORD_LABEL "-"

static const struct {
	const char *word;
	uint32_t event;
} events[] = {
	{ "install", CARETAKER_RECORD_INSTALL }, { "update", CARETAKER_RECORD_UPDATE },
	{ "remove", CARETAKER_RECORD_REMOVE }, { "teardown", CARETAKER_RECORD_TEARDOWN },
	{ "refuse", CARETAKER_RECORD_REFUSE }, { "detach", CARETAKER_RECORD_DETACH },
	{ "adopt", CARETAKER_RECORD_ADOPT },
};

bool claims_caretaker_is_name(struct view name)
{
	return name.size >= sizeof(PREFIX) - 1 && !memcmp(name.data, PREFIX, sizeof(PREFIX) - 1);
}

/* The event that the name stands for, 0 if none: the name is hashed, and must agree */
static uint32_t event_of_name(struct view name)
{
	struct view word = { name.data + sizeof(PREFIX) - 1, name.size - (sizeof(PREFIX) - 1) };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (view_is_text(word, events[i].word))
			return events[i].event;
	return 0;
}

/* Printable ASCII without space, NUL-padded to the end; empty where nothing was parsed */
static bool text_ok(const char *text, bool may_be_empty)
{
	size_t n = strnlen(text, CARETAKER_NAME_LEN);

	if (n == CARETAKER_NAME_LEN || (!n && !may_be_empty))
		return false;
	for (size_t i = 0; i < CARETAKER_NAME_LEN; i++)
		if (i < n ? text[i] <= ' ' || text[i] > '~' : text[i] != '\0')
			return false;
	return true;
}

static bool padded(const unsigned char *bytes, size_t used, size_t room)
{
	if (used > room)
		return false;
	for (size_t i = used; i < room; i++)
		if (bytes[i])
			return false;
	return true;
}

static const char *check_payload(const struct caretaker_record *rec)
{
	int bank = pcr_bank_by_alg(rec->digest_alg);
	bool unsigned_ok = rec->enforce & CARETAKER_WAIVED_SIGNATURE;

	if (bank < 0 || rec->digest_len != pcr_bank_size(bank))
		return "its digest's algorithm and length do not fit";
	if (!text_ok(rec->name, false) || !text_ok(rec->version, false))
		return "its name or version is no text";
	if (rec->payload_abi != CARETAKER_ABI_VERSION)
		return "the payload's ABI is not known";
	if (rec->mode != CARETAKER_MODE_SHARED && rec->mode != CARETAKER_MODE_ISOLATED)
		return "its mode is not known";
	if (!unsigned_ok && (!rec->signer_len || rec->keyring == CARETAKER_KEYRING_NONE))
		return "it names no signer, yet waives no signature";
	return NULL;
}

static const char *check_record(const struct caretaker_record *rec, uint32_t event)
{
	bool carries_payload = event == CARETAKER_RECORD_INSTALL ||
			       event == CARETAKER_RECORD_UPDATE;

	if (rec->h.magic != CARETAKER_RECORD_MAGIC)
		return "its magic is wrong";
	if (rec->h.abi != CARETAKER_ABI_VERSION)
		return "its ABI is not known";
	if (rec->h.size != sizeof(*rec))
		return "its size is wrong";
	if (rec->h.event != event)
		return "its event is not the one in its name";
	if (!padded(rec->digest, rec->digest_len, sizeof(rec->digest)) ||
	    !padded(rec->signer, rec->signer_len, sizeof(rec->signer)))
		return "its digest or signer is longer than its room, or not padded";
	if (!text_ok(rec->name, true) || !text_ok(rec->version, true))
		return "its name or version is no text";
	if (event == CARETAKER_RECORD_REFUSE)
		return rec->h.result < 0 ? NULL : "it refuses with success";
	if (rec->h.result)
		return "it failed, yet is no refusal";
	if (!rec->vm)
		return "it belongs to no VM";
	return carries_payload ? check_payload(rec) : NULL;
}

static struct claims_vm *find(struct claims_caretaker *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->vms; i++)
		if (c->vm[i].record.vm == rec->vm && c->vm[i].record.vcpu == rec->vcpu)
			return &c->vm[i];
	return NULL;
}

/* One that serves all vCPUs and one that serves a single one exclude each other */
static bool occupied(const struct claims_caretaker *c, const struct caretaker_record *rec)
{
	for (size_t i = 0; i < c->vms; i++)
		if (c->vm[i].record.vm == rec->vm &&
		    (c->vm[i].record.vcpu == rec->vcpu ||
		     c->vm[i].record.vcpu == CLAIMS_ALL_VCPUS || rec->vcpu == CLAIMS_ALL_VCPUS))
			return true;
	return false;
}

static void drop(struct claims_caretaker *c, struct claims_vm *vm)
{
	size_t index = (size_t)(vm - c->vm);

	memmove(vm, vm + 1, (c->vms - index - 1) * sizeof(*vm));
	c->vms--;
}

static void drop_all(struct claims_caretaker *c, uint64_t serial)
{
	for (size_t i = c->vms; i-- > 0;)
		if (c->vm[i].record.vm == serial)
			drop(c, &c->vm[i]);
}

static int install(struct claims_caretaker *c, const struct caretaker_record *rec,
		   unsigned int number, const char **wrong)
{
	struct claims_vm *grown;

	if (occupied(c, rec)) {
		*wrong = "the VM has a caretaker already";
		return 0;
	}
	if (c->vms == CLAIMS_VMS_MAX) {
		*wrong = "more VMs than this verifier follows";
		return 0;
	}
	grown = reallocarray(c->vm, c->vms + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->vm = grown;
	c->vm[c->vms++] = (struct claims_vm){ .record = *rec, .number = number };
	return 0;
}

static int apply(struct claims_caretaker *c, const struct caretaker_record *rec,
		 unsigned int number, const char **wrong)
{
	struct claims_vm *vm = find(c, rec);

	switch (rec->h.event) {
	case CARETAKER_RECORD_INSTALL:
		return install(c, rec, number, wrong);
	case CARETAKER_RECORD_UPDATE:
		if (vm)
			*vm = (struct claims_vm){ .record = *rec, .number = number };
		else
			*wrong = "an update where no caretaker was";
		return 0;
	case CARETAKER_RECORD_REMOVE:
		if (vm)
			drop(c, vm);
		else
			*wrong = "a removal where no caretaker was";
		return 0;
	case CARETAKER_RECORD_TEARDOWN:
		drop_all(c, rec->vm);
		return 0;
	case CARETAKER_RECORD_REFUSE:
		c->refusals++;
		return 0;
	default:
		/* Detach and adopt: what comes after is not under this kernel's log */
		*wrong = "an event that this verifier does not follow yet";
		return 0;
	}
}

int claims_caretaker_record(struct claims_caretaker *c, struct view name, struct view buffer,
			    unsigned int number, struct reasons *why)
{
	uint32_t event = event_of_name(name);
	struct caretaker_record rec;
	const char *wrong = NULL;
	int rc;

	if (!event || buffer.size != sizeof(rec)) {
		reasons_add(why, "record-malformed", "IMA record %u: %s", number,
			    event ? "its size is wrong" : "its event is not known");
		c->broken = true;
		return 0;
	}
	memcpy(&rec, buffer.data, sizeof(rec));
	wrong = check_record(&rec, event);
	if (wrong) {
		reasons_add(why, "record-malformed", "IMA record %u: %s", number, wrong);
		c->broken = true;
		return 0;
	}
	if (rec.h.sequence != c->sequence + 1) {
		reasons_add(why, "record-sequence", "IMA record %u: sequence %llu follows %llu",
			    number, (unsigned long long)rec.h.sequence,
			    (unsigned long long)c->sequence);
		c->broken = true;
	}
	c->sequence = rec.h.sequence;
	c->dropped += rec.dropped;
	rc = apply(c, &rec, number, &wrong);
	if (wrong) {
		reasons_add(why, "record-state", "IMA record %u, VM %llu: %s", number,
			    (unsigned long long)rec.vm, wrong);
		c->broken = true;
	}
	return rc;
}

void claims_caretaker_free(struct claims_caretaker *c)
{
	free(c->vm);
	memset(c, 0, sizeof(*c));
}
