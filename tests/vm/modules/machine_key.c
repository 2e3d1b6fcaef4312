// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: adds a certificate to .machine as the kernel does at boot with the
 * machine owner's keys (MOK), where it trusts them that far.  That takes a shim that says
 * so, which the lab's firmware has not got: insmod machine_key.ko keyring=ID path=DER
 */
#include <linux/err.h>
#include <linux/kernel_read_file.h>
#include <linux/key.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static int keyring;
module_param(keyring, int, 0);
static char *path;
module_param(path, charp, 0);

/* Exported to nobody */
static struct key *find_keyring(void)
{
	struct kprobe probe = { .symbol_name = "key_lookup" };
	struct key *(*key_lookup)(key_serial_t id);
	int err = register_kprobe(&probe);

	if (err)
		return ERR_PTR(err);
	key_lookup = (void *)probe.addr;
	unregister_kprobe(&probe);
	return key_lookup(keyring);
}

static int __init machine_key_init(void)
{
	struct key *machine = find_keyring();
	void *data = NULL;
	ssize_t size;
	key_ref_t key;

	if (IS_ERR(machine))
		return PTR_ERR(machine);
	size = kernel_read_file_from_path(path, 0, &data, 65536, NULL, READING_UNKNOWN);
	if (size < 0) {
		key_put(machine);
		return size;
	}
	key = key_create_or_update(make_key_ref(machine, 1), "asymmetric", NULL, data, size,
				   (KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW,
				   KEY_ALLOC_NOT_IN_QUOTA);
	vfree(data);
	key_put(machine);
	if (IS_ERR(key))
		return PTR_ERR(key);
	key_ref_put(key);
	return 0;
}

static void __exit machine_key_exit(void)
{
}

module_init(machine_key_init);
module_exit(machine_key_exit);
MODULE_DESCRIPTION("Adds a key to .machine");
MODULE_LICENSE("GPL");
