# SPDX-License-Identifier: GPL-2.0-only
"""
Evidence with a long IMA list, quoted by a key of openssl's: what attest takes time for,
without a TPM that was extended a million times.
"""
import base64
import hashlib
import json
import os
import struct
import subprocess

import quote    # of tests/vectors

NONCE = "ab" * 32
VECTORS = os.path.dirname(os.path.abspath(quote.__file__))
RULES = os.path.join(VECTORS, "..", "..", "policy", "rules.json")


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def public_area(modulus):
    """TPM2B_PUBLIC of a restricted RSA 2048 key that signs with RSASSA and SHA-256."""
    attributes = 0x50072    # fixed to TPM and parent, made there, restricted, signs
    return quote.sized(struct.pack(">HHIHHHHHI", 1, 0xb, attributes, 0, 0x10, quote.RSASSA, 0xb,
                                   2048, 0) + quote.sized(modulus))


def header(name, size):
    """ustar, as attest/evidence/ustar.h wants it."""
    text = bytearray(512)
    text[:len(name)] = name
    text[100:157] = b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0" + b" " * 8 + b"0"
    text[257:265] = b"ustar\00000"
    text[329:345] = b"0000000\0" * 2
    text[148:156] = b"%06o\0 " % sum(text)
    return bytes(text)


def write(folder, log, register):
    """Makes evidence, host.json and ref.json in FOLDER of a list that leads to that PCR 10."""
    key = os.path.join(folder, "ak.pem")
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
    modulus = openssl("rsa", "-in", key, "-noout", "-modulus").split(b"=")[1].strip()
    ak = base64.b64encode(public_area(bytes.fromhex(modulus.decode()))).decode()
    values = [bytes(32)] * 10 + [register]
    attest = quote.attest([("sha256", range(11))], values, nonce=bytes.fromhex(NONCE))
    signature = quote.rsassa(openssl("dgst", "-sha256", "-sign", key, data=attest))
    text = json.dumps({
        "format": "caretaker-evidence", "version": 2, "attest": base64.b64encode(attest).decode(),
        "signature": base64.b64encode(signature).decode(), "ak_public": ak,
        "pcrs": {"sha256": {str(i): v.hex() for i, v in enumerate(values)}},
        "unauthenticated": {"kernel_release": "", "boot_id": "", "command_line": "", "collected": 0},
    }).encode()
    with open(os.path.join(folder, "evidence"), "wb") as out, open(log, "rb") as ima:
        out.write(header(b"evidence.json", len(text)) + text + bytes(-len(text) % 512))
        out.write(header(b"uefi_log", 0) + header(b"userspace_log", 0))
        size = os.path.getsize(log)
        out.write(header(b"ima_log", size))
        while piece := ima.read(1 << 20):
            out.write(piece)
        out.write(bytes(-size % 512 + 1024))
    with open(os.path.join(folder, "host"), "w") as out:
        json.dump({"format": "caretaker-host", "version": 1, "ek_digest": hashlib.sha256(b"").hexdigest(),
                   "ak_public": ak, "vouched": "list", "enrolled": 1}, out)
    with open(os.path.join(folder, "reference"), "w") as out:
        json.dump({"format": "caretaker-reference", "version": 1, "payloads": [], "signers": [],
                   "boot": [], "pcrs": {}, "ima_policies": []}, out)


def command(caretaker, folder):
    """A no, since there is no firmware log; but all of the list is proven."""
    return [caretaker, "attest", "--evidence", f"{folder}/evidence", "--nonce", NONCE, "--host",
            f"{folder}/host", "--reference", f"{folder}/reference", "--rules", RULES, "--json"]
