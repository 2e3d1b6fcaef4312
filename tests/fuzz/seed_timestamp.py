#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_timestamp: what `openssl ts` answers, as a response and as a token.

seed_timestamp.py FOLDER
"""
import os
import subprocess
import sys
import tempfile

CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = cert
signer_key = key
signer_digest = sha256
digests = sha256, sha384
default_policy = 1.2.3.4.1
accuracy = secs:1
tsa_name = {name}
ess_cert_id_alg = {ess}
"""
# Options of the query, the TSA's name in the token, the hash of its certificate
SEEDS = {
    "plain": ([], "no", "sha256"),
    "cert": (["-cert"], "no", "sha256"),
    "cert-name-sha1": (["-cert", "-no_nonce"], "yes", "sha1"),
    "refused": (["-sha512"], "no", "sha256"),
}


def openssl(*words):
    subprocess.run(("openssl",) + words, check=True, capture_output=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "key", "-out", "cert", "-subj", "/CN=seed", "-days", "9", "-addext",
                "extendedKeyUsage=critical,timeStamping")
        for name, (options, tsa_name, ess) in SEEDS.items():
            with open("tsa.cnf", "w", encoding="ascii") as out:
                out.write(CONFIGURATION.format(name=tsa_name, ess=ess))
            openssl("ts", "-query", "-data", "tsa.cnf", "-out", "query", *options)
            answer = os.path.join(folder, "seed-" + name)
            openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", answer)
            if name != "refused":
                openssl("ts", "-reply", "-config", "tsa.cnf", "-in", answer, "-token_out", "-out",
                        answer + "-token")
        os.chdir("/")


main()
