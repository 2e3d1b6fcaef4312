#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""caretaker check uefi, case by case: run_uefi.py CARETAKER"""
import struct
import sys

import uefi
from case import Cases

cases = Cases(sys.argv[1])
boot = uefi.boot()


def check(name, log, status, want=None, *args):
    cases.run(name, ["check", "uefi", log, *args], status, want)


def refused(name, log, why):
    check(name, log, 1, {"error": f"~{why}", "pcrs": {}, "secure_boot": None})


def replay(events, algs, start=0):
    return {alg: uefi.replay(events, alg, start) for alg in algs}


# Replays

for algs in (["sha256"], ["sha1", "sha256"], ["sha256", "sha384"], ["sha384", "sha1", "sha512", "sha256"]):
    check(f"boot log with {' '.join(algs)}", uefi.encode(boot, algs), 0,
          {"error": None, "events": len(boot) + 1, "secure_boot": True, "pcrs": replay(boot, algs)})
check("vendor information", uefi.encode(boot, vendor=b"vendor"), 0, {"events": len(boot) + 1})
check("SHA-1 only", uefi.encode_old(boot), 0,
      {"events": len(boot), "secure_boot": True, "pcrs": replay(boot, ["sha1"])})
shuffled = uefi.spec_id(["sha1", "sha256"]).old() + b"".join(e.agile(["sha256", "sha1"]) for e in boot)
check("digests in another order than announced", shuffled, 0, {"pcrs": replay(boot, ["sha1", "sha256"])})
unknown = uefi.spec_id([(0x27, 32), "sha256"]).old() + b"".join(
    struct.pack("<IIIH", e.pcr, e.kind, 2, 0x27) + bytes(32) + struct.pack("<H", 0xb) + e.digest("sha256") +
    struct.pack("<I", len(e.data)) + e.data for e in boot)
check("bank that we do not know beside one that we do", unknown, 0, {"pcrs": replay(boot, ["sha256"])})
check("only the Spec ID event", uefi.encode([]), 0, {"events": 1, "pcrs": {}, "secure_boot": None})

# Startup locality

for n in (0, 3, 4):
    events = [uefi.locality(n), *boot]
    check(f"startup locality {n}", uefi.encode(events), 0,
          {"startup_locality": n, "pcrs": replay(events, ["sha1", "sha256"], n)})
hcrtm = [uefi.Event(0, uefi.HCRTM, b"HCRTM", b"core"), *boot]
check("H-CRTM", uefi.encode(hcrtm), 0, {"startup_locality": 4, "pcrs": replay(hcrtm, ["sha256"], 4)})
check("H-CRTM and locality 4", uefi.encode([uefi.locality(4), *hcrtm]), 0,
      {"pcrs": replay(hcrtm, ["sha256"], 4)})
refused("H-CRTM and locality 3", uefi.encode([uefi.locality(3), *hcrtm]), "H-CRTM")
refused("H-CRTM that is not first", uefi.encode([*boot, *hcrtm]), "H-CRTM")
refused("H-CRTM in PCR 1", uefi.encode([uefi.Event(1, uefi.HCRTM, b"HCRTM")]), "H-CRTM")
refused("startup locality 2", uefi.encode([uefi.locality(2), *boot]), "startup locality 2")
refused("startup locality twice", uefi.encode([uefi.locality(3), uefi.locality(3), *boot]), "second")
refused("startup locality after a measurement", uefi.encode([*boot, uefi.locality(3)]), "behind a measurement")
refused("startup locality in PCR 1",
        uefi.encode([uefi.Event(1, uefi.NO_ACTION, b"StartupLocality\0\3")]), "StartupLocality")
refused("startup locality without value",
        uefi.encode([uefi.Event(0, uefi.NO_ACTION, b"StartupLocality\0")]), "StartupLocality")
refused("startup locality with two values",
        uefi.encode([uefi.Event(0, uefi.NO_ACTION, b"StartupLocality\0\3\3")]), "StartupLocality")

# Secure Boot

check("Secure Boot off", uefi.encode(uefi.boot(b"\0")), 0, {"secure_boot": False})
check("no SecureBoot variable", uefi.encode(uefi.boot(b"")), 0, {"secure_boot": False})
check("nothing said", uefi.encode([uefi.separator(7)]), 0, {"secure_boot": None})
check("SecureBoot in PCR 1", uefi.encode([uefi.secure_boot(pcr=1)]), 0, {"secure_boot": None})
check("SecureBoot of another vendor", uefi.encode([uefi.secure_boot(guid=uefi.SECURITY)]), 0,
      {"secure_boot": None})
check("SecureBoot as another type", uefi.encode([uefi.secure_boot(kind=uefi.AUTHORITY)]), 0,
      {"secure_boot": None})
check("SecureBoot twice, the same", uefi.encode([uefi.secure_boot(), *boot]), 0, {"secure_boot": True})
refused("SecureBoot twice, differently", uefi.encode([uefi.secure_boot(b"\0"), *boot]), "differently")
refused("SecureBoot behind the separator", uefi.encode([uefi.separator(7), uefi.secure_boot()]), "separator")
refused("SecureBoot is 2", uefi.encode([uefi.secure_boot(b"\2")]), "neither 0 nor 1")
refused("SecureBoot of two bytes", uefi.encode([uefi.secure_boot(b"\1\0")]), "neither 0 nor 1")
refused("SecureBoot whose digest is of the value 0",
        uefi.encode([uefi.secure_boot(digest_of=uefi.secure_boot(b"\0").data)]), "not the hash")

# Types against content

for name, event in {
        "driver configuration": uefi.Event(7, uefi.DRIVER_CONFIG, uefi.variable(uefi.GLOBAL, "PK", b"x"), b"x"),
        "authority": uefi.Event(7, uefi.AUTHORITY, uefi.variable(uefi.SECURITY, "db", b"x"), b"x"),
        "boot variable": uefi.Event(1, uefi.VARIABLE_BOOT, uefi.variable(uefi.GLOBAL, "Boot0", b"x"), b"y"),
        "new boot variable": uefi.Event(1, uefi.VARIABLE_BOOT2, uefi.variable(uefi.GLOBAL, "Boot0", b"x"), b"x"),
        "separator": uefi.separator(3, digest_of=b"\xff" * 4),
        "action": uefi.action("Start", kind=uefi.ACTION, digest_of=b"Stop"),
        "EFI action": uefi.action("Start", digest_of=b"Start\0")}.items():
    for form in (uefi.encode, uefi.encode_old):
        refused(f"{name} that is not what its digest says", form([boot[0], event]), "not the hash")
mixed = uefi.action("Exit")
wrong = mixed.agile(["sha1", "sha256"]).replace(mixed.digest("sha256"), mixed.digest("sha384")[:32])
refused("action with one right digest of two", uefi.encode([]) + wrong, "not the hash")
check("separator of ones", uefi.encode([uefi.separator(3, b"\xff" * 4)]), 0)
check("separator of an error", uefi.encode([uefi.separator(3, b"\1\0\0\0")]), 0)
refused("separator of five bytes", uefi.encode([uefi.separator(3, bytes(5))]), "separator")
refused("separator that says something", uefi.encode([uefi.separator(3, b"abcd")]), "separator")
hidden = uefi.Event(4, uefi.NO_ACTION, b"image", b"image")
refused("measurement hidden as EV_NO_ACTION", uefi.encode([*boot, hidden]), "not zero")
refused("the same, SHA-1 only", uefi.encode_old([*boot, hidden]), "not zero")
check("EV_NO_ACTION without PCR", uefi.encode([uefi.Event(0xffffffff, uefi.NO_ACTION, b"x")]), 0)
for name, data in {"cut header": bytes(31), "name too long": uefi.GLOBAL + struct.pack("<QQ", 1 << 63, 0),
                   "data too long": uefi.GLOBAL + struct.pack("<QQ", 0, 1),
                   "bytes behind": uefi.variable(uefi.GLOBAL, "PK", b"") + b"x"}.items():
    refused(f"variable, {name}", uefi.encode([uefi.Event(7, uefi.DRIVER_CONFIG, data)]), "variable")

# Real machines: what honest firmware and loaders write, and its twin

plain = [boot[0], uefi.secure_boot(), *[uefi.separator(i) for i in range(8)]]


def accepted(name, events, proven=None, algs=("sha1", "sha256"), start=0):
    check(name, uefi.encode(events, algs), 0, {"pcrs": replay(proven or events, algs, start)})


shim = uefi.variable(uefi.SHIM, "Shim", b"certificate")
accepted("shim before 15.1", [*plain, uefi.authority(shim + bytes(5) + b"\xaf", shim + bytes(5))])
refused("two bytes that no digest covers",
        uefi.encode([*plain, uefi.authority(shim + bytes(5) + b"\xaf", shim + bytes(4))]), "variable")
refused("bytes behind the variable that are no zeros",
        uefi.encode([*plain, uefi.authority(shim + b"abcde\xaf", shim + b"abcde")]), "variable")
refused("one byte behind the variable", uefi.encode([*plain, uefi.authority(shim + b"\xaf", shim)]), "variable")
refused("shim's excess in a driver configuration",
        uefi.encode([uefi.Event(7, uefi.DRIVER_CONFIG, shim + bytes(5) + b"\xaf", shim + bytes(5))]), "variable")
for n, name in ((3, "locality 3"), (0, "locality 0")):
    accepted(f"coreboot's entry for {name}", [uefi.coreboot_locality(n), *plain], start=n)
refused("coreboot's entry with a byte behind", uefi.encode([uefi.coreboot_locality(3, b"x"), *plain]),
        "malformed StartupLocality")
accepted("coreboot's file", [uefi.coreboot_file("CBFS: fallback/romstage", 2), *plain])
refused("coreboot's file in PCR 4", uefi.encode([uefi.coreboot_file("CBFS: fallback/romstage", 4)]), "not the hash")
refused("a file of nobody", uefi.encode([uefi.coreboot_file("fallback/romstage", 2)]), "not the hash")
accepted("Windows' separators", [*plain, *[uefi.separator(i, b"WBCL") for i in (12, 13, 14)]])
refused("the same in PCR 7", uefi.encode([uefi.separator(7, b"WBCL")]), "separator")
refused("separator of one byte", uefi.encode([uefi.separator(1, b"\xff")]), "separator")
both = uefi.encode(plain)
one = uefi.Event(11, uefi.IPL, b"one")
values = replay([*plain, one], ["sha256"])
values["sha1"] = uefi.replay(plain, "sha1")
check("a bank less in PCR 11", both + one.agile(["sha256"]), 0, {"pcrs": values})
check("the bank stays unproven", both + one.agile(["sha256"]) + one.agile(["sha1", "sha256"]), 0,
      {"pcrs": {"sha1": uefi.replay(plain, "sha1"), "sha256": uefi.replay([*plain, one, one], "sha256")}})
image = uefi.Event(4, uefi.BOOT_APPLICATION, bytes(32), b"image")
refused("an application with a bank less", both + image.agile(["sha1"]), "fewer digests")
trust = uefi.Event(0xffffffff, uefi.NO_ACTION, b"AIK", b"AIK")
accepted("Windows' trust point", [*plain, trust])
trust.pcr = 4
refused("the same in PCR 4", uefi.encode([*plain, trust]), "not zero")
accepted("boot attempts omitted", [*plain, uefi.Event(4, uefi.OMIT, b"BOOT ATTEMPTS OMITTED")])
for form in (uefi.encode, uefi.encode_old):
    check("zeros up to the end of the area", form(plain) + bytes(4096), 0, {"pcrs": {"sha1": uefi.replay(plain, "sha1")}})
    refused("something behind the zeros", form(plain) + bytes(4096) + b"x", "behind zeros")
refused("nothing but zeros", bytes(4096), "nothing but zeros")
refused("SecureBoot behind a separator under another label",
        uefi.encode([uefi.Event(7, uefi.IPL, b"x", bytes(4)), uefi.secure_boot()]), "separator")

# Malformed

log = uefi.encode(boot)
refused("empty", b"", "empty log")
ends, at = {0}, 0
for event in [uefi.spec_id(["sha1", "sha256"]).old(), *(e.agile(["sha1", "sha256"]) for e in boot)]:
    at += len(event)
    ends.add(at)
for cut in sorted({*range(1, len(log), max(1, len(log) // 150))} - ends):
    refused(f"cut after {cut} bytes", log[:cut], "offset")
refused("one byte more", log + b"\0", f"record {len(boot) + 2}, offset {len(log)}")
refused("less than an event of zeroes behind", log + bytes(15), f"record {len(boot) + 2}")
refused("PCR 24", uefi.encode([uefi.Event(24, uefi.IPL, b"x")]), "PCR index 24")
refused("no PCR, but a measurement", uefi.encode([uefi.Event(0xffffffff, uefi.IPL, b"x")]), "PCR index")
refused("Spec ID event in PCR 1", bytes([1]) + log[1:], "PCR 1")
refused("no algorithm", uefi.spec_id([]).old(), "0 algorithms")
refused("seventeen algorithms", uefi.spec_id([(i, 32) for i in range(0x100, 0x111)]).old(), "17 algorithms")
refused("algorithm twice", uefi.spec_id(["sha256", "sha256"]).old(), "twice")
refused("SHA-256 of 20 bytes", uefi.spec_id([(0xb, 20)]).old(), "digest of 20 bytes")
refused("only unknown algorithms", uefi.spec_id([(0x27, 32)]).old(), "none of the log's")
event = boot[0]
refused("algorithm that was not announced", uefi.spec_id(["sha1", "sha256"]).old() +
        event.agile(["sha1", "sha384"]), "not in the Spec ID event")
refused("one digest of two", uefi.spec_id(["sha1", "sha256"]).old() + event.agile(["sha256"]), "fewer digests")
refused("the same digest twice", uefi.spec_id(["sha1", "sha256"]).old() + event.agile(["sha256", "sha256"]),
        "two digests")
refused("two billion digests", uefi.spec_id(["sha1", "sha256"]).old() + struct.pack("<III", 0, 8, 1 << 31),
        "2147483648 digests")
refused("event data of 4 GiB", uefi.encode_old([event])[:-6 - 4] + struct.pack("<I", 0xffffffff), "event data")
refused("second Spec ID event", log + uefi.spec_id(["sha1"]).agile(["sha1", "sha256"]), "not the first")
spec = uefi.spec_id(["sha1", "sha256"])
spec.data += b"x"
refused("bytes behind the Spec ID event", spec.old(), "vendor information")
big = f"{cases.folder.name}/big"
with open(big, "wb") as out:
    out.truncate((16 << 20) + 1)
refused("larger than 16 MiB", big, "larger than")

check("no such file", f"{cases.folder.name}/none", 3)
check("unknown option", log, 2, None, "--bank", "sha1")
cases.end()
