// SPDX-License-Identifier: GPL-2.0
/*
 * A module of the lab: an interrupt for a CPU that the kernel does not count on, by its APIC id.
 *
 * "APIC-ID VECTOR" that is written to the parameter "send" is sent as a fixed interrupt, or as
 * an NMI if the vector is 2, past whatever the kernel thinks of that CPU.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <asm/apic.h>
#include <asm/msr.h>

static void send_icr(u32 low, u32 apic_id)
{
	unsigned long flags;

	local_irq_save(flags);
	if (apic_is_x2apic_enabled()) {
		native_wrmsrq(APIC_BASE_MSR + (APIC_ICR >> 4), (u64)apic_id << 32 | low);
	} else {
		while (native_apic_mem_read(APIC_ICR) & APIC_ICR_BUSY)
			cpu_relax();
		native_apic_mem_write(APIC_ICR2, apic_id << 24);
		native_apic_mem_write(APIC_ICR, low);
	}
	local_irq_restore(flags);
}

static int send(const char *text, const struct kernel_param *param)
{
	u32 apic_id, vector;

	if (sscanf(text, "%u %u", &apic_id, &vector) != 2)
		return -EINVAL;
	send_icr(vector == NMI_VECTOR ? APIC_DM_NMI : APIC_DM_FIXED | vector, apic_id);
	return 0;
}

static const struct kernel_param_ops send_ops = {
	.set = send,
};

module_param_cb(send, &send_ops, NULL, 0200);
MODULE_DESCRIPTION("Interrupts for a CPU that is not there");
MODULE_LICENSE("GPL");
