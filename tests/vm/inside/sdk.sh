#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The SDK's example, built outside of the tree by two compilers, and from headers of kernels that
# know less of the structures than this one, or more.
. /lab/report.sh
cp -r /share/sdk /tmp/sdk

check "enforce" sh -c "echo 1 >$caretaker/enforce"
check "ima-policy" load_policy
for built in gcc clang smaller larger; do
	check "$built/isolated" vmm --payload /tmp/sdk/$built --next-rip --uncounted --count 2000 --vcpus 2
	check "$built/shared" vmm --payload /tmp/sdk/$built --next-rip --uncounted --count 2000 --shared
done
named refused refuse --dir /tmp/sdk --once --expect EOPNOTSUPP too-large
check "refused/too-large-by-its-rule" sh -c "dmesg | grep -q 'built for a structure that has no room in a slot'"
