# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_claims: lives of caretakers, firmware logs and IMA logs that hold them.

seed_claims.py FOLDER
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima  # noqa: E402
import uefi  # noqa: E402

EVENTS = ["install", "update", "remove", "teardown", "refuse", "detach", "adopt", "break"]
RECORDS, BOOT, IMA = (bytes([i]) for i in range(3))
LINE = "console=ttyS0 quiet"
# struct caretaker_record, and what an install of a signed payload says
FORM = "<IHHQIiQII16s16sQIIIIIIIIQQIIHHHH64s36s32sHH64sII32s32s"
FIELDS = {"magic": 0x52435443, "abi": 2, "size": struct.calcsize(FORM), "sequence": 1, "event": 1,
          "result": 0, "vm": 7, "vcpu": 0xffffffff, "mode": 2, "vm_id": b"\x1d" * 16, "vmm_id": b"vmm",
          "flags": 0, "enforce": 3, "lockdown": 1, "dropped": 0, "uid": 0, "pid": 1, "without": 0,
          "payload_abi": 2, "svn": 3, "mandatory": 1, "optional": 0, "rule": 0, "svn_floor": 0,
          "digest_alg": 0xb, "digest_len": 32, "keyring": 1, "signer_len": 20, "digest": b"\x5a" * 32,
          "signer": b"\x51" * 20, "signer_key": b"\x52" * 32, "exe_alg": 0, "exe_len": 0, "exe": b"",
          "exe_kind": 0, "reserved": 0, "name": b"caretaker", "version": b"1.0"}


def record(event, sequence, **changes):
    values = FIELDS | {"event": EVENTS.index(event) + 1, "sequence": sequence} | changes
    return struct.pack(FORM, *values.values())


def life(*events):
    """events: names, or names and changes."""
    out = b""
    for i, event in enumerate(events):
        name, changes = (event, {}) if isinstance(event, str) else event
        out += bytes([EVENTS.index(name)]) + record(name, i + 1, **changes)
    return out


def logged(*events):
    records = [ima.ng("boot_aggregate", bytes(320)),
               ima.buf("ima_policy_loaded", b"measure func=CRITICAL_DATA label=caretaker\n")]
    for i, event in enumerate(events):
        records.append(ima.buf("caretaker-" + event, record(event, i + 1)))
    return records


def lives():
    refusal = ("refuse", {"result": -129, "digest_len": 0, "digest": b"", "rule": 43, "vm": 0})
    seeds = {
        "all": life("install", "update", refusal, "remove", "install", "teardown"),
        "vcpus": life(("install", {"vcpu": 0}), ("install", {"vcpu": 1, "flags": 3}), "teardown"),
        "twice": life("install", "install"), "both": life("install", ("install", {"vcpu": 3})),
        "nothing": life("remove", "update"), "detach": life("install", "detach"),
        "gap": life("install") + b"\2" + record("remove", 3), "short": life("install")[:100],
        "other-name": b"\1" + record("install", 1), "no-event": b"\7" + record("install", 1),
        "unsigned": life(("install", {"enforce": 0x100, "signer_len": 0, "signer": b"", "keyring": 0})),
        "refuses": life(("refuse", {"result": 0})), "failed": life(("install", {"result": -1})),
        "many": life(*["remove"] * 40),
    }
    for field, value in (("magic", 0), ("abi", 1), ("size", 1), ("vm", 0), ("mode", 9), ("payload_abi", 9),
                         ("digest_alg", 9), ("digest_len", 64), ("digest_len", 65), ("signer_len", 0),
                         ("signer_len", 37), ("name", b""), ("name", b"a\x1b"), ("version", b"x" * 32),
                         ("version", b"")):
        seeds[f"{field}-{value}".replace("/", "")] = life(("install", {field: value}))
    return seeds


def boots():
    label = b"LOADED_IMAGE::LoadOptions\0"
    options = struct.pack("<II", 0x8f3b22ed, len(label)) + label
    stub = uefi.Event(9, uefi.EVENT_TAG, options, LINE.encode("utf-16-le") + b"\0\0")
    other = uefi.Event(9, uefi.EVENT_TAG, options, b"other")
    image = uefi.Event(4, uefi.BOOT_APPLICATION, b"path", b"image")
    grub = [uefi.Event(8, uefi.IPL, b"kernel_cmdline: " + text, text.rstrip(b"\0"))
            for text in (b"quiet\0", b"quiet \xff\x1b[31m", b"x" * 5000)]
    code = [uefi.action("Calling EFI Application from Boot Option", 4), uefi.separator(4)]
    return {
        "boot": uefi.encode(uefi.boot()), "old": uefi.encode_old(uefi.boot()),
        "stub": uefi.encode(code + [image, stub]), "stub-other": uefi.encode(code + [image, other]),
        "stub-late": uefi.encode([uefi.Event(9, uefi.EVENT_TAG, b"tag", b"initrd"), stub]),
        "grub": uefi.encode([image, image, grub[0]]), "grub-bytes": uefi.encode([image, image, grub[1]]),
        "grub-long": uefi.encode([image, image, grub[2]]), "grub-alone": uefi.encode([grub[0]]),
        "unknown": uefi.encode([uefi.action("Surprise", 4), uefi.Event(4, uefi.IPL, b"x")]),
        "many": uefi.encode([image] * 20), "sha1": uefi.encode([image], ["sha1"]), "none": b"",
        "cut": uefi.encode([image, stub])[:-1],
    }


def logs():
    whole = logged("install", "update", "refuse", "remove")
    hidden = ima.buf("caretaker-install", record("install", 1))
    hidden.template = "ima-sig"
    odd = b"measure func=CRITICAL_DATA label=caretaker\nmeasure \xff\xc3\x1b[31m=1\n"
    more = {
        "good": whole, "empty-policy": whole[:1] + [ima.buf("ima_policy_loaded", b"")],
        "odd-policy": whole[:1] + [ima.buf("ima_policy_loaded", odd)],
        "policy-file": whole[:1] + [ima.ng("ima_policy_loaded")], "hidden": whole[:2] + [hidden],
        "no-aggregate": whole[1:], "weak": [ima.ng("boot_aggregate", alg="sha1")],
        "other-boot": [ima.ng("boot_aggregate")], "two-boots": whole + whole[:1],
        "kexec": whole + [ima.buf("kexec_execute", b"x")], "violation": whole + [ima.violation("/v")],
        "old": whole + [ima.old("/old")], "names": [whole[0]] + ima.every_template(),
        "sha512": [ima.ng("boot_aggregate", alg="sha512")], "late": whole + [ima.ng("/x", pcr=11)],
        "broken": [whole[0], ima.buf("caretaker-x", b"")],
    }
    seeds = {f"{name}-{bank}": ima.encode(records, bank) for name, records in more.items()
             for bank in ("sha1", "sha256")}
    bad = whole[0].encode("sha256", bytes([1] * 32))
    return seeds | {"bad-hash": bad + whole[1].encode("sha256"), "none": b"", "cut": bad[:-1]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for kind, name, seeds in ((RECORDS, "records", lives()), (BOOT, "boot", boots()), (IMA, "ima", logs())):
        for word, content in seeds.items():
            with open(os.path.join(sys.argv[1], f"seed-{name}-{word}"), "wb") as out:
                out.write(kind + content)


main()
