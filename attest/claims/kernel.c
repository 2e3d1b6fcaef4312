// SPDX-License-Identifier: GPL-2.0-only
/* Follows the kernels of a boot; see kernel.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claims/kernel.h"
#include "claims/words.h"
#include "pcr.h"

static struct claims_kernel *last(const struct claims_kernels *k)
{
	return k->kernels ? &k->kernel[k->kernels - 1] : NULL;
}

static bool room_for(const struct claims_kernels *k, struct view text)
{
	return text.size <= CLAIMS_TEXT_MAX - k->text;
}

static char *copy_text(struct view text)
{
	char *copy = malloc(text.size + 1);

	if (copy)
		*(char *)mempcpy(copy, text.data, text.size) = '\0';
	return copy;
}

/* The load that a kexec executes: the last one, for a new one takes the place of the old */
static struct claims_load *executable(struct claims_kernels *k)
{
	for (size_t i = k->loads; i-- > 0;)
		if (k->load[i].record.type == CARETAKER_KEXEC_DEFAULT)
			return k->load[i].kernel == last(k)->record.kernel ? &k->load[i] : NULL;
	return NULL;
}

/* Is this the kernel that the one before it loaded? */
static const char *check_next(struct claims_kernels *k, const struct claims_record *rec,
			      const char *line)
{
	struct claims_load *load = executable(k);

	if (rec->boot.kernel != last(k)->record.kernel + 1)
		return "it does not follow the kernel before it";
	if (!k->left && !k->started)
		return "no record of IMA says that another kernel started";
	if (!load)
		return "the kernel before it recorded no load of it";
	if (!(load->record.flags & CARETAKER_KEXEC_HANDOVER))
		return "it was handed over what the kernel before it did not hand over";
	/* Configuration and bootconfig may add to what was loaded */
	if (!words_contain(line, load->command_line))
		return "its command line is not the one that was loaded";
	load->executed = true;
	return NULL;
}

int claims_kernel_boot(struct claims_kernels *k, const struct claims_record *rec,
		       unsigned int number, const char **wrong)
{
	struct claims_kernel *grown;
	char *line;

	if (k->kernels == CLAIMS_KERNELS_MAX || !room_for(k, rec->text)) {
		*wrong = "more kernels than this verifier follows";
		return 0;
	}
	line = copy_text(rec->text);
	grown = line ? reallocarray(k->kernel, k->kernels + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		free(line);
		return -ENOMEM;
	}
	k->kernel = grown;
	k->text += rec->text.size;
	if (k->kernels)
		*wrong = check_next(k, rec, line);
	else if (rec->boot.kernel != 1 || k->left || k->started)
		*wrong = "the kernels before it did not state themselves";
	k->left = k->started = 0;
	/* Whoever runs a kernel for a crash may have made up those behind its load */
	k->waits = claims_kernel_for_crash(k);
	grown = &k->kernel[k->kernels++];
	*grown = (struct claims_kernel){
		.record = rec->boot, .command_line = line, .number = number,
		.lockdown = rec->boot.lockdown, .enforce = rec->boot.enforce,
		.switches = rec->boot.switches, .floors = rec->boot.floors,
	};
	memcpy(grown->floor, rec->boot.floor, sizeof(grown->floor));
	return 0;
}

int claims_kernel_switch(struct claims_kernels *k, const struct caretaker_switch_record *rec,
			 const char **wrong)
{
	struct claims_kernel *kernel = last(k);
	uint32_t i;

	/* Two operators at once may be recorded in the other order: what is strict stays */
	kernel->enforce |= rec->enforce;
	kernel->switches |= rec->switches;
	if (rec->lockdown > kernel->lockdown)
		kernel->lockdown = rec->lockdown;
	if (rec->what != CARETAKER_SWITCHED_FLOOR)
		return 0;
	for (i = 0; i < kernel->floors; i++)
		if (!strcmp(kernel->floor[i].name, rec->name))
			break;
	if (i == CARETAKER_BOOT_FLOORS) {
		*wrong = "more floors than a kernel has";
		return 0;
	}
	if (i == kernel->floors)
		kernel->floors++;
	memcpy(kernel->floor[i].name, rec->name, sizeof(rec->name));
	if (rec->svn > kernel->floor[i].svn)
		kernel->floor[i].svn = rec->svn;
	return 0;
}

/* Is there a line of IMA's for this load?  One is enough for loads that are alike. */
static bool answer(struct claims_kernels *k, const struct caretaker_kexec_record *rec)
{
	bool found = false;

	for (size_t i = 0; i < k->lines; i++) {
		if (memcmp(k->line[i].digest, rec->command_line, 32))
			continue;
		k->line[i].answered = true;
		found = true;
	}
	return found;
}

int claims_kernel_load(struct claims_kernels *k, const struct claims_record *rec,
		       unsigned int number, const char **wrong)
{
	struct claims_load *grown;
	char *line;

	if (k->loads == CLAIMS_LOADS_MAX || !room_for(k, rec->text)) {
		*wrong = "more loads of kernels than this verifier follows";
		return 0;
	}
	line = copy_text(rec->text);
	grown = line ? reallocarray(k->load, k->loads + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		free(line);
		return -ENOMEM;
	}
	k->load = grown;
	k->waits = true;
	k->text += rec->text.size;
	k->load[k->loads++] = (struct claims_load){
		.record = rec->kexec, .command_line = line, .number = number,
		.kernel = last(k)->record.kernel,
	};
	if (rec->text.size && !answer(k, &rec->kexec) && k->lines_asked)
		*wrong = "IMA has no command line for this load";
	return 0;
}

int claims_kernel_line(struct claims_kernels *k, struct view text, unsigned int number,
		       const char **wrong)
{
	struct claims_line *grown;
	unsigned char hash[PCR_DIGEST_MAX];

	if (k->lines == CLAIMS_LOADS_MAX) {
		*wrong = "more loads of kernels than this verifier follows";
		return 0;
	}
	grown = reallocarray(k->line, k->lines + 1, sizeof(*grown));
	if (!grown || pcr_hash(PCR_SHA256, &text, 1, hash)) {
		k->line = grown ? grown : k->line;
		return -ENOMEM;
	}
	k->line = grown;
	k->line[k->lines] = (struct claims_line){ .number = number };
	memcpy(k->line[k->lines++].digest, hash, 32);
	return 0;
}

bool claims_kernel_left(struct claims_kernels *k, unsigned int number)
{
	bool stated = !k->left && !k->started;

	k->left = number;
	k->lines_asked = false;
	return stated;
}

bool claims_kernel_started(struct claims_kernels *k, unsigned int number)
{
	bool stated = !k->started;

	k->started = number;
	/* It has no policy yet but that of its start */
	k->lines_asked = false;
	return stated;
}

bool claims_kernel_may_start(const struct claims_kernels *k)
{
	return !k->kernels || k->left || k->started || k->waits || !last(k)->enforce;
}

const struct claims_load *claims_kernel_for_crash(const struct claims_kernels *k)
{
	for (size_t i = 0; i < k->loads; i++)
		if (k->load[i].record.type == CARETAKER_KEXEC_CRASH)
			return &k->load[i];
	return NULL;
}

void claims_kernel_free(struct claims_kernels *k)
{
	for (size_t i = 0; i < k->kernels; i++)
		free(k->kernel[i].command_line);
	for (size_t i = 0; i < k->loads; i++)
		free(k->load[i].command_line);
	free(k->kernel);
	free(k->load);
	free(k->line);
	memset(k, 0, sizeof(*k));
}
