# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel with our series: build/linux-src is the source (base, patches and
# new files), build/kernel the objects, build/modules the signed modules.

linux-src  := $(BUILD)/linux-src
linux-obj  := $(BUILD)/kernel
bzImage    := $(linux-obj)/arch/x86/boot/bzImage
modules    := $(BUILD)/modules

KERNEL_CONFIG ?= kernel/config/feature.config kernel/config/lab.config
# Compiled into the builtin keyring: who may sign a payload.
RELEASE_CERT  ?= $(BUILD)/keys/release.pem
# Compiled into the revocation list: whose signature never counts.  May be empty.
REVOKED_CERT  ?= $(BUILD)/keys/withdrawn.pem
export REVOKED := $(abspath $(REVOKED_CERT))

# The same input gives the same bytes, and a clone elsewhere shares the cache.
kernel-env := KBUILD_BUILD_USER=caretaker KBUILD_BUILD_HOST=lab \
	KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_VERSION=1 \
	CCACHE_BASEDIR=$(CURDIR) CCACHE_NOHASHDIR=1 \
	CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime
# $(call kernel-make,OBJECTS[,SOURCE])
kernel-make = env $(kernel-env) $(MAKE) -C $(or $(2),$(linux-src)) O=$(abspath $(1)) \
	CC="$(CCACHE) gcc" HOSTCC="$(CCACHE) gcc" LOCALVERSION= -j$(JOBS)

kernel-files := $(shell find kernel/tree kernel/patches -type f 2>/dev/null)
# A removed file is a change too, but has no time stamp.
$(BUILD)/kernel-files.list: FORCE
	@mkdir -p $(@D)
	@echo '$(kernel-files)' | cmp -s - $@ || echo '$(kernel-files)' > $@

$(linux-src)/.overlay: $(linux-base)/.unpacked kernel/overlay.sh $(kernel-files) $(BUILD)/kernel-files.list
	$(Q)$(STEP) "kernel: apply the series" kernel/overlay.sh $(linux-base) $(BUILD)/overlay $(linux-src)
	$(Q)touch $@

$(BUILD)/keys/release.pem $(BUILD)/keys/withdrawn.pem &:
	$(Q)$(STEP) "keys: make demo keys" tests/vm/keys.sh

$(linux-obj)/.configured: $(linux-src)/.overlay kernel/configure.sh $(KERNEL_CONFIG) $(RELEASE_CERT) $(REVOKED_CERT) | $(BUILD)/.packages-kernel
	$(Q)mkdir -p $(linux-obj)
	$(Q)$(STEP) "kernel: configure" kernel/configure.sh $(linux-src) $(linux-obj) $(RELEASE_CERT) $(KERNEL_CONFIG)
	$(Q)touch $@

$(linux-obj)/.built: $(linux-obj)/.configured
	$(Q)$(STEP) "kernel: build" $(call kernel-make,$(linux-obj)) bzImage modules
	$(Q)rm -rf $(modules)
	$(Q)$(STEP) "kernel: sign modules" $(call kernel-make,$(linux-obj)) \
		INSTALL_MOD_PATH=$(abspath $(modules)) DEPMOD=true modules_install
	$(Q)touch $@

# What the series and its base give user space: the programs of the lab are built against it
headers := $(BUILD)/headers
$(headers)/.installed: $(linux-src)/.overlay | $(BUILD)/.packages-kernel
	$(Q)mkdir -p $(headers)
	$(Q)$(STEP) "kernel: headers" $(call kernel-make,$(headers)) headers
	$(Q)touch $@

##@ Kernel
.PHONY: kernel kernel-src kernel-config kernel-headers
kernel: $(linux-obj)/.built $(headers)/.installed	## kernel image, signed modules, headers (minutes, the first time)
kernel-headers: $(headers)/.installed
kernel-src: $(linux-src)/.overlay
kernel-config: $(linux-obj)/.configured

# For Secure Boot. KEY is a file or a pkcs11: URI; with STUB, INITRD and CMDLINE a unified kernel image is made.
.PHONY: sign-kernel
IMAGE ?= $(linux-obj)/arch/x86/boot/bzImage
OUT ?= $(BUILD)/kernel.efi
sign-kernel: $(if $(filter file,$(origin IMAGE)),$(linux-obj)/.built)	## the kernel, signed for Secure Boot: KEY= CERT= [STUB= INITRD= CMDLINE=] [OUT=]
	$(Q)tests/packages.sh check sign
	$(Q)kernel/sign.sh --key '$(KEY)' --cert '$(CERT)' $(if $(PIN_FILE),--pin-file '$(PIN_FILE)') \
		$(if $(PKCS11_MODULE),--pkcs11-module '$(PKCS11_MODULE)') \
		$(if $(STUB),--stub '$(STUB)' --initrd '$(INITRD)' --cmdline '$(CMDLINE)') '$(IMAGE)' '$(OUT)'

# Modules of the lab, built against the source of KVM that one of them looks into; and those of a
# kernel with other options
lab-modules := $(BUILD)/lab-modules
.PHONY: lab-modules
lab-modules: $(lab-modules)/.built
lab-modules-%: $(lab-modules)-%/.built ;
build-lab-modules = $(STEP) "modules of the lab: build" $(call kernel-make,$(1)) \
		M=$(abspath tests/vm/modules) MO=$(abspath $(@D)) modules
$(lab-modules)/.built: $(linux-obj)/.built $(wildcard tests/vm/modules/*)
	$(Q)mkdir -p $(@D)
	$(Q)$(call build-lab-modules,$(linux-obj))
	$(Q)touch $@
.PRECIOUS: $(lab-modules)-%/.built
$(lab-modules)-%/.built: $(BUILD)/kernel-%/.built $(wildcard tests/vm/modules/*)
	$(Q)mkdir -p $(@D)
	$(Q)$(call build-lab-modules,$(BUILD)/kernel-$*)
	$(Q)touch $@

# The series' own selftests, against the headers of the series.  The folder's
# Makefile builds all of its tests by default; these are asked for by name.
selftests := $(BUILD)/selftests
selftest  := $(selftests)/x86/caretaker_test $(selftests)/x86/caretaker_answers_test
selftest-make = ARCH=x86 OUTPUT=$(abspath $(selftests)) CC="$(CCACHE) gcc" \
	KHDR_INCLUDES="-isystem $(abspath $(headers))/usr/include"
.PHONY: kernel-selftest
kernel-selftest: $(selftest)		## the selftests of the series, build/selftests/x86/caretaker_*
$(selftest) &: $(headers)/.installed
	$(Q)mkdir -p $(selftests)/cgroup/lib $(selftests)/vfio/lib
	$(Q)$(STEP) "selftest: build" $(MAKE) -C $(linux-src)/tools/testing/selftests/kvm $(selftest-make) $(abspath $(selftest))

# All of KVM's own selftests, for tests/vm/judge.sh, and their names
kernel-selftests: $(selftests)/tests		## KVM's own selftests, in build/selftests (minutes)
.PHONY: kernel-selftests
$(selftests)/tests: $(selftest)
	$(Q)$(STEP) "selftests: build all" $(MAKE) -j$(JOBS) -C $(linux-src)/tools/testing/selftests/kvm \
		$(selftest-make) all
	$(Q)$(MAKE) -s --no-print-directory -C $(linux-src)/tools/testing/selftests/kvm $(selftest-make) \
		--eval 'caretaker-names: ; @printf "%s\n" $$(TEST_GEN_PROGS:$$(OUTPUT)/%=%)' caretaker-names > $@.new
	$(Q)mv $@.new $@

# The series as mails, and the proof that it is what we build.
series := $(BUILD)/series
.PHONY: series series-check series-check-each kernel-static kernel-static-wide kernel-trampoline kernel-park
$(series)/0000-cover-letter.patch: $(linux-base)/.unpacked kernel/series kernel/series-cover.txt \
		kernel/series-files.sh kernel/series.sh $(kernel-files) $(BUILD)/kernel-files.list
	$(Q)$(STEP) "series: write" kernel/series.sh $(linux-base) $(series)

series: $(series)/0000-cover-letter.patch	## mailable patch series in build/series
series-check: $(series)/0000-cover-letter.patch $(linux-src)/.overlay	## the series gives the tree that we build; checkpatch
	$(Q)kernel/series-check.sh $(linux-base) $(linux-src) $(series)
series-check-each: $(series)/0000-cover-letter.patch $(linux-src)/.overlay $(RELEASE_CERT) $(REVOKED_CERT)
	$(Q)env CCACHE="$(CCACHE)" $(kernel-env) \
		kernel/series-check.sh $(linux-base) $(linux-src) $(series) \
		each $(BUILD)/kernel-each $(RELEASE_CERT) $(KERNEL_CONFIG) \
		kernel/config/wide.config

kernel-static: kernel		## sparse and W=1 on our kernel files
	$(Q)env CCACHE="$(CCACHE)" $(kernel-env) \
		kernel/static.sh $(linux-base) $(linux-src) $(linux-obj) $(BUILD)/kernel-static \
		arch/x86/kvm/svm/sev.c security/selinux/hooks.c security/ipe/hooks.c \
		security/integrity/platform_certs/machine_keyring.c

kernel-static-wide: $(BUILD)/kernel-wide/.built		# all of them
	$(Q)env CCACHE="$(CCACHE)" $(kernel-env) \
		kernel/static.sh $(linux-base) $(linux-src) $(BUILD)/kernel-wide $(BUILD)/kernel-static-wide

kernel-trampoline: kernel	## the trampolines as built: what leaves them, and how
	$(Q)kernel/trampoline-check.py $(linux-obj)

kernel-park: kernel	## the page in which parked CPUs stand, as built: what it does, and that nothing leads out
	$(Q)kernel/park-check.py $(linux-obj)

# Kernels that compile all that the series touches, or look for our mistakes, each with
# its modules in a folder of its own: build/kernel-NAME and build/modules-NAME from
# kernel/config/FRAGMENT.config.  `stock` is the base without the series, and so without
# the options of the series: what KVM's own suites are compared with.
# $(call kernel-variant,NAME,FRAGMENT,SOURCE,ITS STAMP[,OPTIONS THAT IT HAS NOT GOT])
define kernel-variant
$(BUILD)/kernel-$(1)/.configured: $(4) kernel/configure.sh $(KERNEL_CONFIG) \
		kernel/config/$(2).config $(RELEASE_CERT) $(REVOKED_CERT)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(STEP) "kernel, $(1): configure" env ALLOW_MISSING=$(5) kernel/configure.sh $(3) $$(@D) \
		$(RELEASE_CERT) $(KERNEL_CONFIG) kernel/config/$(2).config
	$$(Q)touch $$@

$(BUILD)/kernel-$(1)/.built: $(BUILD)/kernel-$(1)/.configured
	$$(Q)$$(STEP) "kernel, $(1): build" $$(call kernel-make,$$(@D),$(3)) bzImage modules
	$$(Q)rm -rf $(BUILD)/modules-$(1)
	$$(Q)$$(STEP) "kernel, $(1): sign modules" $$(call kernel-make,$$(@D),$(3)) \
		INSTALL_MOD_PATH=$(abspath $(BUILD))/modules-$(1) DEPMOD=true modules_install
	$$(Q)touch $$@
endef
$(foreach variant,wide debug kcsan,$(eval \
	$(call kernel-variant,$(variant),$(variant),$(linux-src),$(linux-src)/.overlay)))
$(eval $(call kernel-variant,stock,wide,$(linux-base),$(linux-base)/.unpacked,CARETAKER))

.PHONY: kernel-wide kernel-stock kernel-debug kernel-kcsan kernel-debug-config
kernel-wide: $(BUILD)/kernel-wide/.built	## the same with kernel/config/wide.config (long)
kernel-stock: $(BUILD)/kernel-stock/.built	## that one without the series (long)
kernel-debug: $(BUILD)/kernel-debug/.built	## the same with KASAN, lockdep, kmemleak, fault injection (long)
kernel-kcsan: $(BUILD)/kernel-kcsan/.built	## the same with KCSAN (long)
# Merged and no more: shows that the fragment still fits
kernel-debug-config: $(BUILD)/kernel-debug/.configured
