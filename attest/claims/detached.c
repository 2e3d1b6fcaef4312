// SPDX-License-Identifier: GPL-2.0-only
/* Which vCPUs are detached; see detached.h. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "claims/detached.h"

static int same_vm(const void *a, const void *b)
{
	const struct claims_detached *x = a, *y = b;

	return x->vm < y->vm ? -1 : x->vm > y->vm;
}

static int same_vcpu(const void *a, const void *b)
{
	const struct claims_detached *x = a, *y = b;
	int order = same_vm(a, b);

	return order ? order : x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static struct claims_detached *find(const struct claims_detached_set *s, uint64_t vm, uint32_t vcpu,
				    int (*same)(const void *a, const void *b))
{
	struct claims_detached key = { .vm = vm, .vcpu = vcpu };
	struct claims_detached *const *node = tfind(&key, &s->tree, same);

	return node ? *node : NULL;
}

static void drop(struct claims_detached_set *s, struct claims_detached *d)
{
	if (!d)
		return;
	tdelete(d, &s->tree, same_vcpu);
	s->count--;
	free(d);
}

int claims_detached_add(struct claims_detached_set *s, uint64_t vm, uint32_t vcpu, unsigned int number)
{
	struct claims_detached *d = find(s, vm, vcpu, same_vcpu);

	if (d) {
		d->number = number;
		return 0;
	}
	if (s->count >= CLAIMS_DETACHED_MAX)
		return -E2BIG;
	d = malloc(sizeof(*d));
	if (!d)
		return -ENOMEM;
	*d = (struct claims_detached){ .vm = vm, .vcpu = vcpu, .number = number };
	if (!tsearch(d, &s->tree, same_vcpu)) {
		free(d);
		return -ENOMEM;
	}
	s->count++;
	return 0;
}

void claims_detached_drop(struct claims_detached_set *s, uint64_t vm, uint32_t vcpu)
{
	drop(s, find(s, vm, vcpu, same_vcpu));
}

void claims_detached_drop_vm(struct claims_detached_set *s, uint64_t vm)
{
	struct claims_detached *d;

	while ((d = find(s, vm, 0, same_vm)))
		drop(s, d);
}

/* --- The list ------------------------------------------------------------------------ */

static void take(const void *node, VISIT visit, void *closure)
{
	struct claims_detached **next = closure;

	if (visit == postorder || visit == leaf)
		*(*next)++ = **(struct claims_detached *const *)node;
}

int claims_detached_list(struct claims_detached_set *s)
{
	struct claims_detached *next;

	free(s->list);
	s->list = next = calloc(s->count + 1, sizeof(*s->list));
	if (!s->list)
		return -ENOMEM;
	twalk_r(s->tree, take, &next);
	return 0;
}

const struct claims_detached *claims_detached_of(const struct claims_detached_set *s, uint64_t vm,
						 size_t *count)
{
	const struct claims_detached key = { .vm = vm };
	const struct claims_detached *first, *end;

	*count = 0;
	if (!s->list)
		return NULL;
	first = bsearch(&key, s->list, s->count, sizeof(*s->list), same_vm);
	if (!first)
		return NULL;
	for (end = first + 1; end < s->list + s->count && end->vm == vm; end++)
		;
	while (first > s->list && first[-1].vm == vm)
		first--;
	*count = (size_t)(end - first);
	return first;
}

void claims_detached_free(struct claims_detached_set *s)
{
	tdestroy(s->tree, free);
	free(s->list);
	*s = (struct claims_detached_set){ 0 };
}
