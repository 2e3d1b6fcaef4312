// SPDX-License-Identifier: GPL-2.0-only
/* Lets a host lie and looks at the verdict; see attested_lie.h. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attested_lie.h"

const unsigned char lie_nonce[32] = { 1, 2, 3, 4 };

static const char rules_text[] =
	"{ \"format\": \"caretaker-rules\", \"version\": 1, \"comment\": \"test\","
	"  \"quote\": { \"bank\": \"sha256\", \"pcrs\": [0,1,2,3,4,5,6,7,8,9,10],"
	"    \"other_banks\": [], \"require_safe_clock\": true,"
	"    \"validity_seconds\": 60, \"nonce_seconds\": 60 },"
	"  \"boot\": { \"replayed_pcrs\": [0,1,2,3,4,5,6,7,8,9,12,13,14],"
	"    \"require_secure_boot\": true, \"require_known_boot\": true,"
	"    \"require_kernel_statement\": true, \"require_lockdown\": \"integrity\","
	"    \"require_command_line\": true, \"required_words\": [\"lockdown=integrity\"],"
	"    \"forbidden_words\": [\"ima_appraise=*\"], \"allow_crash_kernel\": false },"
	"  \"ima\": { \"require_policy\": true },"
	"  \"caretaker\": { \"modes\": [\"isolated\"], \"flags\": [],"
	"    \"require_enforcement\": [\"secure-boot\", \"lockdown\"], \"keyrings\": [\"builtin\", \"secondary\"],"
	"    \"allow_detached\": false, \"minimum_vms\": 0, \"maximum_refusals\": -1, \"maximum_vms_without\": -1,"
	"    \"svn_floors\": { \"caretaker\": 2 },"
	"    \"revoked\": { \"payloads\": [], \"signers\": [] } } }";

static void verifier_init(struct lie_verifier *v, const struct host *h)
{
	char why[POLICY_REASON];

	memset(v, 0, sizeof(*v));
	assert_int_equal(policy_rules_parse(rules_text, strlen(rules_text), &v->rules, why), 0);
	memcpy(v->signer.id.value, host_signer, 20);
	v->signer.id.size = 20;
	v->payload = (struct policy_payload){ .name = "caretaker", .version = "1.0", .svn = 3 };
	memcpy(v->payload.digest.of[PCR_SHA256].value, host_payload, 32);
	v->payload.digest.of[PCR_SHA256].size = 32;
	v->kernel.kernel = true;
	memcpy(v->kernel.digest.of[PCR_SHA256].value, host_kernel, 32);
	v->kernel.digest.of[PCR_SHA256].size = 32;
	memcpy(v->kernel.file.value, host_image, 32);
	v->kernel.file.size = 32;
	v->reference.payload = &v->payload;
	v->reference.signer = &v->signer;
	v->reference.boot = &v->kernel;
	v->reference.payloads = v->reference.signers = v->reference.boots = 1;
	v->identity.ak_public = h->ak_public;
	memcpy(v->nonce, lie_nonce, sizeof(lie_nonce));
	v->nonce_size = sizeof(lie_nonce);
}

static void check(const struct lie *lie, const struct verdict *v)
{
	if (lie->word ? v->accepted || !reasons_have(&v->why, lie->word) : !v->accepted) {
		for (size_t i = 0; i < v->why.count && i < REASONS_MAX; i++)
			print_error("%s: %s\n", v->why.reason[i].word, v->why.reason[i].text);
		fail_msg("%s: expected %s", lie->name, lie->word ? lie->word : "acceptance");
	}
	assert_int_equal(v->expires > v->issued, v->accepted);
}

/* For tests/install/verdicts.sh: a verdict a line behind the file that VERDICTS names */
static void keep(const struct verdict *v)
{
	const char *path = getenv("VERDICTS");
	FILE *to = path ? fopen(path, "a") : NULL;
	json_t *root;

	if (!path)
		return;
	assert_non_null(to);
	root = verdict_json(v);
	assert_int_equal(json_dumpf(root, to, JSON_COMPACT), 0);
	json_decref(root);
	fputc('\n', to);
	assert_int_equal(fclose(to), 0);
}

void lie_run(const struct lie *lie, bool ecc, void (*look)(const struct verdict *v))
{
	static struct lie_verifier verifier;
	struct parse_error err = { 0 };
	struct verdict_input in;
	struct ima_stream list;
	static struct host h;
	struct evidence e;
	struct verdict v;

	host_init(&h, ecc);
	if (lie->before)
		lie->before(&h);
	host_run(&h);
	host_quote(&h, lie_nonce, sizeof(lie_nonce), &e);
	if (lie->after)
		lie->after(&h);
	host_logs(&h, &e);
	if (lie->evidence)
		lie->evidence(&h, &e);
	verifier_init(&verifier, &h);
	if (lie->verifier)
		lie->verifier(&verifier);
	in = (struct verdict_input){
		.evidence = &e, .ima = &list, .host = &verifier.identity, .nonce = verifier.nonce,
		.nonce_size = verifier.nonce_size, .rules = &verifier.rules,
		.reference = &verifier.reference, .now = LIE_NOW,
	};
	ima_stream_open_memory(&list, h.list.data, h.list.size, &err);
	assert_int_equal(verdict_decide(&in, &v), 0);
	ima_stream_close(&list);
	if (look)
		look(&v);
	keep(&v);
	check(lie, &v);
	verdict_free(&v);
	evidence_free(&e);
	if (verifier.rules.revoked_payloads == &verifier.revoked)
		verifier.rules.revoked_payloads = NULL;
	if (verifier.rules.revoked_signers == &verifier.revoked)
		verifier.rules.revoked_signers = NULL;
	policy_rules_free(&verifier.rules);
	host_free(&h);
}
