#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_elf: valid payloads, and each rule of rules.h broken by at least one.

seed_elf.py FOLDER

Always the same bytes: tests/fuzz/coverage.py expects of these files alone that they
reach each line of the parser and break each of its rules.
"""
import math
import os
import re
import struct
import sys

LOAD, NOTE, CCB = 1, 4, 0x6B636362
R, RX, RW, RWX = 4, 5, 6, 7
PAGE = 4096
MAX_FILE, MAX_SIGNATURE, MAX_MEMORY = 0x100000, 0x10000, 0x40000
MARKER = b"~Module signature appended~\n"

# Fields that are changed below: offset in their structure, struct format
EHDR = {"magic": (0, "B"), "class": (4, "B"), "data": (5, "B"), "ident_version": (6, "B"),
        "abi": (7, "B"), "type": (16, "H"), "machine": (18, "H"), "version": (20, "I"),
        "entry": (24, "Q"), "phoff": (32, "Q"), "flags": (48, "I"), "ehsize": (52, "H"),
        "phentsize": (54, "H"), "phnum": (56, "H")}
PHDR = {"type": (0, "I"), "flags": (4, "I"), "offset": (8, "Q"), "vaddr": (16, "Q"),
        "filesz": (32, "Q"), "memsz": (40, "Q"), "align": (48, "Q")}
NHDR = {"namesz": (0, "I"), "descsz": (4, "I"), "type": (8, "I"), "owner": (12, "B"),
        "abi": (24, "I"), "size": (28, "I"), "reserved": (36, "I"), "mandatory": (40, "Q"),
        "ccb_size": (56, "I"), "switch_size": (60, "I"), "config_size": (64, "I"),
        "telemetry_size": (68, "I"), "name": (72, "B"), "name_end": (103, "B"), "version": (104, "B")}
# Sizes of structures, as the header asserts them
HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../kernel/tree/arch/x86/include/asm/caretaker_payload.h")
with open(HEADER) as text:
    SIZE = {name: sum(math.prod(map(int, term.split("*"))) for term in size.split("+")) for name, size in
            re.findall(r"^__caretaker_size\(caretaker_(\w+), ([\d +*]+)\);", text.read(), re.M)}
# Program headers of payload(), in their order
RODATA, TEXT, BLOCK, MARK, NOTES = range(5)


def header(kind, flags, offset, address, filesz, memsz, align=PAGE):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, filesz, memsz, align)


def note():
    # struct caretaker_note
    descriptor = struct.pack("<IIIIQQIIII32s32s32s", 2, SIZE["note"], 3, 0, 1, 0, SIZE["ccb"],
                             SIZE["switch"], SIZE["config"], SIZE["telemetry"],
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


def patch(content, fields, at, changes):
    for name, value in changes.items():
        offset, form = fields[name]
        content = content[:at + offset] + struct.pack("<" + form, value) + \
            content[at + offset + struct.calcsize(form):]
    return content


def elf(content=None, **changes):
    return patch(payload() if content is None else content, EHDR, 0, changes)


def phdr(index, content=None, **changes):
    return patch(payload() if content is None else content, PHDR, 64 + 56 * index, changes)


def nhdr(content=None, **changes):
    return patch(payload() if content is None else content, NHDR, PAGE, changes)


def note_of(length, **changes):
    return nhdr(phdr(NOTES, filesz=length, memsz=length), **changes)


def larger_note(size, byte):
    """A descriptor of a later ABI: four bytes more, of which the last is @byte."""
    content = note_of(size + 4, descsz=SIZE["note"] + 4, size=SIZE["note"] + 4)
    content = phdr(RODATA, content, filesz=size + 4, memsz=size + 4)
    return content[:PAGE + size] + bytes([0, 0, 0, byte]) + content[PAGE + size + 4:]


def nine_segments():
    """The table in the page of text: nine segments without bytes."""
    table = b"".join(header(LOAD, RW, 0, PAGE * i, 0, PAGE) for i in range(9))
    content = elf(phoff=2 * PAGE, phnum=9)
    return content[:2 * PAGE] + table + content[2 * PAGE + len(table):]


def block(length, kind=2, unused=b"\0\0", more=b"\0" * 5):
    return unused + bytes([kind]) + more + struct.pack(">I", length) + MARKER


def signed(content, signature=b"\x30\x82\x01\x00" + b"\x02" * 256):
    return content + signature + block(len(signature))


def trailers():
    der = b"\x30\x03abc"
    return {
        "trailer-truncated": MARKER,
        "trailer-type": b"x" + der + block(5, kind=1),
        "trailer-unused": b"x" + der + block(5, unused=b"\0\4"),
        "trailer-padding": b"x" + der + block(5, more=b"\0\0\0\0\1"),
        "signature-empty": b"x" + block(0),
        "signature-large": b"x" + der + block(MAX_SIGNATURE + 1),
        "signature-bounds": b"x" + der + block(7),
        "payload-empty": der + block(5),
        "signature-tag": signed(b"x", b"\x31\x03abc"),
        "signature-tag-only": signed(b"x", b"\x30"),
        "signature-indefinite": signed(b"x", b"\x30\x80abc\0\0"),
        "signature-length-cut": signed(b"x", b"\x30\x82\x01"),
        "signature-longer": signed(b"x", b"\x30\x04abc"),
        "signature-null": signed(b"x", b"\x30\x00"),
        "short-signature": signed(b"x", b"\x30\x01\x00"),
        "nested": signed(signed(payload(ccb_bytes=0))),
    }


def headers():
    one = {"magic": 0, "class": 1, "data": 2, "ident_version": 0, "abi": 3, "type": 2,
           "machine": 183, "version": 2, "flags": 1, "ehsize": 63, "phentsize": 57, "phnum": 0,
           "phoff": 56, "entry": 0}
    seeds = {"elf-" + field: elf(**{field: value}) for field, value in one.items()}
    return seeds | {
        "file-large": payload().ljust(MAX_FILE + 1, b"\0"),
        "file-short": payload()[:63],
        "no-elf": b"#!/bin/sh\n".ljust(64),
        "header-many": elf(phnum=17),
        "header-unaligned": elf(phoff=68),
        "header-outside": elf(phoff=~7 & (2 ** 64 - 1)),
        "header-cut": payload()[:64 + 5 * 56 - 1],
        "header-type": phdr(MARK, type=2),
        "entry-behind": elf(entry=PAGE + 64),
    }


def segments():
    far = 2 ** 64 - PAGE
    return {
        "segment-none": elf(phoff=64 + 3 * 56, phnum=2),
        "segment-count": nine_segments(),
        "segment-align": phdr(TEXT, align=0x10000),
        "segment-address": phdr(TEXT, vaddr=PAGE + 16),
        "segment-offset": phdr(TEXT, offset=2 * PAGE + 16),
        "segment-write-exec": phdr(TEXT, flags=RWX),
        "segment-flags": phdr(TEXT, flags=1),
        "segment-empty": phdr(BLOCK, filesz=0, memsz=0),
        "segment-filesz": phdr(TEXT, filesz=65),
        "segment-no-bytes": phdr(TEXT, filesz=0),
        "segment-bounds": phdr(BLOCK, offset=4 * PAGE),
        "segment-bounds-wrap": phdr(BLOCK, offset=far),
        "segment-wrap": phdr(BLOCK, vaddr=far, memsz=PAGE + 1),
        "memory-large": phdr(BLOCK, vaddr=MAX_MEMORY),
        "first-address": phdr(RODATA, vaddr=PAGE),
        "segment-order": phdr(BLOCK, phdr(TEXT, vaddr=2 * PAGE), vaddr=PAGE),
        "segment-overlap": phdr(BLOCK, vaddr=PAGE),
        "segment-overlap-byte": phdr(TEXT, memsz=PAGE + 1),
        "segment-file-overlap-whole": phdr(MARK, phdr(BLOCK, offset=2 * PAGE), offset=2 * PAGE),
        "segment-file-overlap": phdr(BLOCK, offset=2 * PAGE),
        "text-none": phdr(TEXT, flags=R),
        "text-count": phdr(RODATA, flags=RX),
    }


def control_blocks():
    return {
        "ccb-none": phdr(MARK, elf(phnum=4), type=NOTE),
        "ccb-count": phdr(NOTES, type=CCB),
        "ccb-elsewhere": phdr(MARK, vaddr=3 * PAGE),
        "ccb-bytes": phdr(MARK, filesz=PAGE - 1),
        "ccb-flags": phdr(MARK, flags=R),
        "ccb-segment-flags": phdr(BLOCK, flags=R),
        "ccb-size": phdr(MARK, memsz=2 * PAGE),
    }


def notes():
    size = len(note())
    return {
        "note-none": elf(phnum=4),
        "note-count": phdr(MARK, type=NOTE),
        "note-header": phdr(NOTES, flags=RW),
        "note-segment": phdr(NOTES, offset=0x400),
        "note-cut": phdr(RODATA, filesz=len(note()) - 1),
        "note-address": phdr(NOTES, vaddr=4),
        "note-owner": nhdr(owner=ord("G")),
        "note-namesz": nhdr(namesz=9),
        "note-type": nhdr(type=3),
        "note-short": note_of(0),
        "note-extent": nhdr(descsz=8),
        "note-abi": nhdr(abi=3),
        "note-size": note_of(size - 4, descsz=140, size=140),
        "note-own-size": nhdr(size=143),
        "note-larger": larger_note(size, 0),
        "note-unknown": larger_note(size, 1),
        "note-layout": nhdr(ccb_size=31),
        "note-room-ccb": nhdr(ccb_size=PAGE + 1),
        "note-room-config": nhdr(config_size=3 * PAGE + 1),
        "note-room-switch": nhdr(switch_size=PAGE + 1),
        "note-room": nhdr(telemetry_size=PAGE + 1),
        "note-reserved": nhdr(reserved=1),
        "note-feature": nhdr(mandatory=1 << 63),
        "note-name": nhdr(name=ord(" ")),
        "note-name-end": nhdr(name_end=1),
        "note-version": nhdr(version=0),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seeds = {
        "empty": b"",
        "plain": payload(),
        "signed": signed(payload()),
        "data-and-gaps": payload(data=True, gap=2),
        "ccb-without-bytes": payload(ccb_bytes=0),
    }
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in (seeds | trailers() | headers() | segments() | control_blocks() |
                          notes()).items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
