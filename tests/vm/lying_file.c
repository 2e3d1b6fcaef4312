// SPDX-License-Identifier: GPL-2.0-only
/*
 * A FUSE server of one file, on the raw device: see lying_file.h, and the protocol
 * in the kernel's include/uapi/linux/fuse.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "lying_file.h"
#include "trial.h"

#define FILE_NODE	2
#define MOUNT		"/tmp/lying"
#define MAX_WRITE	65536

static void answer(const struct lying_file *file, const struct fuse_in_header *in, int error,
		   const void *data, size_t size)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + (error ? 0 : size), .error = -error, .unique = in->unique,
	};
	struct iovec part[2] = { { &out, sizeof(out) }, { (void *)data, error ? 0 : size } };

	/* The request may be gone by now: nobody to tell */
	if (writev(file->device, part, 2) < 0 && errno != ENOENT && errno != ENODEV)
		perror("lying_file: answer");
}

static struct fuse_attr attributes(const struct lying_file *file, uint64_t node)
{
	bool root = node == FUSE_ROOT_ID;

	return (struct fuse_attr){
		.ino = node, .nlink = 1, .blksize = 4096, .size = root ? 0 : file->size,
		.mode = root ? S_IFDIR | 0755 : S_IFREG | 0644,
	};
}

static void serve_read(struct lying_file *file, const struct fuse_in_header *in,
		       const struct fuse_read_in *read)
{
	unsigned char data[MAX_WRITE];
	size_t i, size = 0;

	file->reached = true;
	if (file->hangs)
		return;
	while (file->holds)
		usleep(1000);
	if (read->offset + read->size > file->fails_at) {
		answer(file, in, EIO, NULL, 0);
		return;
	}
	if (read->offset < file->bytes)
		size = file->bytes - read->offset;
	if (size > read->size)
		size = read->size;
	if (size > sizeof(data))
		size = sizeof(data);
	for (i = 0; i < size; i++) {
		size_t at = read->offset + i;

		data[i] = file->reads[at] ? file->again[at] : file->first[at];
		if (file->reads[at] < 255)
			file->reads[at]++;
		if (file->reads[at] > file->most_reads)
			file->most_reads = file->reads[at];
	}
	answer(file, in, 0, data, size);
}

static void serve(struct lying_file *file, const struct fuse_in_header *in)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = MAX_WRITE, .max_readahead = MAX_WRITE,
	};
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attributes(file, FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attributes(file, in->nodeid) };
	/* Every read comes here, none is answered from the page cache */
	struct fuse_open_out open = { .fh = 1, .open_flags = FOPEN_DIRECT_IO };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(file, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(file, in, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(file, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(file, in, 0, &open, sizeof(open));
		break;
	case FUSE_READ:
		serve_read(file, in, (const void *)(in + 1));
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(file, in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(file, in, ENOSYS, NULL, 0);
	}
}

static void *server(void *argument)
{
	static _Alignas(8) unsigned char request[MAX_WRITE + 4096];
	struct lying_file *file = argument;

	for (;;) {
		ssize_t size = read(file->device, request, sizeof(request));

		if (size >= (ssize_t)sizeof(struct fuse_in_header))
			serve(file, (const void *)request);
		else if (size >= 0 || (errno != EINTR && errno != ENOENT && errno != EAGAIN))
			return NULL;	/* ENODEV: unmounted or aborted */
	}
}

void lying_file_start(struct lying_file *file)
{
	char options[96];

	file->most_reads = 0;
	file->reached = false;
	file->reads = calloc(1, file->bytes + 1);
	file->device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (!file->reads || file->device < 0)
		die("/dev/fuse");
	mkdir(MOUNT, 0755);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		 file->device);
	if (mount("lying", MOUNT, "fuse", MS_NODEV | MS_NOSUID, options))
		die("mount of a FUSE file system");
	snprintf(file->path, sizeof(file->path), "%s/payload", MOUNT);
	if (pthread_create(&file->thread, NULL, server, file))
		die("pthread_create");
}

int lying_file_open(const struct lying_file *file, int how)
{
	int fd = open(file->path, how | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void lying_file_abort(void)
{
	if (umount2(MOUNT, MNT_FORCE) && errno != EBUSY && errno != EINVAL)
		perror("lying_file: abort");
}

void lying_file_end(struct lying_file *file)
{
	/* Ends the server's read as well */
	if (umount2(MOUNT, MNT_FORCE | MNT_DETACH) && errno != EINVAL)
		perror("lying_file: umount");
	pthread_join(file->thread, NULL);
	close(file->device);
	free(file->reads);
}

struct bytes read_all(const char *path)
{
	struct stat status;
	struct bytes bytes;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status))
		die(path);
	bytes.size = status.st_size;
	bytes.data = malloc(bytes.size);
	if (!bytes.data || read(fd, bytes.data, bytes.size) != (ssize_t)bytes.size)
		die(path);
	close(fd);
	return bytes;
}
