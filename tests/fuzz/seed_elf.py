#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_elf: small valid payloads, with and without a trailer.

seed_elf.py FOLDER
"""
import os
import struct
import sys

LOAD, NOTE, CCB = 1, 4, 0x6B636362
R, RX, RW = 4, 5, 6
PAGE = 4096


def header(kind, flags, offset, address, filesz, memsz, align=PAGE):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, filesz, memsz, align)


def note():
    # struct caretaker_note; the sizes are those of the structures in caretaker.h
    descriptor = struct.pack("<IIIIQQIIII32s32s32s", 1, 144, 3, 0, 1, 0, 256, 544,
                             128 + 256 * 32 + 64 * 16, 544 + 64 * 24 + 64 * 24,
                             b"seed", b"1.0", b"\x55" * 32)
    return struct.pack("<III12s", 10, len(descriptor), 1, b"Caretaker") + descriptor


def payload(data=False, gap=0, ccb_bytes=PAGE):
    """Sizes stay under the fuzzer's limit of 64 KiB."""
    segments = [(R, note()), (RX, b"\xf3\x0f\x1e\xfa" + b"\x90" * 60)]
    if data:
        segments.append((RW, b"data"))
    segments.append((RW, bytes(ccb_bytes)))
    headers, body, address, offset = [], b"", 0, PAGE
    for flags, content in segments:
        last = len(headers) == len(segments) - 1
        memsz = PAGE if last else len(content)
        headers.append(header(LOAD, flags, offset, address, len(content), memsz))
        if last:
            headers.append(header(CCB, flags, offset, address, len(content), memsz))
        body += content.ljust(-(-len(content) // PAGE) * PAGE, b"\0")
        offset = PAGE + len(body)
        address += PAGE * (1 + gap)
    headers.append(header(NOTE, R, PAGE, 0, len(note()), len(note()), 4))
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    elf = ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, PAGE * (1 + gap), 64, 0, 0, 64, 56,
                              len(headers), 64, 0, 0)
    return (elf + b"".join(headers)).ljust(PAGE, b"\0") + body


def signed(content, signature=b"\x30\x82\x01\x00" + b"\x02" * 256):
    block = struct.pack(">BBBBB3sI", 0, 0, 2, 0, 0, b"", len(signature))
    return content + signature + block + b"~Module signature appended~\n"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seeds = {
        "plain": payload(),
        "signed": signed(payload()),
        "data-and-gaps": payload(data=True, gap=2),
        "ccb-without-bytes": payload(ccb_bytes=0),
        "short-signature": signed(b"x", b"\x30\x01\x00"),
        "nested": signed(signed(payload(ccb_bytes=0))),
        "no-elf": b"#!/bin/sh\n",
    }
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
