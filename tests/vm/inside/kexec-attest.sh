# SPDX-License-Identifier: GPL-2.0-only
#
# For kexec.sh: what a host that is judged does in either kernel. The verifier is kexec.sh
# beside boot.sh; they speak through the share alone.
. /lab/exchange.sh

# guest NAME: a VM with a caretaker, which lives as long as its kernel
guest() {
	vmm --payload /tmp/payloads/good --count 1000 --every 100 --vmm-id "$1" --hold /tmp/stop >/tmp/guest.log 2>&1 &
	for _ in $(seq 300); do
		grep -q '^vmm: holding' /tmp/guest.log && break
		usleep 100000
	done
	check "$1/guest" grep -q '^vmm: holding' /tmp/guest.log
}
