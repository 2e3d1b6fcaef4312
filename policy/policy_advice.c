// SPDX-License-Identifier: GPL-2.0-only
/* What rules and reference values leave open, though they are well formed. */
#include "policy_advice.h"

#define ADVISED_PCRS	(1u << 2 | 1u << 7)

static const struct {
	const char *name;
	const char *value;	/* NULL: without one */
	const char *text;
} deciding[] = {
	{ "bootconfig", "1", "boot.forbidden_words allows bootconfig: words that the loader does not see" },
	{ "initcall_blacklist", "x", "boot.forbidden_words allows initcall_blacklist: it leaves out IMA or lockdown" },
	{ "lsm", "x", "boot.forbidden_words allows lsm=: it leaves out lockdown" },
	{ "ima_appraise", "off", "boot.forbidden_words allows ima_appraise=off" },
	{ "ima_template_fmt", "d", "boot.forbidden_words allows ima_template_fmt=: records without names" },
	{ "module.sig_enforce", "0", "boot.forbidden_words allows module.sig_enforce=0" },
	{ "kgdboc", "x", "boot.forbidden_words allows kgdboc=: a debugger in the kernel" },
	{ "rdinit", "/bin/sh", "boot.forbidden_words allows rdinit=/bin/sh: another user space" },
	{ "crashkernel", "x", "boot.forbidden_words allows crashkernel=: for a dump kernel take boot.allow_crash_kernel" },
};

static bool forbids(const struct policy_rules *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->forbidden_words.count; i++)
		if (policy_word_matches(r->forbidden_words.word[i], name, value))
			return true;
	return false;
}

void policy_rules_advice(const struct policy_rules *r, struct policy_advice *out)
{
	out->count = 0;
	if (!r->require_kernel_statement)
		out->text[out->count++] = "boot.require_kernel_statement is false: a kernel need not say what it is";
	if (r->require_kernel_statement && !r->require_lockdown)
		out->text[out->count++] = "boot.require_lockdown is none: root may change the kernel";
	if (r->allow_crash_kernel)
		out->text[out->count++] = "boot.allow_crash_kernel is true: kernels and VMs of a verdict may be those before a crash";
	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++)
		if (!forbids(r, deciding[i].name, deciding[i].value))
			out->text[out->count++] = deciding[i].text;
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
		out->text[out->count++] = "a signer has no key: it is known by an identifier that anybody can choose";
	if (!file)
		out->text[out->count++] = "a kernel has no file: it cannot be loaded by kexec, or for a crash";
	/* Which drivers the firmware ran, and by which keys: a host's owner may add to both */
	if ((pinned & ADVISED_PCRS) != ADVISED_PCRS)
		out->text[out->count++] = "PCR 2 and 7 are not both pinned (policy reference --pin-pcrs 2,7): keys and drivers of a host's own do not show";
}
