#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a firmware log and an IMA log that belong together, as one boot would.

    quote_logs.py logs DIR ...    writes DIR/uefi.log, DIR/ima.log, DIR/extend

DIR/extend has a line "PCR DIGEST" for each digest to extend, in order.
The boot: Secure Boot on, one kernel, load options; then IMA's boot aggregate, a
measured policy, what the kernel says of itself, and a caretaker installed on VM 1.
Arguments after DIR: the kernel's digest, the command line, the payload's digest,
signer, name, version, svn, and the bank, if it is not sha256.
"""
import hashlib
import os
import re
import struct
import sys

EV_NO_ACTION, EV_SEPARATOR, EV_EVENT_TAG = 3, 4, 6
EV_VARIABLE, EV_APPLICATION, EV_ACTION = 0x80000001, 0x80000003, 0x80000007
SHA256, SHA384 = 0x000b, 0x000c
GLOBAL = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
POLICY = b"""measure func=CRITICAL_DATA label=caretaker 
measure func=CRITICAL_DATA label=ima_policy 
measure func=CRITICAL_DATA label=ima_kexec 
measure func=KEXEC_CMDLINE 
measure func=KEXEC_KERNEL_CHECK template=ima-modsig 
"""
RECORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kernel/tree/include/linux/caretaker_record.h")
# Number of each event, by its word
EVENTS = {word: int(number) for number, word in
          re.findall(r'#define CARETAKER_RECORD_\w+\s+(\d+) /\* "(\w+)"', open(RECORDS).read())}
HEADER = "<IHHQIi32s32s"	# struct caretaker_record_header
BOOT_RECORD = HEADER + "QIIIIIIII20s68s32s1280s"	# struct caretaker_boot_record
INSTALL_RECORD = HEADER + "QII16s16sQIIIIIIIIQQIIHHHH64s36s32sHH64sII32s32s"	# struct caretaker_record


def sha256(data):
    return hashlib.sha256(data).digest()


def sha384(data):
    return hashlib.sha384(data).digest()


def secret(sequence):
    """What the record of that number commits to; nothing comes before the first."""
    return sha256(b"secret %d" % sequence) if sequence > 0 else bytes(32)


def link(sequence):
    """The fields of the header that chain records: reveal and commit."""
    return secret(sequence - 1), sha256(secret(sequence))


BANKS = {"sha256": (SHA256, sha256), "sha384": (SHA384, sha384)}


class Boot:
    def __init__(self, bank="sha256"):
        self.bank = bank
        self.alg, self.hash = BANKS[bank]
        size = len(self.hash(b""))
        self.pcr = {i: bytes(size) for i in range(24)}
        self.extends = []
        spec = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, self.alg, size, 0)
        self.uefi = struct.pack("<II20sI", 0, EV_NO_ACTION, bytes(20), len(spec)) + spec
        self.ima = b""
        self.command_line = "console=ttyS0 lockdown=integrity"
        self.sequence = 0

    def extend(self, pcr, digest):
        self.pcr[pcr] = self.hash(self.pcr[pcr] + digest)
        self.extends.append((pcr, digest))

    def event(self, pcr, kind, data, digest=None):
        digest = digest or self.hash(data)
        self.extend(pcr, digest)
        self.uefi += struct.pack("<IIIH", pcr, kind, 1, self.alg) + digest
        self.uefi += struct.pack("<I", len(data)) + data

    def variable(self, name, value):
        wide = name.encode("utf-16le")
        self.event(7, EV_VARIABLE, GLOBAL + struct.pack("<QQ", len(name), len(value)) + wide + value)

    def record(self, template, fields):
        data = b"".join(struct.pack("<I", len(f)) + f for f in fields)
        self.extend(10, self.hash(data))
        self.ima += struct.pack("<I20sI", 10, hashlib.sha1(data).digest(), len(template))
        self.ima += template.encode() + struct.pack("<I", len(data)) + data

    def named(self, digest):
        return self.bank.encode() + b":\0" + digest

    def file(self, name, digest):
        self.record("ima-ng", [self.named(digest), name.encode() + b"\0"])

    def buffer(self, name, data):
        """Critical data.  As the kernel does, records of ours are numbered and chained, after its own statement."""
        if name.startswith("caretaker-"):
            if not self.sequence and name != "caretaker-boot":
                self.buffer("caretaker-boot", statement(self.command_line))
            self.sequence += 1
            data = data[:8] + struct.pack("<Q", self.sequence) + data[16:24] + b"".join(link(self.sequence)) + data[88:]
        self.record("ima-buf", [self.named(self.hash(data)), name.encode() + b"\0", data])


def statement(command_line, kernel=1):
    """What a kernel says of itself: locked down, Secure Boot on, no floors."""
    text = command_line.encode()
    return struct.pack(BOOT_RECORD, 0x52435443, 2, struct.calcsize(BOOT_RECORD) + len(text), 1, EVENTS["boot"], 0,
                       *link(1), kernel, 1, 2, 3, 0, 1 if kernel > 1 else 0, 0, 20, len(text), bytes(range(20)),
                       b"7.3.4", sha256(text), b"") + text


def install(digest, signer, name, version, svn, sequence=1, vm=1, vm_id=b"drawn"):
    return struct.pack(INSTALL_RECORD, 0x52435443, 2, struct.calcsize(INSTALL_RECORD), sequence, EVENTS["install"], 0,
                       *link(sequence), vm, 0xffffffff, 2, vm_id, b"demo-vm",
                       0, 3, 1, 0, 0, 1, 0, 2, svn, 0, 0, 0, 0, SHA256, 32, 1, len(signer),
                       digest, signer, b"key", 0, 0, b"", 0, 0, name.encode(), version.encode())


def boot(kernel, command_line, record, bank="sha256"):
    b = Boot(bank)
    b.command_line = command_line
    b.variable("SecureBoot", b"\1")
    b.event(4, EV_ACTION, b"Calling EFI Application from Boot Option")
    for pcr in range(8):
        b.event(pcr, EV_SEPARATOR, bytes(4))
    b.event(4, EV_APPLICATION, b"image load event", kernel)
    label = b"LOADED_IMAGE::LoadOptions\0"
    b.event(9, EV_EVENT_TAG, struct.pack("<II", 0x8f3b22ed, len(label)) + label,
            b.hash((command_line + "\0").encode("utf-16le")))
    b.file("boot_aggregate", b.hash(b"".join(b.pcr[i] for i in range(10))))
    b.buffer("ima_policy_loaded", POLICY)
    b.buffer("caretaker-install", record)
    return b


def main():
    if len(sys.argv) not in (10, 11) or sys.argv[1] != "logs":
        sys.exit(__doc__)
    out, kernel, command_line, digest, signer, name, version, svn = sys.argv[2:10]
    b = boot(bytes.fromhex(kernel), command_line,
             install(bytes.fromhex(digest), bytes.fromhex(signer), name, version, int(svn)),
             *sys.argv[10:])
    open(out + "/uefi.log", "wb").write(b.uefi)
    open(out + "/ima.log", "wb").write(b.ima)
    with open(out + "/extend", "w") as f:
        for pcr, value in b.extends:
            f.write("%d %s\n" % (pcr, value.hex()))


if __name__ == "__main__":
    main()
