// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, chain and order of the kernel's records; see caretaker.h. */
#include <string.h>

#include "claims/caretaker.h"

static void breaks(struct claims_caretaker *c, struct reasons *why, const char *word,
		   unsigned int number, const char *wrong)
{
	reasons_add(why, word, "IMA record %u: %s", number, wrong);
	c->broken = true;
}

static void check_sequence(struct claims_caretaker *c, uint64_t sequence, unsigned int number,
			   struct reasons *why)
{
	if (sequence != c->sequence + 1) {
		reasons_add(why, "record-sequence", "IMA record %u: sequence %llu follows %llu",
			    number, (unsigned long long)sequence,
			    (unsigned long long)c->sequence);
		c->broken = true;
	}
	c->sequence = sequence;
}

static int check_chain(struct claims_caretaker *c, const struct caretaker_record_header *h,
		       unsigned int number, struct reasons *why)
{
	const char *wrong = NULL;
	int rc = claims_chain_record(&c->chain, h, &wrong);

	if (wrong)
		breaks(c, why, "record-forged", number, wrong);
	return rc;
}

static int of_kernel(struct claims_caretaker *c, const struct claims_record *rec,
		     unsigned int number, struct reasons *why)
{
	const char *wrong = NULL, *word = "record-state";
	int rc;

	if (rec->h.event == CARETAKER_RECORD_BOOT) {
		word = "kexec-boot";
		rc = claims_kernel_boot(&c->kernels, rec, number, &wrong);
		claims_vm_end_all(&c->life);
		c->without = 0;
		c->counted = false;
	} else if (rec->h.event == CARETAKER_RECORD_SWITCH) {
		rc = claims_kernel_switch(&c->kernels, &rec->change, &wrong);
	} else {
		word = "kexec-unrecorded";
		rc = claims_kernel_load(&c->kernels, rec, number, &wrong);
	}
	if (wrong)
		breaks(c, why, word, number, wrong);
	return rc;
}

static int of_vm(struct claims_caretaker *c, const struct caretaker_record *rec,
		 unsigned int number, struct reasons *why)
{
	const char *wrong = NULL;
	int rc;

	c->dropped += rec->dropped;
	c->without = rec->without;
	c->counted = true;
	c->refusals += rec->h.event == CARETAKER_RECORD_REFUSE;
	if (rec->h.event == CARETAKER_RECORD_INSTALL && claims_vm_full(&c->life)) {
		breaks(c, why, "too-many-vms", number, "more VMs than this verifier follows");
		return 0;
	}
	rc = claims_vm_record(&c->life, rec, number, &wrong);
	if (wrong) {
		reasons_add(why, "record-state", "IMA record %u, VM %llu: %s", number,
			    (unsigned long long)rec->vm, wrong);
		c->broken = true;
	}
	return rc;
}

int claims_caretaker_record(struct claims_caretaker *c, struct view name, struct view buffer,
			    unsigned int number, struct reasons *why)
{
	struct claims_record rec;
	const char *wrong = claims_record_parse(name, buffer, &rec);
	int rc;

	if (wrong) {
		breaks(c, why, "record-malformed", number, wrong);
		return 0;
	}
	check_sequence(c, rec.h.sequence, number, why);
	rc = check_chain(c, &rec.h, number, why);
	if (rc)
		return rc;
	/*
	 * What a record is worth depends on which kernel made it.  Between kexec_execute and the
	 * end of IMA a VM may still end: the next kernel's first record is its statement.
	 */
	if (rec.h.event != CARETAKER_RECORD_BOOT &&
	    (!c->kernels.kernels || c->kernels.started ||
	     (c->kernels.left && rec.h.event > CARETAKER_RECORD_BREAK))) {
		breaks(c, why, "kernel-statement-missing", number,
		       "its kernel has not stated itself");
		return 0;
	}
	return rec.h.event <= CARETAKER_RECORD_BREAK ? of_vm(c, &rec.vm, number, why) :
						       of_kernel(c, &rec, number, why);
}

int claims_caretaker_line(struct claims_caretaker *c, struct view text, unsigned int number,
			  struct reasons *why)
{
	const char *wrong = NULL;
	int rc = claims_kernel_line(&c->kernels, text, number, &wrong);

	if (wrong)
		breaks(c, why, "kexec-unrecorded", number, wrong);
	return rc;
}

void claims_caretaker_left(struct claims_caretaker *c, unsigned int number, struct reasons *why)
{
	if (!claims_kernel_left(&c->kernels, number))
		breaks(c, why, "kexec-boot", number, "a kernel ended that never stated itself");
}

void claims_caretaker_started(struct claims_caretaker *c, unsigned int number,
			      struct reasons *why)
{
	if (!claims_kernel_started(&c->kernels, number))
		breaks(c, why, "kexec-boot", number, "a kernel ended that never stated itself");
}

int claims_caretaker_end(struct claims_caretaker *c, struct reasons *why)
{
	const struct claims_kernels *k = &c->kernels;

	if (k->left || k->started)
		breaks(c, why, "kexec-boot", k->started ? k->started : k->left,
		       "another kernel was started, and has not stated itself");
	for (size_t i = 0; i < k->lines; i++)
		if (!k->line[i].answered)
			breaks(c, why, "kexec-unrecorded", k->line[i].number,
			       "a kernel was to be loaded, and no record says which");
	return claims_vm_list(&c->life);
}

void claims_caretaker_free(struct claims_caretaker *c)
{
	claims_vm_free(&c->life);
	claims_kernel_free(&c->kernels);
	memset(c, 0, sizeof(*c));
}
