# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_quote: seed_quote.py FOLDER"""
import json
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import quote  # noqa: E402


def serialized(pcrs):
    """What tpm2_quote -o writes: TPML_PCR_SELECTION and one TPML_DIGEST, as in memory."""
    bits = sum(1 << p for p in pcrs).to_bytes(4, "little")
    head = struct.pack("<IHB", 1, 0xb, 3) + bits + b"\0"
    values = b"".join(struct.pack("<H", 32) + bytes(64) for _ in pcrs)
    return head.ljust(132, b"\0") + struct.pack("<II", 1, len(pcrs)) + values.ljust(528, b"\0")


def key(*options):
    private = subprocess.run(["openssl", "genpkey", *options], capture_output=True, check=True).stdout
    return [subprocess.run(["openssl", "pkey", "-pubout", "-outform", form], input=private,
                           capture_output=True, check=True).stdout for form in ("PEM", "DER")]


attest = quote.attest(select=[("sha256", [0, 10])])
two = quote.attest(select=[("sha1", [10]), ("sha256", [0, 10])])
values = {"sha256": {"0": "00" * 32, "10": "00" * 32}}
ecdsa = struct.pack(">HH", quote.ECDSA, 0xb) + quote.sized(bytes(32)) + quote.sized(bytes(32))
cases = [(1, attest, quote.rsassa(bytes(256))), (1, two, quote.rsassa(bytes(256), alg=quote.RSAPSS)),
         (0, attest, ecdsa), (0, attest, b"\x30\x06\x02\x01\x01\x02\x01\x01"), (1, attest, bytes(256)),
         (2, attest, json.dumps(values).encode()), (2, attest, bytes(64)), (2, two, bytes(84)),
         (2, attest, serialized([0, 10]))]
seeds = [bytes([kind]) + struct.pack(">H", len(a)) + a + other for kind, a, other in cases]
for public in key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"):
    seeds.append(b"\3\0\0" + public)
for i, data in enumerate(seeds):
    with open(os.path.join(sys.argv[1], f"seed-{i}"), "wb") as out:
        out.write(data)
