#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A lie: evidence in which the caretaker's record names another payload.

    alter.py [--rehash] EVIDENCE OUT

With --rehash the digests in the log are made to fit again, as an attacker would
do it who can write the log but not the TPM: then only the quoted PCR tells.
"""
import hashlib
import struct
import sys
import tarfile

DIGEST = 208  # offset of struct caretaker_record.digest
EVENT = b"caretaker-install"


def entries(log, size):
    """(offset of the template digest, offset and length of the template data)"""
    at = 0
    while at < len(log):
        name_length, = struct.unpack_from("<I", log, at + 4 + size)
        assert 0 < name_length < 64
        data_at = at + 4 + size + 4 + name_length + 4
        length, = struct.unpack_from("<I", log, data_at - 4)
        assert data_at + length <= len(log)
        yield at + 4, data_at, length
        at = data_at + length


def parse(log):
    for size in (20, 32, 48, 64):
        try:
            return size, list(entries(log, size))
        except (AssertionError, struct.error):
            continue
    sys.exit("alter.py: the IMA log cannot be read")


def alter(log, rehash):
    size, found = parse(log)
    for digest_at, at, length in found:
        name = log.find(EVENT, at, at + length)
        if name < 0:
            continue
        record = name + len(EVENT) + 1 + 4  # NUL, length of the last field
        log[record + DIGEST] ^= 0xFF
        if rehash:
            buf = bytes(log[record:at + length])
            old = at + 4 + len("sha256:\0")
            log[old:old + 32] = hashlib.sha256(buf).digest()
            name = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}[size]
            log[digest_at:digest_at + size] = hashlib.new(name, bytes(log[at:at + length])).digest()
        return
    sys.exit("alter.py: no record of an install in the IMA log")


def main():
    arguments = sys.argv[1:]
    rehash = "--rehash" in arguments
    source, out = [a for a in arguments if a != "--rehash"]
    with open(source, "rb") as file:
        evidence = bytearray(file.read())
    with tarfile.open(source, "r:") as archive:
        member = archive.getmember("ima_log")
    where = slice(member.offset_data, member.offset_data + member.size)
    log = evidence[where]
    alter(log, rehash)
    evidence[where] = log
    with open(out, "wb") as file:
        file.write(evidence)


if __name__ == "__main__":
    main()
