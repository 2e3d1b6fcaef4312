#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_container: evidence files, and each with something wrong.

seed_container.py FOLDER
"""
import base64
import json
import os
import sys

B64 = base64.b64encode(b"a").decode()
JSON = json.dumps({
    "format": "caretaker-evidence", "version": 2, "attest": B64, "signature": B64, "ak_public": B64,
    "pcrs": {"sha256": {"10": "5a" * 32}},
    "unauthenticated": {"kernel_release": "7.3", "boot_id": "1-2", "command_line": "a", "collected": 1},
}).encode()


def header(name, size, mode=b"0000644", kind=b"0"):
    """A ustar header, as ustar.h wants it."""
    text = bytearray(512)
    text[:len(name)] = name
    text[100:156] = mode + b"\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0" + b" " * 8
    text[156:157] = kind
    text[257:265] = b"ustar\00000"
    text[329:345] = b"0000000\0" * 2
    text[148:156] = b"%06o\0 " % sum(text)
    return bytes(text)


def member(name, content, **odd):
    return header(name, len(content), **odd) + content + bytes(-len(content) % 512)


def archive(text=JSON, uefi=b"firmware", userspace=b"", ima=b"list", end=bytes(1024), **odd):
    return (member(b"evidence.json", text) + member(b"uefi_log", uefi) +
            member(b"userspace_log", userspace) + member(b"ima_log", ima, **odd) + end)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    good = archive()
    seeds = {
        "good": good, "empty-logs": archive(uefi=b"", ima=b""), "blocks": archive(uefi=bytes(512), ima=bytes(1024)),
        "long": archive(ima=bytes(range(256)) * 300), "json": archive(text=b"{}"), "old": JSON,
        "mode": archive(mode=b"0000755"), "kind": archive(kind=b"x"), "behind": good + b"\0",
        "half-end": archive(end=bytes(512)), "no-end": archive(end=b""), "odd-end": archive(end=bytes(1023) + b"x"),
        "twice": member(b"evidence.json", JSON) * 2 + good, "order": member(b"uefi_log", b"") + good,
        "huge": member(b"evidence.json", JSON) + header(b"uefi_log", 2 ** 33 - 1),
        "ima-huge": good[:-2048] + header(b"ima_log", 2 ** 33 - 1) + b"list", "nothing": b"",
    }
    for name, content in seeds.items():
        for step in (0, 1, 100):
            with open(os.path.join(sys.argv[1], f"seed-{name}-{step}"), "wb") as out:
                out.write(bytes([step]) + content)


main()
