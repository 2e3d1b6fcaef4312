# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_ima_log: seed_ima_log.py FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima  # noqa: E402
from damage import damage  # noqa: E402

signature = ima.xattr_signature(b"\xde\xad\xbe\xef", "sha256", bytes(256))
records = ima.every_template() + [
    ima.violation("/v"), ima.sig("/s", signature), ima.sigv2("/v", signature, "verity"),
    ima.modsig("/m", b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"x"),
]
seeds = {f"all-{bank}": ima.encode(records, bank) for bank in ima.BANKS}
seeds |= {f"one-{i}": record.encode() for i, record in enumerate(records)}
short = ima.ng("boot_aggregate").encode("sha256")
for record in (ima.old("/o"), ima.sigv2("/v", b"\3"), ima.modsig("/m", b"\x30\0", b"x")):
    seeds |= damage(f"short-{record.template}", record.encode("sha256"))
    seeds[f"behind-{record.template}"] = short + record.encode("sha256")
for name, record in {"": ima.old_violation("/v"), "-not": ima.old_violation("/v", b"\1" * 20),
                     "-none": ima.old_violation("/v", violation=False)}.items():
    seeds[f"old-violation{name}"] = record.encode()
seeds["sm3"] = ima.encode(records[:2], "sm3")
for i, template in enumerate(("", "d-ng|", "d-ng|n-ng|n-ng", "x|n-ng", "d-ng|n-ng|sig|" + "buf|" * 20)):
    seeds[f"template-{i}"] = ima.Record(template, [ima.d_ng("sha256", bytes(32)), ima.name("/t")]).encode()
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], f"seed-{name}"), "wb") as out:
        out.write(data)
