#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the chain on a real kernel, in QEMU or Bochs: one boot a group of tests.
#
#   run.sh check|check-long|check-wide|check-debug|check-kcsan [GROUP...]
#
# check-long runs the whole trust matrix (trust_matrix.py), of which check runs a cover,
# more updates and random programs, and what needs Bochs;
# check-wide boots the kernel with more options (make kernel-wide), check-debug and check-kcsan
# those that look for our mistakes (make kernel-debug, kernel-kcsan).
# Prints `ok GROUP/NAME` and `not ok GROUP/NAME: reason`, what each group cost, and ends with
# `N passed, N failed`.  Exit status 1 if something failed.
#
# VM_JOBS groups run at a time (2): the emulators have little to do for a second CPU. Each has
# a share of its own, and what it says comes when it ends. With SLOTS=FOLDER a group also waits
# until one of the locks in that folder is free (tests/check.sh).
# VM_SAMPLE=N takes one of N boots of the trust matrix, of unified kernel images, of the variants
# of some other groups, and of those that cost most, at least one of each (tests/sample.sh).
# RESUME=1 leaves out what passed on the files as they are (tests/stamp.sh), and counts it.
set -euo pipefail
. "$(dirname "$0")/lab.sh"
. "$ROOT/tests/cost.sh"
. "$ROOT/tests/slots.sh"
. "$ROOT/tests/sample.sh"

# group: script in inside/, options of boot.sh, kernel command line
groups=(
	"run      run.sh          - caretaker=nonglobal"
	"update   update.sh       - caretaker=nonglobal"
	"prepare  prepare.sh      - caretaker=nonglobal"
	"adopt    adopt.sh        - caretaker=nonglobal"
	"differ   differ.sh       - caretaker=nonglobal"
	"nmi      nmi.sh          - caretaker=nonglobal"
	"nmi-monitor nmi.sh       --nmi caretaker=nonglobal apic_extnmi=all"
	"moves    moves.sh        - caretaker=nonglobal"
	"probe    probe.sh        - caretaker=nonglobal earlycon=uart8250,mmio32,0xfed000f4"
	"probe-la57 probe.sh      --la57 caretaker=nonglobal"
	"refuse   refuse.sh       - -"
	"guide-rotation guide.sh - caretaker=nonglobal,enforce"
	"guide-revocation guide.sh - caretaker=nonglobal,enforce"
	"guide-enrolment guide.sh --secure-boot caretaker=nonglobal"
	"guide-mok guide.sh       - caretaker=nonglobal"
	"format   format.sh       - -"
	"allowed-none allowed.sh  --not-allowed caretaker=nonglobal"
	"allowed-isolated allowed.sh --not-allowed caretaker=isolated"
	"sdk      sdk.sh          - caretaker=nonglobal"
	"lockdown lockdown.sh     - caretaker=nonglobal lockdown=integrity"
	"builtin  builtin.sh      - caretaker=nonglobal,enforce,builtin"
	"secure-owner secure-owner.sh --secure-boot caretaker=nonglobal,nomachine"
	"secure-stays secure-stays.sh --mok-stays caretaker=nonglobal"
	"secure   secure-boot.sh  --secure-boot,--tpm caretaker=nonglobal lockdown=integrity"
	"pti      pti.sh          - pti=on caretaker=nonglobal"
	"pti-alone global.sh      - pti=on"
	"global   global.sh       - pti=off nokaslr"
	"files    files.sh        - caretaker=nonglobal,enforce"
	"records  records.sh     - caretaker=enforce nonglobal"
	"flood    flood.sh        --as,flood caretaker=nonglobal,enforce lockdown=integrity"
	"late     late.sh         - caretaker=nonglobal"
	"late-lockdown late.sh   - caretaker=nonglobal"
	"machine  machine.sh     - caretaker=nonglobal,enforce"
	"machine-no machine.sh   - caretaker=nonglobal,enforce,nomachine"
	"tpm-pcr  tpm-pcr.sh      --tpm caretaker=nonglobal"
	"tpm-pcr-12 tpm-pcr.sh    --tpm12 caretaker=nonglobal"
	"tpm-dies tpm-dies.sh    --tpm caretaker=nonglobal,enforce"
	"kunit    kunit.sh        - lab.nokvm nonglobal"
	"selftest selftest.sh     - nonglobal"
	"kexec    kexec.sh        --share-boot kho=on"
	"reboot   reboot.sh       --share-boot kho=on caretaker=nonglobal"
	"kexec-off kexec.sh       --share-boot -"
	"kexec-secure kexec.sh    --share-boot,--secure-boot,--tpm,--smp,2 kho=on caretaker=nonglobal"
	"kexec-noruntime kexec.sh --share-boot,--secure-boot kho=on efi=noruntime"
	"kexec-secure-off kexec.sh --share-boot,--secure-boot -"
	"kexec-version kexec.sh   --share-boot kho=on"
	"cores    cores.sh        --smp,4,--share-boot caretaker=nonglobal"
	"detach   detach.sh       --smp,3 caretaker=nonglobal"
	"gap      gap.sh          --smp,4 caretaker=nonglobal"
	"gap-endless gap.sh       --smp,3 caretaker=nonglobal"
	"gap-linux gap-linux.sh  --smp,4,--share-boot caretaker=nonglobal"
	"cores-kdump cores.sh     --smp,4,--share-boot caretaker=nonglobal crashkernel=256M"
	"cores-smt cores.sh       --smp,4,--threads,2 caretaker=nonglobal"
	"cores-none cores.sh      --not-allowed,--smp,4 caretaker=nonglobal"
	"cores-global cores.sh    --smp,4 -"
	"kdump    kdump.sh        --share-boot caretaker=nonglobal crashkernel=256M"
	"bochs-few-vmx bochs-few.sh --cpu,intel,--take,payloads/good,--take,payloads/probe,--take,payloads/update-b,--take,payloads/flipped,--take,exit_log.ko,--take,switch_page.ko,--only,vmm,--only,probe,--only,audit,--only,update,--only,differ caretaker=nonglobal"
	"bochs-few-svm bochs-few.sh --cpu,amd,--take,payloads/good,--take,payloads/probe,--only,vmm,--only,probe,--only,audit caretaker=nonglobal"
	"uki-12   uki.sh          --debian,12 caretaker=nonglobal lockdown=integrity"
	"uki-13   uki.sh          --debian,13 caretaker=nonglobal lockdown=integrity"
	"trust-enforce  trust.sh  - ima_appraise=enforce"
	"trust-log      trust.sh  - ima_appraise=log"
	"trust-fix      trust.sh  - ima_appraise=fix"
	"trust-switch   trust.sh  - ima_appraise=enforce caretaker=enforce"
	"trust-lockdown trust.sh  - ima_appraise=enforce lockdown=integrity"
	"trust-secure   trust.sh  --secure-boot ima_appraise=log"
)
long_groups=(
	"trust-lockdown-log   trust.sh - ima_appraise=log"
	"trust-lockdown-fix   trust.sh - ima_appraise=fix"
	"trust-secure-fix     trust.sh --secure-boot ima_appraise=fix"
	"trust-secure-enforce trust.sh --secure-boot ima_appraise=enforce"
	"trust-mldsa          trust.sh - ima_appraise=enforce"
)

# In Bochs (bochs.sh): next-RIP on AMD, and VMX.  Minutes each
bochs_groups=(
	"bochs-svm bochs-svm.sh  --cpu,amd,--take,payloads/good,--take,exit_log.ko,--only,vmm,--only,differ caretaker=nonglobal"
	"bochs-answers bochs-answers.sh --cpu,intel,--take,payloads/good caretaker=nonglobal"
	"bochs-nmi nmi.sh        --cpu,intel,--smp,2,--take,payloads/good,--take,payloads/probe,--take,nmi_storm.ko,--only,vmm,--only,probe caretaker=nonglobal"
	"bochs-kdump kdump.sh    --cpu,intel,--smp,2,--memory,768,--crash,--take,payloads/good,--take,nmi_storm.ko,--only,vmm,--only,kexec caretaker=nonglobal crashkernel=256M"
	"bochs-moves moves.sh    --cpu,intel,--smp,2,--take,payloads/good caretaker=nonglobal"
	"bochs-stops stops.sh    --cpu,intel,--smp,2,--take,payloads/good,--take,payloads/update-b,--only,stops caretaker=nonglobal"
	"bochs-stops-svm stops.sh --cpu,amd,--smp,2,--take,payloads/good,--take,payloads/update-b,--only,stops caretaker=nonglobal"
	"bochs-pti pti.sh        --cpu,intel,--take,payloads,--only,vmm,--only,probe,--only,audit pti=on caretaker=nonglobal"
	"bochs-sdk sdk.sh        --cpu,intel,--take,sdk,--only,vmm,--only,refuse caretaker=nonglobal"
	"bochs-nopcid nopcid.sh  --cpu,intel,--take,payloads/good,--take,payloads/probe,--only,vmm,--only,refuse,--only,probe caretaker=nonglobal nopcid"
	"bochs-noinvpcid nopcid.sh --cpu,intel,--take,payloads/good,--only,vmm,--only,refuse caretaker=nonglobal noinvpcid"
	"bochs-vmx bochs-vmx.sh  --cpu,intel,--take,payloads,--take,exit_log.ko,--take,switch_page.ko,--only,vmm,--only,update,--only,probe,--only,differ caretaker=nonglobal"
)

# More of what check does
more_groups=(
	"cores-1000 cores.sh      --smp,4 caretaker=nonglobal"
	"update-1000 update.sh    - caretaker=nonglobal"
	"adopt-200 adopt.sh       - caretaker=nonglobal"
	"detach-200 detach.sh     --smp,3 caretaker=nonglobal"
	"gap-linux-100 gap-linux.sh --smp,4,--share-boot caretaker=nonglobal"
	"differ-2000 differ.sh    - caretaker=nonglobal"
	"flood-600 flood.sh       --as,flood-600 caretaker=nonglobal,enforce lockdown=integrity"
	"cnsa     cnsa.sh         --as,cnsa caretaker=nonglobal lockdown=integrity ima_hash=sha384"
	"cnsa-sha256 cnsa.sh      --as,cnsa-sha256 caretaker=nonglobal lockdown=integrity ima_hash=sha256"
	"uki-12-all uki.sh        --debian,12,--all caretaker=nonglobal lockdown=integrity"
	"uki-13-all uki.sh        --debian,13,--all caretaker=nonglobal lockdown=integrity"
)

# Only by name: they take long
named_groups=(
	"soak     soak.sh         - caretaker=nonglobal"
	"hammer   hammer.sh       - caretaker=nonglobal"
	"kill     kill.sh         - caretaker=nonglobal"
)
# Under the kernel that has what the lab's has not: events, and branches that are patched
wide_groups=(
	"traced   traced.sh       --one-thread caretaker=nonglobal"
)
# Under the kernels that look for our mistakes
debug_groups=(
	"hammer   hammer.sh       --memory,2048 caretaker=nonglobal"
	"kill     kill.sh         --memory,2048 caretaker=nonglobal"
	"faults   faults.sh       --memory,2048 caretaker=nonglobal"
	"charge   charge.sh       --memory,2048 caretaker=nonglobal"
	"verity   verity.sh       --memory,2048 caretaker=nonglobal"
	"update-1000 update.sh    --memory,2048 caretaker=nonglobal"
	"prepare  prepare.sh      --memory,2048 caretaker=nonglobal"
	"adopt    adopt.sh        --memory,2048 caretaker=nonglobal"
	"cores    cores.sh        --memory,2048,--smp,4,--share-boot caretaker=nonglobal"
	"detach   detach.sh       --memory,2048,--smp,3 caretaker=nonglobal"
	"gap      gap.sh          --memory,2048,--smp,4 caretaker=nonglobal"
)
kcsan_groups=(
	"hammer   hammer.sh       --memory,2048 caretaker=nonglobal"
	"detach   detach.sh       --memory,2048,--smp,3 caretaker=nonglobal"
)

# What must not be in a kernel log.  Case counts: "Bug" is in no message of ours.
bad='WARNING:|BUG:|Oops|general protection|unable to handle|possible circular|possible recursive'
bad+='|inconsistent lock state|suspicious RCU|Call Trace|UBSAN:|KASAN|KMSAN|detected stall|soft lockup|hung task'
bad+='|blocked for more than'

prepare() {
	local info key

	"$HERE/keys.sh"
	make -s -C "$HERE" O="$PROGRAMS"
	[ -r "$BUILD/payload/caretaker.elf" ] || die "no payload (make payload)"
	module=$(find "$MODULES" -name irqbypass.ko -o -name kvm-amd.ko | sort | tail -n 1)
	[ -n "$module" ] || die "no signed kernel module in $MODULES (make kernel)"
	work=$(mktemp -d "$LAB/work-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	share=$work/share
	mkdir "$share"
	"$HERE/payloads.py" "$BUILD/payload/caretaker.elf" "$module" "$PROGRAMS/obj/probe.bin" "$KEYS" "$share/payloads"
	cp "$HERE/refusals.tab" "$share/"
	# Groups that want one say so where it is not there (make lab-modules, lab-modules-debug)
	lab_modules=$BUILD/lab-modules${KERNEL_BUILD#"$BUILD/kernel"}
	! ls "$lab_modules"/*.ko >/dev/null 2>&1 || cp "$lab_modules"/*.ko "$share/"
	info=$("$BUILD/caretaker" inspect --json "$BUILD/payload/caretaker.elf")
	python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["name"])' <<<"$info" >"$share/payload.name"
	python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["svn"])' <<<"$info" >"$share/payload.svn"
	for key in release:release second:rsa-2048; do
		python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import trust_files
print(trust_files.Maker(b"", b"", sys.argv[2]).public_key_digest(sys.argv[3]))' "$HERE" "$KEYS" "${key#*:}" \
			>"$share/${key%:*}.public-key"
	done
}

# plan_trust EXTENT: the files and cases of the trust matrix come into the share, made when the
# first of its groups runs; those of ML-DSA apart, since they take another openssl
plan_trust() (
	plan=$work/plan-$1
	exec 8>"$work/trust.lock"
	flock 8
	if [ ! -e "$plan.made" ]; then
		[ "$1" != mldsa ] || "$HERE/keys.sh" mldsa || exit
		CARETAKER=$BUILD/caretaker "$HERE/trust_matrix.py" plan "$BUILD/payload/caretaker.elf" "$module" "$KEYS" "$plan" "$1" || exit
		touch "$plan.made"
	fi
	cp -a --reflink=auto "$plan" "$share/trust"
)

# The payloads of format.tab, and what our own command says of each
plan_format() {
	local name

	"$HERE/format.py" "$BUILD/payload/caretaker.elf" "$KEYS" "$share/format"
	mkdir "$share/format/inspect"
	while read -r name _; do
		(cd "$share/format" && "$BUILD/caretaker" inspect --json "$name" >"inspect/$name" 2>/dev/null) || true
	done <"$share/format/expected"
}

# The example of the SDK comes into the share: built where nothing of the tree is, by both compilers,
# and from headers of kernels of other sizes
plan_sdk() (
	outside=$(mktemp -d)
	trap 'rm -rf "$outside"' EXIT
	"$ROOT/tests/packages.sh" install unit
	make -s -C "$ROOT" sdk PREFIX="$outside/sdk"
	mkdir "$share/sdk"
	for name in gcc clang smaller larger too-large; do
		cp -r "$outside/sdk" "$outside/$name"
		words=()
		case $name in
		gcc)	;;
		clang)	words=(CC=clang LD=ld.lld) ;;
		*)	"$HERE/sdk_sizes.py" $name <"$outside/sdk/include/caretaker_payload.h" \
				>"$outside/$name/include/caretaker_payload.h" ;;
		esac
		(cd "$outside/$name/example" && make -s "${words[@]}")
		# Our own command would not sign what no kernel takes
		case $name in
		too-large) words=("$HERE/sign-raw.sh" "$KEYS/release.key" "$KEYS/release.pem") ;;
		*)	words=("$BUILD/caretaker" sign --key "$KEYS/release.key" --cert "$KEYS/release.pem") ;;
		esac
		"${words[@]}" "$outside/$name/example/first.elf" "$share/sdk/$name"
	done
)

# run_group NAME SCRIPT OPTIONS COMMAND-LINE...
run_group() {
	local name=$1 script=$2 options=() status=0 log=$LAB/check-$1.log area=$1
	local boot=boot.sh bad=$bad known=

	case $name in
	trust-mldsa)
		area=trust
		plan_trust mldsa || {
			echo "not ok $name/openssl: its files need OpenSSL 3.5, which is not there (see above)" |
				tee "$log.results"
			return
		} ;;
	bochs-*)
		boot=bochs.sh
		"$ROOT/tests/packages.sh" install bochs || {
			echo "not ok $name/bochs: it is not there (see above)" | tee "$log.results"
			return
		}
		[ $name != bochs-kdump ] || bad=${bad/|Call Trace/}
		[ $name != bochs-sdk ] || plan_sdk >"$LAB/sdk-$name.log" 2>&1 || true
		# The base warns of Bochs' Broadwell: its leaves 1 and 4 disagree about cores
		known='/WARNING: at parse_legacy/,/end trace/d' ;;
	uki-*)	boot=uki.sh ;;
	kexec-secure) boot=kexec.sh ;;
	flood*|cnsa*) boot=attested.sh ;;
	trust-*) area=trust; plan_trust "$extent" ;;
	format)	plan_format ;;
	guide-*)
		"$HERE/guide_files.sh" "${name#guide-}" "$share" >"$LAB/$name.log" 2>&1 || {
			sed 's/^/    /' "$LAB/$name.log"
			echo "not ok $name/release-machine: the blocks before those for a host" | tee "$log.results"
			return
		}
		case $name in
		guide-enrolment) boot=twice.sh ;;
		guide-mok) boot=mok.sh ;;
		esac ;;
	sdk)	plan_sdk >"$LAB/sdk-$name.log" 2>&1 || {
			sed 's/^/    /' "$LAB/sdk-$name.log"
			echo "not ok $name/build: the example cannot be built: $(tail -n 1 "$LAB/sdk-$name.log")" |
				tee "$log.results"
			return
		} ;;
	kexec-noruntime)
		sbsign --key "$KEYS/release.key" --cert "$KEYS/release.pem" --output "$share/kernel.release" \
			"$KERNEL" >"$LAB/sbsign.log" 2>&1 || cat "$LAB/sbsign.log" ;;
	# vmalloc() says with a trace where it got no memory, and here it gets none; so does who
	# ends a process for want of it; and a crash is what kdump asks for
	faults|charge|kdump|cores-kdump) bad=${bad/|Call Trace/} ;;
	verity)
		mkdir "$share/verity"
		cp "$PROGRAMS/refuse" "$share/verity/"
		mke2fs -q -t ext4 -b 4096 -O verity -d "$share/verity" "$share/verity.img" 16M ;;
	# The base's advice for an AMD CPU with two threads a core
	cores-smt) known='/Speculative Return Stack Overflow: WARNING/d' ;;
	# What caretaker_end_vm() says
	reboot)	bad+='|the VM is ended' ;;
	esac
	[ "$3" = - ] || IFS=, read -ra options <<<"$3"
	shift 3
	[ "$*" = - ] || options+=(--append "$*")
	"$HERE/$boot" --quiet --timeout "${VM_TIMEOUT:-600}" --share "$share" \
		--run "$LAB/check-$name" "${options[@]}" -- "sh /lab/$script $name" 2>"$log" || status=$?
	[ $area != trust ] || [ $status != 0 ] ||
		"$HERE/trust_matrix.py" records "$share/trust/${name#trust-}" >>"$share/output" 2>&1 ||
		echo "not ok record/log: cannot be checked" >>"$share/output"
	sed -n "s,^ok ,ok $area/,p; s,^not ok ,not ok $area/,p; /^    /p" "$share/output" | tee "$log.results"
	if [ $status -ge 124 ] && [ $status -le 126 ]; then
		sed 's/^/    /' "$log"
		echo "not ok $name/boot: $(head -n 1 "$log")" | tee -a "$log.results"
	elif ! grep -qE '^(not )?ok ' "$log.results"; then
		sed 's/^/    /' "$share/output"
		echo "not ok $name/boot: nothing was tested" | tee -a "$log.results"
	fi
	# The serial log, since a kernel that died left no other
	if cat "$LAB/check-$name/serial.log" "$share/dmesg" 2>/dev/null | sed "$known" | races |
	   grep -aE "$bad" >"$log.bad"; then
		sed 's/^/    /' "$log.bad" | head -n 20
		echo "not ok $name/kernel-log: $(head -n 1 "$log.bad" | tr -d '\r')" | tee -a "$log.results"
	else
		echo "ok $name/kernel-log" | tee -a "$log.results"
	fi
	# Built in and asleep it would find nothing, and nobody would know
	[ "${variant:-}" != kcsan ] || grep -aq 'kcsan: selftest: .* passed' "$LAB/check-$name/serial.log" ||
		echo "not ok $name/kcsan: it does not say that it works" | tee -a "$log.results"
}

# The base has races of its own: under KCSAN a report counts if one of its stacks has
# code of ours.  KCSAN says at boot that it finds what it should.
races() {
	if [ "${variant:-}" != kcsan ]; then
		cat
		return
	fi
	awk -v RS='==========+\r?\n' '!/BUG: KCSAN/ || /caretaker/ { printf "%s", $0 }'
}

# Secure Boot is worth its name: the same kernel without a signature does not start
run_unsigned_kernel() {
	local status=0

	cp "$KERNEL" "$LAB/unsigned.efi"
	sbattach --remove "$LAB/unsigned.efi" >/dev/null 2>&1 || true
	"$HERE/boot.sh" --quiet --secure-boot --unsigned --kernel "$LAB/unsigned.efi" \
		--run "$LAB/check-unsigned" --timeout 300 -- true 2>"$LAB/check-unsigned.log" || status=$?
	if [ $status = 123 ] && grep -q 'Access Denied' "$LAB/check-unsigned.log"; then
		echo "ok unsigned/kernel-is-refused"
	else
		echo "not ok unsigned/kernel-is-refused: status $status, $(head -n 1 "$LAB/check-unsigned.log")"
	fi | tee "$LAB/check-unsigned.log.results"
}

# one WORD...: a group, when its turn has come, with a share of its own; what it says goes to
# $work/NAME.said
one() {
	local name=$1 cost results

	if [ -n "${RESUME:-}" ] && "$ROOT/tests/stamp.sh" passed "$stamp/$name" >/dev/null &&
	   cp "$BUILD/long/results/$stamp-$name" "$LAB/check-$name.log.results"; then
		cat "$LAB/check-$name.log.results"
		echo "# $name passed before, on the same files"
		return
	fi
	slot_take
	cost_begin
	if [ "$name" = unsigned ]; then
		run_unsigned_kernel
	else
		cp -a --reflink=auto "$share" "$work/$name"
		share=$work/$name
		run_group "$@"
		rm -rf "$share"
	fi
	cost=$(cost_end "$name")
	echo "$cost"
	[ -n "${RESUME:-}" ] || return 0
	results=$LAB/check-$name.log.results
	"$ROOT/tests/stamp.sh" ended "$stamp/$name" \
		"$(grep -c '^ok ' "$results") passed, $(grep -c '^not ok ' "$results") failed" "$cost"
	mkdir -p "$BUILD/long/results"
	cp "$results" "$BUILD/long/results/$stamp-$name"
} >"$work/$1.said" 2>&1

# ended: one of those that run has; what it said, once
ended() {
	local file

	for file in "$work"/*.said; do
		[ -e "${file%.said}.end" ] || continue
		cat "$file"
		rm "$file"
	done
}

# sample: of the groups of each kind, which are variants of one or cost most, one in VM_SAMPLE
sample() {
	local kind line kept= kinds=("trust-.*" "cores-.*|allowed-.*" "bochs-few-.*" "probe|probe-la57"
		"guide-.*|uki-.*|secure|secure-owner|secure-stays" "nmi|nmi-monitor|pti|pti-alone"
		"kexec|kexec-.*|reboot|kdump|flood|moves|tpm-dies"
		"late|late-lockdown" "machine|machine-no|tpm-pcr|tpm-pcr-12")
	local sampled="^($(IFS='|'; echo "${kinds[*]}"))$"

	for kind in "${kinds[@]}"; do
		kept+=" $(printf '%s\n' "${groups[@]%% *}" | grep -Ex "$kind" | sample_names "$VM_SAMPLE" | tr '\n' ' ')"
	done
	mapfile -t groups < <(printf '%s\n' "${groups[@]}" | while IFS= read -r line; do
		[[ ! ${line%% *} =~ $sampled || " $kept " == *" ${line%% *} "* ]] || continue
		printf '%s\n' "$line"
	done)
	echo "# of what is sampled this tree chooses:" $kept
}

case ${1:-} in
check) extent=cover ;;
check-long)
	extent=full VM_TIMEOUT=${VM_TIMEOUT:-1800}
	mapfile -t groups < <(printf '%s\n' "${groups[@]}" "${long_groups[@]}" | grep '^trust-')
	groups+=("${more_groups[@]}" "${bochs_groups[@]}") ;;
check-wide|check-debug|check-kcsan)
	variant=${1#check-} extent=none VM_TIMEOUT=${VM_TIMEOUT:-3600}
	export KERNEL_BUILD=$BUILD/kernel-$variant MODULES=$BUILD/modules-$variant
	case $variant in
	wide)	groups=("${wide_groups[@]}") ;;
	debug)	groups=("${debug_groups[@]}") ;;
	kcsan)	groups=("${kcsan_groups[@]}") ;;
	esac ;;
*) sed -n 's/^#   //p' "$0" | head -n 1; exit 2 ;;
esac
[ "$1" != check ] || [ $# = 1 ] || groups+=("${long_groups[@]}" "${more_groups[@]}" "${bochs_groups[@]}" \
	"${named_groups[@]}")
shift
passed=0 failed=0
stamp="vm,$extent${variant:+-$variant}"
prepare
[ "${VM_SAMPLE:-1}" = 1 ] || [ $# -gt 0 ] || sample
[[ $extent:$# != cover:0 && " $* " != *" unsigned "* ]] || groups+=(unsigned)
chosen=()
for line in "${groups[@]}"; do
	[ $# -gt 0 ] && [[ " $* " != *" ${line%% *} "* ]] || chosen+=("$line")
done
for line in "${chosen[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "${VM_JOBS:-2}" ]; do
		wait -n || true
		ended
	done
	read -ra words <<<"$line"
	rm -f "$LAB/check-${words[0]}.log.results"
	{
		set +e
		(set -e; one "${words[@]}")
		touch "$work/${words[0]}.end"
	} &
done
while [ -n "$(jobs -rp)" ]; do
	wait -n || true
	ended
done
ended
for line in "${chosen[@]}"; do
	results=$LAB/check-${line%% *}.log.results
	[ -s "$results" ] || { echo "not ok ${line%% *}/end: it has no result" | tee "$results"; }
	passed=$((passed + $(grep -c '^ok ' "$results" || true)))
	failed=$((failed + $(grep -c '^not ok ' "$results" || true)))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
