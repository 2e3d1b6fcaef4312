#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# KVM's own selftests as judge: the same outcome under a caretaker as without.
#
#   judge.sh [--debug] [--tests REGEX] [isolated] [shared] [updated] [stock] [vmx] [vmx-shared] [vmx-updated] [vmx-stock]
#
# "Without" is our kernel with no caretaker installed, or the one without our series. Each test of the kernel tree runs
# twice in the same boot of the wide kernel, the second time with under_caretaker.so
# before it. An outcome is pass, skip with its reason, fail with its place, or that time
# ran out. A test is passed if both are the same, or if three more runs without a caretaker
# show that it has that outcome by itself ("unsteady"), if at least one of its vCPUs ran
# under a caretaker or judge.allowed says why none can, and if the kernel had nothing to say.
#
# stock: without on the kernel that has not got the series (make kernel-stock), with as it
# was in `isolated`, which has to be run before.
#
# The first four run in QEMU, on AMD. The others are the same on Intel, in Bochs, where
# the CPU does less in a second of its own: three times the time limit. A test that stops the
# machine without a caretaker is not judged.
#
# --debug: on the kernel with KASAN, lockdep and kmemleak, which is slower: four times the
# time limit. That one has no Xen and no Hyper-V.
#
# build/judge/MODE.list (--debug: build/judge-debug) holds both lists. Ends with `N passed, N failed`.
set -euo pipefail
variant=wide
[ "${1:-}" != --debug ] || { variant=debug; shift; }
KERNEL_BUILD=${KERNEL_BUILD:-${BUILD:-build}/kernel-$variant}
MODULES=${MODULES:-${BUILD:-build}/modules-$variant}
KERNEL_BUILD=$(realpath "$KERNEL_BUILD") MODULES=$(realpath "$MODULES")
export KERNEL_BUILD MODULES
. "$(dirname "$0")/lab.sh"

# What kselftest gives a test of KVM (its settings file)
LIMIT=${JUDGE_LIMIT:-120}
SELFTESTS=$BUILD/selftests
OUT=$BUILD/judge
[ $variant = wide ] || OUT=$BUILD/judge-$variant LIMIT=$((LIMIT * 4))
bad='WARNING:|BUG:|Oops|general protection|unable to handle|Call Trace|UBSAN:|detected stall|soft lockup|hung task'
bad+='|blocked for more than|the VM is ended'

tests=.
modes=()
while [ $# -gt 0 ]; do
	case $1 in
	--tests) tests=$2; shift ;;
	isolated|shared|updated|stock|vmx|vmx-shared|vmx-updated|vmx-stock) modes+=("$1") ;;
	*) sed -n 's/^#   //p' "$0" | head -n 1; exit 2 ;;
	esac
	shift
done
[ ${#modes[@]} -gt 0 ] || modes=(isolated shared updated stock)
[ $variant = wide ] || [[ " ${modes[*]}" != *stock* ]] || { echo "judge.sh: stock has no --debug" >&2; exit 2; }

prepare() {
	local name

	"$HERE/keys.sh"
	make -s -C "$HERE" O="$PROGRAMS" all "$PROGRAMS/obj/under_caretaker.so"
	rm -rf "$share"
	mkdir -p "$share/judge/x86" "$share/judge/lib" "$share/judge/results" "$share/payloads"
	"$BUILD/caretaker" sign --key "$KEYS/release.key" --cert "$KEYS/release.pem" \
		"$BUILD/payload/caretaker.elf" "$share/payloads/good"
	cp "$PROGRAMS/obj/under_caretaker.so" "$share/judge/"
	# pthread_cancel() loads the first by name
	cp "$(gcc -print-file-name=libgcc_s.so.1)" \
		"$(ldd "$SELFTESTS/x86/cpuid_test" | awk '/libuuid/ { print $3 }')" "$share/judge/lib/"
	# The series' own test installs caretakers itself
	grep -vx x86/caretaker_test "$SELFTESTS/tests" | grep -E "$tests" >"$share/judge/tests"
	while read -r name; do
		cp "$SELFTESTS/$name" "$share/judge/$name"
	done <"$share/judge/tests"
}

# take_outcomes MODE: under a caretaker, as they were in that mode
take_outcomes() {
	local name from=$OUT/share-$1/judge/results

	mkdir -p "$results/x86"
	while read -r name; do
		[ -s "$from/$name.with" ] || die "$name has not run in $1"
		# Where it was not run for lack of anything to compare there is nothing beside it
		find "$(dirname "$from/$name")" -path "$from/$name.with*" ! -name '*.without*' \
			-exec cp {} "$results/$(dirname "$name")/" \;
	done <"$share/judge/tests"
}

# boot_mode MODE COMMAND-LINE: one boot, which goes on with the list
boot_mode() {
	local options=(--quiet --timeout "${VM_TIMEOUT:-7200}" --share "$share" --run "$LAB/${OUT##*/}-$1" --append "$2")
	local status=0 running

	if [[ $1 = *stock ]]; then
		local -x KERNEL_BUILD=$BUILD/kernel-stock MODULES=$BUILD/modules-stock
	fi
	if [[ $1 != vmx* ]]; then
		"$HERE/boot.sh" "${options[@]}" --memory 3072 -- "sh /lab/judge.sh $1 $LIMIT" || return
		return 0
	fi
	strip "$share"/judge/x86/* 2>/dev/null || true
	# keyctl, for the C library that comes with it
	"$HERE/bochs.sh" "${options[@]}" --memory 1536 --stall $((LIMIT * 2)) --cpu intel --only keyctl --take judge --take payloads -- \
		"sh /lab/judge.sh $1 $((LIMIT * 3))" || status=$?
	# There is no share to write to: what came of a test it prints
	sed -n '/^judge: begin$/,/^judge: end$/p' "$share/output" | awk -v to="$share/judge/results" '
		/^judge: begin/ { text = ""; next }
		/^judge: end/	{ command = "base64 -d | tar -C " to " -xzf -"; print text | command; close(command); next }
				{ text = text $0 "\n" }'
	running=$(cat "$share/judge/results/running" 2>/dev/null || true)
	[ -z "$running" ] || [ ! -e "$share${running#/share}" ] || rm "$share/judge/results/running"
	return $status
}

# run_mode MODE: boots until the list is done; each boot that ends early must have done more
run_mode() {
	local append=kvm.lapic_timer_advance=0 status before=none now boots=0

	[[ $1 = *shared ]] || append+=" caretaker=nonglobal"
	while :; do
		status=0
		boot_mode "$1" "$append" 2>"$LAB/${OUT##*/}-$1.log" || status=$?
		boots=$((boots + 1))
		cp "$LAB/${OUT##*/}-$1/serial.log" "$OUT/$1.serial.$boots"
		case $status in
		0)	return ;;
		124|126) echo kernel >"$share/judge/results/ended" ;;
		125)	echo emulator >"$share/judge/results/ended" ;;
		*)	cat "$LAB/${OUT##*/}-$1.log" >&2; die "the list ended with status $status" ;;
		esac
		now=$(find "$share/judge/results" -type f | wc -l):$(cat "$share/judge/results/running")
		[ "$now" != "$before" ] || die "no test in two boots, see $LAB/${OUT##*/}-$1.log"
		before=$now
	done
}

# unsteady NAME: without a caretaker it had the outcome with one in another run
unsteady() {
	[ -s "$results/$1.with" ] &&
		cat "$results/$1".without-again-[0-9] 2>/dev/null | grep -Fxqf "$results/$1.with"
}

# verdict NAME: empty, or why it is no pass
verdict() {
	local vcpus=$results/$1.with.vcpus

	if [ ! -s "$results/$1.without" ] || [ ! -s "$results/$1.with" ]; then
		echo "it did not run"
	elif ! grep -qx loaded "$vcpus" 2>/dev/null; then
		echo "the shim was not loaded"
	elif grep -q ' update refused ' "$vcpus"; then
		echo "$(grep -m 1 ' update refused ' "$vcpus")"
	elif grep -aqE "$bad" "$results/$1.with.dmesg"; then
		echo "the kernel said: $(grep -aEm 1 "$bad" "$results/$1.with.dmesg")"
	elif ! cmp -s "$results/$1.without" "$results/$1.with" && ! unsteady "$1"; then
		echo "\"$(came_out "$1" with)\" under a caretaker, \"$(came_out "$1" without)\" without"
	elif ! grep -q ' runs$' "$vcpus" && ! grep -q "^skip" "$results/$1.without" &&
	     ! grep -q "^$1[[:space:]]" "$HERE/judge.allowed"; then
		echo "no vCPU of it ran under a caretaker: $(grep -m 1 refused "$vcpus" || echo "none was made")"
	fi
}

# came_out NAME VARIANT
came_out() {
	cat "$results/$1.$2" 2>/dev/null || echo "not run"
}

# vcpus NAME: how many ran, were installed, were refused and why
vcpus() {
	local log=$results/$1.with.vcpus

	[ -e "$log" ] || { echo "-"; return; }
	printf '%s run, %s installed' "$(grep -c ' runs$' "$log")" "$(grep -c ' installed$' "$log")"
	sed -n 's/.* refused //p' "$log" | sort | uniq -c | while read -r count error; do
		printf ', %s refused (%s)' "$count" "$error"
	done
}

report_mode() {
	local name why

	while read -r name; do
		why=$(verdict "$name")
		if [ "$(came_out "$name" without)" = "the kernel stopped" ]; then
			echo "# not judged: judge/$1/$name, without a caretaker the machine stops"
		elif [ -z "$why" ]; then
			echo "ok judge/$1/$name"
			passed=$((passed + 1))
		else
			echo "not ok judge/$1/$name: $why"
			failed=$((failed + 1))
		fi
		[ ! -e "$results/$name.with.ended" ] || echo "    it was run again: $(<"$results/$name.with.ended")"
		[ ! -e "$results/$name.without.ended" ] ||
			echo "    without a caretaker it was run again: $(<"$results/$name.without.ended")"
		printf '%s\t%s\t%s\t%s\n' "$name" "$(came_out "$name" without)" "$(came_out "$name" with)" \
			"$(vcpus "$name")" >&3
	done <"$share/judge/tests" 3>"$OUT/$1.list"
}

# lists MODE: both, side by side in numbers and then by name
lists() {
	local column heading

	for column in 2 3; do
		heading="without a caretaker"
		[[ $1 != *stock ]] || heading="without the series"
		[ $column = 2 ] || heading="under a caretaker, $1"
		for outcome in pass skip fail time the; do
			printf '# %s, %s: %s\n' "$heading" "$outcome" \
				"$(awk -F '\t' -v c=$column -v o="^$outcome" '$c ~ o { n++; s = s " " $1 } END { print n + 0 ":" s }' \
					"$OUT/$1.list")"
		done
	done
	echo "# not under a caretaker:" "$(awk -F '\t' '$4 !~ /^[1-9]/ { print $1 }' "$OUT/$1.list" | tr '\n' ' ')"
	echo "# differ:" "$(awk -F '\t' '$2 != $3 { print $1 }' "$OUT/$1.list" | tr '\n' ' ')"
}

passed=0 failed=0
mkdir -p "$OUT"
[ -s "$SELFTESTS/tests" ] || die "no selftests in $SELFTESTS (make kernel-selftests)"
for mode in "${modes[@]}"; do
	share=$OUT/share-$mode results=$OUT/share-$mode/judge/results
	prepare
	case $mode in
	stock)		take_outcomes isolated ;;
	vmx-stock)	take_outcomes vmx ;;
	esac
	run_mode "$mode"
	report_mode "$mode"
	lists "$mode"
	if [ "$(cat "$results/lapic_timer_advance")" = N ]; then
		echo "ok judge/$mode/timer-advance-off"
		passed=$((passed + 1))
	else
		echo "not ok judge/$mode/timer-advance-off: the kernel took no notice of it"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
