# SPDX-License-Identifier: GPL-2.0-only
#
# Caretaker: tools, payload, kernel, and their tests. `make help` lists targets.
#
# The tools and the payload are built here; kernel/build.mk builds the kernel
# and the series, tests/tests.mk the tests. Everything made goes below build/.

BUILD  := build
JOBS   ?= $(shell nproc)
V      ?= 0
Q      := $(if $(filter 1,$(V)),,@)
STEP   := LOGS=$(BUILD)/logs V=$(V) tests/step.sh
CCACHE := $(shell command -v ccache 2>/dev/null)
export JOBS V

# JOBS at a time; a make below this one shares them.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE all tools payload clean help
FORCE:

##@ Build
all: tools payload			## tools and payload, in seconds (the default)
tools: $(BUILD)/caretaker $(BUILD)/libcaretaker.a	## the command line tool and its library
payload: $(BUILD)/.packages-tools	## the unsigned caretaker, build/payload/caretaker.elf
	$(Q)$(MAKE) --no-print-directory -s -C payload O=$(CURDIR)/$(BUILD)/payload

# A payload of one's own needs nothing else of this tree
sdk := $(DESTDIR)$(or $(PREFIX),$(abspath $(BUILD))/sdk)
.PHONY: sdk
sdk:				## header, linker script and example of a payload of your own (PREFIX=build/sdk)
	$(Q)install -d '$(sdk)/include' '$(sdk)/example'
	$(Q)install -m 644 kernel/tree/arch/x86/include/asm/caretaker_payload.h '$(sdk)/include/'
	$(Q)install -m 644 payload/caretaker.lds '$(sdk)/'
	$(Q)install -m 644 payload/sdk/first.c payload/sdk/Makefile '$(sdk)/example/'

# ---- tools ----------------------------------------------------------------

ifeq ($(origin CC),default)
CC := gcc
endif
CPPFLAGS := -D_GNU_SOURCE= -Isigning/bytes -Isigning/cli -Isigning -Ikeys -Ipolicy -Iattest \
	-Ikernel/tree/include -Ikernel/tree/arch/x86/include -Ikernel/tree/virt/caretaker \
	$(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I p11-kit-1 2>/dev/null))
# A mutation (tests/mutate.sh) may leave a variable unused.
warnings := -Wall -Wextra $(if $(MUTATION),,-Werror)
hardening := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS  ?= -O2 -g
# The same bytes in whatever folder it is built
override CFLAGS += -std=gnu11 $(warnings) $(hardening) -ffile-prefix-map=$(CURDIR)=.
LDFLAGS += -pie -Wl,-z,relro,-z,now
# Capstone's archive, of which signing/lint_decoder.c takes what it needs
LDLIBS  := -lcrypto -ljansson -l:libcapstone.a
# What is opened late (signing/cli/late.h); tests call some of it
LATELIBS := -ltss2-esys -ltss2-tctildr -ltss2-mu -ltss2-rc
TESTLIBS := $(LDLIBS) -ltss2-mu

# Verbs do I/O and print; all the rest is the library that tests link as well.
sources := $(wildcard $(addsuffix /*.c,$(shell tests/rooms.sh list))) \
	$(wildcard kernel/tree/virt/caretaker/elf.c kernel/tree/virt/caretaker/trailer.c)
verb-sources := $(filter %/main.c,$(sources)) \
	$(foreach s,$(sources),$(if $(filter cmd_%.c check_%.c,$(notdir $(s))),$(s)))
library-sources := $(filter-out $(verb-sources),$(sources))

obj := $(BUILD)/obj
verb-objects    := $(verb-sources:%.c=$(obj)/%.o)
library-objects := $(library-sources:%.c=$(obj)/%.o)

# What is called for each record of a log is compiled as one, across files, when it is linked;
# warnings were given before.  The objects are whole, so that any linker takes them; clang's
# would need an ar of its own.
lto := $(if $(findstring clang,$(shell $(CC) --version)),,-flto=auto -ffat-lto-objects)
per-record := $(wildcard attest/log/ima_*.c) $(addprefix signing/bytes/,reader.c window.c) \
	policy/pcr.c attest/check_ima.c attest/claims/ima.c attest/tpm/collect_quote.c
$(per-record:%.c=$(obj)/%.o): private override CFLAGS += $(lto)

$(BUILD)/caretaker: $(verb-objects) $(BUILD)/libcaretaker.a
	$(Q)echo "  LD      $@"
	$(Q)$(CC) $(filter-out -W%,$(CFLAGS)) $(lto) $(LDFLAGS) -o $@ $(verb-objects) $(BUILD)/libcaretaker.a $(LDLIBS)

# Made anew each time: ar would keep the objects of sources that are gone.
$(BUILD)/libcaretaker.a: $(library-objects) $(BUILD)/sources.list
	$(Q)echo "  AR      $@"
	$(Q)rm -f $@ && ar rcsD $@ $(library-objects)

$(obj)/%.o: %.c Makefile | $(BUILD)/.packages-tools
	@mkdir -p $(@D)
	$(Q)echo "  CC      $<"
	$(Q)$(CCACHE) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(verb-objects:.o=.d) $(library-objects:.o=.d)

# Changes when a source comes or goes, which no time stamp shows.
$(BUILD)/sources.list: FORCE
	@mkdir -p $(@D)
	@echo '$(sources)' | cmp -s - $@ || echo '$(sources)' > $@

# A missing header ends here, with the name of its package.
$(BUILD)/.packages-%: tests/packages.sh
	@mkdir -p $(@D)
	@tests/packages.sh check $*
	@touch $@

# ---- the rest -------------------------------------------------------------

include kernel/base.mk
include kernel/build.mk
include tests/tests.mk
include docs/packaging/install.mk

##@ Other
clean:		## remove build/ (kernel and downloads too)
	rm -rf $(BUILD)

help:		## this list
	@echo "make [TARGET] [V=1] [JOBS=n] [LINUX=kernel tree, git checkout or tarball]"
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile docs/packaging/install.mk kernel/build.mk tests/tests.mk
