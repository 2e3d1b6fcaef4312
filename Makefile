# SPDX-License-Identifier: GPL-2.0-only
#
# Caretaker: tools, payload, kernel, and their tests. `make help` lists targets.

BUILD := build
JOBS  ?= $(shell nproc)
V     ?= 0
Q     := $(if $(filter 1,$(V)),,@)
CCACHE := $(shell command -v ccache 2>/dev/null)
STEP  := LOGS=$(BUILD)/logs V=$(V) tests/step.sh

export V JOBS

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE
FORCE:

include kernel/base.mk
include kernel/build.mk
