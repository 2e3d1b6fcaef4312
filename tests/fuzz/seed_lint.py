#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_lint: the texts of tests/unit/test_lint.c, and a file with symbols.

seed_lint.py FOLDER
"""
import os
import re
import struct
import sys

CASES = os.path.dirname(os.path.abspath(__file__)) + "/../unit/test_lint.c"


def texts():
    """CODE("...") of each case, in C's own escapes: \\xHH and octal."""
    with open(CASES, encoding="ascii") as source:
        table = source.read().partition("cases[] = {")[2].partition("\n};")[0]
    for code in re.findall(r'CODE\(((?:\s*"[^"]*")+)\)', table):
        pairs = re.findall(r"\\x([0-9a-f]{2})|\\([0-7]{1,3})", code)
        yield bytes(int(h, 16) if h else int(o, 8) for h, o in pairs)


def with_symbols(code):
    """An ELF header that is no code, then section headers, a symbol, its name."""
    text = 64 + 3 * 64 + 24 + 16
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 64, 0, 64, 56, 0, 64, 3, 0)
    section = "<IIQQQQIIQQ"
    symbols = struct.pack(section, 0, 2, 0, 0, 64 + 3 * 64, 24, 2, 0, 8, 24)
    names = struct.pack(section, 0, 3, 0, 0, 64 + 3 * 64 + 24, 16, 0, 0, 1, 0)
    symbol = struct.pack("<IBBHQQ", 0, 2, 0, 1, 0x1000 + text, len(code))
    return header + bytes(64) + symbols + names + symbol + b"caretaker_entry\0" + code


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    seeds = list(texts())
    if len(seeds) < 100:
        sys.exit(f"seed_lint.py: only {len(seeds)} cases found in {CASES}")
    seeds.append(with_symbols(b"\x0f\x01\xd8\xc3"))
    for number, code in enumerate(seeds):
        with open(os.path.join(sys.argv[1], f"seed-{number:03}"), "wb") as out:
            out.write(code)


main()
