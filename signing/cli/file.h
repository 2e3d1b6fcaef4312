/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files in, whole files out.
 */
#ifndef CARETAKER_FILE_H
#define CARETAKER_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct blob {
	unsigned char *data;
	size_t size;
};

/*
 * Reads all of @path; "-" is standard input.  Nothing of the file is trusted,
 * least of all its size: at most @max bytes are read, -EFBIG if there are more.
 * Return: 0 or -errno; @out is empty on failure.
 */
int file_read(const char *path, size_t max, struct blob *out);

/* The same from where @fd, which stays the caller's, stands */
int file_read_fd(int fd, size_t max, struct blob *out);

/* Opens @path to be read, "-" is standard input.  The descriptor, for file_close(), or -errno */
int file_open(const char *path);
void file_close(int fd);

/*
 * Writes a new file beside @path, reads it back, and renames it to @path; @mode
 * is subject to the umask.  A reader sees the old file or the new one; a failure or a
 * signal leaves neither a partial file nor a temporary one.
 *
 * "-" is standard output.  A link is written through to what it names, which need not
 * be there yet.  A character device, a FIFO or a descriptor (/dev/stdout, /dev/fd/N) is
 * written to and stays what it is; @mode does not count for it, and what was written
 * before a failure is out.
 * Return: 0 or -errno; -EPROTONOSUPPORT for file_is_key_uri();
 * -EMEDIUMTYPE for a block device, a socket, or a descriptor of a file other than
 * standard output's.
 */
int file_write_atomic(const char *path, const void *data, size_t size, unsigned mode);

/* What its errors mean, in words: strerror(3) does not know what is refused here. */
const char *file_write_error(int ret);

/* The same where nothing has the name yet, not even a link: else -EEXIST. */
int file_write_new(const char *path, const void *data, size_t size, unsigned mode);

/*
 * The same as file_write_atomic(), if @path still holds @old: -ESTALE if another wrote it
 * meanwhile, or is about to.  Of two at once, one gets that and no work is lost.  (On a
 * file system without flock(2) there is a moment in which both may pass.)  It keeps owner,
 * group and permissions, as file_permissions_keep() says.
 */
int file_write_over(const char *path, const struct blob *old, const void *data, size_t size);

/* An extended attribute */
struct file_attribute {
	const char *name;
	const void *value;
	size_t size;
};

/*
 * The same as file_write_over(), or where @old is NULL as file_write_atomic(), of a file that has @attribute
 * before it has its name.  -EOPNOTSUPP where the file system has none, or @path is no file.
 */
int file_write_attributed(const char *path, const struct blob *old, const void *data, size_t size,
			  unsigned mode, const struct file_attribute *attribute);

/* What a file is filled through */
struct file_sink;

/* Puts the next piece.  0 or -errno, which @fill hands on. */
int file_put(struct file_sink *to, const void *data, size_t size);

/* Puts all pieces in order.  0, or an error that ends the writing */
typedef int (*file_fill)(struct file_sink *to, void *arg);

/*
 * As file_write_atomic(), of content that need not fit memory.  It is not read back, but for
 * its size: whoever uses the file has to see for himself that it is whole.  A signal that ends
 * the program ends the writing at the next piece.
 * Return: as file_write_atomic(), what @fill returned, or -EINTR.  -EAGAIN of @fill says that
 * it may be called again, and becomes -EIO where some of it is out already.
 */
int file_write_pieces(const char *path, file_fill fill, void *arg, unsigned mode);

/* Is it a "pkcs11:" or "handle:" URI, which names a key in a token or a TPM, and no file? */
bool file_is_key_uri(const char *path);

/*
 * Would both names, of outputs, be one file?  By whatever name, link or hard link; neither
 * need be there.
 */
bool file_same(const char *a, const char *b);

/*
 * Would writing @out put something else in the place of a file that is read as @in?  "-" is
 * standard input here; what takes and gives bytes, as a pipe or a terminal, is no such file.
 */
bool file_overwrites(const char *out, const char *in);

/* The first of @count names in @in, of which some may be NULL, with which that is so; NULL: none */
const char *file_overwritten(const char *out, const char *const *in, size_t count);

/* Frees and empties @b; the memory is cleared first, since it may hold a key. */
void blob_free(struct blob *b);

#endif
