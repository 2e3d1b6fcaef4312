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
	int fd = file_open(path), ret;

	if (fd < 0)
		return fd;
	ret = read_line(fd, out);
	file_close(fd);
	return ret;
}

/* A token counts wrong PINs: what an editor of another system has put there is no attempt. */
static int check_line(const char *line)
{
	size_t length = strlen(line);

	return line[length - 1] == '\r' || !strncmp(line, "\xef\xbb\xbf", 3) ? -EILSEQ : 0;
}

static const char *explain(int ret)
{
	switch (ret) {
	case -ENODATA:
		return "it is empty";
	case -EFBIG:
		return "its first line is too long";
	case -EINVAL:
		return "its first line has a byte 0";
	case -EILSEQ:
		return "its first line ends in CR LF, or begins with a byte order mark, of which neither belongs to it";
	case -ENOTTY:
		return "there is none, or no answer, or two that differ";
	default:
		return strerror(-ret);
	}
}

int passphrase_get(const struct passphrase_source *source, const char *prompt, bool verify,
		   char out[PASSPHRASE_MAX], struct reason *why)
{
	int ret;

	if (source->file)
		ret = read_file(source->file, out);
	else if (source->fd >= 0)
		ret = read_line(source->fd, out);
	else if (EVP_read_pw_string(out, PASSPHRASE_MAX, prompt, verify))
		ret = -ENOTTY;
	else
		ret = *out ? 0 : -ENODATA;
	if (!ret)
		ret = check_line(out);
	if (!ret)
		return 0;
	OPENSSL_cleanse(out, PASSPHRASE_MAX);
	ERR_clear_error();
	return reason_set(why, ret, "passphrase", "no passphrase from %s (%s)",
			      source->file ? source->file :
			      source->fd >= 0 ? "the descriptor" : "the terminal",
			      explain(ret));
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
