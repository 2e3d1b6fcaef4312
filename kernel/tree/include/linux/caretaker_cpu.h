/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cores that were given away: virt/caretaker/cpu.c
 */
#ifndef _LINUX_CARETAKER_CPU_H
#define _LINUX_CARETAKER_CPU_H

struct file;

#ifdef CONFIG_KVM_CARETAKER_CORES
int caretaker_cpus_kexec(void);
struct file *caretaker_cpu_use(int fd, unsigned int *cpu);
void caretaker_cpu_unuse(struct file *file);
#else
static inline int caretaker_cpus_kexec(void)
{
	return 0;
}
#endif

#endif /* _LINUX_CARETAKER_CPU_H */
