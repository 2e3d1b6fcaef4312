#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Enrolment, quote and verdict against a real TPM implementation (swtpm), end to
# end through the command line.  The logs are made by quote_logs.py, and their
# digests are extended into swtpm's registers.
#
#     tests/vectors/quote_swtpm.sh [build/caretaker]

set -u
caretaker=$(realpath "${1:-build/caretaker}")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/vectors/swtpm.sh
. "$here/swtpm.sh"

start_tpm usual --pcr-banks sha256

# --- Reference values -------------------------------------------------------------

line="console=ttyS0 lockdown=integrity"
payload=$(printf payload | sha256sum | cut -d' ' -f1)
kernel=$(printf kernel | sha256sum | cut -d' ' -f1)
signer=00112233445566778899aabbccddeeff00112233
cat >"$work/ref.json" <<END
{ "format": "caretaker-reference", "version": 1,
  "payloads": [ { "name": "caretaker", "version": "1.0", "svn": 3, "digests": { "sha256": "$payload" } } ],
  "signers": [ { "id": "$signer", "subject": "/CN=test" } ],
  "boot": [ { "kind": "kernel", "description": "test", "digests": { "sha256": "$kernel" } } ],
  "pcrs": {}, "ima_policies": [] }
END
sed "s/$payload/$(printf other | sha256sum | cut -d' ' -f1)/" "$work/ref.json" >"$work/ref-other.json"
echo "$line" >"$work/cmdline"
python3 "$here/quote_logs.py" logs "$work" "$kernel" "$line" "$payload" "$signer" caretaker 1.0 3
while read -r pcr digest; do
	tpm2_pcrextend "$pcr:sha256=$digest" || exit 1
done <"$work/extend"
logs="--ima-log $work/ima.log --uefi-log $work/uefi.log --userspace-log $work/user.log --command-line $work/cmdline"
rules=$top/policy/rules.json
expect "lint of rules and reference" 0 "$caretaker" policy lint "$rules" "$work/ref.json"

# --- Enrolment ------------------------------------------------------------------------

# enrol NAME OPTIONS...: into $work/NAME.json
enrol() {
	local name=$1
	shift
	expect "$name: enroll" 0 "$caretaker" quote $host "$@" --enroll --out "$work/enrol"
	expect "$name: challenge" 0 "$caretaker" attest --challenge --enrolment "$work/enrol" \
		--ek-ca $cas --out "$work/challenge" --secret-out "$work/secret"
	expect "$name: activate" 0 "$caretaker" quote $host "$@" --activate "$work/challenge" \
		--out "$work/response"
	expect "$name: finish" 0 "$caretaker" attest --finish "$work/response" --secret "$work/secret" \
		--enrolment "$work/enrol" --out "$work/$name.json"
	[ ! -e "$work/secret" ] || wrong "$name: the secret is still there"
}
enrol host
enrol host-rsa --ak-type rsa

# swtpm certifies RSA 2048 and ECC P-384; a P-256 certificate is made here
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -subj "/CN=test TPM maker" \
	-out "$work/ca.pem" -days 2 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/any.key" -subj "/CN=EK" \
	-out "$work/any.csr" 2>/dev/null
tpm2_createek -T "$tcti" -G ecc -c "$work/ek.ctx" -u "$work/ek.pem" -f pem >/dev/null
tpm2_flushcontext -T "$tcti" -t
printf 'extendedKeyUsage=2.23.133.8.1\nbasicConstraints=critical,CA:false\n' >"$work/ek.ext"
openssl x509 -req -in "$work/any.csr" -force_pubkey "$work/ek.pem" -CA "$work/ca.pem" \
	-CAkey "$work/ca.key" -CAcreateserial -days 2 -extfile "$work/ek.ext" -outform DER \
	-out "$work/ek.der" 2>/dev/null
tpm2_nvdefine -T "$tcti" -C o -s "$(stat -c %s "$work/ek.der")" \
	-a "ownerread|authread|ownerwrite|no_da" 0x01c0000a >/dev/null
tpm2_nvwrite -T "$tcti" -C o -i "$work/ek.der" 0x01c0000a
swtpm_cas=$cas
cas=$work/ca.pem
enrol host-ecc --ek-type ecc
expect "chain of another maker" 1 "$caretaker" attest --challenge --enrolment "$work/enrol" \
	--ek-ca $swtpm_cas --out "$work/c" --secret-out "$work/s"
# The same host under another EK is another host
expect "ecc: enroll again" 0 "$caretaker" quote $host --ek-type ecc --enroll --out "$work/enrol"
expect "ecc: challenge" 0 "$caretaker" attest --challenge --enrolment "$work/enrol" --ek-ca $cas \
	--out "$work/challenge" --secret-out "$work/secret"
expect "ecc: activate" 0 "$caretaker" quote $host --ek-type ecc --activate "$work/challenge" \
	--out "$work/response"
cp "$work/host.json" "$work/host-before.json"
expect "identity of another EK" 1 "$caretaker" attest --finish "$work/response" \
	--secret "$work/secret" --enrolment "$work/enrol" --out "$work/host.json"
expect "identity is unchanged" 0 cmp "$work/host.json" "$work/host-before.json"
[ ! -e "$work/secret" ] || wrong "identity of another EK: the secret is still there"
cas=$swtpm_cas
expect "no authority" 1 "$caretaker" attest --challenge --enrolment "$work/enrol" \
	--ek-ca "$work/usual/ca/issuercert.pem" --out "$work/c" --secret-out "$work/s"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/other.key" -subj /CN=other \
	-out "$work/other.pem" -days 2 2>/dev/null
expect "another authority" 1 "$caretaker" attest --challenge --enrolment "$work/enrol" \
	--ek-ca "$work/other.pem" --out "$work/c" --secret-out "$work/s"
[ ! -e "$work/c" ] && [ ! -e "$work/s" ] || wrong "output of a refused challenge"

# A challenge for another AK of the same TPM must not be answerable
expect "rsa: enroll again" 0 "$caretaker" quote $host --ak-type rsa --enroll --out "$work/enrol"
expect "rsa: challenge" 0 "$caretaker" attest --challenge --enrolment "$work/enrol" --ek-ca $cas \
	--out "$work/challenge" --secret-out "$work/secret"
expect "challenge for another AK" 3 "$caretaker" quote $host --activate "$work/challenge" \
	--out "$work/none"
sed 's/"proof": "../"proof": "00/' "$work/response" >"$work/forged"
expect "forged response" 1 "$caretaker" attest --finish "$work/forged" --secret "$work/secret" \
	--enrolment "$work/enrol" --out "$work/none"
[ ! -e "$work/none" ] || wrong "output of a refused step"
[ ! -e "$work/secret" ] || wrong "forged response: the secret is still there"

# --- Quote and verdict --------------------------------------------------------------------

# attest NONCE HOST [OPTIONS]
attest() {
	local nonce=$1 who=$2
	shift 2
	"$caretaker" attest --evidence "$work/evidence" --nonce "$nonce" --host "$work/$who.json" \
		--reference "$work/ref.json" --rules "$rules" --json "$@"
}
new_nonce() { "$caretaker" attest --new-nonce --state "$work/nonces"; }

nonce=$(new_nonce)
expect "quote" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
expect "verdict" 0 attest "$nonce" host --state "$work/nonces"
cp "$work/out" "$work/verdict.json"
python3 - "$work/verdict.json" "$payload" <<'END' || failed=1
import json, sys
v = json.load(open(sys.argv[1]))
vm, = v["vms"]
assert vm["name"] == "caretaker" and vm["version"] == "1.0" and vm["svn"] == 3, vm
assert vm["digest"] == sys.argv[2] and vm["mode"] == "isolated" and vm["verdict"] == "accepted", vm
assert v["boot"]["secure_boot"] is True and "lockdown=integrity" in v["boot"]["command_line"], v
assert v["host"]["vouched"] == "certificate" and len(v["host"]["ak_name"]) == 68, v["host"]
assert v["tool"].startswith("caretaker "), v
assert v["expires"] > v["issued"] and v["reset_count"] >= 0 and v["refusals"] == 0, v
print("ok      verdict's content")
END
expect "verdict stands" 0 "$caretaker" attest --standing "$work/verdict.json"
for what in "host $work/host.json" "rules $rules" "reference $work/ref.json"; do
	set -- $what
	expect "verdict stands for this $1" 0 "$caretaker" attest --standing "$work/verdict.json" \
		--"$1" "$2"
done
expect "verdict of another host" 1 "$caretaker" attest --standing "$work/verdict.json" \
	--host "$work/host-ecc.json"
says "verdict of another host" another-host
expect "verdict of another AK" 1 "$caretaker" attest --standing "$work/verdict.json" \
	--host "$work/host-rsa.json"
expect "verdict by other rules" 1 "$caretaker" attest --standing "$work/verdict.json" \
	--rules "$top/policy/rules-lab.json"
expect "verdict by another reference" 1 "$caretaker" attest --standing "$work/verdict.json" \
	--reference "$work/ref-other.json"
sed 's/"tool": "caretaker [^"]*"/"tool": "caretaker 0.0"/' "$work/verdict.json" >"$work/verdict-other.json"
expect "verdict of another release" 1 "$caretaker" attest --standing "$work/verdict-other.json"
says "verdict of another release" other-tool
expect "no file to compare with" 3 "$caretaker" attest --standing "$work/verdict.json" \
	--host "$work/missing"
expect "verdict expires" 1 "$caretaker" attest --standing "$work/verdict.json" --now 4102444800
expect "same nonce again" 1 attest "$nonce" host --state "$work/nonces"
reason "same nonce again" stale-nonce
expect "another nonce" 1 attest "$(new_nonce)" host --state "$work/nonces"
reason "another nonce" stale-nonce
expect "nonce of nobody" 1 attest "$(openssl rand -hex 32)" host --state "$work/nonces"
reason "nonce of nobody" stale-nonce
expect "another AK" 1 attest "$nonce" host-rsa
reason "another AK" wrong-ak
expect "no reference" 3 "$caretaker" attest --evidence "$work/evidence" --nonce "$nonce" \
	--host "$work/host.json" --reference "$work/missing" --rules "$rules"
cp "$work/ref.json" "$work/ref-good.json"
cp "$work/ref-other.json" "$work/ref.json"
expect "payload not in the reference" 1 attest "$nonce" host
reason "payload not in the reference" unknown-payload
cp "$work/ref-good.json" "$work/ref.json"

nonce=$(new_nonce)
expect "quote by RSA" 0 "$caretaker" quote $host --ak-type rsa --nonce "$nonce" $logs \
	--out "$work/evidence"
expect "verdict on RSA" 0 attest "$nonce" host-rsa --state "$work/nonces"

# --- The file: an archive, from and to pipes, never half a one ------------------------------

nonce=$(new_nonce)
expect "quote into a folder" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work"
expect "evidence is an archive" 0 tar -C "$work/nonces" -xf "$work/evidence.tar"
expect "IMA's list is in it" 0 cmp "$work/nonces/ima_log" "$work/ima.log"
expect "the firmware's log is in it" 0 cmp "$work/nonces/uefi_log" "$work/uefi.log"
expect "an archive is evidence" 0 tar -C "$work/nonces" -b1 --format=ustar --owner=0 --group=0 \
	--numeric-owner --mtime=@0 --mode=0644 -cf "$work/evidence" evidence.json uefi_log userspace_log ima_log
rm "$work/nonces"/{evidence.json,uefi_log,userspace_log,ima_log}
expect "both are the same" 0 cmp "$work/evidence" "$work/evidence.tar"
expect "verdict on an archive" 0 attest "$nonce" host

# piped COMMAND...: its standard output goes to attest's standard input
piped() {
	"$@" | "$caretaker" attest --evidence - --nonce "$nonce" --host "$work/host.json" \
		--reference "$work/ref.json" --rules "$rules" --json
}
expect "from a pipe" 0 piped cat "$work/evidence"
expect "from quote to attest" 0 piped "$caretaker" quote $host --nonce "$nonce" $logs --out -
mkfifo "$work/fifo"
cat "$work/ima.log" >"$work/fifo" &
expect "the list from a pipe" 0 piped "$caretaker" quote $host --nonce "$nonce" ${logs/ima.log/fifo} --out -
wait $!
expect "cut" 1 piped head -c -512 "$work/evidence"
reason "cut" bad-evidence
expect "something behind" 1 piped cat "$work/evidence" "$work/cmdline"
reason "something behind" bad-evidence
expect "cut in IMA's list" 1 piped head -c -2048 "$work/evidence"
reason "cut in IMA's list" bad-evidence
expect "nothing" 1 piped true
reason "nothing" bad-evidence
expect "version 1" 1 piped echo '{ "format": "caretaker-evidence", "version": 1 }'
reason "version 1" bad-evidence
expect "a folder as evidence" 3 "$caretaker" attest --evidence "$work" --nonce "$nonce" \
	--host "$work/host.json" --reference "$work/ref.json" --rules "$rules"
size=$(stat -c %s "$work/ima.log")
expect "as long as allowed" 0 "$caretaker" quote $host --nonce "$nonce" $logs --max-size "$size" \
	--out "$work/evidence"
expect "as long as allowed, verdict" 0 attest "$nonce" host --max-size "$size"
expect "longer than allowed" 3 "$caretaker" quote $host --nonce "$nonce" $logs \
	--max-size $((size - 1)) --out "$work/none"
says "longer than allowed" "larger than $((size - 1)) bytes"
expect "longer than allowed, verdict" 1 attest "$nonce" host --max-size $((size - 1))
reason "longer than allowed, verdict" bad-evidence
expect "no limit" 2 attest "$nonce" host --max-size 8589934592

# --- A list of any length in 16 MiB ----------------------------------------------------------

# small NAME VMS COMMAND...: accepted, with a peak of at most 16 MiB, and 0.7 KiB for each of VMS
small() {
	local name=$1 vms=$2 peak
	shift 2
	expect "$name" 0 /usr/bin/time -q -f %M -o "$work/peak" "$@"
	peak=$(cat "$work/peak")
	if [ "$peak" -le $((16384 + 7 * vms / 10)) ]; then
		echo "ok      $name: $peak KiB"
	else
		wrong "$name: $peak KiB"
	fi
}
records=${LIST_RECORDS:-1000000}
python3 "$here/long_list.py" "$work/ima.log" "$work/long.log" "$records"
small "quote of $records records" 0 "$caretaker" quote $host --nonce "$nonce" ${logs/ima.log/long.log} --out "$work/evidence"
expect "all of them are in it" 0 test "$(stat -c %s "$work/evidence")" -gt "$(stat -c %s "$work/long.log")"
small "verdict on $records records" 0 "$caretaker" attest --evidence "$work/evidence" --nonce "$nonce" \
	--host "$work/host.json" --reference "$work/ref.json" --rules "$rules"
small "check of $records records" 0 "$caretaker" check ima "$work/long.log"
rm "$work/long.log" "$work/evidence"

# systemd extends PCR 9 from user space, and says so where it has a log
word() { printf %s "$1" | sha256sum | cut -d' ' -f1; }
user_record() {
	printf '\036{"pcr":%s,"digests":[{"hashAlg":"sha256","digest":"%s"}],"content_type":"systemd","content":{"string":"%s"}}\n' \
		"$1" "$(word "$2")" "$2"
}
tpm2_pcrextend -T "$tcti" "9:sha256=$(word nvpcr-separator)" || exit 1
nonce=$(new_nonce)
expect "quote after user space" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
expect "PCR 9 went on, without a log" 0 attest "$nonce" host
user_record 9 nvpcr-separator >"$work/user.log"
user_record 9 later >>"$work/user.log"
expect "quote with its log" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
expect "PCR 9 went on, with a log" 0 attest "$nonce" host
chmod +t "$work/user.log"
expect "systemd was interrupted" 3 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/none"
says "systemd was interrupted" "marked as incomplete"
chmod -t "$work/user.log"
user_record 9 os-separator >"$work/user.log"
expect "quote with another log" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
expect "user space's log of something else" 1 attest "$nonce" host
reason "user space's log of something else" userspace-log-mismatch
rm "$work/user.log"

# As many VMs as a verifier follows: only claims grow with them, no text
vms=${LIST_VMS:-65536}
python3 "$here/many_vms.py" "$port" "$work/ima.log" "$vms" "$payload" "$signer" caretaker 1.0 3 ||
	wrong "$vms VMs"
nonce=$(new_nonce)
small "quote of $vms VMs" 0 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/evidence"
small "verdict on $vms VMs" "$vms" "$caretaker" attest --evidence "$work/evidence" --nonce "$nonce" \
	--host "$work/host.json" --reference "$work/ref.json" --rules "$rules" --json
mv "$work/out" "$work/verdict.json"
expect "each VM is in the verdict" 0 python3 -c '
import json, sys
vms = json.load(open(sys.argv[1]))["vms"]
assert [vm["vm"] for vm in vms] == list(range(1, int(sys.argv[2]) + 1))
' "$work/verdict.json" "$vms"
small "check of $vms VMs" 0 "$caretaker" check ima "$work/ima.log"
expect "a disk that is full" 3 sh -c '"$@" >/dev/full' sh "$caretaker" attest --evidence "$work/evidence" \
	--nonce "$nonce" --host "$work/host.json" --reference "$work/ref.json" --rules "$rules" --json

sed -i 's/caretaker-install/caretaker-remove_/' "$work/ima.log"
nonce=$(new_nonce)
expect "quote with an altered log" 0 "$caretaker" quote $host --nonce "$nonce" $logs \
	--out "$work/evidence"
expect "altered log" 1 attest "$nonce" host
reason "altered log" ima-log-altered
expect "fewer registers" 0 "$caretaker" quote $host --pcrs sha256:0-9 --nonce "$nonce" $logs \
	--out "$work/evidence"
expect "PCR 10 not quoted" 1 attest "$nonce" host
reason "PCR 10 not quoted" pcr-selection

stop_tpms
expect "no TPM" 3 "$caretaker" quote $host --nonce "$nonce" $logs --out "$work/none"
[ ! -e "$work/none" ] || wrong "evidence without a TPM"
exit $failed
