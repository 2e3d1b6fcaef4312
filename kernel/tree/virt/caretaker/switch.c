// SPDX-License-Identifier: GPL-2.0
/*
 * The operator's switches: the boot parameter "caretaker=" and the enforce latch.  Once
 * caretakers are allowed at all, each of them goes one way, towards stricter.
 *
 *	caretaker=isolated		allow caretakers with page tables of their own;
 *					nonglobal, which they need
 *	caretaker=any			allow those on the host's page tables too
 *	caretaker=enforce		require a signature
 *	caretaker=nonglobal		no kernel mapping is global, as by nonglobal
 *	caretaker=builtin		builtin keys alone vouch
 *	caretaker=nomachine		machine owner's keys do not vouch
 *	caretaker=svn:NAME:N		lowest SVN for payloads called NAME
 *
 * Words are separated by commas.  change.c makes them stricter at run time.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/cache.h>
#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_types.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/secure_boot.h>
#include <linux/security.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "trust.h"

/* No switch becomes stricter between the last look at all of them and a record */
DEFINE_MUTEX(caretaker_decision);

struct caretaker_switches caretaker_switches = CARETAKER_SWITCHES_INIT(caretaker_switches);

static void parse_word(struct caretaker_switches *sw, char *word)
{
	int err;

	if (!strcmp(word, "isolated")) {
		sw->isolated = true;
		sw->nonglobal = true;
	} else if (!strcmp(word, "any")) {
		sw->any = true;
	} else if (!strcmp(word, "enforce")) {
		WRITE_ONCE(sw->enforce, true);
	} else if (!strcmp(word, "nonglobal")) {
		sw->nonglobal = true;
	} else if (!strcmp(word, "builtin")) {
		sw->builtin = true;
	} else if (!strcmp(word, "nomachine")) {
		sw->no_machine = true;
	} else if (!strncmp(word, "svn:", 4)) {
		err = caretaker_floors_raise(&sw->floors, word + 4, ':');
		/* Already higher is as good */
		if (!err || err == -EPERM)
			return;
		/* Nobody knows what was to be kept out: keep out everything */
		pr_err("svn word of the boot parameter %s: no payload will be installed\n",
		       err == -ENOSPC ? "is one too many" : "is malformed");
		caretaker_floors_close(&sw->floors);
		WRITE_ONCE(sw->enforce, true);
	} else {
		pr_warn("unknown word '%s' in the boot parameter\n", word);
	}
}

/**
 * caretaker_switches_parse - take in the value of the boot parameter
 * @sw: the switches
 * @words: words separated by commas; is modified
 */
void caretaker_switches_parse(struct caretaker_switches *sw, char *words)
{
	char *word;

	while ((word = strsep(&words, ",")))
		if (*word)
			parse_word(sw, word);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_parse);

static int __init parse_boot_parameter(char *words)
{
	if (!words)
		return -EINVAL;
	caretaker_switches_parse(&caretaker_switches, words);
	if (caretaker_switches.nonglobal)
		setup_force_cpu_cap(X86_FEATURE_NONGLOBAL);
	return 0;
}
early_param("caretaker", parse_boot_parameter);

/* The boot parameter of mm does the same: the record says what is the case */
static int __init caretaker_note_nonglobal(void)
{
	caretaker_switches.nonglobal = boot_cpu_has(X86_FEATURE_NONGLOBAL);
	return 0;
}
early_initcall(caretaker_note_nonglobal);

/**
 * caretaker_switches_allow - has the operator allowed it?
 * @sw: the switches
 * @shared: a caretaker on the host's page tables; else one with its own
 *
 * Where nobody has said anything there are no caretakers.  Of two words the stricter counts.
 */
bool caretaker_switches_allow(const struct caretaker_switches *sw, bool shared)
{
	return sw->isolated ? !shared : sw->any;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_allow);

/**
 * caretaker_allowed - may a VMM ask for a caretaker on this boot?
 * @shared: on the host's page tables
 *
 * It is a boot parameter and none of kvm.ko, which root can load again: a kernel says in its
 * first record what it was told, before there is user space.
 */
bool caretaker_allowed(bool shared)
{
	return caretaker_switches_allow(&caretaker_switches, shared);
}
EXPORT_SYMBOL_FOR_KVM(caretaker_allowed);

/**
 * caretaker_switches_enforce - throw the latch
 * @sw: the switches
 * @text: "1", or "0", which is refused once it is thrown
 *
 * Return: 0, -EPERM or -EINVAL.
 */
int caretaker_switches_enforce(struct caretaker_switches *sw, const char *text)
{
	if (sysfs_streq(text, "1")) {
		WRITE_ONCE(sw->enforce, true);
		return 0;
	}
	if (sysfs_streq(text, "0"))
		return READ_ONCE(sw->enforce) ? -EPERM : 0;
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_enforce);

/**
 * caretaker_lockdown - how far the kernel is locked down
 *
 * Return: CARETAKER_LOCKDOWN_*
 */
u32 caretaker_lockdown(void)
{
	switch (lockdown_level()) {
	case LOCKDOWN_CONFIDENTIALITY_MAX:
		return CARETAKER_LOCKDOWN_CONFIDENTIALITY;
	case LOCKDOWN_INTEGRITY_MAX:
		return CARETAKER_LOCKDOWN_INTEGRITY;
	default:
		return CARETAKER_LOCKDOWN_NONE;
	}
}

/**
 * caretaker_enforced - why a signature is required now
 *
 * Lockdown counts by what the kernel itself was told, and not by what
 * security_locked_down() answers: that asks every security module, and a BPF program
 * among them could make evidence say that the kernel is locked down.  What another
 * module forbids is refused all the same (load.c), but it is no lockdown.
 *
 * Return: CARETAKER_ENFORCE_SECURE_BOOT, _LOCKDOWN and _SWITCH as they apply;
 * 0 if none does.
 */
u32 caretaker_enforced(void)
{
	u32 why = 0;

	if (arch_get_secureboot())
		why |= CARETAKER_ENFORCE_SECURE_BOOT;
	if (lockdown_level() >= LOCKDOWN_CARETAKER)
		why |= CARETAKER_ENFORCE_LOCKDOWN;
	if (READ_ONCE(caretaker_switches.enforce))
		why |= CARETAKER_ENFORCE_SWITCH;
	return why;
}
EXPORT_SYMBOL_FOR_KVM(caretaker_enforced);

/**
 * caretaker_svn_check - does a payload reach the floor of its name?
 * @name: the note's name
 * @svn: the note's SVN
 * @set: result: whether a floor applies at all
 *
 * Return: 0 or -ESTALE.
 */
int caretaker_svn_check(const char *name, u32 svn, bool *set)
{
	return caretaker_floors_check(&caretaker_switches.floors, name, svn, set);
}

/* The floor of a name, for its record; 0 if there is none */
u32 caretaker_svn_floor(const char *name)
{
	return caretaker_floors_get(&caretaker_switches.floors, name);
}

/**
 * caretaker_switches_state - all switches but the floors, for a record
 * @sw: the switches
 *
 * Return: CARETAKER_SWITCH_*
 */
u32 caretaker_switches_state(struct caretaker_switches *sw)
{
	u32 state = 0;

	if (READ_ONCE(sw->enforce))
		state |= CARETAKER_SWITCH_ENFORCE;
	if (sw->nonglobal)
		state |= CARETAKER_SWITCH_NONGLOBAL;
	if (sw->isolated)
		state |= CARETAKER_SWITCH_ISOLATED;
	if (sw->any)
		state |= CARETAKER_SWITCH_ANY;
	if (sw->builtin)
		state |= CARETAKER_SWITCH_BUILTIN;
	if (sw->no_machine)
		state |= CARETAKER_SWITCH_NO_MACHINE;
	if (READ_ONCE(sw->floors.closed))
		state |= CARETAKER_SWITCH_CLOSED;
	return state;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_state);

/* --- kexec: handover.c ---------------------------------------------------- */

/* Is there something that must not get lost? */
bool caretaker_switches_set(struct caretaker_switches *sw)
{
	return READ_ONCE(sw->enforce) || sw->builtin || sw->no_machine ||
	       caretaker_floors_set(&sw->floors);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_set);

void caretaker_switches_save(struct caretaker_switches *sw, struct kho_caretaker *to)
{
	if (READ_ONCE(sw->enforce))
		to->flags |= KHO_CARETAKER_ENFORCE;
	if (sw->builtin)
		to->flags |= KHO_CARETAKER_BUILTIN;
	if (sw->no_machine)
		to->flags |= KHO_CARETAKER_NO_MACHINE;
	caretaker_floors_save(&sw->floors, to);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_switches_save);
