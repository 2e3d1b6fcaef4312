// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the handover that this kernel prepares one of another version: when a kernel is
 * loaded, the name of the format in its flattened device tree gets another number.  The
 * kernel that is started then finds a KHO that it does not understand, as it would from
 * a kernel of another release.
 */
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

static int change(struct kprobe *probe, struct pt_regs *regs)
{
	static const char name[] = "kho-v";
	const struct kimage *image = (void *)regs_get_kernel_argument(regs, 0);
	char *fdt, *at;

	if (!image || !image->kho.fdt)
		return 0;
	fdt = phys_to_virt(image->kho.fdt);
	for (at = fdt; at < fdt + PAGE_SIZE - sizeof(name); at++) {
		if (memcmp(at, name, sizeof(name) - 1))
			continue;
		at[sizeof(name) - 1] = '9';
		pr_info("kho_version: the handover is %.6s now\n", at);
		return 0;
	}
	pr_err("kho_version: no version found\n");
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "caretaker_kexec_check",
	.pre_handler = change,
};

static int __init kho_version_init(void)
{
	return register_kprobe(&probe);
}
module_init(kho_version_init);

static void __exit kho_version_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(kho_version_exit);

MODULE_DESCRIPTION("Gives KHO's handover another version");
MODULE_LICENSE("GPL");
