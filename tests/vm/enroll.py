#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Writes a variable store for OVMF with our Secure Boot keys, without a boot.

    enroll.py [--off|--mok-stays|--no-mok] EMPTY_VARS DB_CERT REVOKED_CERT HASHED_CERT OWNER_CERT KERNEL COMMAND_LINE OUT

DB_CERT becomes PK, KEK and db; REVOKED_CERT goes to dbx, from where the kernel
takes it into its .blacklist keyring.  HASHED_CERT goes to db, and to dbx by the hash of
what its issuer signed, with the time 0: revoked whatever the time.  OWNER_CERT is a machine
owner's key (MOK), where shim puts those for the kernel, in a variable that does not outlive a
boot by its attributes; with --mok-stays in one that does, as root can make it; with --no-mok in none.  KERNEL is a path on the boot disk, such as
\\KERNEL.EFI, and the only boot option.  The store is that of EDK II:
MdeModulePkg/Include/Guid/VariableFormat.h; signature lists: UEFI 2.10, 32.4.1;
load options: 3.1.3; device paths: 10.3.5.4.  With --off the keys are there and Secure Boot is
switched off, as in the firmware's setup.
"""
import hashlib
import subprocess
import struct
import sys
import uuid

VARIABLE_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
CERT_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
CERT_X509_SHA256 = uuid.UUID("3bd2a492-96c0-4079-b420-fcf98ef103ed")
OWNER = uuid.UUID("6c8f5c1e-0d5b-4f0a-9a55-3f2f6f1f7a10")
GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
ENABLE = uuid.UUID("f0a30bc7-af08-4556-99c4-001009c93a44")
SHIM_LOCK = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")
CUSTOM = uuid.UUID("c076ec0c-7028-4399-a072-71ee5c448b9f")

NV_BS, BS_RT, NV_BS_RT, NV_BS_RT_AUTH = 0x03, 0x06, 0x07, 0x27
ADDED = 0x3F
HEADER = struct.Struct("<HBBIQ16sIII16s")


def variable(name, vendor, attributes, data):
    encoded = text(name)
    stamp = struct.pack("<H5B9x", 2026, 1, 1, 0, 0, 0) if attributes == NV_BS_RT_AUTH else bytes(16)
    head = HEADER.pack(0x55AA, ADDED, 0, attributes, 0, stamp, 0, len(encoded), len(data),
                       vendor.bytes_le)
    out = head + encoded + data
    return out + b"\xff" * (-len(out) % 4)


def certificate(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-outform", "DER"],
                          stdout=subprocess.PIPE, check=True).stdout


def element(der, at):
    """Where the content of a DER element begins, and where it ends: X.690, 8.1.3."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[at + 2:begin], "big")
    return begin, begin + length


def hash_list(path):
    """EFI_CERT_X509_SHA256: of the first element of the certificate, tbsCertificate."""
    der = certificate(path)
    at, _ = element(der, 0)
    _, end = element(der, at)
    data = OWNER.bytes_le + hashlib.sha256(der[at:end]).digest() + bytes(16)
    return CERT_X509_SHA256.bytes_le + struct.pack("<III", 28 + len(data), 0, len(data)) + data


def certificate_list(path):
    der = certificate(path)
    size = 16 + len(der)
    return CERT_X509.bytes_le + struct.pack("<III", 28 + size, 0, size) + OWNER.bytes_le + der


def text(string):
    return string.encode("utf-16-le") + b"\0\0"


def boot_option(path, command_line):
    """EFI_LOAD_OPTION, active; the device is found by the name of the file."""
    name = text(path)
    device_path = struct.pack("<BBH", 4, 4, 4 + len(name)) + name + struct.pack("<BBH", 0x7F, 0xFF, 4)
    return struct.pack("<IH", 1, len(device_path)) + text("Linux") + device_path + text(command_line)


def main():
    arguments = sys.argv[1:]
    enable, mok = b"\1", BS_RT
    if arguments[0] == "--off":
        enable = b"\0"
        del arguments[0]
    elif arguments[0] == "--mok-stays":
        mok = NV_BS_RT
        del arguments[0]
    elif arguments[0] == "--no-mok":
        mok = None
        del arguments[0]
    empty, db, revoked, hashed, owner, kernel, command_line, out = arguments
    store = bytearray(open(empty, "rb").read())
    at, = struct.unpack_from("<H", store, 0x30)  # length of the volume's header
    if store[at:at + 16] != VARIABLE_STORE.bytes_le:
        sys.exit(f"enroll.py: {empty}: no authenticated variable store at {at:#x}")
    at += 28
    if store[at:at + 2] != b"\xff\xff":
        sys.exit(f"enroll.py: {empty} is not empty")
    ours, dbx = certificate_list(db), certificate_list(revoked) + hash_list(hashed)
    owners = [variable("MokListRT", SHIM_LOCK, mok, certificate_list(owner))] if mok else []
    for data in (variable("CustomMode", CUSTOM, NV_BS, b"\0"),
                 variable("SecureBootEnable", ENABLE, NV_BS, enable),
                 variable("db", SECURITY, NV_BS_RT_AUTH, ours + certificate_list(hashed)),
                 variable("dbx", SECURITY, NV_BS_RT_AUTH, dbx),
                 *owners,
                 variable("KEK", GLOBAL, NV_BS_RT_AUTH, ours),
                 variable("PK", GLOBAL, NV_BS_RT_AUTH, ours),
                 variable("Boot0000", GLOBAL, NV_BS_RT, boot_option(kernel, command_line)),
                 variable("BootOrder", GLOBAL, NV_BS_RT, struct.pack("<H", 0))):
        store[at:at + len(data)] = data
        at += len(data)
    with open(out, "wb") as file:
        file.write(store)


if __name__ == "__main__":
    main()
