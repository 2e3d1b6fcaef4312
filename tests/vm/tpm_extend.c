// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends one command about a register to a TPM's character device.
 *
 *   tpm_extend [--nonblock] DEVICE extend|event|complete|reset|read PCR
 *   tpm_extend [--nonblock] DEVICE extend12|complete12|wrapped12|read12 PCR
 *
 * Those that end in 12 are of TPM 1.2.  Prints "sent" if the TPM answered, the code of its
 * answer behind it if that is not 0; or the name of the errno.  Exit status 0, or 3 if it
 * could not be tried.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
	uint8_t bytes[256];
	size_t size;
};

static void put(struct command *c, uint64_t value, size_t bytes)
{
	while (bytes--)
		c->bytes[c->size++] = value >> (8 * bytes);
}

static void fill(struct command *c, uint8_t value, size_t bytes)
{
	memset(c->bytes + c->size, value, bytes);
	c->size += bytes;
}

/* TPM 2.0 Library, Part 1, section 18: so many empty passwords */
static void sessions(struct command *c, unsigned int count)
{
	put(c, 9 * count, 4);
	while (count--) {
		put(c, 0x40000009, 4);
		put(c, 0, 5);
	}
}

/* Return: the answer's code, or -1 with errno; what is behind its header in *answer */
static int64_t transmit(int fd, struct command *c, uint32_t *answer)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	uint8_t said[4096];
	uint32_t size = htobe32(c->size), word;
	ssize_t got;

	memcpy(c->bytes + 2, &size, 4);
	if (write(fd, c->bytes, c->size) < 0)
		return -1;
	do {
		if (poll(&wait, 1, 30000) < 0)
			return -1;
		got = read(fd, said, sizeof(said));
	} while (got == 0);
	if (got < 10) {
		errno = got < 0 ? errno : EIO;
		return -1;
	}
	if (answer && got >= 14) {
		memcpy(&word, said + 10, 4);
		*answer = be32toh(word);
	}
	memcpy(&word, said + 6, 4);
	return be32toh(word);
}

static int64_t begin_sequence(int fd, uint32_t *handle)
{
	struct command c = { .size = 0 };

	put(&c, 0x8001, 2);
	put(&c, 0, 4);
	put(&c, 0x186, 4);	/* TPM2_HashSequenceStart */
	put(&c, 0, 2);		/* no password */
	put(&c, 0x10, 2);	/* TPM_ALG_NULL: for each bank */
	return transmit(fd, &c, handle);
}

static bool make(struct command *c, const char *what, uint32_t pcr, uint32_t sequence)
{
	const bool old = strstr(what, "12");
	const struct { const char *name; uint32_t code; } codes[] = {
		{ "extend", 0x182 }, { "event", 0x13c }, { "complete", 0x185 },
		{ "reset", 0x13d }, { "read", 0x17e },
		{ "extend12", 20 }, { "complete12", 163 }, { "wrapped12", 230 }, { "read12", 21 },
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]) && strcmp(codes[i].name, what); i++)
		;
	if (i == sizeof(codes) / sizeof(codes[0]))
		return false;
	put(c, old ? 0xc1 : strcmp(what, "read") ? 0x8002 : 0x8001, 2);
	put(c, 0, 4);
	put(c, codes[i].code, 4);
	if (!strcmp(what, "wrapped12")) {
		put(c, 34, 4);
		put(c, 0xc1, 2);
		put(c, 34, 4);
		put(c, 20, 4);
	}
	if (strcmp(what, "read"))
		put(c, pcr, 4);
	if (!strcmp(what, "extend")) {
		sessions(c, 1);
		put(c, 1, 4);
		put(c, 0xb, 2);
		fill(c, 0x5a, 32);
	} else if (!strcmp(what, "event")) {
		sessions(c, 1);
		put(c, 4, 2);
		fill(c, 0x5a, 4);
	} else if (!strcmp(what, "complete")) {
		put(c, sequence, 4);
		sessions(c, 2);
		put(c, 4, 2);
		fill(c, 0x5a, 4);
	} else if (!strcmp(what, "reset")) {
		sessions(c, 1);
	} else if (!strcmp(what, "read")) {
		put(c, 1, 4);
		put(c, 0xb, 2);
		put(c, 3, 1);
		put(c, 1ULL << (23 - (pcr ^ 7)) % 24, 3);
	} else if (!strcmp(what, "extend12") || !strcmp(what, "wrapped12")) {
		fill(c, 0x5a, 20);
	} else if (!strcmp(what, "complete12")) {
		put(c, 0, 4);
	}
	return true;
}

int main(int argc, char **argv)
{
	const bool nonblock = argc > 1 && !strcmp(argv[1], "--nonblock");
	char **words = argv + nonblock;
	struct command c = { .size = 0 };
	uint32_t sequence = 0;
	int64_t code = 0;
	int fd;

	if (argc - nonblock != 4) {
		fputs("usage: tpm_extend [--nonblock] DEVICE COMMAND PCR\n", stderr);
		return 2;
	}
	fd = open(words[1], O_RDWR | O_CLOEXEC | (nonblock ? O_NONBLOCK : 0));
	if (fd < 0) {
		perror(words[1]);
		return 3;
	}
	if (!strcmp(words[2], "complete"))
		code = begin_sequence(fd, &sequence);
	if (code || !make(&c, words[2], strtoul(words[3], NULL, 10), sequence)) {
		fprintf(stderr, "tpm_extend: %s could not be made\n", words[2]);
		return 3;
	}
	code = transmit(fd, &c, NULL);
	if (code < 0)
		puts(strerrorname_np(errno));
	else if (code)
		printf("sent %#llx\n", (unsigned long long)code);
	else
		puts("sent");
	return 0;
}
