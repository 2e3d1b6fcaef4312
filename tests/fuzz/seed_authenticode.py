#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_authenticode: small PE images, good ones and ones with a field changed.

seed_authenticode.py FOLDER
"""
import os
import struct
import sys

PE = 0x80
OPTIONAL = PE + 24


def image(plus=True, directories=16, certificates=b"", behind=b"", sections=2):
    start = OPTIONAL + (112 if plus else 96)
    table = bytearray(8 * directories)
    body = b"\xcc" * 0x200 + b"\x11" * 0x100 + bytes(0x100) + behind
    if directories > 4:
        place = 0x400 + len(body) if certificates else 0
        struct.pack_into("<II", table, 32, place, len(certificates))
    out = bytearray(0x400)
    struct.pack_into("<2s58xI", out, 0, b"MZ", PE)
    struct.pack_into("<4sHHIIIHH", out, PE, b"PE\0\0", 0x8664, sections, 0, 0, 0,
                     start - OPTIONAL + len(table), 0x22E)
    struct.pack_into("<H", out, OPTIONAL, 0x20B if plus else 0x10B)
    struct.pack_into("<II", out, OPTIONAL + 56, 0x3000, 0x400)
    struct.pack_into("<I", out, start - 4, directories)
    out[start:start + len(table)] = table
    at = start + len(table)
    for i, (size, offset) in enumerate([(0x200, 0x400), (0x100, 0x600), (0, 0)][:sections]):
        struct.pack_into("<8sIIII", out, at + 40 * i, b".s%d" % i, size, 0x1000 * i, size, offset)
    return bytes(out) + body + certificates


def changed(at, form, value, **options):
    out = bytearray(image(**options))
    struct.pack_into("<" + form, out, at, *(value if isinstance(value, tuple) else (value,)))
    return bytes(out)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    first = OPTIONAL + 112 + 8 * 16
    seeds = {
        "plus": image(), "pe32": image(plus=False), "signed": image(certificates=bytes(64)),
        "behind": image(behind=b"behind", certificates=b"c" * 8), "no-entry": image(directories=4),
        "five": image(directories=5), "empty-section": image(sections=3), "none": image(sections=0),
        "no-mz": changed(0, "H", 0), "no-pe": changed(PE, "H", 0), "short": image()[:PE + 30],
        "coff-short": image()[:PE + 10], "far": changed(60, "I", 0xfffffff0),
        "inside": changed(60, "I", 4), "magic": changed(OPTIONAL, "H", 0x107),
        "optional-long": changed(PE + 20, "H", 0xffff), "optional-short": changed(PE + 20, "H", 8),
        "optional-shorter": changed(PE + 20, "H", 80), "directory-short": changed(PE + 20, "H", 120),
        "directory-cut": changed(PE + 20, "H", 148), "many": changed(PE + 6, "H", 97),
        "cut": changed(PE + 6, "H", 96), "headers-far": changed(OPTIONAL + 60, "I", 0x10000),
        "headers-none": changed(OPTIONAL + 60, "I", 0),
        "headers-short": changed(OPTIONAL + 60, "I", first + 8),
        "section-far": changed(first + 16, "I", 0x10000),
        "section-in-headers": changed(first + 20, "I", 0x100),
        "section-over": changed(first + 16, "I", 0x300),
        "odd-length": image(behind=b"odd"), "uki": changed(first + 40, "8s", b".linux"),
        "uki-none": changed(first + 40, "8sI", (b".linux", 0)), "uki-far": changed(first + 40, "8sI", (b".linux", 0x101)),
        "uki-twice": changed(first, "8s32x8s", (b".linux", b".linux")),
        "certificates-far": changed(OPTIONAL + 112 + 36, "I", 0xffffff00),
    }
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
