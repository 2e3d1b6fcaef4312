// SPDX-License-Identifier: GPL-2.0
/*
 * What goes one way must survive kexec: the enforce latch, the SVN floors, the numbers
 * of records and VMs, and the secret that the last record committed to.
 *
 * The state goes through KHO (include/linux/kho/abi/caretaker.h).  It is written
 * when the kernel ends, after IMA took its last record, so a latch that is thrown
 * between loading a kernel and starting it counts.  If there is something to lose, a
 * latch, a floor, or what Secure Boot or lockdown enforces, and no way to hand it over, no
 * other kernel is loaded or started.
 *
 * The next kernel believes its predecessor no more than it must: what it cannot
 * understand closes it to all caretakers.
 */
#define pr_fmt(fmt) "caretaker: " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/caretaker.h>
#include <linux/kvm_caretaker.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "trust.h"

static_assert(KHO_CARETAKER_FLOORS == CARETAKER_SVN_FLOORS);
static_assert(offsetof(struct kho_caretaker, version) == 0);

/* Preserved memory; NULL if there is no handover */
static struct kho_caretaker *outgoing;

/* --- Out ------------------------------------------------------------------ */

/**
 * caretaker_handed_over - will this kernel be told what goes one way?
 * @image: the kernel
 */
bool caretaker_handed_over(const struct kimage *image)
{
#ifdef CONFIG_KEXEC_HANDOVER
	return outgoing && image->kho.fdt;
#else
	return false;
#endif
}

/**
 * caretaker_kexec_check - may this kernel be loaded or started?
 * @image: the kernel
 *
 * A dump kernel is told nothing: it is for whoever reads the dump.
 *
 * Secure Boot and lockdown count, since the next kernel may not know of them: without EFI
 * runtime services (efi=noruntime) the state of Secure Boot is not passed on.
 *
 * Return: 0, or -EPERM if something would be lost.
 */
int caretaker_kexec_check(const struct kimage *image)
{
	if (image->type == KEXEC_TYPE_CRASH || caretaker_handed_over(image) ||
	    (!caretaker_switches_set(&caretaker_switches) && !caretaker_enforced()))
		return 0;
	pr_warn("kexec refused: that signatures are required, or an SVN floor, would be lost; boot with kho=on and use kexec_file_load()\n");
	return -EPERM;
}

/* IMA was suspended by its own notifier, of priority 0: the numbers are final */
static int write_state(struct notifier_block *nb, unsigned long action, void *data)
{
	if (!kexec_in_progress)
		return NOTIFY_DONE;

	memset(outgoing, 0, sizeof(*outgoing));
	caretaker_switches_save(&caretaker_switches, outgoing);
	/* Lockdown and Secure Boot may not be there in the next kernel */
	if (caretaker_enforced())
		outgoing->flags |= KHO_CARETAKER_ENFORCE;
	caretaker_log_save(&caretaker_boot_log, outgoing);
	outgoing->version = KHO_CARETAKER_VERSION;
	return NOTIFY_DONE;
}

static struct notifier_block reboot_nb = {
	.notifier_call = write_state,
	.priority = -1,
};

static int __init prepare_outgoing(void)
{
	struct kho_caretaker *state;
	int err;

	if (!kho_is_enabled())
		return 0;
	state = kho_alloc_preserve(sizeof(*state));
	if (IS_ERR(state))
		return PTR_ERR(state);
	err = register_reboot_notifier(&reboot_nb);
	if (err)
		goto free;
	outgoing = state;
	err = kho_add_subtree(KHO_CARETAKER_NODE_NAME, state, sizeof(*state));
	if (!err)
		return 0;
	outgoing = NULL;
	unregister_reboot_notifier(&reboot_nb);
free:
	kho_unpreserve_free(state);
	return err;
}

/* --- In ------------------------------------------------------------------- */

/**
 * caretaker_inherit - take over what the last kernel left
 * @sw: the switches
 * @log: the log
 * @state: what was handed over
 * @size: its size
 *
 * Nothing of this boot becomes weaker.  If @state is malformed, nothing passes.
 *
 * Return: 0 or -EBADMSG.
 */
int caretaker_inherit(struct caretaker_switches *sw, struct caretaker_log *log,
		      const struct kho_caretaker *state, size_t size)
{
	unsigned int i;

	if (size != sizeof(*state) || state->version != KHO_CARETAKER_VERSION ||
	    state->flags & ~KHO_CARETAKER_FLAGS ||
	    state->floors > KHO_CARETAKER_FLOORS ||
	    !state->kernel || state->kernel == U64_MAX)
		goto malformed;
	if (state->flags & KHO_CARETAKER_ENFORCE)
		caretaker_switches_enforce(sw, "1");
	if (state->flags & KHO_CARETAKER_CLOSED)
		caretaker_floors_close(&sw->floors);
	sw->builtin |= !!(state->flags & KHO_CARETAKER_BUILTIN);
	sw->no_machine |= !!(state->flags & KHO_CARETAKER_NO_MACHINE);
	for (i = 0; i < state->floors; i++)
		if (caretaker_floors_inherit(&sw->floors, state->floor[i].name,
					     state->floor[i].svn))
			goto malformed;
	caretaker_log_inherit(log, state);
	return 0;

malformed:
	caretaker_floors_close(&sw->floors);
	caretaker_switches_enforce(sw, "1");
	return -EBADMSG;
}
EXPORT_SYMBOL_IF_KUNIT(caretaker_inherit);

/* The address comes from another kernel: it must be memory that KHO preserved */
static int __init take_incoming(phys_addr_t phys, size_t size)
{
	struct folio *folio;
	int err;

	if (!PAGE_ALIGNED(phys) || !pfn_valid(PHYS_PFN(phys)))
		return -EBADMSG;
	folio = kho_restore_folio(phys);
	if (!folio)
		return -EBADMSG;
	err = size > folio_size(folio) ? -EBADMSG :
	      caretaker_inherit(&caretaker_switches, &caretaker_boot_log,
				folio_address(folio), size);
	/* There is a secret in it, and the page is anybody's next */
	memzero_explicit(folio_address(folio), folio_size(folio));
	folio_put(folio);
	return err;
}

static int __init caretaker_handover_init(void)
{
	phys_addr_t phys;
	size_t size;
	int err;

	/* A kernel that knows nothing of caretakers hands over nothing */
	err = kho_retrieve_subtree(KHO_CARETAKER_NODE_NAME, &phys, &size);
	if (!err)
		err = take_incoming(phys, size);
	caretaker_handover = caretaker_handover_end(&caretaker_switches,
						    caretaker_handover_was_offered,
						    is_kho_boot(), err);
	if (caretaker_handover == CARETAKER_HANDOVER_REFUSED)
		pr_err("what the last kernel handed over cannot be read (%pe): no payload will be installed\n",
		       ERR_PTR(err));
	else if (caretaker_handover == CARETAKER_HANDOVER_TAKEN)
		pr_info("switches, floors and record numbers taken over from the last kernel\n");

	err = prepare_outgoing();
	if (err)
		pr_err("no handover to a next kernel: %pe\n", ERR_PTR(err));
	return 0;
}

/* After KHO's own fs_initcall(), before KVM */
fs_initcall_sync(caretaker_handover_init);
