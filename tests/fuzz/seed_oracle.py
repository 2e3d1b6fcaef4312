#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_oracle: trusted certificates and signatures of all forms that the kernel loads.

seed_oracle.py FOLDER
"""
import os
import subprocess
import sys
import tempfile

PROFILE = ["-noattr", "-binary", "-nosmimecap"]
# Of ML-DSA attributes are signed.
MLDSA = ["-binary", "-nosmimecap", "-md", "sha512"]
OPENSSL35 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../openssl35.sh")
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
CA = "basicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=keyCertSign,cRLSign\n"
IDS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier="
# name: subject, issuer, key, extensions
CERTIFICATES = {
    "ca": ("/CN=ca", "ca", "ec", CA + IDS + "keyid:always,issuer:always\n"),
    "leaf": ("/CN=leaf", "ca", "ec", LEAF + IDS + "keyid:always\nextendedKeyUsage=codeSigning\n"),
    "named": ("/O=seed/CN=leaf", "ca", "rsa", LEAF + IDS + "keyid:always,issuer:always\n"),
    "own": ("/CN=own", "own", "ec", LEAF + IDS + "keyid:always\n"),
    "mldsa": ("/CN=mldsa", "mldsa", "ml-dsa-44", LEAF + IDS + "keyid:always\n"),
    "mldsa-leaf": ("/CN=leaf", "ca", "ml-dsa-65", LEAF + IDS + "keyid:always\n"),
    "bare": ("/CN=bare/emailAddress=a@example.org", "bare", "ec", "subjectKeyIdentifier=none\n"),
}
# trusted, signers, options
SEEDS = {
    "leaf": (["leaf"], ["leaf"], ["-nocerts"]),
    "named": (["named"], ["named"], ["-nocerts", "-md", "sha512"]),
    "key-id": (["own"], ["own"], ["-nocerts", "-keyid"]),
    "bare": (["bare", "ca"], ["bare"], ["-nocerts"]),
    "two": (["leaf", "own"], ["leaf", "own"], ["-nocerts"]),
    "one-of-two": (["own"], ["leaf", "own"], ["-nocerts"]),
    "carried": (["leaf"], ["leaf"], []),
    "chain": (["leaf", "ca"], ["leaf"], ["-certfile", "ca"]),
    "two-carried": (["named", "own"], ["named", "own"], ["-certfile", "ca"]),
    "mldsa": (["mldsa"], ["mldsa"], ["-nocerts"]),
    "mldsa-carried": (["mldsa"], ["mldsa"], []),
    "mldsa-chain": (["mldsa-leaf", "ca"], ["mldsa-leaf"], ["-certfile", "ca"]),
    "mldsa-two": (["mldsa", "mldsa-leaf"], ["mldsa", "mldsa-leaf"], ["-nocerts"]),
}


def run(*words):
    subprocess.run((OPENSSL35,) + words, check=True, capture_output=True)


def make_certificate(name, subject, issuer, kind, extensions):
    algorithm = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}.get(kind, [kind])
    with open(name + ".ext", "w", encoding="ascii") as out:
        out.write(extensions)
    run("req", "-new", "-newkey", *algorithm, "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
        "-subj", subject)
    sign = ["-signkey", name + ".key"] if issuer == name else ["-CA", issuer, "-CAkey", issuer + ".key"]
    run("x509", "-req", "-in", name + ".csr", "-out", name, "-days", "999", "-extfile", name + ".ext", *sign)
    run("x509", "-in", name, "-outform", "DER", "-out", name + ".der")


def trusted(names):
    out = b""
    for name in (names + [None])[:2]:
        der = b""
        if name:
            with open(name + ".der", "rb") as file:
                der = file.read()
        out += len(der).to_bytes(2, "big") + der
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        with open("data", "w", encoding="ascii") as out:
            out.write("x")
        for name, how in CERTIFICATES.items():
            make_certificate(name, *how)
        for name, (known, signers, options) in SEEDS.items():
            who = [word for s in signers for word in ("-signer", s, "-inkey", s + ".key")]
            profile = MLDSA if name.startswith("mldsa") else PROFILE
            run("cms", "-sign", "-in", "data", "-outform", "DER", "-out", "cms", *profile, *options, *who)
            with open("cms", "rb") as file, open(os.path.join(folder, "seed-" + name), "wb") as out:
                out.write(trusted(known) + file.read())
        os.chdir("/")


main()
