# SPDX-License-Identifier: GPL-2.0-only
"""
The files of the trust matrix: what each is, for the rules (trust.py), and its bytes.
"""
import hashlib
import os
import subprocess

import payloads
from trust import File, Rule, Signer

# "unreadable": no PKCS#7 at all, so nobody knows the digest
GARBAGE = Signer("nobody", digest="unreadable")

OPENSSL35 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../openssl35.sh")


def run(*command, data=None):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True).stdout


class Maker:
    """Bytes from a payload and a folder of keys."""

    def __init__(self, base, module, keys):
        self.base = base
        self.module = module
        self.keys = keys

    def key(self, name):
        return f"{self.keys}/{name}.key", f"{self.keys}/{name}.pem"

    def variant(self, build_id):
        """The same payload, another digest."""
        return payloads.Payload(self.base).build_id_put(build_id)

    def value(self, data, name, digest="sha256"):
        return run("openssl", "dgst", f"-{digest}", "-sign", self.key(name)[0], data=data)

    def cms(self, data, signers, attributes=False):
        """PKCS#7 with a SignerInfo for each signer, over detached data."""
        how = ["-binary", "-nocerts", "-nosmimecap", "-outform", "DER"]
        how += [] if attributes else ["-noattr"]
        out = b""
        for digest in dict.fromkeys(s.digest for s in signers):
            names = []
            for signer in signers:
                if signer.digest == digest:
                    key, cert = self.key(signer.key)
                    names += ["-signer", cert, "-inkey", key]
            if not out:
                out = run("openssl", "cms", "-sign", *how, "-md", digest, *names, data=data)
                continue
            with open(f"{self.keys}/.content", "wb") as file:
                file.write(data)
            out = run("openssl", "cms", "-resign", *how, "-md", digest, *names, "-inform", "DER",
                      "-content", f"{self.keys}/.content", data=out)
            os.unlink(f"{self.keys}/.content")
        for signer in signers:
            if not signer.good:
                out = self.spoil(out, self.value(data, signer.key, signer.digest))
        return out

    @staticmethod
    def spoil(cms, value):
        """Only RSA makes the same value twice, so only these are found."""
        at = cms.index(value) + len(value) - 1
        return cms[:at] + bytes([cms[at] ^ 1]) + cms[at + 1:]

    def signed(self, data, *signers, attributes=False):
        return append(data, self.cms(data, signers or [Signer("release")], attributes))

    @staticmethod
    def signed_digest(data):
        """SHA-256 of what a signature at the end is over, or of all of it."""
        end = len(data)
        if data.endswith(payloads.MARKER):
            block = end - len(payloads.MARKER) - 12
            end = max(block - int.from_bytes(data[block + 8:block + 12], "big"), 0)
        return hashlib.sha256(data[:end]).hexdigest()

    def xattr(self, data, kind):
        """security.ima: ima_digest, or struct signature_v2_hdr and an RSA signature."""
        if kind == "hash":
            return b"\x04\x04" + hashlib.sha256(data).digest()
        name = "ima" if kind == "stale" else kind
        value = self.value(b"other content" if kind == "stale" else data, name)
        return b"\x03\x02\x04" + self.skid(name)[-4:] + len(value).to_bytes(2, "big") + value

    def skid(self, name):
        text = run("openssl", "x509", "-in", self.key(name)[1], "-noout",
                   "-ext", "subjectKeyIdentifier")
        return bytes.fromhex(text.split()[-1].decode().replace(":", ""))

    def public_key_digest(self, name):
        """SHA-256 of the BIT STRING of the certificate's key, without its count of unused bits."""
        # Before OpenSSL 3.5 it knows no ML-DSA
        openssl = OPENSSL35 if name.startswith("mldsa") else "openssl"
        pem = run(openssl, "x509", "-in", self.key(name)[1], "-noout", "-pubkey")
        return hashlib.sha256(bit_string(run(openssl, "pkey", "-pubin", "-outform", "DER",
                                             data=pem))).hexdigest()


def bit_string(der):
    """subjectPublicKey of a SubjectPublicKeyInfo (RFC 5280, 4.1)."""
    def header(at):
        length = der[at + 1]
        if length < 0x80:
            return at + 2, length
        many = length & 0x7F
        return at + 2 + many, int.from_bytes(der[at + 2:at + 2 + many], "big")
    algorithm, length = header(header(0)[0])
    at, length = header(algorithm + length)
    return der[at + 1:at + length]


def append(data, cms, length=None):
    return data + cms + payloads.trailer(len(cms) if length is None else length)


def by(key, **more):
    return (Signer(key, **more),)


KEYS = ("release", "rsa-2048", "rsa-4096", "p256", "p384", "expired", "both", "ima", "db",
        "untrusted", "withdrawn", "revoked")

RELEASE = Signer("release")
SECOND = Signer("rsa-2048")
UNKNOWN = Signer("untrusted")
REVOKED = Signer("withdrawn")


def bad(signer):
    return Signer(signer.key, signer.digest, good=False)


# More than one SignerInfo. openssl sorts them by their bytes, and so by their length: one of
# P-256 comes before, one of RSA 4096 behind that of the release key.
PAIRS = {
    "two-good": (RELEASE, SECOND),
    "two-p256-good": (Signer("p256"), RELEASE),
    "two-good-4096": (RELEASE, Signer("rsa-4096")),
    "two-good-unknown": (RELEASE, UNKNOWN),
    "two-good-revoked": (RELEASE, REVOKED),
    "two-good-bad": (RELEASE, bad(SECOND)),
    "two-good-forged-revoked": (RELEASE, bad(REVOKED)),
    "two-revoked-forged-revoked": (REVOKED, bad(Signer("revoked"))),
    "two-good-sha1": (RELEASE, Signer("rsa-2048", "sha1")),
    "two-ima-and-trusted": (Signer("ima"), SECOND),
    "two-platform-unknown": (Signer("db"), UNKNOWN),
    "two-unknown-revoked": (UNKNOWN, REVOKED),
}


def files(m):
    """Each file with its bytes."""
    base = m.base
    release = m.cms(base, [RELEASE])
    good = append(base, release)
    half = base[:len(base) // 2]
    other = m.cms(m.variant(0x0C), [RELEASE])
    hashed, hashed384, hashed512 = m.variant(0xEE), m.variant(0xE3), m.variant(0xE5)
    unreadable = b"\x30\x82\x01\x00" + b"\xa5" * 256

    yield File("unsigned"), base
    for key in KEYS:
        yield File(key, by(key)), m.signed(base, Signer(key))
    for digest in ("sha1", "sha384", "sha512"):
        yield File(digest, by("release", digest=digest)), m.signed(base, Signer("release", digest))
    yield File("sha1-ima", by("both", digest="sha1")), m.signed(base, Signer("both", "sha1"))
    for name, signers in PAIRS.items():
        yield File(name, signers), m.signed(base, *signers)
    for name, key in (("attributes", "release"), ("attributes-ima", "both")):
        yield File(name, by(key), attributes=True), m.signed(base, Signer(key), attributes=True)

    # Over other content, or over other than it was
    yield File("other-content", by("release", good=False)), append(base, other)
    yield (File("changed", by("release", good=False)),
           append(payloads.flipped(base, 0x1000 + 0x1A0), release))
    yield (File("changed-ima", by("both", good=False)),
           append(payloads.flipped(base, 0x1000 + 0x1A0), m.cms(base, by("both"))))
    yield (File("changed-unknown", by("untrusted", good=False)),
           append(payloads.flipped(base, 0x1000 + 0x1A0), m.cms(base, by("untrusted"))))
    yield File("value-changed", by("release", good=False)), m.signed(base, bad(RELEASE))
    yield File("garbage", (GARBAGE,), modsig=False), append(base, unreadable)
    yield (File("text", by("both"), elf=Rule("ELF_MAGIC")),
           m.signed(b"#!/bin/sh\necho not a caretaker\n" * 8, Signer("both")))
    yield File("module", by("module"), elf=Rule("ELF_TYPE")), m.module

    # Revoked by digest
    yield File("revoked-hash", by("release"), revoked="sha256"), m.signed(hashed, RELEASE)
    yield File("revoked-hash-ima", by("both"), revoked="sha256"), m.signed(hashed, Signer("both"))
    yield (File("revoked-hash-attributes", by("release"), attributes=True, revoked="sha256"),
           m.signed(hashed, RELEASE, attributes=True))
    yield File("revoked-hash-unsigned", revoked="sha256"), hashed
    yield File("revoked-hash-384", by("both"), revoked="sha384"), m.signed(hashed384, Signer("both"))
    yield File("revoked-hash-512", by("both"), revoked="sha512"), m.signed(hashed512, Signer("both"))

    # Zero-length
    yield File("empty", length="empty"), b""
    yield (File("signature-empty", by("nobody"), trailer=Rule("SIGNATURE_EMPTY")),
           base + payloads.trailer(0))
    yield (File("payload-empty", by("release"), trailer=Rule("PAYLOAD_EMPTY")), append(b"", release))

    # Truncated
    yield File("cut", elf=Rule("SEGMENT_BOUNDS")), half
    yield (File("cut-and-signed", by("both"), elf=Rule("SEGMENT_BOUNDS")),
           m.signed(half, Signer("both")))
    yield (File("signature-cut", by("nobody"), trailer=Rule("SIGNATURE_EXTENT")),
           append(base, release[:-16]))
    yield File("marker-cut"), good[:-1]

    # Over-long
    yield (File("signature-long", by("nobody"), trailer=Rule("SIGNATURE_LARGE", "EFBIG")),
           base + payloads.trailer(0x7FFFFFFF))
    yield (File("signature-over-the-file", by("nobody"), trailer=Rule("SIGNATURE_BOUNDS")),
           base[:64] + payloads.trailer(0x8000))
    large = base + bytes(0x100001 - len(base))
    yield (File("payload-long", by("both"), elf=Rule("FILE_LARGE", "EFBIG")),
           m.signed(large, Signer("both")))
    yield File("file-long", length="large"), b"\x7fELF" + bytes(0x100000 + 0x10000 + 64)

    # Trailing bytes: behind the marker, behind the DER, between payload and signature,
    # and behind the last segment, where they are signed too
    yield File("behind-the-marker"), good + b"\0"
    both = m.cms(base, by("both"))
    yield (File("behind-the-der", by("both"), trailer=Rule("SIGNATURE_EXTENT"), modsig=True),
           append(base, both + bytes(16)))
    yield File("inserted", by("release", good=False)), append(base + bytes(16), release)
    yield File("padded-and-signed", by("both")), m.signed(base + bytes(16), Signer("both"))

    # Two trailers
    yield (File("nested", by("both"), trailer=Rule("TRAILER_NESTED"), modsig=True),
           m.signed(good, Signer("both")))
    yield (File("nested-unknown", by("untrusted"), trailer=Rule("TRAILER_NESTED")),
           m.signed(good, UNKNOWN))


def revocations(m):
    """What to hand to `keyctl padd blacklist`: description and its signature."""
    for build_id, digest in ((0xEE, "sha256"), (0xE3, "sha384"), (0xE5, "sha512")):
        text = b"bin:" + hashlib.new(digest, m.variant(build_id)).hexdigest().encode()
        yield text, m.cms(text, [RELEASE])
