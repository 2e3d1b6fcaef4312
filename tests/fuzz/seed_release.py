#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_release: envelopes and statements, and each value of them changed.

seed_release.py FOLDER
"""
import base64
import copy
import json
import os
import sys

ENVELOPE, STATEMENT = bytes([0]), bytes([1])
SOURCE = "git+https://example.org/caretaker@refs/tags/v1"
DIGESTS = {"sha256": "5a" * 32, "sha384": "5a" * 48, "sha512": "5a" * 64}
PAYLOAD = {"subject": "signed", "name": "caretaker", "version": "1.0", "svn": 3, "abi": 2, "build_id": "5a" * 32}
GOOD = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "signed", "digest": DIGESTS}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {
        "buildDefinition": {
            "buildType": "https://example.org/make-payload/v1", "externalParameters": {"source": SOURCE},
            "resolvedDependencies": [{"uri": SOURCE, "digest": {"gitCommit": "5a" * 20}}]},
        "runDetails": {"builder": {"id": "https://ci.example.org"}},
        "caretaker_release": {"version": 1, "payloads": [PAYLOAD], "reference": {"format": "x"}}},
}
# Put in the place of each value
CHANGES = (None, -1, 2 ** 33, 1.5, "", "A" * 64, "a:\u001b[31m", "5a" * 32, [], {}, [{}], {"x": 1})


def below(value, path=""):
    """Paths of all values in an object or array."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(inner):
        yield path + f"-{key}", value, key
        if isinstance(child, (dict, list)):
            yield from below(child, path + f"-{key}")


def variants(kind, name, content):
    yield name, kind + json.dumps(content).encode()
    for number, new in enumerate(CHANGES):
        for path, place, key in below(content):
            old, place[key] = place[key], new
            yield f"{name}{path}-{number}", kind + json.dumps(content).encode()
            place[key] = old


def envelope(payload, encode=base64.b64encode, signatures=1):
    one = {"keyid": "5a" * 32, "sig": encode(b"\xfb\xff\xbf signature").decode()}
    return {"payload": encode(payload).decode(), "payloadType": "application/vnd.in-toto+json",
            "signatures": [one] * signatures}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    body = json.dumps(GOOD).encode()
    seeds = dict(variants(STATEMENT, "statement", copy.deepcopy(GOOD)))
    seeds |= dict(variants(ENVELOPE, "envelope", envelope(body)))
    texts = {
        "url": json.dumps(envelope(b"\xfb\xff\xbf>?", base64.urlsafe_b64encode)),
        "eight": json.dumps(envelope(b"", signatures=8)), "nine": json.dumps(envelope(b"", signatures=9)),
        "none": json.dumps(envelope(b"", signatures=0)), "json": "{\"\u00e9", "list": "[]", "empty": "",
        "twice": '{"payload":"","payload":""}', "large": " " * (1 << 20) + "{}",
        "mixed": json.dumps(envelope(b"") | {"payload": "+-+-"}),
        "many": json.dumps(envelope(json.dumps(GOOD | {"subject": GOOD["subject"] * 65}).encode())),
    }
    seeds |= {"envelope-" + name: ENVELOPE + text.encode() for name, text in texts.items()}
    seeds["statement-twice"] = STATEMENT + body[:-1] + b',"subject":[]}'
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
