// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker check uefi: replays the firmware's event log.
 */
#include <getopt.h>
#include <stdio.h>

#include <jansson.h>

#include "check.h"
#include "log/uefi_log.h"
#include "verb.h"

#define VERB "check uefi"

static json_t *secure_boot_json(enum uefi_secure_boot state)
{
	return state == UEFI_SECURE_BOOT_UNKNOWN ? json_null() : json_boolean(state == UEFI_SECURE_BOOT_ON);
}

static int report(const struct uefi_log *log, const struct parse_error *err, bool as_json)
{
	static const char *const state[] = {
		[UEFI_SECURE_BOOT_UNKNOWN] = "not in the log",
		[UEFI_SECURE_BOOT_OFF] = "off",
		[UEFI_SECURE_BOOT_ON] = "on",
	};
	char line[PARSE_ERROR_LINE] = "";
	json_t *json;

	if (err->code) {
		parse_error_line(err, line);
		verb_error(VERB, "%s", line);
	}
	if (as_json) {
		json = json_pack("{s:b, s:s?, s:i, s:i, s:o, s:o}",
				 "valid", !err->code,
				 "error", err->code ? line : NULL,
				 "events", (int)log->events,
				 "startup_locality", (int)log->locality,
				 "secure_boot", secure_boot_json(log->secure_boot),
				 "pcrs", pcr_set_json(&log->pcrs, log->banks));
		if (!json || verb_print_json(json))
			return EXIT_UNABLE;
	} else if (!err->code) {
		printf("%u events, Secure Boot %s\n", log->events, state[log->secure_boot]);
		json = pcr_set_json(&log->pcrs, log->banks);
		json_dumpf(json, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(json);
	}
	return err->code ? EXIT_REJECTED : EXIT_ACCEPTED;
}

int check_uefi(int argc, char **argv)
{
	static const struct option table[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
	struct parse_error err = { 0 };
	struct uefi_log log = { 0 };
	struct blob file = { 0 };
	struct uefi_event ev;
	bool as_json = false;
	int c, ret;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c != 'j')
			return EXIT_USAGE;
		as_json = true;
	}
	if (optind != argc - 1)
		return EXIT_USAGE;

	ret = check_read(VERB, argv[optind], UEFI_LOG_MAX, &file, &err);
	if (ret == EXIT_UNABLE)
		return ret;
	if (ret == EXIT_ACCEPTED && !uefi_log_open(&log, file.data, file.size, &err))
		while (uefi_log_next(&log, &ev, &err) > 0)
			;
	blob_free(&file);
	if (err.code == PARSE_MEMORY) {
		verb_error(VERB, "%s", err.text);
		return EXIT_UNABLE;
	}
	if (err.code) {
		/* Half a replay is no statement about anything. */
		pcr_set_init(&log.pcrs);
		log.secure_boot = UEFI_SECURE_BOOT_UNKNOWN;
	}
	return report(&log, &err, as_json);
}
