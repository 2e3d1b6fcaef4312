# SPDX-License-Identifier: GPL-2.0-only
"""Makes firmware event logs, after the TCG PC Client Platform Firmware Profile.

Written apart from the C parser, with hashlib, so that the two can disagree.
"""
import hashlib
import struct
import uuid

ALGS = {"sha1": 0x4, "sha256": 0xb, "sha384": 0xc, "sha512": 0xd}
SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}

NO_ACTION, SEPARATOR, ACTION, EVENT_TAG, CRTM_CONTENTS, CRTM_VERSION, IPL = 3, 4, 5, 6, 7, 8, 0xd
OMIT = 0x12
DRIVER_CONFIG, VARIABLE_BOOT, BOOT_APPLICATION = 0x80000001, 0x80000002, 0x80000003
EFI_ACTION, VARIABLE_BOOT2, HCRTM, AUTHORITY = 0x80000007, 0x8000000c, 0x80000010, 0x800000e0

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23").bytes_le
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le


class Event:
    """digest_of: what was hashed, the data itself if nothing is said; None for zero digests."""

    def __init__(self, pcr, kind, data=b"", digest_of=Ellipsis):
        self.pcr, self.kind, self.data = pcr, kind, data
        self.digest_of = data if digest_of is Ellipsis else digest_of
        if kind == NO_ACTION and digest_of is Ellipsis:
            self.digest_of = None

    def digest(self, alg):
        if self.digest_of is None:
            return bytes(SIZES[alg])
        return hashlib.new(alg, self.digest_of).digest()

    def old(self):
        return struct.pack("<II", self.pcr, self.kind) + self.digest("sha1") + \
            struct.pack("<I", len(self.data)) + self.data

    def agile(self, algs):
        digests = b"".join(struct.pack("<H", ALGS[a]) + self.digest(a) for a in algs)
        return struct.pack("<III", self.pcr, self.kind, len(algs)) + digests + \
            struct.pack("<I", len(self.data)) + self.data


def spec_id(algs, vendor=b""):
    """algs: names, or pairs of a number and a size."""
    pairs = [(ALGS[a], SIZES[a]) if isinstance(a, str) else a for a in algs]
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 105, 2, len(pairs)) + \
        b"".join(struct.pack("<HH", *p) for p in pairs) + bytes([len(vendor)]) + vendor
    return Event(0, NO_ACTION, data)


def encode(events, algs=("sha1", "sha256"), vendor=b""):
    return spec_id(algs, vendor).old() + b"".join(e.agile(algs) for e in events)


def encode_old(events):
    return b"".join(e.old() for e in events)


def locality(n):
    return Event(0, NO_ACTION, b"StartupLocality\0" + bytes([n]))


def coreboot_locality(n, behind=b"\0"):
    """An entry of coreboot before 26.06 has 50 bytes, whatever is in it."""
    return Event(0, NO_ACTION, (b"StartupLocality\0" + bytes([n])).ljust(49, b"\0") + behind)


def coreboot_file(text, pcr):
    return Event(pcr, ACTION, text.encode().ljust(50, b"\0"), b"the file")


def authority(data, hashed):
    return Event(7, AUTHORITY, data, hashed)


def variable(guid, name, data):
    return guid + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data


def secure_boot(data=b"\1", pcr=7, guid=GLOBAL, kind=DRIVER_CONFIG, **more):
    return Event(pcr, kind, variable(guid, "SecureBoot", data), **more)


def separator(pcr, data=bytes(4), **more):
    return Event(pcr, SEPARATOR, data, **more)


def action(text, pcr=5, kind=EFI_ACTION, **more):
    return Event(pcr, kind, text.encode(), **more)


def replay(events, alg, start=0):
    """{index: hex} of a bank; start is the locality that PCR 0 begins with."""
    size = SIZES[alg]
    pcrs = {}
    for e in events:
        if e.kind == NO_ACTION:
            continue
        first = bytes(size - 1) + bytes([start]) if e.pcr == 0 else bytes(size)
        pcrs[e.pcr] = hashlib.new(alg, pcrs.get(e.pcr, first) + e.digest(alg)).digest()
    return {str(i): v.hex() for i, v in sorted(pcrs.items())}


def boot(secure=b"\1"):
    """What OVMF, shim and GRUB leave behind, in short."""
    return [
        Event(0, CRTM_VERSION, "1.0".encode("utf-16-le")), Event(0, 0x8000000a, b"blob", b"firmware"),
        secure_boot(secure), Event(7, DRIVER_CONFIG, variable(GLOBAL, "PK", b"pk" * 100)),
        Event(7, DRIVER_CONFIG, variable(GLOBAL, "KEK", b"kek" * 100)),
        Event(7, DRIVER_CONFIG, variable(SECURITY, "db", b"db" * 100)),
        Event(7, DRIVER_CONFIG, variable(SECURITY, "dbx", b"")), separator(7),
        Event(1, VARIABLE_BOOT, variable(GLOBAL, "BootOrder", b"\0\0")),
        Event(1, VARIABLE_BOOT, variable(GLOBAL, "Boot0000", b"option"), b"option"),
        Event(1, VARIABLE_BOOT2, variable(GLOBAL, "Boot0001", b"option")),
        action("Calling EFI Application from Boot Option", 4),
        *[separator(i) for i in range(7)],
        Event(7, AUTHORITY, variable(SECURITY, "db", b"certificate")),
        Event(4, BOOT_APPLICATION, struct.pack("<QQQQ", 0x1000, 5, 0, 4) + b"\x7f\xff\4\0", b"image"),
        Event(8, IPL, b"grub_cmd: linux /vmlinuz\0", b"linux /vmlinuz"),
        Event(9, EVENT_TAG, b"tag", b"initrd"),
        action("Exit Boot Services Invocation"), action("Exit Boot Services Returned with Success"),
    ]
