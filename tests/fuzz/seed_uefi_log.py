# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_uefi_log: seed_uefi_log.py FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import uefi  # noqa: E402

boot = uefi.boot()
hcrtm = uefi.Event(0, uefi.HCRTM, b"HCRTM", b"core")
seeds = {
    "two-banks": uefi.encode(boot), "one-bank": uefi.encode(boot, ["sha256"], b"vendor"),
    "four-banks": uefi.encode(boot[:8], ["sha1", "sha256", "sha384", "sha512"]),
    "old": uefi.encode_old(boot), "locality": uefi.encode([uefi.locality(3), *boot[:4]]),
    "hcrtm": uefi.encode([uefi.locality(4), hcrtm]), "short": uefi.encode([boot[2], boot[7]], ["sha256"]),
    "unknown-bank": uefi.spec_id([(0x27, 32), "sha1"]).old(),
}
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], f"seed-{name}"), "wb") as out:
        out.write(data)
