// SPDX-License-Identifier: GPL-2.0-only
/* Reads IMA's list twice; see the header. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "file.h"
#include "tpm/collect_ima.h"
#include "window.h"

#define BUSY_TRIES	40
#define BUSY_WAIT	50000000L	/* ns */
#define CHUNK		65536

static int write_all(int fd, const char *data, ssize_t size)
{
	while (size) {
		ssize_t n = write(fd, data, (size_t)size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= n;
		}
	}
	return 0;
}

/* Takes over @from */
static int spool(int from)
{
	int to = open("/var/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	char data[CHUNK];
	ssize_t n = 0;
	int ret = to < 0 ? -errno : 0;

	while (!ret && (n = window_read_fd(&from, data, sizeof(data))) > 0)
		ret = write_all(to, data, n);
	file_close(from);
	if (!ret && !n)
		return to;
	if (to >= 0)
		close(to);
	return ret ? ret : (int)n;
}

/* *fd is -1 if there is no such file */
static int open_patiently(const char *path, collect_open open, int *fd)
{
	const struct timespec wait = { .tv_nsec = BUSY_WAIT };
	int ret = -EBUSY;

	for (int i = 0; i < BUSY_TRIES && ret == -EBUSY; i++) {
		if (i)
			nanosleep(&wait, NULL);
		ret = open(path);
	}
	if (ret >= 0 && lseek(ret, 0, SEEK_SET) < 0)
		ret = spool(ret);
	*fd = ret < 0 ? -1 : ret;
	return ret < 0 && ret != -ENOENT ? ret : 0;
}

int collect_ima_open(struct collect_ima *list, const char *path, collect_open open)
{
	char staged[PATH_MAX];
	int ret, n;

	*list = (struct collect_ima){ .fd = { -1, -1 } };
	n = snprintf(staged, sizeof(staged), "%s_staged", path);
	if (n < 0 || (size_t)n >= sizeof(staged))
		return -ENAMETOOLONG;
	ret = open_patiently(staged, open, &list->fd[0]);
	return ret ? ret : open_patiently(path, open, &list->fd[1]);
}

void collect_ima_close(struct collect_ima *list)
{
	file_close(list->fd[0]);
	file_close(list->fd[1]);
	*list = (struct collect_ima){ .fd = { -1, -1 } };
}

int collect_ima_rewind(struct collect_ima *list)
{
	list->at = 0;
	for (unsigned int i = 0; i < 2; i++)
		if (list->fd[i] >= 0 && lseek(list->fd[i], 0, SEEK_SET) < 0)
			return -errno;
	return 0;
}

ssize_t collect_ima_read(void *from, void *data, size_t size)
{
	struct collect_ima *list = from;
	ssize_t n = 0;

	for (; list->at < 2 && !n; list->at += !n)
		if (list->fd[list->at] >= 0)
			n = window_read_fd(&list->fd[list->at], data, size);
	return n;
}

EVP_MAC_CTX *collect_part_begin(struct collect_part *part, bool fresh)
{
	unsigned char iv[12] = { 0 };
	const OSSL_PARAM how[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)"AES-128-GCM", 0),
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, iv, sizeof(iv)),
		OSSL_PARAM_END,
	};
	EVP_MAC *gmac = EVP_MAC_fetch(NULL, "GMAC", NULL);
	EVP_MAC_CTX *mac = gmac ? EVP_MAC_CTX_new(gmac) : NULL;

	EVP_MAC_free(gmac);
	if (mac && (!fresh || RAND_bytes(part->key, sizeof(part->key)) == 1) &&
	    EVP_MAC_init(mac, part->key, sizeof(part->key), how))
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

int collect_part_end(EVP_MAC_CTX *mac, struct collect_part *part)
{
	size_t size;
	int ret = EVP_MAC_final(mac, part->mac, &size, sizeof(part->mac)) ? 0 : -ENOMEM;

	EVP_MAC_CTX_free(mac);
	return ret;
}

/* Up to @max bytes, from the start, into @found, @mac and, if there is one, @put */
static int pass(struct collect_ima *list, uint64_t max, struct collect_part *found, EVP_MAC_CTX *mac,
		int (*put)(void *to, const void *data, size_t size), void *to)
{
	unsigned char data[CHUNK];
	ssize_t n = 1;
	int ret = mac ? collect_ima_rewind(list) : -ENOMEM;

	found->size = 0;
	while (!ret && n && found->size < max) {
		uint64_t left = max - found->size;

		n = collect_ima_read(list, data, left < sizeof(data) ? (size_t)left : sizeof(data));
		if (n < 0)
			ret = (int)n;
		else if (!EVP_MAC_update(mac, data, (size_t)n))
			ret = -ENOMEM;
		else if (n && put)
			ret = put(to, data, (size_t)n);
		found->size += ret ? 0 : (uint64_t)n;
	}
	if (!ret)
		return collect_part_end(mac, found);
	EVP_MAC_CTX_free(mac);
	return ret;
}

int collect_ima_whole(struct collect_ima *list, uint64_t max, struct collect_part *part)
{
	int ret = pass(list, max + 1, part, collect_part_begin(part, true), NULL, NULL);

	return !ret && part->size > max ? -EFBIG : ret;
}

int collect_ima_copy(struct collect_ima *list, const struct collect_part *part,
		     int (*put)(void *to, const void *data, size_t size), void *to)
{
	struct collect_part found = *part;
	int ret = pass(list, part->size, &found, collect_part_begin(&found, false), put, to);

	if (ret)
		return ret;
	return found.size == part->size && !memcmp(found.mac, part->mac, sizeof(found.mac)) ? 0 : -EAGAIN;
}
