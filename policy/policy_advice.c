// SPDX-License-Identifier: GPL-2.0-only
/* What rules and reference values leave open, though they are well formed. */
#include "policy_advice.h"

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
	{ "crashkernel", "x", "boot.forbidden_words allows crashkernel=: list each dump kernel in the reference" },
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
	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++)
		if (!forbids(r, deciding[i].name, deciding[i].value))
			out->text[out->count++] = deciding[i].text;
}

void policy_reference_advice(const struct policy_reference *ref, struct policy_advice *out)
{
	bool key = true, file = true;

	for (size_t i = 0; i < ref->signers; i++)
		key &= ref->signer[i].key.size != 0;
	for (size_t i = 0; i < ref->boots; i++)
		file &= !ref->boot[i].kernel || ref->boot[i].file.size;
	out->count = 0;
	if (!key)
		out->text[out->count++] = "a signer has no key: it is known by an identifier that anybody can choose";
	if (!file)
		out->text[out->count++] = "a kernel has no file: it cannot be loaded by kexec, or for a crash";
}
