/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all verbs of the command line share: how they are called, how they end,
 * how they speak.
 *
 * A verb gets its own name as argv[0].  `--help` prints its usage on standard
 * output and ends with EXIT_ACCEPTED; `caretaker help VERB` calls that.
 */
#ifndef CARETAKER_VERB_H
#define CARETAKER_VERB_H

#include <stdbool.h>

#include <jansson.h>

enum {
	EXIT_ACCEPTED = 0,	/* accepted, or done */
	EXIT_REJECTED = 1,	/* looked at, and refused */
	EXIT_USAGE    = 2,	/* the call makes no sense */
	EXIT_UNABLE   = 3,	/* could not be done: missing file, no TPM, no memory */
};

/*
 * Before the first verb: standard input, output and error are open, if only to fail, so that no
 * file that a verb opens takes their numbers; a closed pipe is an error, not a signal.
 * Return: EXIT_ACCEPTED or EXIT_UNABLE.
 */
int verb_start(void);

/*
 * After the last: @status of the verb, or EXIT_UNABLE if standard output did not take all
 * that was printed; a verdict that could not be delivered is none.
 */
int verb_finish(int status);

/* Prints "caretaker VERB: ..." and a newline on standard error. */
void verb_error(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Prints one object and a newline on standard output and takes over the reference.
 * Return: 0, or -EIO; a verdict that could not be delivered is EXIT_UNABLE.
 */
int verb_print_json(json_t *object);

/*
 * Writes one object as file_write_atomic() and takes over the reference; says what was
 * wrong. The text is cleared, since it may hold a secret.
 * Return: EXIT_ACCEPTED or EXIT_UNABLE.
 */
int verb_write_json(const char *verb, const char *path, json_t *object, unsigned int mode);

/*
 * Before a verb looks at its options: one with a value is given once, but for those whose numbers are in @many, which ends
 * with 0.  Else one of the values would be passed over, and nobody can tell which was meant.  Says what is given twice;
 * what @options does not have is left to the verb.  Return: 0 or -EXIT_USAGE
 */
struct option;
int verb_check_once(const char *verb, int argc, char **argv, const struct option *options, const int *many);

/* What a call must have, and whether it does; the last has no name */
struct verb_needs {
	const char *name;
	bool given;
};

/* Says on standard error which is the first that is not there, where one is not.  Return: are all there? */
bool verb_has_all(const char *verb, const struct verb_needs *needs);

int cmd_inspect(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_quote(int argc, char **argv);
int cmd_attest(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_release(int argc, char **argv);

#endif
