#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# How long a guest stops when its caretaker is updated, in instructions: in Bochs, with a
# CPU for the guest and one for who updates it.
. /lab/report.sh
get_payloads
named isolated stops /tmp/payloads
named shared stops /tmp/payloads --shared
