// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions by name and by address, from the symbol table of a payload.
 */
#include <linux/elf.h>
#include <string.h>

#include "symbols.h"
#include "view.h"

/* linux/elf.h has no name for the bits of st_info. */
#define SYMBOL_TYPE(info)	((info) & 0xf)

static int read_section(const struct caretaker_view *view, const Elf64_Ehdr *header,
			unsigned int i, Elf64_Shdr *out)
{
	return i < header->e_shnum && header->e_shoff <= view->size &&
	       view_read(view, header->e_shoff + (__u64)i * sizeof(*out), out, sizeof(*out)) &&
	       view_holds(view, out->sh_offset, out->sh_size);
}

void symbols_read(const struct payload *payload, struct symbols *out)
{
	const struct caretaker_view view = { payload->data, payload->size };
	Elf64_Shdr section, names;
	Elf64_Ehdr header;

	*out = (struct symbols){ .data = payload->data, .size = payload->size };
	if (!view_read(&view, 0, &header, sizeof(header)) ||
	    header.e_shentsize != sizeof(section))
		return;
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		if (!read_section(&view, &header, i, &section) || section.sh_type != SHT_SYMTAB)
			continue;
		if (section.sh_entsize != sizeof(Elf64_Sym) ||
		    !read_section(&view, &header, section.sh_link, &names) ||
		    names.sh_type != SHT_STRTAB)
			return;
		out->table = section.sh_offset;
		out->count = section.sh_size / sizeof(Elf64_Sym);
		out->names = names.sh_offset;
		out->names_size = names.sh_size;
		return;
	}
}

/* Names are printed; one that could not be is none. */
static int is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return 0;
	return length > 0;
}

/* Symbol @i, if it is a function with a size and a name that ends in time */
static int read_function(const struct symbols *symbols, __u64 i, struct function *out)
{
	const struct caretaker_view view = { symbols->data, symbols->size };
	const char *name;
	Elf64_Sym symbol;
	size_t length;

	if (!view_read(&view, symbols->table + i * sizeof(symbol), &symbol, sizeof(symbol)) ||
	    SYMBOL_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_size ||
	    symbol.st_size > ~symbol.st_value || symbol.st_name >= symbols->names_size)
		return 0;
	name = (const char *)symbols->data + symbols->names + symbol.st_name;
	length = strnlen(name, symbols->names_size - symbol.st_name);
	if (length >= sizeof(out->name) || length == symbols->names_size - symbol.st_name ||
	    !is_name(name, length))
		return 0;
	memcpy(out->name, name, length + 1);
	out->start = symbol.st_value;
	out->end = symbol.st_value + symbol.st_size;
	return 1;
}

int symbols_name_functions(const struct symbols *symbols)
{
	struct function function;

	for (__u64 i = 0; i < symbols->count; i++)
		if (read_function(symbols, i, &function))
			return 1;
	return 0;
}

int symbols_at(const struct symbols *symbols, __u64 address, struct function *out)
{
	for (__u64 i = 0; i < symbols->count; i++)
		if (read_function(symbols, i, out) && address >= out->start && address < out->end)
			return 1;
	return 0;
}

int symbols_named(const struct symbols *symbols, const char *name, struct function *out)
{
	struct function function;
	int found = 0;

	*out = (struct function){ 0 };
	for (__u64 i = 0; i < symbols->count; i++) {
		if (!read_function(symbols, i, &function) || strcmp(function.name, name))
			continue;
		*out = function;
		found++;
	}
	if (found > 1)
		*out = (struct function){ 0 };
	return found == 1;
}
