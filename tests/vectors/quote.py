# SPDX-License-Identifier: GPL-2.0-only
"""Makes TPMS_ATTEST and TPMT_SIGNATURE structures, right and wrong ones (TPM 2.0 Part 2)."""
import hashlib
import struct

ALGS = {"sha1": 0x4, "sha256": 0xb, "sha384": 0xc, "sha512": 0xd}
RSASSA, RSAPSS, ECDSA = 0x14, 0x16, 0x18


def sized(data, size=None):
    return struct.pack(">H", len(data) if size is None else size) + data


def selection(entries):
    """entries: (bank or number, registers or raw bits)"""
    out = struct.pack(">I", len(entries))
    for bank, pcrs in entries:
        bits = pcrs if isinstance(pcrs, bytes) else sum(1 << p for p in pcrs).to_bytes(3, "little")
        out += struct.pack(">HB", ALGS.get(bank, bank), len(bits)) + bits
    return out


def attest(select=(("sha256", [10]),), values=None, magic=0xff544347, kind=0x8018, nonce=b"nonce",
           signer=b"\0\x0b" + bytes(32), safe=1, digest=None, trailing=b"", hash_name="sha256"):
    if digest is None:
        digest = hashlib.new(hash_name, b"".join(values or [bytes(32)])).digest()
    return struct.pack(">IH", magic, kind) + sized(signer) + sized(nonce) + \
        struct.pack(">QIIBQ", 123456, 7, 3, safe, 0x2019) + selection(list(select)) + sized(digest) + \
        trailing


def rsassa(value, hash_name="sha256", alg=RSASSA):
    return struct.pack(">HH", alg, ALGS.get(hash_name, hash_name)) + sized(value)
