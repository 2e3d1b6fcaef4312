// SPDX-License-Identifier: GPL-2.0-only
/* What rules and reference values leave open, though they are well formed. */
#include <string.h>

#include "policy_advice.h"

#define ADVISED_PCRS	(1u << 2 | 1u << 7)
#define OWNER_PCR	14	/* shim's: MokList and its like */

#define ALLOWS	"boot.forbidden_words allows "
#define SIGNED	ALLOWS "module.sig_enforce=0 in one of the ways to write it"

/* A word of each kind that decides what is measured, or who may change the kernel */
static const struct {
	const char *name;
	const char *value;	/* NULL: without one */
	const char *text;	/* neighbours may share it */
} deciding[] = {
	{ "bootconfig", "1", ALLOWS "bootconfig: words that the loader does not see" },
	{ "initcall_blacklist", "x", ALLOWS "initcall_blacklist: it leaves out IMA or lockdown" },
	{ "lsm", "x", ALLOWS "lsm=: it leaves out lockdown" },
	{ "security", "x", ALLOWS "security=: it leaves out lockdown" },
	{ "lockdown", "none", ALLOWS "lockdown=none" },
	{ "ima", "off", ALLOWS "ima=off" },
	{ "ima_appraise", "off", ALLOWS "ima_appraise=off, =log or =fix" },
	{ "ima_appraise", "log", ALLOWS "ima_appraise=off, =log or =fix" },
	{ "ima_appraise", "fix", ALLOWS "ima_appraise=off, =log or =fix" },
	{ "ima_hash", "sha1", ALLOWS "ima_hash=sha1 or =md5" },
	{ "ima_hash", "md5", ALLOWS "ima_hash=sha1 or =md5" },
	{ "ima_template", "ima", ALLOWS "ima_template=: records without names" },
	{ "ima_template_fmt", "d", ALLOWS "ima_template_fmt=: records without names" },
	{ "ima_canonical_fmt", NULL, ALLOWS "ima_canonical_fmt: records in another order of bytes" },
	{ "module.sig_enforce", "0", SIGNED }, { "module.sig_enforce", "n", SIGNED },
	{ "module.sig_enforce", "N", SIGNED }, { "module.sig_enforce", "f", SIGNED },
	{ "module.sig_enforce", "F", SIGNED }, { "module.sig_enforce", "of", SIGNED },
	{ "module.sig_enforce", "oF", SIGNED }, { "module.sig_enforce", "Of", SIGNED },
	{ "module.sig_enforce", "OF", SIGNED },
	{ "kgdboc", "x", ALLOWS "kgdboc=: a debugger in the kernel" },
	{ "ekgdboc", "x", ALLOWS "ekgdboc=: a debugger in the kernel" },
	{ "kgdbdbgp", "x", ALLOWS "kgdbdbgp=: a debugger in the kernel" },
	{ "kgdbwait", NULL, ALLOWS "kgdbwait: a debugger in the kernel" },
	{ "init", "/bin/sh", ALLOWS "init=/bin/sh: another user space" },
	{ "rdinit", "/bin/sh", ALLOWS "rdinit=/bin/sh: another user space" },
	{ "elfcorehdr", "x", ALLOWS "elfcorehdr=: a kernel that takes itself for one after a crash" },
	{ "crashkernel", "x",
	  ALLOWS "crashkernel=: a dump kernel needs boot.allow_crash_kernel as well" },
};

static bool forbids(const struct policy_rules *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->forbidden_words.count; i++)
		if (policy_word_matches(r->forbidden_words.word[i], name, value))
			return true;
	return false;
}

static void advise(struct policy_advice *out, const char *text)
{
	if (!out->count || strcmp(out->text[out->count - 1], text))
		out->text[out->count++] = text;
}

void policy_rules_advice(const struct policy_rules *r, struct policy_advice *out)
{
	out->count = 0;
	if (!r->require_kernel_statement)
		advise(out, "boot.require_kernel_statement is false: a kernel need not say what it is");
	if (r->require_kernel_statement && !r->require_lockdown)
		advise(out, "boot.require_lockdown is none: root may change the kernel");
	if (r->allow_crash_kernel)
		advise(out, "boot.allow_crash_kernel is true: kernels and VMs of a verdict may be those before a crash");
	if (r->maximum_refusals >= 0)
		advise(out, "caretaker.maximum_refusals is a number: whoever has /dev/kvm can be refused more often, and so make each verdict a no until the next reset");
	if (r->allow_detached)
		advise(out, "caretaker.allow_detached is true: a VM may run where its VMM cannot stop it, under the caretaker that it was detached with");
	if (r->maximum_vms_without >= 0)
		advise(out, "caretaker.maximum_vms_without is a number: whoever has /dev/kvm can start more of them, and so make a verdict a no");
	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++) {
		/* Who allows a dump kernel has to allow its word, and has been told of it above */
		if (r->allow_crash_kernel && !strcmp(deciding[i].name, "crashkernel"))
			continue;
		if (!forbids(r, deciding[i].name, deciding[i].value))
			advise(out, deciding[i].text);
	}
}

void policy_reference_advice(const struct policy_reference *ref, struct policy_advice *out)
{
	bool key = true, file = true;
	uint32_t pinned = 0;

	for (size_t i = 0; i < ref->signers; i++)
		key &= ref->signer[i].key.size != 0;
	for (size_t i = 0; i < ref->boots; i++)
		file &= !ref->boot[i].kernel || ref->boot[i].file.size;
	for (size_t i = 0; i < ref->pcrs; i++)
		pinned |= 1u << ref->pcr[i].pcr;
	out->count = 0;
	if (!key)
		advise(out, "a signer has no key: it is known by an identifier that anybody can choose");
	if (!file)
		advise(out, "a kernel has no file: it cannot be loaded by kexec, or for a crash");
	/* Which drivers the firmware ran, and by which keys: a host's owner may add to both */
	if ((pinned & ADVISED_PCRS) != ADVISED_PCRS)
		advise(out, "PCR 2 and 7 are not both pinned (policy reference --from-evidence FILE --pin-pcrs 2,7): keys and drivers of a host's own do not show");
	/* A module is held against .machine and .platform too; a host with shim has its owner's keys in one */
	if (!(pinned >> OWNER_PCR & 1))
		advise(out, "PCR 14 is not pinned (policy reference --from-evidence FILE --pin-pcrs 14): a key of the machine's owner (MOK) lets modules in, and does not show");
}
