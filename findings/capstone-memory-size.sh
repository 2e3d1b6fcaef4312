#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Capstone 4.0.2 and 5.0.7, x86: how much memory COMISD, COMISS and REP STOSW touch, by the
# operand's size, its "ptr" and the mnemonic, is not what they touch.
#
# gcc makes `x > limit` with a double in memory a COMISD, which reads 8 bytes (with a float a
# COMISS, 4). Both releases say 16 for COMISD, though 8 for UCOMISD, which differs in nothing
# but what a quiet NaN does; 4 says 16 for COMISS and for both with a VEX prefix, 5 has
# mended these. And 4 takes words for doublewords where 66 stands before F3, which is
# how GNU as writes REP STOSW; with F3 before 66 it is right, and so is what has no F3. Who
# follows accesses by what the library says sees them beyond the end of an object.
#
# Seen with libcapstone4 4.0.2-5 (Debian 12) and libcapstone5 5.0.7-1~deb13u1 (Debian 13).
set -euo pipefail
version4=4.0.2-5 version5=5.0.7-1~deb13u1
#         what is touched, the name that the library gives, the size that it gives
expected4='8: comisd xmm0, xmmword ptr [rax]: 16
8: ucomisd xmm0, qword ptr [rax]: 8
8: vcomisd xmm0, xmmword ptr [rax]: 16
4: comiss xmm0, xmmword ptr [rax]: 16
4: ucomiss xmm0, dword ptr [rax]: 4
4: vcomiss xmm0, xmmword ptr [rax]: 16
2: stosw word ptr [rdi], ax: 2
2: rep stosd dword ptr [rdi], eax: 4
2: rep stosw word ptr [rdi], ax: 2'
expected5='8: comisd xmm0, xmmword ptr [rax]: 16
8: ucomisd xmm0, qword ptr [rax]: 8
8: vcomisd xmm0, qword ptr [rax]: 8
4: comiss xmm0, dword ptr [rax]: 4
4: ucomiss xmm0, dword ptr [rax]: 4
4: vcomiss xmm0, dword ptr [rax]: 4
2: stosw word ptr [rdi], ax: 2
2: rep stosw word ptr [rdi], ax: 2
2: rep stosw word ptr [rdi], ax: 2'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# fetch SUITE PACKAGE=VERSION...: to ./SUITE, from the archive that apt knows, with lists of its own
fetch() {
	local suite=$1 deb options
	shift
	mkdir -p "$suite/lists/partial" "$suite/cache/archives/partial"
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(SIGNED_BY)' \
		'Created-By: Packages' "Codename: $(. /etc/os-release; echo "$VERSION_CODENAME")" |
		awk -v suite="$suite" '$2 == "main" {
			print "deb " ($3 ~ /^\// ? "[signed-by=" $3 "] " : "") $1, suite, "main"; exit }' >"$suite/list"
	options=(-qq -o "Dir::Etc::sourcelist=$work/$suite/list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::Lists=$work/$suite/lists" -o "Dir::Cache=$work/$suite/cache"
		-o Acquire::Languages=none -o APT::Sandbox::User=)
	apt-get "${options[@]}" update
	(cd "$suite" && apt-get "${options[@]}" download "$@")
	for deb in "$suite"/*.deb; do
		dpkg -x "$deb" "$suite"
	done
}

cat >sizes.c <<'END'
#include <capstone/capstone.h>
#include <stdio.h>

static const struct {
	int touched;
	const char *code;
} cases[] = {
	{ 8, "\x66\x0f\x2f\x00" }, { 8, "\x66\x0f\x2e\x00" }, { 8, "\xc5\xf9\x2f\x00" },
	{ 4, "\x0f\x2f\x00\x90" }, { 4, "\x0f\x2e\x00\x90" }, { 4, "\xc5\xf8\x2f\x00" },
	{ 2, "\x66\xab\x90\x90" }, { 2, "\x66\xf3\xab\x90" }, { 2, "\xf3\x66\xab\x90" },
};

int main(void)
{
	csh handle;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) || cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON))
		return 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const cs_x86 *x86;
		cs_insn *insn;

		if (!cs_disasm(handle, (const uint8_t *)cases[i].code, 4, 0, 1, &insn))
			return 2;
		x86 = &insn->detail->x86;
		for (int at = 0; at < x86->op_count; at++)
			if (x86->operands[at].type == X86_OP_MEM)
				printf("%d: %s %s: %d\n", cases[i].touched, insn->mnemonic,
				       insn->op_str, x86->operands[at].size);
		cs_free(insn, 1);
	}
	return cs_close(&handle);
}
END

# see SUITE: what the library there says
see() {
	local lib
	lib=$(find "$work/$1" -name 'libcapstone.so.[0-9]*' | head -n 1)
	cc -Wall -I"$1/usr/include" -o "sizes-$1" sizes.c "$lib" -Wl,-rpath,"${lib%/*}"
	"./sizes-$1"
}

fetch bookworm "libcapstone4=$version4" "libcapstone-dev=$version4"
fetch trixie "libcapstone5=$version5" "libcapstone-dev=$version5"
seen4=$(see bookworm)
seen5=$(see trixie)
echo "libcapstone4 $version4:"
echo "$seen4"
echo "libcapstone5 $version5:"
echo "$seen5"
if [ "$seen4" != "$expected4" ] || [ "$seen5" != "$expected5" ]; then
	echo "not as it was: expected"
	echo "$expected4"
	echo "and"
	echo "$expected5"
	exit 1
fi
