// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names and texts of rules, whatever number is asked for: a string each time.
 * Every rule that the parser can break has both, and an error.
 */
#include "elf.c"

#include <__fc_builtin.h>

int main(void)
{
	unsigned int rule = Frama_C_unsigned_int_interval(0, 0xffffffff);
	const char *name = caretaker_rule_name(rule), *text = caretaker_rule_text(rule);

	/*@ assert valid_read_string(name); */
	/*@ assert valid_read_string(text); */
	/*@ loop unroll 128; */
	for (rule = 0; rule < CARETAKER_RULE_LOADER; rule++) {
		name = caretaker_rule_name(rule);
		text = caretaker_rule_text(rule);
		/*@ assert valid_read_string(name); */
		/*@ assert valid_read_string(text); */
		/*@ assert -4095 <= rules[rule].error <= 0; */
	}
	Frama_C_show_each_end_names();
	return 0;
}
