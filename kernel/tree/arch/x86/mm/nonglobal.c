// SPDX-License-Identifier: GPL-2.0
/*
 * The boot parameter "nonglobal": no mapping of the kernel has the global bit.
 *
 * A global translation survives a load of CR3 (Intel SDM Vol. 3 4.10.4.1, AMD APM Vol. 2
 * 5.5.2), so page tables without the kernel hide it only if the kernel's are not global.
 * Page-table isolation is not enough: entry code and cpu_entry_area stay global, exception
 * stacks among them.
 */
#define pr_fmt(fmt) "x86/mm: " fmt

#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/pgtable.h>
#include <linux/printk.h>

#include <asm/fixmap.h>

#include "mm_internal.h"

static int __init parse_nonglobal(char *unused)
{
	setup_force_cpu_cap(X86_FEATURE_NONGLOBAL);
	return 0;
}
early_param("nonglobal", parse_nonglobal);

/**
 * x86_image_nonglobal - take the global bit out of what is mapped early in the boot
 *
 * head_64.S maps the image, before there is a command line, and what has parsed the command
 * line by now may have mapped a device in the fixmap (earlycon).  For init_mem_mapping(), which
 * flushes afterwards: nothing has split an entry or changed its rights by then.
 *
 * No process may have an ASID that only INVLPGB keeps up to date: what must be flushed of
 * the kernel under all PCIDs is then remembered for the others, flush_tlb_one_kernel().
 */
void __init x86_image_nonglobal(void)
{
	const unsigned int pages = FIXMAP_PMD_NUM * PTRS_PER_PTE;
	pmd_t *pmd;
	pte_t *pte;

	setup_clear_cpu_cap(X86_FEATURE_INVLPGB);
	for (pmd = level2_kernel_pgt; pmd < level2_kernel_pgt + PTRS_PER_PMD; pmd++) {
		if (pmd_present(*pmd))
			set_pmd(pmd, pmd_clear_flags(*pmd, _PAGE_GLOBAL));
	}
	for (pte = level1_fixmap_pgt; pte < level1_fixmap_pgt + pages; pte++) {
		if (pte_present(*pte))
			set_pte(pte, pte_clear_flags(*pte, _PAGE_GLOBAL));
	}
	pr_info("kernel mappings are not global\n");
}
