# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests, fuzzing, mutations, and the suites that `make check` runs.
#
# Every suite ends with a line "N passed, N failed"; tests/check.sh adds them up.

sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
test-flags := -O1 -g -std=gnu11 $(sanitize)

# The library once more, with sanitizers: by gcc for unit tests, by clang to fuzz.
# Its warnings are errors in the build proper; here instrumentation invents some.
library-flags := $(test-flags) -w
# Which lines the fuzzers reach: tests/fuzz/coverage.py
fuzz-flags := -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping
unit-objects := $(library-sources:%.c=$(obj)/unit/%.o)
fuzz-objects := $(library-sources:%.c=$(obj)/fuzz/%.o)
unit-tests   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
fuzzers      := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

tests-need := Makefile tests/tests.mk | $(BUILD)/.packages-tools $(BUILD)/.packages-unit

$(unit-objects): $(obj)/unit/%.o: %.c $(tests-need)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(CPPFLAGS) $(library-flags) -MMD -MP -c -o $@ $<

$(fuzz-objects): $(obj)/fuzz/%.o: %.c $(tests-need)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) clang $(CPPFLAGS) $(library-flags) $(fuzz-flags) -MMD -MP -c -o $@ $<

$(obj)/unit/tests/%.o: tests/%.c $(tests-need)
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CCACHE) $(CC) $(CPPFLAGS) $(warnings) $(test-flags) -MMD -MP -c -o $@ $<

$(obj)/fuzz/tests/%.o: tests/%.c $(tests-need)
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CCACHE) clang $(CPPFLAGS) $(warnings) $(test-flags) $(fuzz-flags) -MMD -MP -c -o $@ $<

$(obj)/unit/libcaretaker.a: $(unit-objects) $(BUILD)/sources.list
	$(Q)rm -f $@ && ar rcsD $@ $(unit-objects)

$(obj)/fuzz/libcaretaker.a: $(fuzz-objects) $(BUILD)/sources.list
	$(Q)rm -f $@ && ar rcsD $@ $(fuzz-objects)

# tests/unit/NAME.c may share code in tests/unit/*.c that are no test_*.c.
unit-shared := $(patsubst %.c,$(obj)/unit/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))

$(BUILD)/unit/%: $(obj)/unit/tests/unit/%.o $(unit-shared) $(obj)/unit/libcaretaker.a
	@mkdir -p $(@D)
	$(Q)echo "  LD      $@"
	$(Q)$(CC) $(sanitize) -o $@ $^ -lcmocka $(TESTLIBS)

# A token that misbehaves, for test_token and test_token_make
$(BUILD)/unit/faulty_token.so: tests/unit/module/faulty_token.c $(tests-need)
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CCACHE) $(CC) $(CPPFLAGS) $(warnings) -O1 -g -fPIC -shared -o $@ $<

# A provider opens its module in a way (RTLD_DEEPBIND) that sanitizers do not bear: the library as
# the tool has it.
token-sources := $(addprefix tests/unit/,token_world.c tool_run.c payload_image.c check_signed.c)
$(BUILD)/unit/test_token $(BUILD)/unit/test_token_make: $(BUILD)/unit/%: tests/unit/%.c $(token-sources) $(BUILD)/caretaker \
		$(BUILD)/unit/faulty_token.so $(tests-need)
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(token-sources) $(BUILD)/libcaretaker.a -lcmocka \
		$(TESTLIBS)

# Run the tool
$(BUILD)/unit/test_tpm_key $(BUILD)/unit/test_mldsa: | $(BUILD)/caretaker

# Measures memory, of which sanitizers take most: the library as the tool has it.
$(BUILD)/unit/test_claims_memory: tests/unit/test_claims_memory.c $(BUILD)/libcaretaker.a $(tests-need)
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libcaretaker.a -lcmocka $(TESTLIBS)

$(BUILD)/fuzz/%: $(obj)/fuzz/tests/fuzz/%.o $(obj)/fuzz/libcaretaker.a
	@mkdir -p $(@D)
	$(Q)echo "  LD      $@"
	$(Q)clang $(sanitize) -fsanitize=fuzzer -fprofile-instr-generate -o $@ $^ $(TESTLIBS)

# fuzz_words holds our words of a command line against the kernel's own code.
$(BUILD)/fuzz/kernel_words.h: tests/fuzz/kernel_words.sh $(linux-base)/.unpacked
	@mkdir -p $(@D)
	$(Q)$< $(linux-base) $@

$(obj)/fuzz/tests/fuzz/fuzz_words.o: override CPPFLAGS += -I$(BUILD)/fuzz
$(obj)/fuzz/tests/fuzz/fuzz_words.o: $(BUILD)/fuzz/kernel_words.h

# The kernel's X.509 and PKCS#7 code, compiled for user space: what our tools are held against.
oracle := $(BUILD)/oracle
oracle-kernel := $(addprefix crypto/asymmetric_keys/,x509_cert_parser x509_public_key pkcs7_parser \
	pkcs7_verify pkcs7_trust public_key signature restrict) lib/asn1_decoder lib/oid_registry crypto/rsa_helper
oracle-made := x509.asn1 x509_akid.asn1 pkcs7.asn1 rsapubkey.asn1 rsaprivkey.asn1 rsa_key_length
oracle-ours := oracle crypto
oracle-flags := -include tests/oracle/kernel.h -Itests/oracle -isystem $(oracle)/include \
	-isystem $(linux-src)/crypto/asymmetric_keys -O1 -g -std=gnu11 -fsanitize=address -fno-omit-frame-pointer
oracle-objects = $(addprefix $(obj)/$(1)/oracle/,$(notdir $(oracle-kernel:=.o)) $(oracle-made:=.o) $(oracle-ours:=.o))

$(oracle)/.prepared: tests/oracle/prepare.sh $(linux-src)/.overlay
	$(Q)$(STEP) "oracle: prepare the kernel's parsers" $< $(linux-src) $(oracle)/include
	$(Q)touch $@

# $(1): unit or fuzz, $(2): its compiler and flags
define oracle-rules
$(foreach s,$(oracle-kernel),$(eval $(call oracle-object,$(1),$(2) -w,$(linux-src)/$(s).c)))
$(foreach s,$(oracle-made),$(eval $(call oracle-object,$(1),$(2) -w,$(oracle)/include/$(s).c)))
$(foreach s,$(oracle-ours),$(eval $(call oracle-object,$(1),$(2) $(warnings),tests/oracle/$(s).c)))
endef
define oracle-object
$(obj)/$(1)/oracle/$(basename $(notdir $(3))).o: $(oracle)/.prepared tests/oracle/kernel.h tests/oracle/oracle.h $(filter tests/%,$(3)) $(tests-need)
	@mkdir -p $$(@D)
	$$(Q)$$(CCACHE) $(2) $(oracle-flags) -c -o $$@ $(3)
endef
$(call oracle-rules,unit,$$(CC))
$(call oracle-rules,fuzz,clang $(fuzz-flags))

$(obj)/unit/tests/oracle/test_oracle.o: override CPPFLAGS += -Itests/oracle -Itests/unit
$(BUILD)/unit/kernel_oracle: $(obj)/unit/tests/oracle/test_oracle.o $(call oracle-objects,unit) \
		$(unit-shared) $(obj)/unit/libcaretaker.a
	@mkdir -p $(@D)
	$(Q)echo "  LD      $@"
	$(Q)$(CC) $(sanitize) -o $@ $^ -lcmocka $(TESTLIBS)

$(obj)/fuzz/tests/fuzz/fuzz_oracle.o: override CPPFLAGS += -Itests/oracle
$(BUILD)/fuzz/fuzz_oracle: $(call oracle-objects,fuzz)

.PHONY: oracle
oracle: $(BUILD)/unit/kernel_oracle	## certificates and signatures, against the kernel's own parsers
	$(Q)tests/unit.sh $<

.SECONDARY:
-include $(unit-objects:.o=.d) $(fuzz-objects:.o=.d)
-include $(wildcard $(obj)/unit/tests/unit/*.d $(obj)/fuzz/tests/fuzz/*.d)

# Seconds for each fuzz target
T ?= 60

##@ Test
.PHONY: unit rooms capstone vectors fuzz prove mutate payload-check vm-check vm-check-long vm-check-wide vm-check-debug vm-check-kcsan vm-mutate vm-soak vm-linux vm-trace judge bench demo check check-long

unit: all $(unit-tests)		## unit tests, with sanitizers
	$(Q)tests/unit.sh $(unit-tests)

rooms:				## no folder of the tools includes from one above it
	$(Q)tests/rooms.sh

unit-%: $(BUILD)/unit/test_%	# one unit test program: make unit-elf
	$(Q)tests/unit.sh $<

payload-check: all		## the payload: reproducible, laid out as promised
	$(Q)tests/payload_checks.sh

.PHONY: guides
guides: all			## every line of docs/guides, with SoftHSM
	$(Q)tests/packages.sh check guides
	$(Q)tests/guides/run.sh

capstone: tools $(BUILD)/.packages-unit	## the lint with the other release of Capstone (Debian 12's, 13's)
	$(Q)tests/capstone/releases.sh

vectors: tools payload		## logs, quotes, manifests: the tool, and others' tools and libraries
	$(Q)tests/vectors/run.sh $(BUILD)/caretaker

fuzz: $(fuzzers)		## fuzz the parsers, T=seconds each (60)
	$(Q)tests/fuzz.sh $(T) $(fuzzers)

# A mutation's copy of the tree takes the tool from the tree that it is a copy of.
CBMC_FOLDER ?= $(abspath $(BUILD)/cbmc)
export CBMC_FOLDER
OPENSSL35_FOLDER ?= $(abspath $(BUILD)/openssl)
export OPENSSL35_FOLDER
PKCS11_PROVIDER_FOLDER ?= $(abspath $(BUILD)/pkcs11-provider)
export PKCS11_PROVIDER_FOLDER
SECURESYSTEMSLIB_FOLDER ?= $(abspath $(BUILD)/securesystemslib)
export SECURESYSTEMSLIB_FOLDER

prove: $(BUILD)/.packages-tools $(BUILD)/.packages-prove	## prove the parsers free of run-time errors
	$(Q)tests/proof.sh

prove-%: $(BUILD)/.packages-prove	# one proof: make prove-trailer
	$(Q)tests/proof.sh $*

mutate: all $(unit-tests) $(BUILD)/.packages-prove	## break each security check; a test must notice
	$(Q)MUTATION_SAMPLE=$(or $(MUTATION_SAMPLE),1) tests/mutate.sh

vm-check: all kernel kernel-selftest lab-modules	## the chain on a real kernel, in QEMU
	$(Q)MAKEFLAGS= tests/vm/run.sh check

vm-check-long: all kernel lab-modules	## all of the trust matrix, of which vm-check runs a cover (long)
	$(Q)MAKEFLAGS= tests/vm/run.sh check-long

vm-check-wide: all kernel-wide lab-modules-wide	## what traces of KVM show (long)
	$(Q)MAKEFLAGS= tests/vm/run.sh check-wide

vm-check-debug: all kernel-debug lab-modules-debug	## threads, kills, lack of memory under KASAN, lockdep, kmemleak (long)
	$(Q)MAKEFLAGS= tests/vm/run.sh check-debug

vm-check-kcsan: all kernel-kcsan lab-modules-kcsan	## the threads under KCSAN (long)
	$(Q)MAKEFLAGS= tests/vm/run.sh check-kcsan

.PHONY: check-kconfig
check-kconfig: all kernel	## other kernel configurations: none loads a caretaker silently (long)
	$(Q)env MAKEFLAGS= $(kernel-env) CCACHE="$(CCACHE)" tests/kconfig.sh $(KCONFIG)

vm-mutate: all kernel		## the same for the kernel series, with the VM tests (long)
	$(Q)tests/vm/mutate.sh

vm-soak: all kernel		## hundreds of guests at once, with a caretaker and without (long)
	$(Q)MAKEFLAGS= VM_TIMEOUT=3000 tests/vm/run.sh check soak

vm-linux: all kernel kernel-wide	## a Linux guest in QEMU under a caretaker (long)
	$(Q)MAKEFLAGS= tests/vm/linux.sh

vm-trace: all kernel		## what a CPU executes between an exit and the next entry, in Bochs (long)
	$(Q)MAKEFLAGS= tests/vm/trace.sh

judge: all kernel-wide kernel-stock kernel-selftests	## KVM's own selftests, with a caretaker and without (long)
	$(Q)MAKEFLAGS= tests/vm/judge.sh $(JUDGE)

bench: all kernel kernel-wide kernel-stock	## costs as ratios, in instructions; build/bench.json
	$(Q)tests/bench/bench.sh

demo:				## the whole chain, from nothing to a verdict
	$(Q)tests/packages.sh install tools kernel vm
	$(Q)$(MAKE) --no-print-directory all kernel
	$(Q)MAKEFLAGS= tests/vm/demo.sh

check:				## everything above; ends with what passed and failed
	$(Q)MAKE="$(MAKE)" LOGS=$(BUILD)/logs tests/check.sh

check-long:			## check without samples, and all that takes long; goes on where it was stopped
	$(Q)MAKE="$(MAKE)" LOGS=$(BUILD)/logs tests/check.sh long

.PHONY: long-page
long-page:			## docs/evidence/long-checks.md, from what check-long left in build/long
	$(Q)mkdir -p docs/evidence
	$(Q)tests/long_page.py $(BUILD)/long docs/evidence/long-checks.md

.PHONY: fresh-machine
fresh-machine:			## make and unit tests on a fresh minimal Debian 12 (root)
	$(Q)tests/fresh_machine.sh
