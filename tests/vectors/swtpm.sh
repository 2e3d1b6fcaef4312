# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# To be read by scripts that test the command line against TPMs in swtpm: steps that
# are expected to end in a certain way, and a TPM with EK certificates of its own
# maker.  Sets work, failed; start_tpm sets tcti, host, cas.

work=$(mktemp -d)
failed=0
swtpm_pids=()
# Below those that the kernel gives to clients (net.ipv4.ip_local_port_range)
port=$((10000 + RANDOM % 20000))

stop_tpms() {
	[ ${#swtpm_pids[@]} -eq 0 ] && return
	kill "${swtpm_pids[@]}" 2>/dev/null
	wait "${swtpm_pids[@]}" 2>/dev/null
	swtpm_pids=()
}

trap 'stop_tpms; rm -rf "$work"' EXIT

for tool in swtpm swtpm_setup tpm2_pcrextend openssl python3; do
	command -v $tool >/dev/null || { echo "SKIP: $tool is missing"; exit 77; }
done

# wrong TEXT: a case failed
wrong() {
	echo "FAILED  $1"
	failed=1
}

# expect NAME STATUS COMMAND...: its output is kept in $work/out and $work/err
expect() {
	local name=$1 want=$2 got
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	got=$?
	if [ $got -eq "$want" ]; then
		echo "ok      $name"
	else
		wrong "$name: status $got, not $want"
		sed 's/^/      /' "$work/out" "$work/err"
	fi
}

# says NAME TEXT: the last command said this on standard error
says() {
	if grep -qF -- "$2" "$work/err"; then
		echo "ok      $1: says \"$2\""
	else
		wrong "$1: does not say \"$2\": $(cat "$work/err")"
	fi
}

# reason NAME WORD: the first reason of the verdict in $work/out
reason() {
	local got
	got=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["reason"])' "$work/out")
	if [ "$got" = "$2" ]; then
		echo "ok      $1: $2"
	else
		wrong "$1: reason $got, not $2"
	fi
}

# serve_tpm DIR: the TPM whose state is there, at two ports that nobody has; sets port, tcti
serve_tpm() {
	for _ in $(seq 10); do
		port=$((port + 2))
		swtpm socket --tpm2 --tpmstate dir="$1/state" --server type=tcp,port=$port \
			--ctrl type=tcp,port=$((port + 1)) --flags not-need-init,startup-clear \
			2>"$1/swtpm.log" &
		tcti=swtpm:host=127.0.0.1,port=$port
		export TPM2TOOLS_TCTI=$tcti
		# It ends where a port is somebody else's
		while kill -0 $! 2>/dev/null; do
			if tpm2_getrandom 1 >/dev/null 2>&1 && sleep 0.1 && kill -0 $! 2>/dev/null; then
				swtpm_pids+=($!)
				return 0
			fi
			sleep 0.1
		done
	done
	return 1
}

# start_tpm NAME [OPTION OF swtpm_setup]...: its maker is in $work/NAME/ca
start_tpm() {
	local dir=$work/$1
	shift
	mkdir -p "$dir/state" "$dir/ca"
	cat >"$dir/localca.conf" <<-END
	statedir = $dir/ca
	signingkey = $dir/ca/signkey.pem
	issuercert = $dir/ca/issuercert.pem
	certserial = $dir/ca/certserial
	END
	cat >"$dir/setup.conf" <<-END
	create_certs_tool = $(command -v swtpm_localca)
	create_certs_tool_config = $dir/localca.conf
	create_certs_tool_options = /etc/swtpm-localca.options
	END
	if ! swtpm_setup --tpm2 --tpmstate "$dir/state" --create-ek-cert --config "$dir/setup.conf" \
		--logfile "$dir/setup.log" "$@" >/dev/null 2>&1; then
		echo "SKIP: swtpm_setup does not work here"
		tail -5 "$dir/setup.log"
		exit 77
	fi
	serve_tpm "$dir" || { echo "FAILED  no TPM answers: $(cat "$dir/swtpm.log")"; exit 1; }
	host="--tcti $tcti"
	cas="$dir/ca/issuercert.pem $dir/ca/swtpm-localca-rootca-cert.pem"
}
