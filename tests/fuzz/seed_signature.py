#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_signature: what `openssl cms` makes with several sets of options.

seed_signature.py FOLDER
"""
import os
import subprocess
import sys
import tempfile

PROFILE = ["-noattr", "-nocerts", "-binary", "-nosmimecap"]
SEEDS = {
    "profile": PROFILE,
    "sha512": PROFILE + ["-md", "sha512"],
    "sha1": PROFILE + ["-md", "sha1"],
    "key-id": PROFILE + ["-keyid"],
    "attributes": ["-nocerts", "-binary"],
    "certificate": ["-noattr", "-binary"],
    "content": PROFILE + ["-nodetach"],
    "ber": PROFILE + ["-stream"],
}
# With ML-DSA, which takes OpenSSL 3.5: what is signed are attributes
MLDSA_SEEDS = {
    "mldsa": ["-nocerts", "-binary", "-nosmimecap", "-md", "sha512"],
    "mldsa-key-id": ["-nocerts", "-binary", "-nosmimecap", "-md", "sha512", "-keyid"],
    "mldsa-capabilities": ["-nocerts", "-binary", "-md", "sha512"],
    "mldsa-certificate": ["-binary", "-nosmimecap", "-md", "sha512"],
}
OPENSSL35 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../openssl35.sh")


def run(*words, openssl="openssl"):
    subprocess.run((openssl,) + words, check=True, capture_output=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        key, cert, data = (os.path.join(work, name) for name in ("key", "cert", "data"))
        with open(data, "w", encoding="ascii") as out:
            out.write("x")
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", cert, "-subj", "/CN=seed", "-days", "1")
        for name, options in SEEDS.items():
            run("cms", "-sign", "-in", data, "-signer", cert, "-inkey", key, "-outform", "DER",
                "-out", os.path.join(sys.argv[1], "seed-" + name), *options)
        run("req", "-x509", "-newkey", "ml-dsa-44", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=seed",
            "-days", "1", openssl=OPENSSL35)
        for name, options in MLDSA_SEEDS.items():
            run("cms", "-sign", "-in", data, "-signer", cert, "-inkey", key, "-outform", "DER",
                "-out", os.path.join(sys.argv[1], "seed-" + name), *options, openssl=OPENSSL35)


main()
