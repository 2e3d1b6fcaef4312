// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel in a guest's memory: see linux_boot.h.
 *
 * There is no firmware.  ACPI's tables say that the hardware is reduced: no timer but the APIC's, no
 * PCI, no keyboard controller.
 */
#include <asm/bootparam.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_boot.h"
#include "trial.h"

#define GDT		0x1000
#define PARAMS		0x7000
#define PAGE_TABLES	0x9000
#define COMMAND_LINE	0x20000
#define ACPI		0xe0000		/* where a kernel looks for it as well */
#define ACPI_SIZE	0x1000
#define KERNEL		0x1000000
#define INITRD		0x6000000

struct file {
	const unsigned char *data;
	size_t size;
};

static struct file file_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	struct file file;

	if (fd < 0 || fstat(fd, &status))
		die(path);
	file.size = status.st_size;
	file.data = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file.data == MAP_FAILED)
		die(path);
	close(fd);
	return file;
}

/* cpio, "newc": Documentation/driver-api/early-userspace/buffer-format.rst */
static unsigned char *cpio_file(unsigned char *at, const char *name, unsigned int mode,
				const struct file *file)
{
	size_t length = strlen(name) + 1;
	char head[160];

	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, mode,
		 0, 0, 1, 0, file->size, 0, 0, 0, 0, length, 0);
	memcpy(at, head, 110);
	memcpy(at + 110, name, length);
	at += (110 + length + 3) & ~3UL;
	memcpy(at, file->data, file->size);
	return at + ((file->size + 3) & ~3UL);
}

static size_t initramfs(unsigned char *at, const char *path)
{
	const struct file init = file_map(path), none = { 0 };
	unsigned char *end;

	end = cpio_file(at, "init", S_IFREG | 0755, &init);
	return cpio_file(end, "TRAILER!!!", 0, &none) - at;
}

static unsigned char sum(const unsigned char *data, size_t size)
{
	unsigned char value = 0;

	while (size--)
		value += *data++;
	return value;
}

static void put(unsigned char *at, uint64_t value, unsigned int bytes)
{
	memcpy(at, &value, bytes);
}

/* ACPI 6.5, 5.2.6: the header of a table */
static void table(unsigned char *at, const char *signature, unsigned int revision, size_t size)
{
	memcpy(at, signature, 4);
	put(at + 4, size, 4);
	at[8] = revision;
	memcpy(at + 10, "TESTS ", 6);
	memcpy(at + 16, "LINUX   ", 8);
	put(at + 24, 1, 4);
	memcpy(at + 28, "TEST", 4);
	put(at + 32, 1, 4);
	at[9] = -sum(at, size);
}

/* 5.2.12: an APIC for each CPU, and an IOAPIC */
static void madt(unsigned char *at, unsigned int cpus)
{
	unsigned char *entry = at + 44;
	unsigned int i;

	put(at + 36, 0xfee00000, 4);
	for (i = 0; i < cpus; i++, entry += 8) {
		put(entry, 0x0800 | i << 16 | i << 24, 4);
		put(entry + 4, 1, 4);
	}
	put(entry, 0x0c01, 4);
	put(entry + 4, 0xfec00000, 4);
	table(at, "APIC", 5, entry + 12 - at);
}

static void acpi(unsigned char *memory, unsigned int cpus)
{
	unsigned char *rsdp = memory + ACPI, *xsdt = rsdp + 0x40, *fadt = rsdp + 0x100, *dsdt = rsdp + 0x300;

	table(dsdt, "DSDT", 2, 36);
	/* 5.2.9: revision 6.5, HW_REDUCED_ACPI */
	put(fadt + 112, 1 << 20, 4);
	fadt[131] = 5;
	put(fadt + 140, ACPI + 0x300, 8);
	table(fadt, "FACP", 6, 276);
	madt(rsdp + 0x400, cpus);
	put(xsdt + 36, ACPI + 0x100, 8);
	put(xsdt + 44, ACPI + 0x400, 8);
	table(xsdt, "XSDT", 1, 52);
	/* 5.2.5.3 */
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "TESTS ", 6);
	rsdp[15] = 2;
	put(rsdp + 20, 36, 4);
	put(rsdp + 24, ACPI + 0x40, 8);
	rsdp[8] = -sum(rsdp, 20);
	rsdp[32] = -sum(rsdp, 36);
}

static void memory_map(struct boot_params *params)
{
	const struct boot_e820_entry map[] = {
		{ 0, 0x9fc00, 1 },
		{ ACPI, ACPI_SIZE, 3 },
		{ 0x100000, LINUX_SIZE - 0x100000, 1 },
	};

	memcpy(params->e820_table, map, sizeof(map));
	params->e820_entries = sizeof(map) / sizeof(map[0]);
}

/* The first GiB, to itself */
static void page_tables(unsigned char *memory)
{
	uint64_t *table = (uint64_t *)(memory + PAGE_TABLES);
	unsigned int i;

	table[0] = (PAGE_TABLES + 0x1000) | 3;
	table[512] = (PAGE_TABLES + 0x2000) | 3;
	for (i = 0; i < 512; i++)
		table[1024 + i] = (uint64_t)i << 21 | 0x83;
}

uint64_t linux_boot_load(unsigned char *memory, const char *kernel, const char *init,
			 const char *command_line, unsigned int cpus)
{
	static const uint64_t gdt[] = { 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff };
	const struct file image = file_map(kernel);
	const struct setup_header *header = (const void *)(image.data + 0x1f1);
	struct boot_params *params = (void *)(memory + PARAMS);
	size_t begin;

	if (image.size < 0x1000 || header->header != 0x53726448 || !(header->xloadflags & XLF_KERNEL_64)) {
		fprintf(stderr, "%s: no kernel with a 64-bit entry\n", kernel);
		_exit(3);
	}
	begin = (header->setup_sects + 1) * 512UL;
	memcpy(memory + KERNEL, image.data + begin, image.size - begin);
	memcpy(&params->hdr, header, sizeof(*header));
	params->hdr.type_of_loader = 0xff;
	params->hdr.cmd_line_ptr = COMMAND_LINE;
	strcpy((char *)memory + COMMAND_LINE, command_line);
	params->hdr.ramdisk_image = INITRD;
	params->hdr.ramdisk_size = initramfs(memory + INITRD, init);
	params->acpi_rsdp_addr = ACPI;
	memory_map(params);
	acpi(memory, cpus);
	page_tables(memory);
	memcpy(memory + GDT, gdt, sizeof(gdt));
	return KERNEL + 0x200;
}

void linux_boot_vcpu(int vcpu, uint64_t entry)
{
	struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x18, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1,
	};
	struct kvm_segment code = data;
	struct kvm_regs regs = { .rip = entry, .rsi = PARAMS, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	code.selector = 0x10;
	code.type = 11;
	code.db = 0;
	code.l = 1;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.gdt.base = GDT;
	sregs.gdt.limit = 31;
	sregs.cr3 = PAGE_TABLES;
	sregs.cr4 |= 1 << 5;
	sregs.cr0 |= 0x80000001;
	sregs.efer |= 0x500;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		die("KVM_SET_SREGS");
}
