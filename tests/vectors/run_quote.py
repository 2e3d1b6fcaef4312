#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""caretaker check quote, case by case: run_quote.py CARETAKER

Real quotes come from a software TPM (make_quote.sh); wrong ones that are rightly
signed come from a key of our own, which no TPM guards.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys

import quote
from case import Cases

cases = Cases(sys.argv[1])
folder = cases.folder.name
subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_quote.sh"), folder],
               check=True, stdout=sys.stderr)


def path(name):
    return os.path.join(folder, name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


nonce = read("nonce").decode().strip()


def check(name, status, attest, signature, key, *more, want=None):
    cases.run(name, ["check", "quote", "--attest", attest, "--signature", signature, "--key", key, *more],
              status, want)


def refused(name, attest, signature, key, why, *more):
    check(name, 1, attest, signature, key, *more, want={"error": f"~{why}"})


# What a TPM made

made = {"rsa": ("rsa", {"sha256": [0, 7, 10]}), "pss": ("pss", {"sha256": [10]}),
        "ecc": ("ecc", {"sha256": list(range(16))}),
        "ecc384": ("ecc384", {"sha256": [0, 10], "sha384": [10]}),
        "two": ("rsa", {"sha1": [10], "sha256": [0, 10]}),
        "many": ("rsa", {"sha1": list(range(8)), "sha256": [*range(11), 16, 23]})}
for name, (key, select) in made.items():
    want = {"error": None, "nonce": nonce, "pcr_select": select, "reset_count": 1, "restart_count": 0,
            "safe": True}
    for form in ("pem", "crt", "der", "pub", "tpmt"):
        check(f"{name}, key as {form}", 0, path(f"{name}.attest"), path(f"{name}.sig"), path(f"{key}.{form}"),
              want=want)
    check(f"{name}, nonce and values", 0, path(f"{name}.attest"), path(f"{name}.sig"), path(f"{key}.pem"),
          "--nonce", nonce.upper(), "--pcrs", path(f"{name}.pcrs"), want=want)
    check(f"{name}, raw signature and raw values", 0, path(f"{name}.attest2"), path(f"{name}.raw"),
          path(f"{key}.pem"), "--nonce", nonce, "--pcrs", path(f"{name}.values"), want=want)

rsa = [path("rsa.attest"), path("rsa.sig"), path("rsa.pem")]
attest, signature = read("rsa.attest"), read("rsa.sig")

# Nonce

refused("another nonce", *rsa, "nonce", "--nonce", nonce[:-2] + "00")
refused("the nonce and more", *rsa, "nonce", "--nonce", nonce + "00")
refused("a part of the nonce", *rsa, "nonce", "--nonce", nonce[:-2])
cases.run("nonce that is no hex", ["check", "quote", "--attest", rsa[0], "--signature", rsa[1], "--key",
                                   rsa[2], "--nonce", "xyz"], 2)
cases.run("empty nonce", ["check", "quote", "--attest", rsa[0], "--signature", rsa[1], "--key", rsa[2],
                          "--nonce", ""], 2)

# Signature and key

refused("another key", *rsa[:2], path("soft.pem"), "signature")
refused("key of another kind", *rsa[:2], path("ecc.pem"), "does not fit")
refused("signature of another quote", rsa[0], path("two.sig"), rsa[2], "signature")
refused("signature over SHA-1", path("sha1.attest"), path("sha1.sig"), path("sha1.pem"), "SHA-1")
refused("the same, raw", path("sha1.attest2"), path("sha1.raw"), path("sha1.pem"), "signature")
refused("RSA of 1024 bits", path("rsa.attest2"), path("weak.raw"), path("weak.pem"), "1024 bits")
refused("curve that is not accepted", path("rsa.attest2"), path("odd.raw"), path("odd.pem"), "P-256")
refused("key that is not restricted", *rsa[:2], path("plain.pub"), "attributes")
refused("endorsement key", *rsa[:2], path("ek.pub"), "attributes")
refused("private key", *rsa[:2], path("soft.key"), "key")
for alg in (quote.RSAPSS, quote.ECDSA, 0x15):
    refused(f"signature relabelled as 0x{alg:04x}", rsa[0], struct.pack(">H", alg) + signature[2:], rsa[2],
            "signature")
refused("signature relabelled as SHA-512", rsa[0], signature[:2] + b"\0\x0d" + signature[4:], rsa[2], "signature")
refused("signature relabelled as SHA-1", rsa[0], signature[:2] + b"\0\x04" + signature[4:], rsa[2], "SHA-1")
refused("signature and a byte", rsa[0], signature + b"\0", rsa[2], "signature")
for size in (0, 1, 2, 4, 5, 6, 100, len(signature) - 1):
    refused(f"signature of {size} bytes", rsa[0], signature[:size], rsa[2], "signature")
refused("signature of 5000 bytes", rsa[0], bytes(5000), rsa[2], "larger")
refused("empty key", *rsa[:2], b"", "key")
refused("key that is noise", *rsa[:2], bytes(range(200)), "key")
refused("key in DER and a byte", *rsa[:2], read("rsa.der") + b"\0", "key")

# Every bit counts

for at in range(len(attest)):
    changed = bytearray(attest)
    changed[at] ^= 1 << at % 8
    check(f"byte {at} changed", 1, bytes(changed), rsa[1], rsa[2])
for size in range(len(attest)):
    check(f"cut after {size} bytes", 1, attest[:size], rsa[1], rsa[2])

# Wrong ones, rightly signed

soft = path("soft.pem")


def signed(data, hash_name="sha256"):
    name = cases.file(data)
    value = subprocess.run(["openssl", "dgst", f"-{hash_name}", "-sign", path("soft.key"), name],
                           capture_output=True, check=True).stdout
    return name, quote.rsassa(value, hash_name)


def refused_signed(name, data, why, *more):
    refused(name, *signed(data), soft, why, *more)


check("made by us", 0, *signed(quote.attest()), soft, "--nonce", b"nonce".hex(),
      want={"clock": 123456, "reset_count": 7, "restart_count": 3, "pcr_select": {"sha256": [10]},
            "pcr_digest": hashlib.sha256(bytes(32)).hexdigest()})
check("made by us, SHA-512", 0, *signed(quote.attest(hash_name="sha512"), "sha512"), soft)
check("clock that is not safe", 0, *signed(quote.attest(safe=0)), soft, want={"safe": False})
refused_signed("magic", quote.attest(magic=0xff544346), "TPM_GENERATED_VALUE")
refused_signed("no quote but a time attestation", quote.attest(kind=0x8019), "no quote")
refused_signed("byte behind", quote.attest(trailing=b"\0"), "behind the quote")
refused_signed("no register", quote.attest(select=[]), "no PCR")
refused_signed("bank without register", quote.attest(select=[("sha256", [])]), "no PCR")
refused_signed("bank twice", quote.attest(select=[("sha256", [10]), ("sha256", [0])]), "twice")
refused_signed("unknown bank", quote.attest(select=[(0x99, [10])]), "not known")
refused_signed("register 24", quote.attest(select=[("sha256", b"\0\0\0\1")]), "PCR above")
refused_signed("selection of five bytes", quote.attest(select=[("sha256", b"\1\0\0\0\0")]), "at most 4")
refused_signed("seventeen selections", quote.attest(select=[("sha256", [1])] * 17), "17 PCR selections")
refused_signed("safe is 2", quote.attest(safe=2), "safe flag")
refused_signed("nonce of 67 bytes", quote.attest(nonce=bytes(67)), "67 bytes")
refused_signed("signer of 69 bytes", quote.attest(signer=bytes(69)), "69 bytes")
refused_signed("digest of another length than the signature's hash", quote.attest(hash_name="sha1"),
               "does not fit")
refused_signed("no nonce where one is demanded", quote.attest(nonce=b""), "nonce", "--nonce", "00")
if os.path.exists(path("time.attest")):
    refused("time attestation of the TPM", path("time.attest"), path("time.sig"), rsa[2], "no quote")

# Register values

values = read("rsa.values")
as_json = {"sha256": {str(p): values[32 * i:32 * i + 32].hex() for i, p in enumerate((0, 7, 10))}}


def pcrs(name, status, content, want=None):
    content = json.dumps(content).encode() if isinstance(content, dict) else content
    check(name, status, *rsa, "--pcrs", content, want={"error": f"~{want}"} if want else None)


pcrs("values as JSON", 0, as_json)
wrong = {"sha256": {**as_json["sha256"], "7": "00" * 32}}
pcrs("another value", 1, wrong, "quoted digest")
pcrs("values for more than is quoted", 1, {"sha256": {**as_json["sha256"], "8": "00" * 32}}, "selection")
pcrs("values for less than is quoted", 1, {"sha256": {"10": as_json["sha256"]["10"]}}, "selection")
pcrs("values of another bank beside", 1, {**as_json, "sha1": {"0": "00" * 20}}, "selection")
pcrs("values of another bank", 1, {"sha384": {p: "00" * 48 for p in ("0", "7", "10")}}, "selection")
pcrs("value of the wrong length", 1, {"sha256": {"0": "00" * 20}}, "PCR values")
pcrs("register 24 in JSON", 1, {"sha256": {"24": "00" * 32}}, "PCR values")
pcrs("register written as 010", 1, {"sha256": {"010": "00" * 32}}, "PCR values")
pcrs("unknown bank in JSON", 1, {"sha257": {}}, "unknown bank")
pcrs("bank that is a list", 1, {"sha256": []}, "not an object")
pcrs("key twice", 1, b'{"sha256": {}, "sha256": {}}', "JSON")
pcrs("JSON that ends early", 1, json.dumps(as_json).encode()[:-1], "JSON")
pcrs("empty", 1, b"", "empty")
pcrs("one value of three", 1, values[:32], "fewer")
pcrs("four values of three", 1, values + bytes(32), "more")
serialized = read("rsa.pcrs")
pcrs("value changed", 1, serialized[:142] + bytes([serialized[142] ^ 1]) + serialized[143:], "quoted digest")
for size in (1, 100, 135, 136, len(serialized) - 1):
    pcrs(f"cut after {size} bytes", 1, serialized[:size], "PCR values")
pcrs("more lists than announced", 1, serialized + bytes(532), "PCR values")
pcrs("empty list behind", 1, serialized[:132] + struct.pack("<I", 2) + serialized[136:] + bytes(532),
     "more values")

# Calls

check("no such attestation", 3, path("none"), rsa[1], rsa[2])
check("no such key", 3, *rsa[:2], path("none"))
cases.run("no signature", ["check", "quote", "--attest", rsa[0], "--key", rsa[2]], 2)
cases.run("two keys", ["check", "quote", "--attest", rsa[0], "--signature", rsa[1], "--key", rsa[2], "--key",
                       soft], 2)
cases.end()
