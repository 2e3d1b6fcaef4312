// SPDX-License-Identifier: GPL-2.0-only
/* What KVM counted about a vCPU, and what the caretaker counted itself. */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "stats.h"

static void add(struct stats *out, const char *name, uint64_t value)
{
	struct stat_value *stat;

	if (out->count == STATS_MAX)
		return;
	stat = &out->stat[out->count++];
	snprintf(stat->name, sizeof(stat->name), "%s", name);
	stat->value = value;
}

/* Documentation/virt/kvm/api.rst, 4.133: header, descriptors, data in one file */
static int read_descriptors(int fd, const struct kvm_stats_header *header, struct stats *out)
{
	size_t each = sizeof(struct kvm_stats_desc) + header->name_size;
	struct kvm_stats_desc *desc = malloc(each);
	uint64_t value;
	uint32_t i;
	int ret = 0;

	if (!desc)
		return -ENOMEM;
	for (i = 0; i < header->num_desc && !ret; i++) {
		if (pread(fd, desc, each, header->desc_offset + i * each) != (ssize_t)each)
			ret = -EIO;
		else if (desc->size != 1)
			continue;
		else if (pread(fd, &value, 8, header->data_offset + desc->offset) != 8)
			ret = -EIO;
		else
			add(out, desc->name, value);
	}
	free(desc);
	return ret;
}

int stats_read(int vcpu_fd, struct stats *out)
{
	struct kvm_stats_header header;
	int fd, ret;

	out->count = 0;
	fd = ioctl(vcpu_fd, KVM_GET_STATS_FD, NULL);
	if (fd < 0)
		return -errno;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		ret = -EIO;
	else
		ret = read_descriptors(fd, &header, out);
	close(fd);
	return ret;
}

FILE *vcpu_debugfs_open(int vm_fd, unsigned int vcpu, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/vcpu%u/%s",
		 getpid(), vm_fd, vcpu, name);
	return fopen(path, "r");
}

int telemetry_line(int vm_fd, unsigned int vcpu, const char *key, char *out, size_t size)
{
	FILE *file = vcpu_debugfs_open(vm_fd, vcpu, "caretaker");
	size_t length = strlen(key);
	char line[160];
	int ret = -ENOENT;

	out[0] = 0;
	if (!file)
		return -errno;
	while (ret && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) || line[length] != ' ')
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(out, size, "%s", line + length + 1);
		ret = 0;
	}
	fclose(file);
	return ret;
}

int telemetry_state(int vm_fd, unsigned int vcpu, char state[16])
{
	return telemetry_line(vm_fd, vcpu, "state", state, 16);
}

int telemetry_read(int vm_fd, unsigned int vcpu, struct stats *out)
{
	FILE *file = vcpu_debugfs_open(vm_fd, vcpu, "caretaker");
	char line[160], what[32], reason[32], name[65];
	unsigned long long value;

	out->count = 0;
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%31s %31s %llu", what, reason, &value) != 3)
			continue;
		if (strcmp(what, "handled") && strcmp(what, "routed"))
			continue;
		snprintf(name, sizeof(name), "%s %s", what, reason);
		add(out, name, value);
	}
	fclose(file);
	return 0;
}

uint64_t stats_get(const struct stats *stats, const char *name)
{
	size_t i;

	for (i = 0; i < stats->count; i++)
		if (!strcasecmp(stats->stat[i].name, name))
			return stats->stat[i].value;
	return 0;
}

void stats_difference(const struct stats *before, const struct stats *after, struct stats *out)
{
	uint64_t change;
	size_t i;

	out->count = 0;
	for (i = 0; i < after->count; i++) {
		change = after->stat[i].value - stats_get(before, after->stat[i].name);
		if (change)
			add(out, after->stat[i].name, change);
	}
}
