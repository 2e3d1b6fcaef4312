#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The TPM of a busy host: between reading its registers and the quote, PCR 10 grows.

    busy_tpm.py PORT FILE

Stands between tpm2-tss (TCTI "cmd") and an swtpm at PORT. Before each TPM2_Quote it
extends PCR 10 as a kernel would, with the first three digests of FILE (SHA-256, one in
a line), which it takes out of FILE.
"""
import socket
import struct
import sys

HEADER = struct.Struct(">HII")      # tag, size, code: TPM 2.0 Part 3, 5.2 and 5.3
CC_PCR_EXTEND, CC_QUOTE = 0x182, 0x158
ST_SESSIONS, RS_PW, SHA256 = 0x8002, 0x40000009, 0x000b


def message(stream):
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None, None
    _, size, code = HEADER.unpack(head)
    return code, head + stream.read(size - HEADER.size)


def extend(digest):
    auth = struct.pack(">IHBH", RS_PW, 0, 0, 0)
    body = struct.pack(">II", 10, len(auth)) + auth + struct.pack(">IH", 1, SHA256) + digest
    return HEADER.pack(ST_SESSIONS, HEADER.size + len(body), CC_PCR_EXTEND) + body


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tpm = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rwb")

    def send(command):
        tpm.write(command)
        tpm.flush()
        return message(tpm)

    while True:
        code, command = message(sys.stdin.buffer)
        if command is None:
            break
        if code == CC_QUOTE:
            with open(sys.argv[2], encoding="ascii") as file:
                digests = file.read().split()
            for digest in digests[:3]:
                status, _ = send(extend(bytes.fromhex(digest)))
                assert status == 0, hex(status)
            with open(sys.argv[2], "w", encoding="ascii") as file:
                file.write("\n".join(digests[3:]))
        _, response = send(command)
        sys.stdout.buffer.write(response)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
