// SPDX-License-Identifier: GPL-2.0-only
/* Reads what CONFIG_PTDUMP_DEBUGFS prints; see places.h. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/caretaker_payload.h>

#include "places.h"

#define TABLES	"/sys/kernel/debug/page_tables/kernel"
#define UPPER	(1ULL << 63)

struct range {
	uint64_t begin, end;
};

struct region {
	char name[32];
	struct range *range;
	size_t count;
};

/* "---[ Low Kernel Mapping ]---" */
static bool is_heading(const char *line, char name[32])
{
	if (sscanf(line, "---[ %31[^]]", name) != 1)
		return false;
	if (*name)
		name[strlen(name) - 1] = '\0';	/* the blank */
	return true;
}

/* "0xffff888000000000-0xffff888000001000           4K     RW   NX pte", or no rights */
static void add_range(struct region *region, const char *line)
{
	unsigned long long begin, end;

	if (sscanf(line, "0x%llx-0x%llx", &begin, &end) != 2 || begin < UPPER)
		return;
	if (!strstr(line, " RW ") && !strstr(line, " ro "))
		return;
	if (begin < CARETAKER_WINDOW + CARETAKER_WINDOW_SIZE && end > CARETAKER_WINDOW)
		return;
	region->range = reallocarray(region->range, region->count + 1, sizeof(*region->range));
	if (!region->range)
		abort();
	region->range[region->count++] = (struct range){ begin, end };
}

static size_t take(const struct region *region, struct place *place, size_t most,
		   unsigned int each)
{
	const struct range *range;
	size_t i, n = 0;

	for (i = 0; i < each && i < region->count && n < most; i++, n++) {
		range = &region->range[each > 1 ? i * (region->count - 1) / (each - 1) : 0];
		strcpy(place[n].region, region->name);
		/* The last page of all but the first range */
		place[n].address = i ? range->end - CARETAKER_PAGE : range->begin;
	}
	return n;
}

size_t places_read(struct place *place, size_t most, unsigned int each)
{
	struct region region = { 0 };
	FILE *file = fopen(TABLES, "re");
	char line[256], next[32];
	size_t n = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (is_heading(line, next)) {
			n += take(&region, place + n, most - n, each);
			strcpy(region.name, next);
			region.count = 0;
		} else {
			add_range(&region, line);
		}
	}
	n += take(&region, place + n, most - n, each);
	free(region.range);
	if (file)
		fclose(file);
	return n;
}
