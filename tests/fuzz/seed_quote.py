# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_quote: seed_quote.py FOLDER"""
import json
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import quote  # noqa: E402
from damage import damage  # noqa: E402


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


def certificate():
    pem = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                          "/dev/null", "-subj", "/CN=ak"], capture_output=True, check=True).stdout
    return pem, subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem,
                               capture_output=True, check=True).stdout


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
wrong = [(1, attest, b"\0\x14\0\x0b"), (0, attest, ecdsa[:20]), (1, attest, ecdsa), (0, attest, quote.rsassa(b"x")),
         (2, attest, b"{}"), (2, attest, b"["), (2, attest, b'{"md5": {}}'), (2, attest, b'{"sha256": []}'),
         (2, attest, b'{"sha256": {"24": "00"}}'), (2, attest, b'{"sha256": {"0": "00"}}'),
         (2, attest, b'{"sha256": {"0": 1}}'), (2, attest, serialized([0])), (2, two, bytes(7))]
seeds += [bytes([kind]) + struct.pack(">H", len(a)) + a + other for kind, a, other in wrong]
for start in (b"", b"-----BEGIN PUBLIC KEY-----\nx\n", b"\x30\0", b"\0\4test"):
    seeds.append(b"\3\0\0" + start)
tpm = struct.pack(">HHIH", 0x23, 0xb, 0x50072, 0) + struct.pack(">HHHHH", 0x10, 0x18, 0xb, 3, 0x10)
tpm = quote.sized(tpm + quote.sized(bytes(32)) + quote.sized(bytes(32)))
sha1 = struct.pack(">HH", 0x14, 4) + quote.sized(bytes(256))
seeds += [b"\1" + struct.pack(">H", len(attest)) + attest + sha1, *(b"\3\0\0" + c for c in certificate())]
for bits in ("1024", "2048"):
    seeds.append(b"\3\0\0" + key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits)[0])
seeds += [b"\3\0\0" + tpm, b"\3\0\0" + key("-algorithm", "ED25519")[0]]
for name, data in damage("attest", attest).items():
    seeds.append(b"\1" + struct.pack(">H", len(data)) + data)
for i, data in enumerate(seeds):
    with open(os.path.join(sys.argv[1], f"seed-{i}"), "wb") as out:
        out.write(data)
