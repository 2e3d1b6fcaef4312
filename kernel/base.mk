# SPDX-License-Identifier: GPL-2.0-only
#
# Which kernel the series is built on, and how it is obtained.
#
# The base is a Debian source package, fetched from the archive that this
# machine already uses (kernel/fetch.sh), unpacked to build/linux-base, and
# never changed there. LINUX=PATH takes a source tree, a git checkout (its
# HEAD), a tarball or a linux-source .deb instead.

BASE_PACKAGE := linux-source-7.3
BASE_SUITE   := trixie-backports

# version=sha256 of the package, newest first. The series was built and tested
# on each of them; the first one that the archive still has is taken.
BASE_VERSIONS := \
	7.3.4-1~bpo13+1=703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3

export BASE_PACKAGE BASE_SUITE BASE_VERSIONS

LINUX ?=

linux-base := $(BUILD)/linux-base

ifeq ($(LINUX),)
base-source := $(BUILD)/download/$(BASE_PACKAGE).deb
base-id     := $(BASE_PACKAGE) $(BASE_VERSIONS)

$(base-source): kernel/fetch.sh kernel/base.mk
	$(Q)$(STEP) "kernel: fetch the base" kernel/fetch.sh $@
else
base-source := $(abspath $(LINUX))
base-id     := $(base-source) $(shell git -C '$(LINUX)' rev-parse HEAD 2>/dev/null)
endif

# Changes when another base is chosen, and only then.
$(BUILD)/base.id: FORCE
	@mkdir -p $(@D)
	@echo '$(base-id)' | cmp -s - $@ || echo '$(base-id)' > $@

$(linux-base)/.unpacked: $(BUILD)/base.id kernel/unpack.sh $(if $(LINUX),,$(base-source))
	$(Q)$(STEP) "kernel: unpack the base" kernel/unpack.sh $(base-source) $(linux-base)
