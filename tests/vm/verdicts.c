// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel says of payloads: the errno of KVM_SET_CARETAKER and the line in
 * the kernel's log.
 *
 *   verdicts FILE...		one line a file: NAME RULE ERRNO HEADER OFFSET TEXT
 *   verdicts --flood N FILE	N times on one VM; prints how many lines the log got
 *
 * Otherwise each file has a VM of its own.  A file that is taken is "NAME 0 0 - -".
 * Exit status: 0, 2 usage, 3 could not be tried, or the log does not say what it must.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "trial.h"

/* A line of the log: "...: payload refused (-ERRNO) for COMM[PID]: TEXT (rule N, ...)" */
struct verdict {
	char error[32];
	unsigned int rule;
	char header[16];
	char offset[32];
	char text[256];
};

static int kmsg;

static void die_of_log(const char *file, const char *what, const char *line)
{
	fprintf(stderr, "verdicts: %s: %s: %s\n", file, what, line);
	exit(3);
}

/* The errno, or 0 */
static int try_file(const struct vm *vm, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		die(path);
	error = install(vm->fd, fd, KVM_CARETAKER_SHARED);
	close(fd);
	return error;
}

/* The next line of the log that is about a refusal; 0 if there is none yet */
static int next_refusal(char line[1024])
{
	ssize_t size;

	while ((size = read(kmsg, line, 1023)) > 0 || errno == EPIPE) {
		if (size <= 0)
			continue;	/* EPIPE: the buffer went round, go on where it is now */
		line[size] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, "caretaker: payload refused "))
			return 1;
	}
	if (errno != EAGAIN)
		die("/dev/kmsg");
	return 0;
}

static void parse(const char *file, char *line, struct verdict *out)
{
	char *error = strstr(line, "refused (-"), *rule = strstr(line, " (rule "), *text;
	unsigned int header;
	unsigned long long offset;

	memset(out, 0, sizeof(*out));
	text = error ? strstr(error, "]: ") : NULL;
	if (!text || !rule || rule < text ||
	    sscanf(error, "refused (-%31[A-Z0-9])", out->error) != 1)
		die_of_log(file, "not in the documented form", line);
	snprintf(out->text, sizeof(out->text), "%.*s", (int)(rule - text - 3), text + 3);
	strcpy(out->header, "-");
	strcpy(out->offset, "-");
	if (sscanf(rule, " (rule %u, header %u, offset %llx)", &out->rule, &header, &offset) == 3)
		sprintf(out->header, "%u", header);
	else if (sscanf(rule, " (rule %u, offset %llx)", &out->rule, &offset) != 2)
		offset = ~0ULL;
	if (offset != ~0ULL)
		sprintf(out->offset, "%llu", offset);
	else if (sscanf(rule, " (rule %u)", &out->rule) != 1)
		die_of_log(file, "no rule", line);
}

static void judge(char *path)
{
	char line[1024], further[1024];
	struct vm vm = vm_new();
	int error = try_file(&vm, path);
	struct verdict verdict;

	vm_end(&vm);
	if (!next_refusal(line)) {
		if (error)
			die_of_log(path, "refused without a line in the log", error_name(error));
		printf("%s 0 0 - -\n", basename(path));
		return;
	}
	if (next_refusal(further))
		die_of_log(path, "a second line in the log", further);
	parse(path, line, &verdict);
	if (strcmp(error_name(error), verdict.error))
		die_of_log(path, error_name(error), line);
	printf("%s %u %s %s %s %s\n", basename(path), verdict.rule, verdict.error,
	       verdict.header, verdict.offset, verdict.text);
}

static void flood(unsigned int times, const char *path)
{
	struct vm vm = vm_new();
	unsigned int lines = 0;
	char line[1024];

	while (times--) {
		if (!try_file(&vm, path)) {
			fprintf(stderr, "verdicts: %s is taken\n", path);
			exit(3);
		}
		while (next_refusal(line))
			lines++;
	}
	vm_end(&vm);
	printf("%u\n", lines);
}

int main(int argc, char **argv)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		die("/dev/kmsg");
	if (argc == 4 && !strcmp(argv[1], "--flood")) {
		flood(atoi(argv[2]), argv[3]);
		return 0;
	}
	if (argc < 2 || argv[1][0] == '-') {
		fputs("usage: verdicts FILE... | --flood N FILE\n", stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		judge(argv[i]);
	return 0;
}
