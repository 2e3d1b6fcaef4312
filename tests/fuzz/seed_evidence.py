#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_evidence: each kind of file, and each with something wrong.

seed_evidence.py FOLDER
"""
import base64
import json
import os
import sys


def b64(content):
    return base64.b64encode(content).decode()


HASH = "5a" * 32
EVIDENCE, ENROLMENT, CHALLENGE, SECRET, RESPONSE, HOST = range(6)
FILES = {
    EVIDENCE: {
        "format": "caretaker-evidence", "version": 2, "attest": b64(b"attest"),
        "signature": b64(b"signature"), "ak_public": b64(b"ak"),
        "pcrs": {"sha1": {"0": "00" * 20}, "sha256": {str(i): HASH for i in range(24)}},
        "unauthenticated": {"kernel_release": "7.3", "boot_id": "1-2", "command_line": "a \u00e9",
                            "collected": 1},
    },
    ENROLMENT: {"format": "caretaker-enrolment", "version": 1, "ek_certificate": b64(b"c"),
                "ek_chain": b64(b"12"), "ek_public": b64(b"ek"), "ak_public": b64(b"ak!")},
    CHALLENGE: {"format": "caretaker-challenge", "version": 1, "credential": b64(b"id"),
                "secret": b64(b"secret")},
    SECRET: {"format": "caretaker-challenge-secret", "version": 1, "secret": HASH,
             "binding": HASH, "vouched": "expired-certificate", "issued": 1700000000},
    RESPONSE: {"format": "caretaker-response", "version": 1, "proof": HASH},
    HOST: {"format": "caretaker-host", "version": 1, "ek_digest": HASH, "ak_public": b64(b"ak"),
           "vouched": "list", "enrolled": -1},
}


def variants(value):
    """The value changed in one place: absent, another type, odd texts, one more key."""
    for key, old in value.items():
        yield key + "-absent", {k: v for k, v in value.items() if k != key}
        for word, new in (("null", None), ("empty", ""), ("odd", "A==="), ("real", 1.0),
                          ("long", "QUJD" * 6000), ("big", 2 ** 32 + 1),
                          ("upper", old.upper() if isinstance(old, str) else True)):
            yield f"{key}-{word}", value | {key: new}
        if isinstance(old, dict):
            for word, inner in variants(old):
                yield f"{key}-{word}", value | {key: inner}
    yield "surprise", value | {"sur\u001b[31m\u00e9prise": 1}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    seeds = {"empty-bank": (EVIDENCE, FILES[EVIDENCE] | {"pcrs": {"sha384": {}}}),
             "other-name": (EVIDENCE, FILES[EVIDENCE] | {"pcrs": {"sm3": {"0": HASH}}}),
             "index": (EVIDENCE, FILES[EVIDENCE] | {"pcrs": {"sha256": {"24": HASH}}})}
    for kind, good in FILES.items():
        seeds[f"{kind}"] = kind, good
        if kind == EVIDENCE:    # one register is as good as 24
            good = good | {"pcrs": {"sha256": {"10": HASH}}}
        seeds |= {f"{kind}-{word}": (kind, bad) for word, bad in variants(good)}
    for name, (kind, content) in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(bytes([kind]) + json.dumps(content).encode())
    for name, text in (("text", b"\0{"), ("format", b"\0[]"), ("other", b"\1{\"format\": 1}"),
                       ("twice", b"\4{\"version\": 1, \"version\": 1}"), ("none", b"")):
        with open(os.path.join(sys.argv[1], "seed-json-" + name), "wb") as out:
            out.write(text)


main()
