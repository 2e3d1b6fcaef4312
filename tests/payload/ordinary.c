// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ordinary C, of which a compiler makes nothing that the lint minds: tests/payload_checks.sh
 * links it into the example of the SDK.  No function is static, so that each is there as it is.
 */
typedef unsigned int u32;
typedef unsigned long u64;

#define APART __attribute__((noinline))

struct record {
	u64 word[40];
};

struct pair {
	u64 low, high;
};

/* --- arithmetic ----------------------------------------------------------------- */

APART u64 quotient(u64 a, u64 b)
{
	return b ? a / b : 0;
}

APART long remainder_of(long a, int b)
{
	return b > 0 ? a % b : a / 10;
}

APART struct pair product(u64 a, u64 b)
{
	unsigned __int128 all = (unsigned __int128)a * b;

	return (struct pair){ .low = (u64)all, .high = (u64)(all >> 64) };
}

APART int sum_fits(int a, int b, int *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

APART struct pair sum_of_pairs(struct pair a, struct pair b)
{
	struct pair sum = { .low = a.low + b.low, .high = a.high + b.high };

	sum.high += sum.low < a.low;
	return sum;
}

APART u64 rotated(u64 a, u32 by)
{
	return a << (by & 63) | a >> (-by & 63);
}

APART u64 across(u64 high, u64 low, u32 by)
{
	return (u64)((((unsigned __int128)high << 64) | low) >> (by & 63));
}

/* --- bits ------------------------------------------------------------------------ */

APART u64 with_bit(u64 a, u32 bit)
{
	return a | 1UL << (bit & 63);
}

APART u64 without_bit(u64 a, u32 bit)
{
	return a & ~(1UL << (bit & 63));
}

APART u64 with_other_bit(u64 a, u32 bit)
{
	return a ^ 1UL << (bit & 63);
}

APART int has_bit(const u64 *map, u32 bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

APART int first_bit(u64 a)
{
	return a ? __builtin_ctzl(a) : -1;
}

APART int last_bit(u32 a)
{
	return a ? 31 - __builtin_clz(a) : -1;
}

APART int is_odd(u64 a)
{
	return __builtin_parityl(a);
}

APART u64 other_endian(u64 a, unsigned short b)
{
	return __builtin_bswap64(a) + __builtin_bswap16(b);
}

/* --- memory ---------------------------------------------------------------------- */

/* What a compiler calls to copy structs, if it does not do it in place */
void *memcpy(void *to, const void *from, u64 size)
{
	void *begin = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return begin;
}

void *memset(void *to, int value, u64 size)
{
	void *begin = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
	return begin;
}

APART void copy_record(struct record *to, const struct record *from)
{
	*to = *from;
}

APART void clear_record(struct record *record)
{
	*record = (struct record){ 0 };
}

APART u64 by_value(struct record record, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	record.word[3] += g;
	return record.word[3] + a + b + c + d + e + f;
}

APART u64 gives_by_value(const struct record *record)
{
	return by_value(*record, 1, 2, 3, 4, 5, 6, 7) + record->word[0];
}

APART u64 local_array(const u64 *from, u32 count)
{
	u64 seen[16] = { 0 }, sum = 0;

	for (u32 i = 0; i < count; i++)
		seen[from[i] % 16]++;
	for (u32 i = 0; i < 16; i++)
		sum = sum * 3 + seen[i];
	return sum;
}

APART u64 length(const char *text)
{
	u64 size = 0;

	while (text[size])
		size++;
	return size;
}

APART int differs(const unsigned char *a, const unsigned char *b, u64 size)
{
	while (size--)
		if (*a++ != *b++)
			return a[-1] - b[-1];
	return 0;
}

/* --- what others see --------------------------------------------------------------- */

APART u64 take_number(u64 *next)
{
	return __atomic_fetch_add(next, 1, __ATOMIC_SEQ_CST);
}

APART int take_lock(u32 *lock)
{
	u32 free = 0;

	while (!__atomic_compare_exchange_n(lock, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (free > 1)
			return 0;
		free = 0;
		__builtin_ia32_pause();
	}
	return 1;
}

APART u32 exchange(u32 *place, u32 value)
{
	return __atomic_exchange_n(place, value, __ATOMIC_SEQ_CST);
}

APART int set_shared_bit(u64 *map, u32 bit)
{
	return __atomic_fetch_or(map, 1UL << (bit & 63), __ATOMIC_SEQ_CST) >> (bit & 63) & 1;
}

APART void fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

APART void wait_for(const volatile u32 *flag)
{
	while (!*flag)
		__builtin_ia32_pause();
}

/* --- ways ------------------------------------------------------------------------------ */

APART int smaller(int a, int b)
{
	return a < b ? a : b;
}

APART int chosen(u32 which, int a, int b)
{
	switch (which) {
	case 0:
		return a;
	case 1:
		return b;
	case 2:
		return a + b;
	case 3:
		return a - b;
	case 7:
		return a * b;
	case 9:
		return a ^ b;
	}
	return 0;
}

APART __attribute__((noreturn)) void stop(void)
{
	__builtin_trap();
}

APART u64 checked(const u64 *from, u32 at, u32 size)
{
	if (at >= size)
		stop();
	return from[at] + length((const char *)from) + quotient(from[0], at);
}
