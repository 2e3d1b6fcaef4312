// SPDX-License-Identifier: GPL-2.0
/*
 * Floors of security version numbers.
 *
 * A payload carries a name and an SVN inside its signed bytes.  A fix for a hole
 * raises the SVN; a host that knows of the fix sets the floor to it, and the
 * older payloads, though correctly signed, no longer load.  Floors only rise.
 */
#include <linux/errno.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "trust.h"

/* The rules that the note has for a name: printable ASCII without space */
static bool name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= CARETAKER_NAME_LEN)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static int find(const struct caretaker_floors *floors, const char *name)
{
	unsigned int i;

	for (i = 0; i < floors->count; i++)
		if (!strncmp(floors->floor[i].name, name, CARETAKER_NAME_LEN))
			return i;
	return -ENOENT;
}

static int raise(struct caretaker_floors *floors, const char *name, u32 svn)
{
	int i = find(floors, name);

	if (i < 0) {
		if (floors->count == CARETAKER_SVN_FLOORS)
			return -ENOSPC;
		i = floors->count++;
		strscpy_pad(floors->floor[i].name, name);
		floors->floor[i].svn = svn;
		WRITE_ONCE(floors->raised, floors->raised + 1);
		return 0;
	}
	if (svn < floors->floor[i].svn)
		return -EPERM;
	if (svn > floors->floor[i].svn)
		WRITE_ONCE(floors->raised, floors->raised + 1);
	floors->floor[i].svn = svn;
	return 0;
}

/**
 * caretaker_floors_raise - raise the floor of one name
 * @floors: the floors
 * @text: name, @sep and a decimal number; is modified
 * @sep: what stands between them, its last occurrence counts
 *
 * Return: 0, also if the floor is already there; -EINVAL if @text is malformed,
 * -EPERM if it would lower a floor, -ENOSPC if the table is full.
 */
int caretaker_floors_raise(struct caretaker_floors *floors, char *text, char sep)
{
	char *number = strrchr(text, sep);
	u32 svn;

	if (!number)
		return -EINVAL;
	*number++ = '\0';
	/* kstrtou32() takes a sign, an SVN has none */
	if (!name_is_valid(text) || *number < '0' || *number > '9' ||
	    kstrtou32(number, 10, &svn))
		return -EINVAL;

	guard(spinlock)(&floors->lock);
	return raise(floors, text, svn);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_floors_raise);

/**
 * caretaker_floors_close - let no payload pass any more
 * @floors: the floors
 *
 * For a floor of the boot parameter that cannot be understood or held: to go on
 * without it would admit what the operator wanted to keep out.
 */
void caretaker_floors_close(struct caretaker_floors *floors)
{
	guard(spinlock)(&floors->lock);
	WRITE_ONCE(floors->closed, true);
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_floors_close);

/**
 * caretaker_floors_check - does a payload reach the floor of its name?
 * @floors: the floors
 * @name: the note's name, at most CARETAKER_NAME_LEN bytes
 * @svn: the note's SVN
 * @set: whether a floor applies, may be NULL
 *
 * Return: 0 or -ESTALE.
 */
int caretaker_floors_check(struct caretaker_floors *floors, const char *name,
			   u32 svn, bool *set)
{
	int i;

	guard(spinlock)(&floors->lock);
	i = find(floors, name);
	if (set)
		*set = i >= 0 || floors->closed;
	if (floors->closed)
		return -ESTALE;
	return i >= 0 && svn < floors->floor[i].svn ? -ESTALE : 0;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_floors_check);

/* --- Evidence -------------------------------------------------------------- */

/* The floor of a name as in the note, 0 if there is none */
u32 caretaker_floors_get(struct caretaker_floors *floors, const char *name)
{
	int i;

	guard(spinlock)(&floors->lock);
	i = find(floors, name);
	return i < 0 ? 0 : floors->floor[i].svn;
}

/**
 * caretaker_floors_state - write down all floors
 * @floors: the floors
 * @to: CARETAKER_BOOT_FLOORS entries, all zero
 *
 * Return: the number of entries that are in use.
 */
u32 caretaker_floors_state(struct caretaker_floors *floors, struct caretaker_boot_floor *to)
{
	unsigned int i;

	static_assert(CARETAKER_BOOT_FLOORS == CARETAKER_SVN_FLOORS);
	guard(spinlock)(&floors->lock);
	for (i = 0; i < floors->count; i++) {
		memcpy(to[i].name, floors->floor[i].name, sizeof(to[i].name));
		to[i].svn = floors->floor[i].svn;
	}
	return floors->count;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_floors_state);

/* --- kexec: handover.c ---------------------------------------------------- */

bool caretaker_floors_set(struct caretaker_floors *floors)
{
	guard(spinlock)(&floors->lock);
	return floors->count || floors->closed;
}

void caretaker_floors_save(struct caretaker_floors *floors, struct kho_caretaker *to)
{
	unsigned int i;

	guard(spinlock)(&floors->lock);
	if (floors->closed)
		to->flags |= KHO_CARETAKER_CLOSED;
	for (i = 0; i < floors->count; i++) {
		memcpy(to->floor[i].name, floors->floor[i].name, CARETAKER_NAME_LEN);
		to->floor[i].svn = floors->floor[i].svn;
	}
	to->floors = floors->count;
}

/**
 * caretaker_floors_inherit - raise a floor to where the last kernel had it
 * @floors: the floors
 * @name: a name as in the note, but not to be trusted
 * @svn: its floor
 *
 * Return: 0, also if the floor is higher already; -EINVAL or -ENOSPC.
 */
int caretaker_floors_inherit(struct caretaker_floors *floors, const char *name, u32 svn)
{
	int err;

	if (strnlen(name, CARETAKER_NAME_LEN) == CARETAKER_NAME_LEN || !name_is_valid(name))
		return -EINVAL;
	guard(spinlock)(&floors->lock);
	err = raise(floors, name, svn);
	return err == -EPERM ? 0 : err;
}

/* One line a name, in the form that is written */
void caretaker_floors_show(struct caretaker_floors *floors, struct seq_file *m)
{
	unsigned int i;

	guard(spinlock)(&floors->lock);
	for (i = 0; i < floors->count; i++)
		seq_printf(m, "%s %u\n", floors->floor[i].name,
			   floors->floor[i].svn);
	if (floors->closed)
		seq_puts(m, "# closed: malformed svn word in the boot parameter\n");
}
