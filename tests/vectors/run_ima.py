#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""caretaker check ima, case by case: run_ima.py CARETAKER"""
import hashlib
import os
import struct
import subprocess
import sys

import ima
from case import Cases

cases = Cases(sys.argv[1])
folder = cases.folder.name


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True,
                          cwd=folder).stdout


class Key:
    def __init__(self, label, kind):
        self.pem, self.cert = f"{folder}/{label}.pem", f"{folder}/{label}.crt"
        option = ["-pkeyopt", "rsa_keygen_bits:2048" if kind == "RSA" else "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-algorithm", kind, *option, "-out", self.pem)
        openssl("req", "-x509", "-new", "-key", self.pem, "-subj", f"/CN={label}", "-days", "30",
                "-addext", "subjectKeyIdentifier=hash", "-out", self.cert)
        skid = openssl("x509", "-in", self.cert, "-noout", "-ext", "subjectKeyIdentifier").decode()
        self.id = bytes.fromhex(skid.split("\n")[1].strip().replace(":", ""))[-4:]
        self.der = openssl("x509", "-in", self.cert, "-outform", "DER")

    def sign(self, digest, alg="sha256"):
        with open(f"{folder}/digest", "wb") as out:
            out.write(digest)
        return openssl("pkeyutl", "-sign", "-inkey", self.pem, "-in", "digest", "-pkeyopt",
                       f"digest:{alg}")

    def xattr(self, path, alg="sha256"):
        return ima.xattr_signature(self.id, alg, self.sign(hashlib.new(alg, path.encode()).digest(), alg))

    def xattr3(self, path, kind, alg="sha256"):
        digest = ima.file_id_digest(kind, alg, hashlib.new(alg, path.encode()).digest())
        return ima.xattr_signature(self.id, alg, self.sign(digest, alg), kind, 3)

    def pkcs7(self, content, *more):
        return openssl("cms", "-sign", "-binary", "-noattr", "-nocerts", "-md", "sha256", "-signer",
                       self.cert, "-inkey", self.pem, "-outform", "DER", *more, data=content)


def check(name, log, status, want=None, *args):
    cases.run(name, ["check", "ima", log, *args], status, want)


def refused(name, log, why):
    check(name, log, 1, {"error": f"~{why}", "pcrs": {}})


# Every template, in every bank

every = ima.every_template()
plain = {"error": None, "entries": len(every), "violations": 0, "template_mismatch": [],
         "signatures": {"valid": 0, "invalid": 0, "unknown_key": 0, "unsigned": len(every)}}
for record in every:
    check(f"template {record.template}", ima.encode([record]), 0,
          {"entries": 1, "template_mismatch": [], "pcrs": ima.replay_all([record])})
for bank in ima.BANKS:
    check(f"all templates, template digests in {bank}", ima.encode(every, bank), 0,
          {**plain, "template_bank": bank, "pcrs": ima.replay_all(every)})
    check(f"only bank {bank}", ima.encode(every), 0, {"pcrs": {bank: ima.replay(every, bank)}},
          "--bank", bank)
check("path of 255 bytes in template ima", ima.encode([ima.old("/" * 255)]), 0,
      {"pcrs": ima.replay_all([ima.old("/" * 255)])})

# Violations and altered records

bad = [every[0], ima.violation("/tmp/x"), every[2]]
check("violation", ima.encode(bad), 1,
      {"violations": 1, "template_mismatch": [], "pcrs": ima.replay_all(bad),
       "error": "~record 2, offset"})
check("violation that is allowed", ima.encode(bad), 0,
      {"violations": 1, "error": None, "pcrs": ima.replay_all(bad)}, "--allow-violations")
bad = [every[0], ima.old_violation("/tmp/x"), every[2]]
check("violation of an older kernel", ima.encode(bad), 1,
      {"violations": 1, "pcrs": ima.replay_all(bad), "error": "~violation"})
check("violation of an older kernel that is allowed", ima.encode(bad), 0,
      {"violations": 1, "pcrs": ima.replay_all(bad)}, "--allow-violations")
for name, record in {"a violation whose digest is not zero": ima.old_violation("/tmp/x", b"\1" * 20),
                     "20 zeros in a record that is no violation": ima.old_violation("/tmp/x", violation=False),
                     "19 zeros in a violation": ima.old_violation("/tmp/x", bytes(19))}.items():
    check(name, ima.encode([every[0], record]), 1, {"pcrs": {}, "error": "~field d-ng"}, "--allow-violations")
bad = [every[0], ima.violation("/tmp/x"), every[2]]
bad256 = ima.encode(bad, "sha256")
check("violation in a sha256 list", bad256, 1, {"violations": 1, "pcrs": ima.replay_all(bad)})
for i, record in enumerate(every):
    lie = bytearray(record.digest("sha1"))
    lie[7] ^= 1
    log = ima.encode(every[:i]) + record.encode(digest=bytes(lie)) + ima.encode(every[i + 1:])
    check(f"template digest altered, {record.template}", log, 1,
          {"template_mismatch": [i + 1], "pcrs": ima.replay_all(every)})
    digest = record.fields[0][:-1] + bytes([record.fields[0][-1] ^ 1])
    altered = ima.Record(record.template, [digest, *record.fields[1:]], record.pcr)
    check(f"content altered, {record.template}", altered.encode(digest=record.digest("sha1")), 1,
          {"template_mismatch": [1], "pcrs": ima.replay_all([altered])})
unbound = ima.buf("x", b"data")
unbound.fields[2] = b"lies"
check("buffer that is not what its digest says", ima.encode([unbound]), 0, {"unbound_buffers": 1})

# Signatures

rsa, ec, other = Key("rsa", "RSA"), Key("ec", "EC"), Key("other", "RSA")
keys = ["--key", rsa.cert, "--key", ec.cert]


def counts(**n):
    return {"signatures": {"valid": 0, "invalid": 0, "unknown_key": 0, "unsigned": 0, **n}}


signed = [ima.sig("/a", rsa.xattr("/a")), ima.sig("/b", ec.xattr("/b")),
          ima.sig("/c", rsa.xattr("/c", "sha512"), alg="sha512"), ima.sig("/d")]
check("signed by RSA and ECDSA", ima.encode(signed), 0, counts(valid=3, unsigned=1), *keys)
check("keys in DER", ima.encode(signed), 0, counts(valid=3, unsigned=1), "--key", rsa.der, "--key", ec.der)
both = open(rsa.cert, "rb").read() + open(ec.cert, "rb").read()
check("two keys in one file", ima.encode(signed), 0, counts(valid=3, unsigned=1), "--key", both)
check("signed, no key given", ima.encode(signed), 0, counts(unknown_key=3, unsigned=1))
check("signed, another key given", ima.encode(signed), 1, counts(unknown_key=3, unsigned=1), "--key", other.cert)
check("signed, one key of two given", ima.encode(signed), 1, counts(valid=2, unknown_key=1, unsigned=1),
      "--key", rsa.cert)
stolen = ima.xattr_signature(rsa.id, "sha256", other.sign(hashlib.sha256(b"/a").digest()))
check("signature by another key under this key's id", ima.encode([ima.sig("/a", stolen)]), 1,
      counts(invalid=1), *keys)
check("signature of another file", ima.encode([ima.sig("/b", rsa.xattr("/a"))]), 1, counts(invalid=1), *keys)
cut = rsa.xattr("/a")[:-1]
check("signature cut short", ima.encode([ima.sig("/a", cut)]), 1, counts(invalid=1), *keys)
check("malformed signature, no key given", ima.encode([ima.sig("/a", b"\x03\x02")]), 1, counts(invalid=1))
wrong = ima.xattr_signature(rsa.id, "sha1", rsa.sign(hashlib.sha256(b"/a").digest()))
check("signature that names another hash", ima.encode([ima.sig("/a", wrong)]), 1, counts(invalid=1), *keys)
check("signature of version 1", ima.encode([ima.sig("/a", b"\x03\x01" + rsa.xattr("/a")[2:])]), 1,
      counts(invalid=1), *keys)
check("portable EVM signature", ima.encode([ima.sig("/a", b"\x05" + rsa.xattr("/a")[1:])]), 1,
      counts(unknown_key=1), *keys)
v3 = [ima.sigv2("/a", rsa.xattr3("/a", 3)), ima.sigv2("/v", ec.xattr3("/v", 6), "verity"),
      ima.sigv2("/o", rsa.xattr("/o"))]
check("version 3, of a file and of fs-verity", ima.encode(v3), 0, counts(valid=3), *keys)
for name, record in {
        "fs-verity signature for a file": ima.sigv2("/a", rsa.xattr3("/a", 6)),
        "file signature for fs-verity": ima.sigv2("/a", rsa.xattr3("/a", 3), "verity"),
        "fs-verity signature of version 2": ima.sig("/a", b"\x06" + rsa.xattr("/a")[1:]),
        "version 3 where version 2 was signed": ima.sig("/a", b"\x03\x03" + rsa.xattr("/a")[2:])}.items():
    check(name, ima.encode([record]), 1, counts(invalid=1), *keys)
hidden = ima.sig("/a", rsa.xattr("/a"), violation=True)
check("signature in a violation is not looked at", ima.encode([hidden]), 1,
      {"violations": 1, **counts(unsigned=1)}, *keys)

# SM3 has digests as long as SHA-256

if "sm3" in hashlib.algorithms_available:
    sm3 = ima.encode(every, "sm3")
    check("list of the SM3 bank", sm3, 0, {"template_bank": "sm3_256", "pcrs": ima.replay_all(every)})
    altered = bytearray(sm3)
    altered[4] ^= 1
    check("list of the SM3 bank, altered", bytes(altered), 1,
          {"template_bank": "sm3_256", "template_mismatch": [1]})
    check("list of the SHA-256 bank, altered", bytes([*ima.encode(every, "sha256")[:4], 0]) +
          ima.encode(every, "sha256")[5:], 1, {"template_bank": "sha256", "template_mismatch": [1]})

p7 = rsa.pkcs7(b"payload")
check("appended signature", ima.encode([ima.modsig("/p", p7, b"payload")]), 0, counts(valid=1), *keys)
p7ec = ec.pkcs7(b"payload", "-keyid")
check("appended signature by ECDSA, with key id", ima.encode([ima.modsig("/p", p7ec, b"payload")]), 0,
      counts(valid=1), *keys)
check("appended signature, other content", ima.encode([ima.modsig("/p", p7, b"Payload")]), 1,
      counts(invalid=1), *keys)
check("appended signature, unknown key", ima.encode([ima.modsig("/p", other.pkcs7(b"payload"), b"payload")]),
      1, counts(unknown_key=1), *keys)
check("appended signature, no key given", ima.encode([ima.modsig("/p", p7, b"payload")]), 0,
      counts(unknown_key=1))
attributes = openssl("cms", "-sign", "-binary", "-nocerts", "-md", "sha256", "-signer", rsa.cert, "-inkey",
                     rsa.pem, "-outform", "DER", data=b"payload")
check("appended signature with attributes", ima.encode([ima.modsig("/p", attributes, b"payload")]), 1,
      counts(invalid=1), *keys)
check("appended signature with content", ima.encode([ima.modsig("/p", rsa.pkcs7(b"payload", "-nodetach"),
                                                                b"payload")]), 1, counts(invalid=1), *keys)
check("appended bytes that are no signature", ima.encode([ima.modsig("/p", b"\x30\x00", b"payload")]), 1,
      counts(invalid=1), *keys)
check("appended signature and bytes behind it", ima.encode([ima.modsig("/p", p7 + b"\0", b"payload")]), 1,
      counts(invalid=1), *keys)
check("one good signature, one bad", ima.encode([ima.modsig("/p", p7, b"payload", signature=cut)]), 1,
      counts(invalid=1), *keys)

# Malformed

log = ima.encode(every)
refused("empty", b"", "empty log")
starts, at = {0}, 0
for record in every:
    at += len(record.encode())
    starts.add(at)
step = max(1, len(log) // 150)
for cut in sorted({*range(1, len(log), step)} - starts):
    refused(f"cut after {cut} bytes", log[:cut], "offset")
refused("one byte more", log + b"\0", f"record {len(every) + 1}, offset {len(log)}")
refused("a kilobyte of zeroes behind", log + bytes(1024), f"record {len(every) + 1}")
refused("PCR 24", ima.encode([ima.ng("/a", pcr=24)]), "PCR index 24")
refused("unknown template", ima.encode([ima.Record("ima-xx", [b"", b""])]), "unknown template")
refused("field twice", ima.encode([ima.Record("n-ng|n-ng", [b"a\0", b"b\0"])]), "twice")
refused("two kinds of digest", ima.encode([ima.Record("d-ng|d-ngv2|n-ng", [b"", b"", b"b\0"])]), "twice")
refused("empty field in a list", ima.encode([ima.Record("d-ng||n-ng", [b"", b"b\0"])]), "unknown")
refused("list ends with a bar", ima.encode([ima.Record("n-ng|", [b"b\0"])]), "separator")
refused("name without end", ima.encode([ima.Record("n-ng", [b"b"])]), "not terminated")
refused("NUL in a name", ima.encode([ima.Record("n-ng", [b"a\0b\0"])]), "NUL inside")
refused("digest too short", ima.encode([ima.Record("d-ng", [ima.d_ng("sha256", bytes(31))])]), "length")
refused("digest too long", ima.encode([ima.Record("d-ng", [ima.d_ng("sha1", bytes(32))])]), "length")
refused("unknown hash", ima.encode([ima.Record("d-ng", [ima.d_ng("sha257", bytes(32))])]), "unknown hash")
refused("digest without algorithm", ima.encode([ima.Record("d-ng", [bytes(20)])]), "field d-ng")
refused("unknown digest type", ima.encode([ima.ngv2("/a", kind="imb")]), "digest type")
refused("field longer than the data", ima.encode([ima.Record("n-ng", [])])[:-4] +
        struct.pack("<II", 4, 100), "field runs past")
extra = ima.ng("/a")
extra.fields.append(b"more")
refused("field too many", ima.encode([extra]), "behind the last field")
refused("name length of 4 GiB", ima.le32(10) + bytes(20) + ima.le32(0xffffffff), "4294967295")
refused("data length of 4 GiB", ima.le32(10) + bytes(20) + ima.le32(6) + b"ima-ng" +
        ima.le32(0xffffffff), "4294967295")
refused("path of 256 bytes in template ima", ima.encode([ima.old("/" * 256)]), "256 bytes")
half = ima.modsig("/p", p7, b"x")
half.fields[3] = b""
refused("appended signature without digest", ima.encode([half]), "without its digest")
big = f"{folder}/big"
with open(big, "wb") as out:
    out.truncate((64 << 20) + 1)
# Zeros from the first byte on are no record, however many there are
refused("64 MiB of zeros", big, "template name of 0 bytes")
check("larger than the caller allows", log, 1, None, "--max-size", str(len(log) - 1))
check("as large as the caller allows", log, 0, None, "--max-size", str(len(log)))
check("a size that is no number", log, 2, None, "--max-size", "1k")

# Calls

check("no such file", f"{folder}/none", 3)
check("no such key", log, 3, None, "--key", f"{folder}/none")
check("key that is no certificate", log, 3, None, "--key", rsa.pem)
check("unknown bank", log, 2, None, "--bank", "sha0")
cases.run("no file", ["check", "ima"], 2)
cases.run("unknown kind", ["check", "imb", log], 2)
os.chdir("/")
cases.end()
