// SPDX-License-Identifier: GPL-2.0-only
/*
 * caretaker policy: checks the files of policy/ and compiles reference values.
 */
#include <stdio.h>
#include <string.h>

#include "cmd_policy.h"
#include "verb.h"

void policy_usage(FILE *to)
{
	fputs("usage: caretaker policy lint [--json] FILE...\n"
	      "       caretaker policy compile|reference [--payload FILE]... [--kernel EFI]...\n"
	      "               [--loader EFI]... [--signer CERT]... [--kernel-digest ALG:HEX]...\n"
	      "               [--loader-digest ALG:HEX]... [--from-evidence FILE [--pin-pcrs LIST]]\n"
	      "               [--release MANIFEST]... [--release-by KEY]... --out FILE\n\n"
	      "lint checks IMA policies (*.ima), rules and reference values (JSON).\n"
	      "reference writes the values that a verifier compares a host with.\n"
	      "KEY: certificates, or a public key in PEM, of who may have signed the manifests.\n"
	      "LIST: registers that may have the evidence's values only, of 0 to 9, and 14 (shim).\n", to);
}

int policy_verb(int argc, char **argv, policy_from_evidence from_evidence)
{
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		policy_usage(stdout);
		return EXIT_ACCEPTED;
	}
	if (argc > 1 && !strcmp(argv[1], "lint"))
		return policy_lint(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "reference") || !strcmp(argv[1], "compile")))
		return policy_compile(argc - 1, argv + 1, from_evidence);
	policy_usage(stderr);
	return EXIT_USAGE;
}
