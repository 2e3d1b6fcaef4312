#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_policy: the files in policy/, and each key of them changed.

seed_policy.py FOLDER
"""
import json
import os
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RULES, REFERENCE, IMA, LINE = (bytes([i]) for i in range(4))
HASH = "5a" * 32

REFERENCES = {
    "format": "caretaker-reference", "version": 1,
    "payloads": [{"name": "caretaker", "version": "1.0", "svn": 3, "signature": "verified",
                  "digests": {"sha256": HASH, "sha512": HASH * 2}}],
    "signers": [{"id": "01" * 20, "subject": "/CN=signer"}, {"id": "02" * 20, "subject": "/CN=s", "key": HASH}],
    "boot": [{"kind": "kernel", "description": "7.3", "digests": {"sha256": HASH}, "image": {"sha256": HASH}},
             {"kind": "loader", "description": "shim", "digests": {"sha384": "00" * 48}}],
    "pcrs": {"sha256": {"0": [HASH], "1": [HASH, "00" * 32]}}, "ima_policies": [HASH],
}
RULES_MORE = {"svn_floors": {"caretaker": 3, "n" * 31: 0}, "flags": ["shared", "minimal-encodings"],
              "revoked": {"payloads": [HASH], "signers": ["01" * 20]}, "keyrings": ["platform"]}
POLICIES = {
    "hidden": "dont_measure func=CRITICAL_DATA label=caretaker\nmeasure func=CRITICAL_DATA\n",
    "users": "measure func=CRITICAL_DATA label=caretaker uid>0\nmeasure euid<1 func=FILE_CHECK\n",
    "template": "measure func=CRITICAL_DATA template=ima-ng\nmeasure func=CRITICAL_DATA pcr=11\n",
    "files": "dont_appraise func=CARETAKER_CHECK\nappraise\ndont_measure fsmagic=0x9fa0\n",
    "appraise": "appraise func=CARETAKER_CHECK appraise_type=imasig|modsig permit_directio\n",
    "keys": "measure func=KEY_CHECK\naudit\n\t# comment\nmeasure func=KEXEC_KERNEL_CHECK",
    "wrong": "measure measure\nfunc=FILE_CHECK\nmeasure func=NONE\nmeasure label=x\nappraise pcr=1\n"
             "measure keyrings=x\nmeasure appraise_type=imasig\nmeasure uid=\nmeasure odd=\x1b[31m\n"
             "appraise func=FILE_CHECK appraise_type=imasig|modsig\nappraise func=CRITICAL_DATA\n"
             "measure template=none\nmeasure pcr=x\nmeasure label=\n",
    "zero": "measure\0", "long": "measure " + "x" * 5000, "many": "odd\n" * 40,
}
LINES = {
    "word": "lockdown=integrity|lockdown=confidentiality\nquiet lockdown=integrity -- x",
    "start": "init=/bin/*\nrdinit=/x init=/bin/sh", "quoted": "a-b=\"x y\"\na_b=\"x y\"",
    "after": "kgdbwait\nquiet -- kgdbwait", "blank": "|*\n \t", "long": "x\n" + "x " * 3000,
}
# Put in the place of each value
CHANGES = (None, -2, 2 ** 33, "", "x|*", "a b", [], {}, ["x"], [-1], {"x": []}, {"sha1": {}}, "y" * 32,
           "y" * 128, {"y" * 32: 1})


def below(value, path=""):
    """Paths of all values in an object or array."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in list(inner):
        yield path + f"/{key}", value, key
        if isinstance(child, (dict, list)):
            yield from below(child, path + f"/{key}")


def variants(kind, name, content):
    yield f"{name}", kind + json.dumps(content).encode()
    yield f"{name}-more", kind + json.dumps(content | {"\u00e9\u001b" * 60: 1}).encode()
    for number, new in enumerate(CHANGES):
        for path, place, key in below(content):
            old, place[key] = place[key], new
            yield f"{name}{path.replace('/', '-')}-{number}", kind + json.dumps(content).encode()
            place[key] = old


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seeds = {}
    with open(os.path.join(TOP, "policy", "rules.json"), encoding="utf-8") as text:
        rules = json.load(text)
    rules["caretaker"] |= RULES_MORE
    rules["quote"]["other_banks"] = ["sha1"]
    rules["boot"]["required_words"] = ["quiet", "lockdown=integrity|lockdown=confidentiality"]
    seeds |= dict(variants(RULES, "rules", rules))
    seeds |= dict(variants(REFERENCE, "reference", REFERENCES))
    twice = REFERENCES | {"pcrs": {"sha256": {"1": [HASH], "01": [HASH]}}}
    seeds["reference-twice"] = REFERENCE + json.dumps(twice).encode()
    for name in ("measure", "appraise"):
        with open(os.path.join(TOP, "policy", name + ".ima"), "rb") as text:
            seeds["ima-file-" + name] = IMA + text.read()
    seeds |= {"ima-" + name: IMA + text.encode() for name, text in POLICIES.items()}
    seeds |= {"line-" + name: LINE + text.encode() for name, text in LINES.items()}
    seeds |= {"json": RULES + b"{\"\xc3\xa9", "json-list": REFERENCE + b"[]"}
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
