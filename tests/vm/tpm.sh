#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The lab's software TPM: manufactured once, with an endorsement certificate from a
# CA of its own under build/lab, then copied for each boot.
#
#   tpm.sh make        manufacture, if it is not there
#   tpm.sh copy DIR    a fresh TPM for one boot
#   tpm.sh ca          print the CA certificates (PEM), root last
set -euo pipefail
. "$(dirname "$0")/lab.sh"

state=$LAB/tpm
ca=$LAB/tpm-ca

make_tpm() {
	[ ! -e "$state/complete" ] || return 0
	rm -rf "$state" "$ca"
	mkdir -p "$state" "$ca"
	cat >"$ca/localca.conf" <<-END
	statedir = $ca
	signingkey = $ca/signkey.pem
	issuercert = $ca/issuercert.pem
	certserial = $ca/certserial
	END
	cat >"$ca/localca.options" <<-END
	--platform-manufacturer Caretaker
	--platform-version 1
	--platform-model lab
	END
	cat >"$ca/setup.conf" <<-END
	create_certs_tool = $(command -v swtpm_localca)
	create_certs_tool_config = $ca/localca.conf
	create_certs_tool_options = $ca/localca.options
	active_pcr_banks = sha256
	END
	swtpm_setup --tpm2 --tpmstate "$state" --config "$ca/setup.conf" \
		--create-ek-cert --create-platform-cert --lock-nvram --overwrite \
		--pcr-banks sha256 >"$LAB/tpm-setup.log" 2>&1 || {
		tail -n 5 "$LAB/tpm-setup.log" >&2
		die "swtpm_setup failed, see $LAB/tpm-setup.log"
	}
	touch "$state/complete"
}

exec 9>"$LAB/tpm.lock"
flock 9
case ${1:-} in
make) make_tpm ;;
copy) make_tpm; mkdir -p "$2"; cp "$state"/tpm2-00.permall "$2/" ;;
ca)   make_tpm; cat "$ca/issuercert.pem" "$ca/swtpm-localca-rootca-cert.pem" ;;
*)    echo "usage: tpm.sh make | copy DIR | ca" >&2; exit 2 ;;
esac
