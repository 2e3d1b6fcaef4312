/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p11-kit: URIs of RFC 7512, and PKCS#11 modules as the machine is configured.  It is opened when
 * a token is named, since nothing else needs it.
 */
#ifndef CARETAKER_PKCS11_KIT_H
#define CARETAKER_PKCS11_KIT_H

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "reason.h"

/* The functions of libp11-kit that are used, by their own names and types */
struct pkcs11_kit {
	void *library;
	__typeof__(p11_kit_uri_new) *uri_new;
	__typeof__(p11_kit_uri_free) *uri_free;
	__typeof__(p11_kit_uri_parse) *uri_parse;
	__typeof__(p11_kit_uri_format) *uri_format;
	__typeof__(p11_kit_uri_message) *uri_message;
	__typeof__(p11_kit_uri_any_unrecognized) *uri_any_unrecognized;
	__typeof__(p11_kit_uri_get_pin_value) *uri_get_pin_value;
	__typeof__(p11_kit_uri_get_pin_source) *uri_get_pin_source;
	__typeof__(p11_kit_uri_get_module_path) *uri_get_module_path;
	__typeof__(p11_kit_uri_get_module_name) *uri_get_module_name;
	__typeof__(p11_kit_uri_match_module_info) *uri_match_module_info;
	__typeof__(p11_kit_uri_match_slot_info) *uri_match_slot_info;
	__typeof__(p11_kit_uri_match_token_info) *uri_match_token_info;
	__typeof__(p11_kit_uri_get_slot_id) *uri_get_slot_id;
	__typeof__(p11_kit_uri_get_attribute) *uri_get_attribute;
	__typeof__(p11_kit_uri_get_token_info) *uri_get_token_info;
	__typeof__(p11_kit_uri_set_attribute) *uri_set_attribute;
	__typeof__(p11_kit_module_load) *module_load;
	__typeof__(p11_kit_module_initialize) *module_initialize;
	__typeof__(p11_kit_module_finalize) *module_finalize;
	__typeof__(p11_kit_module_release) *module_release;
	__typeof__(p11_kit_module_get_filename) *module_get_filename;
	__typeof__(p11_kit_module_get_name) *module_get_name;
	__typeof__(p11_kit_modules_load_and_initialize) *modules_load_and_initialize;
	__typeof__(p11_kit_modules_finalize_and_release) *modules_finalize_and_release;
	__typeof__(p11_kit_be_quiet) *be_quiet;
};

/* Return: 0, or -ENOPKG where p11-kit is not there.  Stays open. */
int pkcs11_kit_open(struct pkcs11_kit *out, struct reason *why);

#endif
