# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_userspace_log: seed_userspace_log.py FOLDER"""
import hashlib
import json
import os
import sys

ALGS = ("sha1", "sha256", "sha384", "sha512")


def record(pcr, word, hashed=None, algs=("sha256",), **more):
    digests = [{"hashAlg": a, "digest": hashlib.new(a, (hashed or word).encode()).hexdigest()} for a in algs]
    value = {"pcr": pcr, "digests": digests, "content_type": "systemd",
             "content": {"string": word, "bootId": "5a" * 16, "timestamp": 1, "eventType": "phase"}} | more
    return b"\x1e" + json.dumps({k: v for k, v in value.items() if v is not None}).encode() + b"\n"


NVPCR = record(9, "nvpcr-init:hardware:0x1d10200:sha256:de38")
SEPARATORS = b"".join(record(i, "os-separator") for i in (*range(8), 9, 12, 13, 14))
seeds = {
    "none": b"", "nvpcr": NVPCR + record(9, "nvpcr-separator"), "separators": SEPARATORS,
    "phases": b"".join(record(11, w) for w in ("enter-initrd", "leave-initrd", "sysinit", "ready", "final")),
    "machine": record(15, "machine-id:1") + record(15, "file-system:btrfs"), "all-banks": record(9, "x", algs=ALGS),
    "unknown": record(4, "surprise"), "other-digest": record(4, "os-separator", "a loader"),
    "no-pcr": record(None, "x", nvIndex=1), "no-content": record(9, "x", content=None),
    "other-type": record(9, "x", content_type="pcclient_std"), "cut": NVPCR + NVPCR[:-1], "begun": NVPCR + b"\x1e",
    "no-separator": NVPCR[1:], "no-json": b"\x1e{\n", "array": b"\x1e[]\n", "twice": b'\x1e{"pcr":1,"pcr":1}\n',
    "bad-pcr": record(24, "x"), "text-pcr": record("9", "x"), "no-digests": record(9, "x", digests=[]),
    "no-hash": record(9, "x", digests=[{"digest": "00"}]), "not-hex": record(9, "x", digests=[{"hashAlg": "sha1", "digest": "x" * 40}]),
    "short": record(9, "x", digests=[{"hashAlg": "sha256", "digest": "00"}]), "sha3": record(9, "x", algs=("sha3_256",)),
    "same-hash": record(9, "x", algs=("sha1", "sha1")), "long": record(9, "x" * 600), "sha1": record(9, "x", algs=("sha1",)),
}
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], f"seed-{name}"), "wb") as out:
        out.write(data)
