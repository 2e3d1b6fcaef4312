#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Writes payloads and kernel modules of the same sizes, signed by the same key.

    load_files.py PAYLOAD MODULE KEY OUT

Both are padded behind what a loader looks at; the signature covers the padding.
KEY is a PEM file with the key and the certificate of the kernel's own modules.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vm"))
from payloads import MARKER, trailer  # noqa: E402

SIZES = [32, 64, 128, 256, 512, 1024]  # KiB, signature included


def signature(data, key):
    return subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-nosmimecap",
         "-md", "sha256", "-outform", "DER", "-inkey", key, "-signer", key],
        input=data, stdout=subprocess.PIPE, check=True).stdout


def padded(data, size, key):
    """data and zeros, signed, of exactly size bytes"""
    tail = len(signature(data, key)) + len(trailer(0))
    if len(data) + tail > size:
        return None
    data = data + b"\0" * (size - tail - len(data))
    cms = signature(data, key)
    return data + cms + trailer(len(cms))


def unsigned(module):
    if not module.endswith(MARKER):
        return module
    at = len(module) - len(MARKER)
    return module[:at - 12 - int.from_bytes(module[at - 4:at], "big")]


def main():
    payload, module, key, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    kinds = {"caretaker": open(payload, "rb").read(),
             "module": unsigned(open(module, "rb").read())}
    for kind, data in kinds.items():
        for size in SIZES:
            file = padded(data, size * 1024, key)
            if file is None:
                continue    # the payload by itself is larger
            with open(f"{out}/{kind}-{size:04}", "wb") as target:
                target.write(file)


if __name__ == "__main__":
    main()
