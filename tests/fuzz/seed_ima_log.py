# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_ima_log: seed_ima_log.py FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima  # noqa: E402

signature = ima.xattr_signature(b"\xde\xad\xbe\xef", "sha256", bytes(256))
records = ima.every_template() + [
    ima.violation("/v"), ima.sig("/s", signature), ima.sigv2("/v", signature, "verity"),
    ima.modsig("/m", b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"x"),
]
seeds = {f"all-{bank}": ima.encode(records, bank) for bank in ima.BANKS}
seeds |= {f"one-{i}": record.encode() for i, record in enumerate(records)}
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], f"seed-{name}"), "wb") as out:
        out.write(data)
