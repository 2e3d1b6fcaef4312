#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the kernel's X.509 and PKCS#7 code needs to be compiled for user space: prepare.sh SOURCE OUT
#
# SOURCE is the kernel with the series applied. OUT gets the decoders that the kernel's own ASN.1 compiler
# makes of its grammars, its table of object identifiers, its headers of formats, and for all other
# headers that the code includes an empty one: tests/oracle/kernel.h, which is included first, stands for them.
set -euo pipefail

source=$(realpath "$1")
out=$2
keys=crypto/asymmetric_keys
grammars=($keys/x509 $keys/x509_akid $keys/pkcs7 crypto/rsapubkey crypto/rsaprivkey)
# Taken as they are; all the rest is about a running kernel.
headers=(linux/asn1.h linux/asn1_decoder.h linux/asn1_ber_bytecode.h linux/oid_registry.h
	linux/verification.h crypto/public_key.h crypto/pkcs7.h crypto/internal/rsa.h
	keys/asymmetric-type.h keys/asymmetric-subtype.h keys/asymmetric-parser.h)
# Those of the C library, which the C library itself includes
libc='linux/(errno|limits|types|stddef|posix_types)\.h'

rm -rf "$out"
mkdir -p "$out"
out=$(realpath "$out")
for header in "${headers[@]}"; do
	install -D -m 644 "$source/include/$header" "$out/$header"
done
# The compiler wants one of these, which is the kernel's and needs nothing itself.
mkdir -p "$out/compiler/linux"
cp "$source/include/linux/asn1_ber_bytecode.h" "$source/include/linux/asn1.h" "$out/compiler/linux/"
gcc -O1 -w -I"$out/compiler" -o "$out/asn1_compiler" "$source/scripts/asn1_compiler.c"
for grammar in "${grammars[@]}"; do
	name=$(basename "$grammar").asn1
	"$out/asn1_compiler" "$source/$grammar.asn1" "$out/$name.c" "$out/$name.h" > /dev/null
done
abs_srctree=$source perl "$source/lib/build_OID_registry" "$source/include/linux/oid_registry.h" "$out/oid_registry_data.c"
# The one rule of crypto/rsa.c that a key must keep, of which the rest is arithmetic
{
	echo '#include "kernel.h"'
	echo 'int rsa_check_key_length(unsigned int len);'
	sed -n '/^static int rsa_check_key_length(/,/^}/p' "$source/crypto/rsa.c" | sed '1s/^static //'
} > "$out/rsa_key_length.c"
grep -q 'case 4096:' "$out/rsa_key_length.c" || { echo "prepare.sh: no rsa_check_key_length()" >&2; exit 1; }

# No file may be without its headers, or the C library's would be taken for the kernel's.
grep -hoE '^#include <[^>]+>' "$source"/$keys/*.[ch] "$source"/lib/{asn1_decoder,oid_registry}.c \
	"$source/crypto/rsa_helper.c" "${headers[@]/#/$source/include/}" "$out"/*.asn1.[ch] |
	sed 's/.*<\(.*\)>/\1/' | sort -u | grep -vxE "$libc" | while read -r header; do
	[ -e "$out/$header" ] && continue
	mkdir -p "$out/$(dirname "$header")"
	echo "/* kernel.h stands for it */" > "$out/$header"
done
