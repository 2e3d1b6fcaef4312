#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes an IMA list long: records of PCR 11 before its last record.

    long_list.py LIST OUT RECORDS

LIST has template digests in SHA-1 and records of PCR 10, so OUT leads to the same PCR 10,
but only at its end.
"""
import hashlib
import struct
import sys

import ima

TURN = 1000     # records that differ


def last_record(data):
    """Where it starts."""
    at = start = 0
    while at < len(data):
        start = at
        name, = struct.unpack_from("<I", data, at + 24)
        size, = struct.unpack_from("<I", data, at + 28 + name)
        at += 32 + name + size
    return start


def record(i):
    fields = (ima.d_ng("sha256", hashlib.sha256(b"%d" % i).digest()),
              ima.name("/usr/lib/x86_64-linux-gnu/lib%d.so.1" % i))
    data = b"".join(ima.le32(len(f)) + f for f in fields)
    return (ima.le32(11) + hashlib.sha1(data).digest() + ima.le32(6) + b"ima-ng" +
            ima.le32(len(data)) + data)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    records = int(sys.argv[3])
    turn = [record(i) for i in range(TURN)]
    split = last_record(data)
    with open(sys.argv[2], "wb") as out:
        out.write(data[:split])
        for _ in range(records // TURN):
            out.write(b"".join(turn))
        out.write(b"".join(turn[:records % TURN]))
        out.write(data[split:])


main()
