/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Release manifests for tests: a good one, parts of it changed, signed by whomever.
 */
#ifndef RELEASE_FIXTURE_H
#define RELEASE_FIXTURE_H

#include "release.h"
#include "signing_fixture.h"

#define FIXTURE_BUILDER		"https://ci.example.org/builder/1"
#define FIXTURE_BUILD_TYPE	"https://example.org/make-payload/v1"
#define FIXTURE_SOURCE		"git+https://example.org/caretaker@refs/tags/v1"
#define FIXTURE_REVISION	"7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"

/* The statement about one file, called "signed", that @signer has signed */
json_t *release_fixture_statement(const struct signer *signer, const struct blob *file);

/*
 * Puts @value, JSON text, in the place of what @path names ("subject/0/name"), or where nothing has
 * that name yet; NULL removes it.
 */
void release_fixture_change(json_t *root, const char *path, const char *value);

/* An envelope with @statement, signed by @by */
struct blob release_fixture_sign(const json_t *statement, const char *type,
				 const struct signer *by);

#endif
