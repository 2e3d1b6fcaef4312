#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Costs, as ratios measured side by side: bench.sh [without | EXIT...]
#
# The lab VM counts instructions (-icount), and Bochs always does, so these figures are
# repeatable and say nothing about cycles. What checks evidence and what signs is timed on this machine,
# beside its peers in turn. Prints a table and writes build/bench.json. With names of exits
# (tests/bench/exits.c) it measures those alone, and writes nothing; so it does with `without`,
# which is what a guest without a caretaker pays for the series.
set -euo pipefail
. "$(dirname "$0")/../vm/lab.sh"
HERE=$ROOT/tests/vm
bench=$ROOT/tests/bench

ended_badly() {
	cat "${2:-$share}/output"
	die "$1: the measurement did not end well"
}

make -s -C "$HERE" O="$PROGRAMS"
share=$(mktemp -d "$LAB/bench-XXXXXX")
trap 'rm -rf "$share"' EXIT
measure_load() {
	local module

	module=$(find "$BUILD/modules" -name irqbypass.ko)
	[ -n "$module" ] || die "no irqbypass.ko in $BUILD/modules (make kernel)"
	python3 "$bench/load_files.py" "$BUILD/payload/caretaker.elf" "$module" \
		"$KERNEL_BUILD/certs/signing_key.pem" "$share/files"
	"$HERE/boot.sh" --quiet --icount --timeout 900 --share "$share" --run "$LAB/bench" \
		--append "lab.nokvm" -- "sh /lab/bench-load.sh" || ended_badly load
	cp "$share/output" "$share/load"
}
[ $# -gt 0 ] || measure_load

# without NAME TURN COMMAND...: no caretaker, and none was ever there, on the kernel with the
# series and on its base. Both are those with more options (wide.config): they have JUMP_LABEL.
without() {
	local name=$1 turn=$2 variant

	shift 2
	for variant in wide stock; do
		mkdir -p "$share/$variant"
		KERNEL=$BUILD/kernel-$variant/arch/x86/boot/bzImage MODULES=$BUILD/modules-$variant "$@" \
			--quiet --timeout 900 --share "$share/$variant" --run "$LAB/bench-$name-$variant" -- \
			"sh /lab/bench-exits.sh 2000 $turn cpuid-local port-routed msr-routed hlt-routed" ||
			ended_badly "$name, $variant" "$share/$variant"
		cp "$share/$variant/output" "$share/$name-$variant"
	done
}

all_without() {
	local variant

	for variant in wide stock; do
		[ -e "$BUILD/kernel-$variant/.built" ] || die "no build/kernel-$variant (make kernel-$variant)"
	done
	"$ROOT/tests/packages.sh" install bochs
	without qemu-svm 1 "$HERE/boot.sh" --icount
	without bochs-svm 10 "$HERE/bochs.sh" --cpu amd --only exits
	without bochs-vmx 10 "$HERE/bochs.sh" --cpu intel --only exits
}

if [ "$*" = without ]; then
	all_without
	python3 "$bench/report.py" "" "" "" "$share"/{qemu-svm,bochs-svm,bochs-vmx}-wide
	exit
fi

# Exits, in QEMU's SVM, which gives no length of an instruction, and in Bochs
"$HERE/keys.sh"
"$BUILD/caretaker" sign --key "$KEYS/release.key" --cert "$KEYS/release.pem" \
	"$BUILD/payload/caretaker.elf" "$share/good"
what=$*
# exits NAME TURN COMMAND...
exits() {
	local name=$1 turn=$2

	shift 2
	"$@" --quiet --timeout 900 --share "$share" --run "$LAB/bench-$name" \
		--append caretaker=nonglobal -- "sh /lab/bench-exits.sh 2000 $turn $what" || ended_badly "$name"
	cp "$share/output" "$share/$name"
}
# A second of QEMU has a hundred times as many instructions as one of Bochs
exits qemu-svm 1 "$HERE/boot.sh" --icount
"$ROOT/tests/packages.sh" install bochs
exits bochs-svm 10 "$HERE/bochs.sh" --cpu amd --take good --only exits
exits bochs-vmx 10 "$HERE/bochs.sh" --cpu intel --take good --only exits
if [ $# -gt 0 ]; then
	python3 "$bench/report.py" "" "" "" "$share"/{qemu-svm,bochs-svm,bochs-vmx}
	exit
fi

all_without

# Evidence, on this machine: what is timed has it for itself
"$ROOT/tests/packages.sh" install vectors bench
cc -O2 -o "$share/bare_hash" "$bench/bare_hash.c" -lcrypto
"$ROOT/tests/vectors/make_quote.sh" "$share/quotes" > /dev/null
python3 "$bench/evidence.py" "$BUILD/caretaker" "$share/bare_hash" "$share" "$share/evidence.json"

# Signing, on this machine too
cc -O2 -o "$share/bare_sign" "$bench/bare_sign.c" -lcrypto
mkdir "$share/signing"
python3 "$bench/signing.py" "$BUILD/caretaker" "$KERNEL_BUILD/scripts/sign-file" "$share/bare_sign" \
	"$BUILD/payload/caretaker.elf" "$share/signing" "$share/signing.json"
python3 "$bench/report.py" "$BUILD/bench.json" "$share/evidence.json,$share/signing.json" \
	"$share"/{load,qemu-svm,bochs-svm,bochs-vmx} "$share"/{qemu-svm,bochs-svm,bochs-vmx}-wide
