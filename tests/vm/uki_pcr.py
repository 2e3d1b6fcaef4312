#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The value of a register that systemd-stub extended, computed from what it was given (SHA-256).

    uki_pcr.py sections IMAGE NAME...     PCR 11: each section, its name and then its content
    uki_pcr.py words TEXT...              PCR 12: each command line, UTF-16 with its NUL

systemd-stub(7); src/boot/measure.c and stub.c of systemd.  Sections: PE/COFF, "Section Table".
"""
import hashlib
import struct
import sys


def sections(path):
    data = open(path, "rb").read()
    at, = struct.unpack_from("<I", data, 0x3C)
    count, = struct.unpack_from("<H", data, at + 6)
    optional, = struct.unpack_from("<H", data, at + 20)
    for i in range(count):
        name, size, _, raw_size, raw = struct.unpack_from("<8s4I", data, at + 24 + optional + 40 * i)
        # What the loader has in memory: what lies behind the raw bytes is zeros
        yield name.rstrip(b"\0").decode(), data[raw:raw + min(size, raw_size)].ljust(size, b"\0")


def main():
    kind, *rest = sys.argv[1:]
    if kind == "sections":
        content = dict(sections(rest[0]))
        measured = [part for name in rest[1:] for part in (name.encode() + b"\0", content[name])]
    else:
        measured = [text.encode("utf-16-le") + b"\0\0" for text in rest]
    pcr = bytes(32)
    for part in measured:
        pcr = hashlib.sha256(pcr + hashlib.sha256(part).digest()).digest()
    print(pcr.hex())


if __name__ == "__main__":
    main()
