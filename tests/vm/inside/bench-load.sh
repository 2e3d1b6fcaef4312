#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions that loading takes: modules first, since KVM needs the real one.
. /lab/report.sh
cp -r /share/files /tmp/files
load_policy
load module 5 /tmp/files/module-* && modprobe kvm_amd && load caretaker 5 /tmp/files/caretaker-*
