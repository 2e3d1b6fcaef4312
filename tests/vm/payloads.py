#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Writes the payloads that a kernel must refuse, made from one that it takes.

    payloads.py PAYLOAD MODULE PROBE KEYS OUT

PAYLOAD is the unsigned caretaker, MODULE a signed kernel module, KEYS the
directory that keys.sh filled, PROBE code for the probing payload.  Each file breaks one rule and, where that makes
sense, is signed correctly all the same: a signature must not help it.
"""
import hashlib
import os
import struct
import subprocess
import sys

MARKER = b"~Module signature appended~\n"
PT_LOAD, PT_INTERP, PT_NOTE, PT_CCB = 1, 3, 4, 0x6B636362
NOTE_DESC = 24  # header of 12 bytes, owner "Caretaker" padded to 12


class Payload:
    """An ELF file as bytes, with setters for what the tests break."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.phoff, = struct.unpack_from("<Q", data, 32)
        self.phnum, = struct.unpack_from("<H", data, 56)

    def headers(self, kind):
        for i in range(self.phnum):
            at = self.phoff + i * 56
            if struct.unpack_from("<I", self.data, at)[0] == kind:
                yield at

    def first(self, kind):
        return next(self.headers(kind))

    def note(self):
        return struct.unpack_from("<Q", self.data, self.first(PT_NOTE) + 8)[0] + NOTE_DESC

    def put(self, fmt, at, value):
        struct.pack_into("<" + fmt, self.data, at, value)
        return bytes(self.data)

    def note_put(self, fmt, offset, value):
        return self.put(fmt, self.note() + offset, value)

    def build_id_put(self, byte):
        """All of its bytes: some payload's own begins with any one that a test would choose."""
        return self.note_put("32s", 112, bytes([byte]) * 32)

    def load_put(self, index, fmt, offset, value):
        at = list(self.headers(PT_LOAD))[index]
        return self.put(fmt, at + offset, value)


def sign(data, keys, name, certificates=("-nocerts",)):
    """What scripts/sign-file appends, with openssl for the PKCS#7 part."""
    cms = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-noattr", *certificates, "-nosmimecap",
         "-md", "sha256", "-outform", "DER", "-inkey", f"{keys}/{name}.key",
         "-signer", f"{keys}/{name}.pem"],
        input=data, stdout=subprocess.PIPE, check=True).stdout
    return data + cms + trailer(len(cms))


def trailer(length, kind=2):
    return struct.pack(">8BI", 0, 0, kind, 0, 0, 0, 0, 0, length) + MARKER


def with_attributes(data, keys):
    """Authenticated attributes (a signing time): the kernel refuses them."""
    cms = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-nocerts", "-md", "sha256", "-outform", "DER",
         "-inkey", f"{keys}/release.key", "-signer", f"{keys}/release.pem"],
        input=data, stdout=subprocess.PIPE, check=True).stdout
    return data + cms + trailer(len(cms))


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def broken_payloads(base):
    """Correctly signed, but against a rule of the format."""
    def new():
        return Payload(base)

    text = struct.unpack_from("<Q", base, new().first(PT_LOAD) + 56 + 16)[0]
    offset, size = (struct.unpack_from("<Q", base, new().first(PT_LOAD) + 2 * 56 + at)[0]
                    for at in (8, 32))
    end = offset + size
    return {
        "elf-magic": new().put("B", 0, 0x7E),
        "elf-32": new().put("B", 4, 1),
        "elf-exec": new().put("H", 16, 2),
        "elf-machine": new().put("H", 18, 0xB7),
        "elf-truncated": base[:40],
        "phdr-outside": new().put("Q", 32, len(base)),
        "phdr-none": new().put("H", 56, 0),
        "phdr-interp": new().put("I", new().first(PT_CCB), PT_INTERP),
        "segment-wx": new().load_put(1, "I", 4, 7),
        "segment-two-text": new().load_put(2, "I", 4, 5),
        "segment-overlap": new().load_put(2, "Q", 16, text),
        "segment-filesz": new().load_put(0, "Q", 40, 8),
        # The file goes on behind the signed bytes, and long enough: with the signature
        "segment-in-signature": base[:end - 8],
        "segment-outside": new().load_put(2, "Q", 8, 0x7FFFFFFFFFFFF000),
        "segment-huge": new().load_put(2, "Q", 40, 0x100000),
        "segment-wrap": new().load_put(2, "Q", 40, 0xFFFFFFFFFFFFF000),
        "entry-outside": new().put("Q", 24, 0x8000),
        "note-missing": new().put("I", new().first(PT_NOTE), 0x6474E551),
        "note-owner": new().put("B", new().note() - 12, ord("K")),
        "note-abi": new().note_put("I", 0, 3),
        "note-size": new().note_put("I", 4, 143),
        "note-reserved": new().note_put("I", 12, 1),
        "note-feature": new().note_put("Q", 16, 1 << 63),
        "note-other-vendor": new().note_put("Q", 24, 2),
        "note-wants-both": new().note_put("Q", 16, 3),
        "note-layout": new().note_put("I", 32, 31),
        "note-room": new().note_put("I", 40, 0x3001),
        "note-name-empty": new().note_put("B", 48, 0),
        "note-name-space": new().note_put("B", 48, 0x20),
    }


def main():
    payload, module, probe, keys, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    base = open(payload, "rb").read()
    # Cases and probes name pages of the image by number
    pages = [struct.unpack_from("<Q", base, at + 16)[0] >> 12 for at in Payload(base).headers(PT_LOAD)]
    if pages != [0, 1, 8]:
        sys.exit(f"payloads.py: {payload}: segments at pages {pages}; the tests in this folder know of 0, 1, 8")
    good = sign(base, keys, "release")
    files = {
        "good": good,
        "unsigned": base,
        "flipped": flipped(good, 0x1000 + 0x1A0),
        # The signature is looked at first: this one is no EBADMSG
        "flipped-magic": flipped(good, 0),
        "flipped-signature": flipped(good, len(good) - 60),
        "untrusted": sign(base, keys, "untrusted"),
        "revoked-key": sign(base, keys, "revoked"),
        "hashed-key": sign(base, keys, "hashed"),
        "withdrawn": sign(base, keys, "withdrawn"),
        "second": sign(base, keys, "rsa-2048"),
        # It carries the certificate of its key, and release vouches for that
        "carried": sign(base, keys, "rsa-2048", certificates=()),
        "db": sign(base, keys, "db"),
        "owner": sign(base, keys, "owner"),
        "owned": sign(base, keys, "owned"),
        "owned-again": sign(base, keys, "owned-again"),
        "attributes": with_attributes(base, keys),
        "module": open(module, "rb").read(),
        "text": sign(b"#!/bin/sh\necho not a caretaker\n" * 8, keys, "release"),
        "empty": b"",
        "marker-only": MARKER,
        "signature-empty": base + trailer(0),
        "signature-long": base + trailer(0x7FFFFFFF),
        "signature-other-type": base + trailer(16, kind=1),
        "signature-nothing-before": good[len(base):],
        "signature-garbage": base + b"\x30\x82\x01\x00" + b"\xa5" * 256 + trailer(260),
        "signed-twice": sign(good, keys, "release"),
        "file-large": sign(base + b"\0" * (0x100001 - len(base)), keys, "release"),
        "read-large": b"\x7fELF" + b"\0" * (0x100000 + 0x10000 + 64),
    }
    for name, data in broken_payloads(base).items():
        files[name] = sign(data, keys, "release")

    # Another entry point: does what a payload must not (probe.S)
    code = open(probe, "rb").read()
    probing = Payload(base)
    text = list(probing.headers(PT_LOAD))[1]
    at, = struct.unpack_from("<Q", base, text + 8)
    room, = struct.unpack_from("<Q", base, text + 32)
    if len(code) > min(room, 4096):
        sys.exit(f"payloads.py: {probe} does not fit into a page of the payload's text")
    probing.data[at:at + len(code)] = code
    # One page is what probe.c knows of
    for size in (32, 40):
        probing.put("Q", text + size, min(room, 4096))
    # It knows either vendor, and nothing of where there is no KVM
    probing.note_put("Q", 24, 3)
    files["probe"] = sign(bytes(probing.data), keys, "release")

    # Built for less than the kernel knows, and for more
    for name, sizes in (("sizes-smaller", (32, 0, 0, 0)), ("sizes-larger", (0x1000, 0x1000, 0x3000, 0x1000))):
        other = Payload(base)
        for i, size in enumerate(sizes):
            other.note_put("I", 32 + 4 * i, size)
        files[name] = sign(bytes(other.data), keys, "release")

    # Others to take over from it
    files["update-b"] = sign(Payload(base).note_put("32s", 80, b"b"), keys, "release")
    files["update-name"] = sign(Payload(base).note_put("32s", 48, b"x"), keys, "release")
    later = Payload(Payload(base).note_put("32s", 80, b"svn"))
    files["update-svn"] = sign(later.note_put("I", 8, 2), keys, "release")

    # The same payload under another build id: the digest that gets revoked
    other = Payload(base).build_id_put(0xEE)
    files["revoked"] = sign(other, keys, "release")
    for name, data in files.items():
        with open(f"{out}/{name}", "wb") as file:
            file.write(data)

    # keyctl padd asymmetric "" %:.secondary_trusted_keys < CERTIFICATE
    for name, key in (("second", "rsa-2048"), ("owner",) * 2, ("owned",) * 2, ("owned-again",) * 2):
        subprocess.run(["openssl", "x509", "-in", f"{keys}/{key}.pem", "-outform", "DER",
                        "-out", f"{out}/{name}.der"], check=True)

    # keyctl padd blacklist DESCRIPTION %:.blacklist < SIGNATURE
    description = "bin:" + hashlib.sha256(other).hexdigest()
    with open(f"{out}/revoked.description", "w") as file:
        file.write(description)
    subprocess.run(
        ["openssl", "smime", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER",
         "-in", f"{out}/revoked.description", "-out", f"{out}/revoked.signature",
         "-inkey", f"{keys}/release.key", "-signer", f"{keys}/release.pem"], check=True)


if __name__ == "__main__":
    main()
