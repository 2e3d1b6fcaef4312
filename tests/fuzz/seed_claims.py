# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_claims: lives of caretakers, firmware logs and IMA logs that hold them.

seed_claims.py FOLDER
"""
import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima  # noqa: E402
import quote_logs  # noqa: E402
import uefi  # noqa: E402

EVENTS = sorted(quote_logs.EVENTS, key=quote_logs.EVENTS.get)
# Numbers of fuzz_claims.c for what is no record of ours
LINE_OF_IMA, LEFT, STARTED = (len(EVENTS) + i for i in (2, 3, 4))
RECORDS, BOOT, IMA = (bytes([i]) for i in range(3))
LINE = "console=ttyS0 quiet"
# struct caretaker_record, and what an install of a signed payload says
FORM = quote_logs.INSTALL_RECORD
FIELDS = {"magic": 0x52435443, "abi": 2, "size": struct.calcsize(FORM), "sequence": 1, "event": 1,
          "result": 0, "reveal": b"", "commit": b"", "vm": 7, "vcpu": 0xffffffff, "mode": 2,
          "vm_id": b"\x1d" * 16, "vmm_id": b"vmm",
          "flags": 0, "enforce": 3, "lockdown": 1, "dropped": 0, "uid": 0, "pid": 1, "without": 0,
          "payload_abi": 2, "svn": 3, "mandatory": 1, "optional": 0, "rule": 0, "svn_floor": 0,
          "digest_alg": 0xb, "digest_len": 32, "keyring": 1, "signer_len": 20, "digest": b"\x5a" * 32,
          "signer": b"\x51" * 20, "signer_key": b"\x52" * 32, "exe_alg": 0, "exe_len": 0, "exe": b"",
          "exe_kind": 0, "reserved": 0, "name": b"caretaker", "version": b"1.0"}


BOOT_FORM = quote_logs.HEADER + "QIIIIIIII20s68s32s"
SWITCH_FORM = quote_logs.HEADER + "IIIIII32s"
KEXEC_FORM = quote_logs.HEADER + "IIII32s32s32s"


def record(event, sequence, **changes):
    link = dict(zip(("reveal", "commit"), quote_logs.link(sequence)))
    values = FIELDS | {"event": EVENTS.index(event) + 1, "sequence": sequence} | link | changes
    return struct.pack(FORM, *values.values())


def statement(sequence=1, kernel=1, line=LINE.encode(), floors=(b"caretaker",), **changes):
    table = b"".join(struct.pack("<32sII", name, 2, 0) for name in floors).ljust(1280, b"\0")
    fields = {"lockdown": 1, "secure_boot": 2, "enforce": 3, "switches": 1, "handover": int(kernel > 1),
              "count": len(floors), "build_id_len": 20, "length": len(line), "build_id": b"\xb1" * 20,
              "release": b"7.3.4", "digest": hashlib.sha256(line).digest()} | changes
    size = struct.calcsize(BOOT_FORM) + len(table) + len(line)
    return struct.pack(BOOT_FORM, 0x52435443, 2, size, sequence, quote_logs.EVENTS["boot"], 0,
                       *quote_logs.link(sequence), kernel, *fields.values()) + table + line


def switch(sequence, what, name=b"", svn=0):
    return struct.pack(SWITCH_FORM, 0x52435443, 2, struct.calcsize(SWITCH_FORM), sequence,
                       quote_logs.EVENTS["switch"], 0, *quote_logs.link(sequence), what, 2, 7, 1, 0, svn, name)


def kexec(sequence, kind=1, flags=7, line=LINE.encode(), image=b"\x4b" * 32, initrd=b"\x49" * 32):
    size = struct.calcsize(KEXEC_FORM) + len(line)
    digest = hashlib.sha256(line).digest() if flags & 1 else b""
    return struct.pack(KEXEC_FORM, 0x52435443, 2, size, sequence, quote_logs.EVENTS["kexec"], 0,
                       *quote_logs.link(sequence), kind, flags, 0, len(line), image, initrd, digest) + line


def life(*events):
    """A statement, then events: names, or names and changes."""
    out = bytes([EVENTS.index("boot")]) + statement()
    for i, event in enumerate(events):
        name, changes = (event, {}) if isinstance(event, str) else event
        out += bytes([EVENTS.index(name)]) + record(name, i + 2, **changes)
    return out


def chain(*parts):
    """Numbers of fuzz_claims.c, each with the bytes behind it."""
    return b"".join(bytes([number]) + data for number, data in parts)


def logged(*events):
    records = [ima.ng("boot_aggregate", bytes(320)),
               ima.buf("ima_policy_loaded", b"measure func=CRITICAL_DATA\nmeasure func=KEXEC_CMDLINE\n"
                       b"measure func=KEXEC_KERNEL_CHECK\n"),
               ima.buf("caretaker-boot", statement())]
    for i, event in enumerate(events):
        records.append(ima.buf("caretaker-" + event, record(event, i + 2)))
    return records


def kernels():
    first, load = (8, statement()), (10, kexec(2))
    line = struct.pack(quote_logs.HEADER, 0, 0, struct.calcsize(quote_logs.HEADER), 0, 0, 0, b"", b"")
    return {
        "chain": chain(first, load, (LEFT, b""), (STARTED, b""), (8, statement(3, 2)), (0, record("install", 4))),
        "crash": chain(first, (10, kexec(2, 2, 3)), (10, kexec(3, 2, 0, b"", b"", b""))),
        "unstated": chain(first, load, (LEFT, b""), (STARTED, b""), (0, record("install", 3))),
        "twice": chain(first, (STARTED, b""), (STARTED, b""), (LEFT, b"")), "second": chain((8, statement(1, 2))),
        "again": chain(first, (8, statement(2, 2))),
        "other-line": chain(first, load, (LEFT, b""), (8, statement(3, 2, b"x"))),
        "switches": chain(first, (9, switch(2, 1)), (9, switch(3, 2, b"caretaker", 5)), (9, switch(4, 2, b"new", 1)),
                          (9, switch(5, 3))),
        "bad-switch": chain(first, (9, switch(2, 4)), (9, switch(3, 2)), (9, switch(4, 1, b"x"))),
        "lines": chain(first, (LINE_OF_IMA, line), (10, kexec(2, line=line))), "line": chain((LINE_OF_IMA, line)),
        "no-line": chain((8, statement(line=b""))), "odd-line": chain((8, statement(line=b"a\nb\xff"))),
        "zero-in-line": chain((8, statement(line=b"a\0b"))), "digest": chain((8, statement(digest=bytes(32)))),
        "floors": chain((8, statement(floors=[b"f%d" % i for i in range(32)])), (9, switch(2, 2, b"more", 1))),
        "same-floors": chain((8, statement(floors=(b"a", b"a")))), "no-floor": chain((8, statement(floors=(b"",)))),
        "many-floors": chain((8, statement(count=33))),
        "breaks": life("install", ("install", {"vm": 8, "vm_id": b"\x08" * 16}), "break", "break", "teardown",
                       ("break", {"vm": 9, "vm_id": b"\x09" * 16})),
        "one-id": life("install", ("install", {"vm": 8})),
        "two-ids": life("install", ("update", {"vm_id": b"\x08" * 16})),
        "before": chain((0, record("install", 1))),
        "forged": life(("install", {"reveal": b"\x66" * 32})), "revealed-none": life(("install", {"reveal": b""})),
        "same-secret": life(("install", {"commit": quote_logs.link(1)[1]}), "remove"),
        "no-commit": life(("install", {"commit": b""})), "two-firsts": chain(first, (8, statement())),
    } | {f"boot-{key}": chain((8, statement(**{key: value}))) for key, value in (
        ("lockdown", 3), ("secure_boot", 3), ("enforce", 0x100), ("switches", 32), ("handover", 1), ("length", 1),
        ("build_id_len", 21), ("release", b""), ("kernel", 0))}


def lives():
    refusal = ("refuse", {"result": -129, "digest_len": 0, "digest_alg": 0, "digest": b"",
                          "rule": 43, "vm": 0, "vm_id": b""})
    seeds = {
        "all": life("install", "update", refusal, "remove", "install", "teardown"),
        "vcpus": life(("install", {"vcpu": 0}), ("install", {"vcpu": 1, "flags": 3}), "teardown"),
        "twice": life("install", "install"), "both": life("install", ("install", {"vcpu": 3})),
        "nothing": life("remove", "update"), "detach": life("install", "detach"),
        "gap": life("install") + b"\2" + record("remove", 4), "short": life("install")[:1800],
        "other-name": b"\1" + record("install", 1), "no-event": b"\7" + record("install", 1),
        "unsigned": life(("install", {"enforce": 0x100, "signer_len": 0, "signer": b"",
                                      "signer_key": b"", "keyring": 0})),
        "refuses": life(("refuse", {"result": 0})), "failed": life(("install", {"result": -1})),
        "many": life(*["remove"] * 40),
    }
    for field, value in (("magic", 0), ("abi", 1), ("size", 1), ("vm", 0), ("mode", 9), ("payload_abi", 9),
                         ("digest_alg", 9), ("digest_len", 64), ("digest_len", 65), ("signer_len", 0),
                         ("signer_len", 37), ("name", b""), ("name", b"a\x1b"), ("version", b"x" * 32),
                         ("version", b""),
                         ("keyring", 5), ("signer_key", b""), ("enforce", 0x200), ("lockdown", 3), ("exe_kind", 1),
                         ("exe_len", 65), ("reserved", 1), ("vm_id", b""), ("svn_floor", 9)):
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
    for kind, name, seeds in ((RECORDS, "records", lives() | kernels()), (BOOT, "boot", boots()), (IMA, "ima", logs())):
        for word, content in seeds.items():
            with open(os.path.join(sys.argv[1], f"seed-{name}-{word}"), "wb") as out:
                out.write(kind + content)


main()
