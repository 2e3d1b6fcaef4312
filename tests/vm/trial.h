/* SPDX-License-Identifier: GPL-2.0-only */
/* One try of KVM_SET_CARETAKER in a VM of its own, and how its outcome is reported. */
#ifndef TESTS_VM_TRIAL_H
#define TESTS_VM_TRIAL_H

#include <stdint.h>

struct vm {
	int kvm, fd, vcpu;
};

/* Ends the program with status 3 if there is no KVM */
struct vm vm_new(void);
void vm_end(struct vm *vm);

/* Prints what could not be tried, with errno, and ends the program with status 3 */
_Noreturn void die(const char *what);

/* "0", or the name of an errno */
const char *error_name(int error);

/* Opens a payload, @how as open() has it; ends the program with status 3 if it is not there */
int payload_open(const char *folder, const char *name, int how);

/* The ioctl on a VM's or a vCPU's descriptor.  Return: 0 or the errno. */
int install(int vm_or_vcpu, int fd, uint64_t flags);
/* The same with a payload of a folder */
int install_payload(int vm_or_vcpu, const char *folder, const char *name, uint64_t flags);
int remove_caretaker(int vm_or_vcpu);

/* Prints a line "ok NAME" (with the errno) or "not ok NAME: why", and counts it */
void report(const char *name, int got, const char *expected);
void report_that(const char *name, int good, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* Exit status: 0 all was as expected, 1 not, 3 nothing was tried */
int trial_status(void);

#endif
