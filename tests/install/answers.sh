#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the verbs answer, with a TPM in swtpm, an enrolment and a quote of its own; answers.py has the
# cases: answers.sh TOOL OPTIONS.SO
set -u
caretaker=$(realpath "$1")
listing=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/vectors/swtpm.sh
. "$here/../vectors/swtpm.sh"

start_tpm answers --pcr-banks sha256
kernel=$(printf kernel | sha256sum | cut -d' ' -f1)
payload=$(printf payload | sha256sum | cut -d' ' -f1)
signer=00112233445566778899aabbccddeeff00112233
line="console=ttyS0 lockdown=integrity"
echo "$line" > "$work/cmdline"
python3 "$top/tests/vectors/quote_logs.py" logs "$work" "$kernel" "$line" "$payload" "$signer" caretaker 1.0 3
while read -r pcr digest; do
	tpm2_pcrextend "$pcr:sha256=$digest" || exit 1
done < "$work/extend"
cat > "$work/ref.json" <<END
{ "format": "caretaker-reference", "version": 1,
  "payloads": [ { "name": "caretaker", "version": "1.0", "svn": 3, "digests": { "sha256": "$payload" } } ],
  "signers": [ { "id": "$signer", "subject": "/CN=test" } ],
  "boot": [ { "kind": "kernel", "description": "test", "digests": { "sha256": "$kernel" } } ],
  "pcrs": {}, "ima_policies": [] }
END
cat $cas > "$work/ca.pem"
cd "$work" || exit 3
PYTHONPATH="$here:$top/tests/vectors" python3 "$here/answers.py" "$caretaker" "$listing" "$tcti"
