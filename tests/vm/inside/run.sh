#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A caretaker under guests of every kind, in each way to install it.
. /lab/report.sh
get_payloads
good=/tmp/payloads/good

for mode in long ring3 prot32 step shadow fault debug watched cr4 timer deadline; do
	check "isolated/$mode" vmm --payload $good --mode $mode --count 20000
	check "shared/$mode" vmm --payload $good --mode $mode --count 20000 --shared
done
check "isolated/two-vcpus" vmm --payload $good --count 20000 --vcpus 2
check "isolated/two-vcpus-32-bit" vmm --payload $good --mode prot32 --count 20000 --vcpus 2
# One with TSX, whose leaf 7 is KVM's, and one without
check "isolated/tsx" vmm --payload $good --mode tsx --count 20000 --vcpus 2
check "shared/tsx" vmm --payload $good --mode tsx --count 20000 --vcpus 2 --shared
check "isolated/before-the-vcpus" vmm --payload $good --count 20000 --vcpus 2 --install-at 0
check "isolated/between-the-vcpus" vmm --payload $good --count 20000 --vcpus 3 --install-at 1
check "isolated/on-each-vcpu" vmm --payload $good --count 20000 --vcpus 2 --on-vcpu
check "isolated/port-write-after-each" vmm --payload $good --count 5000 --every 1
# Without an instruction length every CPUID must go to KVM, and be right
check "isolated/no-minimal-encodings" vmm --payload $good --count 20000 --no-min-encodings
check "shared/no-minimal-encodings" vmm --payload $good --count 20000 --no-min-encodings --shared
# One that was built for smaller structures than the kernel's, and one for larger
for size in smaller larger; do
	check "isolated/sizes-$size" vmm --payload /tmp/payloads/sizes-$size --count 20000
	check "shared/sizes-$size" vmm --payload /tmp/payloads/sizes-$size --count 20000 --shared
done
# What an exit owes beyond its answer
named duties duties /tmp/payloads
