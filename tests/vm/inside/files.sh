#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Files that lie, hang or change while they are read, where a signature is enforced.
. /lab/report.sh
get_payloads

same "enforced" 1 "$(cat $caretaker/enforce)"
check "ima/policy" load_policy
named files files /tmp/payloads/good /tmp/payloads/flipped
# Whatever happened: it still loads what is good, and the module can go
named afterwards refuse --dir /tmp/payloads --expect 0 good
check "module-can-go" sh -c "rmmod kvm_amd && rmmod kvm"
