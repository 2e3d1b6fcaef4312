#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The lab's software TPM: manufactured once, with endorsement certificates from a
# CA of its own under build/lab, then copied for each boot.
#
#   tpm.sh make [BANK]        manufacture, if it is not there, with this bank alone (sha256)
#   tpm.sh copy DIR [BANK]    a fresh TPM for one boot
#   tpm.sh ca [BANK]          print the CA certificates (PEM), root last
#
# The EKs are of RSA 2048 and P-384.
set -euo pipefail
. "$(dirname "$0")/lab.sh"

# make_tpm BANK
make_tpm() {
	local bank=$1

	state=$LAB/tpm ca=$LAB/tpm-ca
	[ "$bank" = sha256 ] || state=$LAB/tpm-$bank ca=$LAB/tpm-ca-$bank
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
	active_pcr_banks = $bank
	END
	swtpm_setup --tpm2 --tpmstate "$state" --config "$ca/setup.conf" \
		--create-ek-cert --create-platform-cert --lock-nvram --overwrite \
		--pcr-banks "$bank" >"$LAB/tpm-setup.log" 2>&1 || {
		tail -n 5 "$LAB/tpm-setup.log" >&2
		die "swtpm_setup failed, see $LAB/tpm-setup.log"
	}
	touch "$state/complete"
}

exec 9>"$LAB/tpm.lock"
flock 9
case ${1:-} in
make) make_tpm "${2:-sha256}" ;;
copy) make_tpm "${3:-sha256}"; mkdir -p "$2"; cp "$state"/tpm2-00.permall "$2/" ;;
ca)   make_tpm "${2:-sha256}"; cat "$ca/issuercert.pem" "$ca/swtpm-localca-rootca-cert.pem" ;;
*)    echo "usage: tpm.sh make [BANK] | copy DIR [BANK] | ca [BANK]" >&2; exit 2 ;;
esac
