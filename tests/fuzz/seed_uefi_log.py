# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_uefi_log: seed_uefi_log.py FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import uefi  # noqa: E402
from damage import damage  # noqa: E402

boot = uefi.boot()
hcrtm = uefi.Event(0, uefi.HCRTM, b"HCRTM", b"core")
seeds = {
    "two-banks": uefi.encode(boot), "one-bank": uefi.encode(boot, ["sha256"], b"vendor"),
    "four-banks": uefi.encode(boot[:8], ["sha1", "sha256", "sha384", "sha512"]),
    "old": uefi.encode_old(boot), "locality": uefi.encode([uefi.locality(3), *boot[:4]]),
    "hcrtm": uefi.encode([uefi.locality(4), hcrtm]), "short": uefi.encode([boot[2], boot[7]], ["sha256"]),
    "unknown-bank": uefi.spec_id([(0x27, 32), "sha1"]).old(),
}
seeds |= damage("measured", uefi.encode([uefi.separator(0)], ["sha256"], b"v"))
seeds |= damage("locality", uefi.encode([uefi.locality(4), hcrtm], ["sha1"])[:180])
seeds |= damage("sha1", uefi.encode_old([uefi.separator(7), uefi.secure_boot()]))
spec = uefi.spec_id(["sha256"])
late = uefi.encode([uefi.separator(0), uefi.locality(3)], ["sha256"])
seeds |= {
    "empty": b"", "late": late, "two-localities": uefi.encode([uefi.locality(3)] * 2),
    "late-hcrtm": uefi.encode([uefi.locality(4), uefi.separator(0), hcrtm]),
    "two-specs": uefi.encode([spec, spec]), "no-algorithm": uefi.spec_id([]).old(),
    "many-algorithms": uefi.spec_id(["sha256"] * 17).old(), "twice": uefi.spec_id(["sha1"] * 2).old(),
    "two-digests": spec.old() + uefi.separator(0).agile(["sha256", "sha256"]),
    "same-digests": uefi.spec_id(["sha1", "sha256"]).old() + uefi.separator(0).agile(["sha1"] * 2),
    "no-variable": uefi.encode([uefi.Event(7, uefi.DRIVER_CONFIG, b"short")]),
    "separator": uefi.encode([uefi.separator(7, b"\xff" * 4), uefi.separator(6, b"xx")]),
    "authority": uefi.encode([uefi.separator(7), uefi.secure_boot(), uefi.secure_boot(b"\0")]),
    "off": uefi.encode([uefi.secure_boot(b"\0")]), "odd": uefi.encode([uefi.secure_boot(b"xx")]),
}
shim = uefi.variable(uefi.SHIM, "Shim", b"c")
one = uefi.Event(11, uefi.IPL, b"one")
seeds |= {
    "shim": uefi.encode([uefi.authority(shim + bytes(5) + b"x", shim + bytes(5))], ["sha256"]),
    "shim-not": uefi.encode([uefi.authority(shim + b"12345x", shim + b"12345")], ["sha256"]),
    "coreboot": uefi.encode([uefi.coreboot_locality(3), uefi.coreboot_file("CBFS: x", 2)], ["sha256"]),
    "coreboot-not": uefi.encode([uefi.coreboot_file("CBFS: x", 4)], ["sha256"]),
    "windows": uefi.encode([uefi.separator(12, b"WBCL"), uefi.Event(0xffffffff, 3, b"AIK", b"AIK")], ["sha256"]),
    "one-digest": uefi.encode([]) + one.agile(["sha256"]) + one.agile(["sha1", "sha256"]),
    "one-digest-not": uefi.encode([]) + uefi.separator(4).agile(["sha256"]),
    "zeros": bytes(64), "padded": uefi.encode([uefi.separator(7)], ["sha256"]) + bytes(64),
    "padded-not": uefi.encode_old([uefi.separator(7)]) + bytes(64) + b"x",
    "relabelled": uefi.encode([uefi.Event(7, uefi.IPL, b"x", bytes(4)), uefi.secure_boot()], ["sha256"]),
    "odd-events": uefi.encode([uefi.action("Go", digest_of=b"Stop"), uefi.Event(7, uefi.ACTION, b"x", b"y")]),
}
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], f"seed-{name}"), "wb") as out:
        out.write(data)
