#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that an exit takes: bench-exits.sh COUNT
exits 3 "$1" /share/good
