// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the passphrase of a key, or the PIN of a token, comes from.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "file.h"
#include "passphrase.h"

/* A byte at a time, so that what follows the line is left to others. */
static int read_line(int fd, char *out)
{
	size_t used = 0;
	ssize_t n;

	for (;;) {
		if (used == PASSPHRASE_MAX)
			return -EFBIG;
		n = read(fd, out + used, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0 || out[used] == '\n')
			break;
		if (!out[used])
			return -EINVAL;
		used++;
	}
	out[used] = '\0';
	return used ? 0 : -ENODATA;
}

static int read_file(const char *path, char *out)
{
	struct blob blob;
	char *end;
	int ret;

	ret = file_read(path, PASSPHRASE_MAX - 1, &blob);
	if (ret)
		return ret;
	memcpy(out, blob.data, blob.size);
	out[blob.size] = '\0';
	if (strlen(out) != blob.size)
		ret = -EINVAL;
	blob_free(&blob);
	end = strchr(out, '\n');
	if (end)
		*end = '\0';
	if (ret)
		return ret;
	return *out ? 0 : -ENODATA;
}

int passphrase_get(const struct passphrase_source *source, const char *prompt, bool verify,
		   char out[PASSPHRASE_MAX], struct reason *why)
{
	int ret;

	if (source->file)
		ret = read_file(source->file, out);
	else if (source->fd >= 0)
		ret = read_line(source->fd, out);
	else if (EVP_read_pw_string(out, PASSPHRASE_MAX, prompt, verify) || !*out)
		ret = -ENOTTY;
	else
		ret = 0;
	if (!ret)
		return 0;
	OPENSSL_cleanse(out, PASSPHRASE_MAX);
	ERR_clear_error();
	return reason_set(why, ret, "passphrase", "no passphrase from %s (%s)",
			      source->file ? source->file :
			      source->fd >= 0 ? "the descriptor" : "the terminal",
			      strerror(-ret));
}

int passphrase_answer(char *buffer, int size, int writing, void *context)
{
	struct passphrase_question *question = context;
	char text[PASSPHRASE_MAX];
	int length;

	(void)writing;
	if (question->asked++)
		return -1;
	question->ret = passphrase_get(question->source, question->prompt, false, text, question->why);
	if (question->ret)
		return -1;
	length = strlen(text);
	if (length < size)
		memcpy(buffer, text, length);
	else
		length = -1;
	OPENSSL_cleanse(text, sizeof(text));
	return length;
}

bool passphrase_is_given(const struct passphrase_source *source)
{
	return source->file || source->fd >= 0;
}

int passphrase_parse_file(const char *path, struct passphrase_source *source)
{
	if (passphrase_is_given(source))
		return -EINVAL;
	source->file = path;
	return 0;
}

int passphrase_parse_fd(const char *text, struct passphrase_source *source)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(text, &end, 10);
	if (passphrase_is_given(source) || errno || end == text || *end || fd < 0 || fd > 65535)
		return -EINVAL;
	source->fd = fd;
	return 0;
}
