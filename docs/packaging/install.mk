# SPDX-License-Identifier: GPL-2.0-only
#
# make install and uninstall, with the names that GNU has for the places, and make deb.
#
# The library is for the tools of this tree alone: it has no stable interface, and is not installed.

prefix         ?= $(or $(PREFIX),/usr/local)
exec_prefix    ?= $(prefix)
bindir         ?= $(exec_prefix)/bin
datarootdir    ?= $(prefix)/share
datadir        ?= $(datarootdir)
mandir         ?= $(datarootdir)/man
man1dir        ?= $(mandir)/man1
docdir         ?= $(datarootdir)/doc/caretaker
bashcompdir    ?= $(datadir)/bash-completion/completions
pkgdatadir     ?= $(datadir)/caretaker
INSTALL        ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
INSTALL_DATA   ?= $(INSTALL) -m 644

# FROM:TO of each file but the tool
installed-data := $(foreach f,$(wildcard docs/man/*.1),$(f):$(man1dir)/$(notdir $(f))) \
	docs/completion/caretaker.bash:$(bashcompdir)/caretaker \
	$(foreach f,policy/measure.ima policy/appraise.ima policy/rules.json,$(f):$(pkgdatadir)/policy/$(notdir $(f))) \
	$(foreach f,$(wildcard docs/schemas/*.json),$(f):$(pkgdatadir)/schemas/$(notdir $(f))) \
	kernel/tree/arch/x86/include/asm/caretaker_payload.h:$(pkgdatadir)/sdk/include/caretaker_payload.h \
	payload/caretaker.lds:$(pkgdatadir)/sdk/caretaker.lds \
	$(foreach f,payload/sdk/first.c payload/sdk/Makefile,$(f):$(pkgdatadir)/sdk/example/$(notdir $(f))) \
	$(foreach f,README.md SECURITY.md CHANGELOG.md $(wildcard docs/*.md),$(f):$(docdir)/$(notdir $(f))) \
	docs/schemas/README.md:$(docdir)/schemas.md

##@ Install
.PHONY: install install-strip uninstall deb
install: tools			## tool, man pages, completion, policies, schemas, SDK, guides (DESTDIR, prefix=/usr/local)
	$(Q)$(INSTALL) -d '$(DESTDIR)$(bindir)'
	$(Q)$(INSTALL_PROGRAM) $(BUILD)/caretaker '$(DESTDIR)$(bindir)/caretaker'
	$(Q)set -e; for file in $(installed-data); do \
		$(INSTALL) -d "$(DESTDIR)$$(dirname "$${file#*:}")"; \
		$(INSTALL_DATA) "$${file%%:*}" "$(DESTDIR)$${file#*:}"; \
	done

install-strip:			## the same without symbols
	$(Q)$(MAKE) --no-print-directory install INSTALL_PROGRAM='$(INSTALL_PROGRAM) -s'

# Folders that others have files in stay.
uninstall:			## remove what install has put there
	$(Q)rm -f '$(DESTDIR)$(bindir)/caretaker'
	$(Q)for file in $(installed-data); do rm -f "$(DESTDIR)$${file#*:}"; done
	$(Q)for folder in '$(pkgdatadir)' '$(docdir)'; do \
		[ ! -d "$(DESTDIR)$$folder" ] || find "$(DESTDIR)$$folder" -depth -type d -empty -delete; \
	done

deb: tools $(BUILD)/.packages-deb	## build/caretaker_VERSION_ARCHITECTURE.deb, reproducible
	$(Q)MAKE='$(MAKE)' docs/packaging/deb.sh $(BUILD) $(LATELIBS)

.PHONY: install-check
install-check: all $(BUILD)/.packages-install $(BUILD)/.packages-deb	## what is installed; pages, completion and schemas against the tool
	$(Q)MAKEFLAGS= tests/install/run.sh $(BUILD)/caretaker

install-check-%: all $(BUILD)/.packages-install $(BUILD)/.packages-deb	# one part: make install-check-pages
	$(Q)MAKEFLAGS= tests/install/run.sh $(BUILD)/caretaker $*
