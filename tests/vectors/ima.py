# SPDX-License-Identifier: GPL-2.0-only
"""Makes IMA measurement lists, after security/integrity/ima of the kernel.

Written apart from the C parser, with hashlib, so that the two can disagree.
"""
import hashlib
import struct

BANKS = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
SM3 = 32
KERNEL_HASH = {"md5": 1, "sha1": 2, "sha256": 4, "sha384": 5, "sha512": 6, "sha224": 7}
TEMPLATES = {
    "ima-ng": "d-ng|n-ng",
    "ima-sig": "d-ng|n-ng|sig",
    "ima-ngv2": "d-ngv2|n-ng",
    "ima-sigv2": "d-ngv2|n-ng|sig",
    "ima-buf": "d-ng|n-ng|buf",
    "ima-modsig": "d-ng|n-ng|sig|d-modsig|modsig",
    "evm-sig": "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
}


def le32(n):
    return struct.pack("<I", n)


def d_ng(alg, digest):
    return alg.encode() + b":\0" + digest


def d_ngv2(kind, alg, digest):
    return kind.encode() + b":" + d_ng(alg, digest)


def name(text):
    return text.encode() + b"\0"


class Record:
    """One measurement. fields: the bytes of each field, in the template's order."""

    def __init__(self, template, fields, pcr=10, violation=False):
        self.template, self.fields, self.pcr, self.violation = template, fields, pcr, violation

    def hashed(self):
        """The bytes that the template hash covers."""
        if self.template == "ima":
            digest, path = self.fields
            return digest + path.ljust(256, b"\0")
        return b"".join(le32(len(f)) + f for f in self.fields)

    def digest(self, bank):
        return hashlib.new(bank, self.hashed()).digest()

    def encode(self, bank="sha1", digest=None):
        if digest is None:
            digest = bytes(BANKS.get(bank, SM3)) if self.violation else self.digest(bank)
        head = le32(self.pcr) + digest + le32(len(self.template)) + self.template.encode()
        if self.template == "ima":
            return head + self.fields[0] + le32(len(self.fields[1])) + self.fields[1]
        return head + le32(len(self.hashed())) + self.hashed()


def ng(path, content=None, alg="sha256", **more):
    digest = hashlib.new(alg, path.encode() if content is None else content).digest()
    return Record("ima-ng", [d_ng(alg, digest), name(path)], **more)


def old(path, **more):
    return Record("ima", [hashlib.sha1(path.encode()).digest(), path.encode()], **more)


def sig(path, signature=b"", alg="sha256", content=None, **more):
    digest = hashlib.new(alg, path.encode() if content is None else content).digest()
    return Record("ima-sig", [d_ng(alg, digest), name(path), signature], **more)


def sigv2(path, signature=b"", kind="ima", alg="sha256", **more):
    digest = hashlib.new(alg, path.encode()).digest()
    return Record("ima-sigv2", [d_ngv2(kind, alg, digest), name(path), signature], **more)


def ngv2(path, kind="ima", alg="sha256", **more):
    return Record("ima-ngv2", [d_ngv2(kind, alg, hashlib.new(alg, path.encode()).digest()),
                               name(path)], **more)


def buf(event, data, alg="sha256", **more):
    return Record("ima-buf", [d_ng(alg, hashlib.new(alg, data).digest()), name(event), data], **more)


def modsig(path, pkcs7=b"", content=b"", alg="sha256", signature=b"", **more):
    whole = hashlib.new(alg, content + pkcs7).digest()
    inner = d_ng(alg, hashlib.new(alg, content).digest()) if pkcs7 else b""
    return Record("ima-modsig", [d_ng(alg, whole), name(path), signature, inner, pkcs7], **more)


def violation(path, alg="sha256"):
    return Record("ima-ng", [d_ng(alg, bytes(hashlib.new(alg).digest_size)), name(path)],
                  violation=True)


def old_violation(path, digest=bytes(20), **more):
    """As kernels wrote it that left room for SHA-1, whatever the algorithm."""
    return Record("ima-ng", [d_ng("sha256", digest), name(path)], **{"violation": True, **more})


def encode(records, bank="sha1"):
    return b"".join(r.encode(bank) for r in records)


def replay(records, bank):
    """{index: hex} as the log says the registers of a bank are."""
    size = BANKS.get(bank, SM3)
    pcrs = {}
    for r in records:
        extend = b"\xff" * size if r.violation else r.digest(bank)
        pcrs[r.pcr] = hashlib.new(bank, pcrs.get(r.pcr, bytes(size)) + extend).digest()
    return {str(i): v.hex() for i, v in sorted(pcrs.items())}


def replay_all(records):
    return {bank: replay(records, bank) for bank in BANKS}


def xattr_signature(key_id, hash_name, value, kind=3, version=2):
    return struct.pack(">BBB4sH", kind, version, KERNEL_HASH[hash_name], key_id, len(value)) + value


def file_id_digest(kind, hash_name, digest):
    """What a signature of version 3 signs: struct ima_file_id, hashed."""
    return hashlib.new(hash_name, bytes([kind, KERNEL_HASH[hash_name]]) + digest).digest()


def every_template():
    """A record of each template, with neither signatures nor violations."""
    evm = Record("evm-sig", [d_ng("sha256", bytes(32)), name("/e"), b"", b"security.ima\0", le32(33),
                             b"\x04\x04" + bytes(31), le32(0), le32(0), struct.pack("<H", 0o100755)])
    return [
        ng("boot_aggregate"), old("/sbin/init"), ng("/bin/sh", alg="sha512"), sig("/bin/true"),
        sigv2("/bin/false"), ngv2("/usr/x", kind="verity"), buf("caretaker-install", b"CTCR" * 68),
        modsig("/lib/m.ko"), Record("d-ng|n-ng|sig", [d_ng("sha1", bytes(20)), name("/c"), b""]),
        Record("d|n", [bytes(16), name("/md5")], pcr=11), evm, ng("/with_space"),
    ]
