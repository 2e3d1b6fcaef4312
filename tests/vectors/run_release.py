#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Release manifests, by another library: run_release.py CARETAKER

securesystemslib (tests/securesystemslib.sh) reads and verifies what `caretaker release` wrote, and
refuses what was changed; what it signs, `caretaker verify` takes. Python's json and hashlib look at the
statement. Wants build/payload/caretaker.elf. Ends with "N passed, N failed".
"""
import base64
import copy
import hashlib
import json
import os
import subprocess
import sys
import tempfile

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
found = subprocess.run([os.path.join(top, "tests", "securesystemslib.sh")], capture_output=True, text=True,
                       check=False)
if found.returncode:
    sys.exit("FAILED  securesystemslib: " + found.stderr.strip())
if found.stdout.strip():
    sys.path.insert(0, found.stdout.strip())

# pylint: disable=wrong-import-position
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

caretaker = os.path.abspath(sys.argv[1])
payload = os.path.join(top, "build", "payload", "caretaker.elf")
counts = {True: 0, False: 0}
ORIGIN = {"builder": "https://ci.example.org/builder/1", "build-type": "https://example.org/make-payload/v1",
          "source": "git+https://example.org/caretaker@refs/tags/v1",
          "revision": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"}
# What of each key securesystemslib calls the scheme
KEYS = {"rsa2048": "rsa-pkcs1v15-sha256", "rsa3072": "rsa-pkcs1v15-sha256", "p256": "ecdsa-sha2-nistp256",
        "p384": "ecdsa-sha2-nistp384"}


def result(name, ok, why=""):
    counts[bool(ok)] += 1
    print(f"ok      {name}" if ok else f"FAILED  {name}: {why}")


def run(*args):
    return subprocess.run([caretaker, *args], capture_output=True, text=True, timeout=120, check=False)


def done(*args):
    got = run(*args)
    if got.returncode:
        sys.exit(f"FAILED  {' '.join(args)}: {got.stderr}")
    return got


def load(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def save(path, value):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(value, out)
    return path


def public_key(kind):
    """By our name for it, which is a hint that securesystemslib insists on."""
    der = subprocess.run(["openssl", "pkey", "-in", kind + ".key", "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    pem = subprocess.run(["openssl", "pkey", "-in", kind + ".key", "-pubout"], capture_output=True,
                         check=True).stdout
    with open(kind + ".pub", "wb") as out:
        out.write(pem)
    return SSlibKey.from_crypto(load_pem_public_key(pem), hashlib.sha256(der).hexdigest(), KEYS[kind])


def verifies(envelope, key):
    try:
        return bool(Envelope.from_dict(copy.deepcopy(envelope)).verify([key], 1))
    except VerificationError:
        return False


def release(kind, out, *payloads):
    words = [w for name, value in ORIGIN.items() for w in ("--" + name, value)]
    done("release", "--key", kind + ".key", "--cert", kind + ".pem", "--signer", "rsa3072.pem", *words,
         "--out", out, *payloads)
    return load(out)


def changed(envelope, **fields):
    return copy.deepcopy(envelope) | fields


def check_theirs(kind, key, other):
    envelope = release(kind, kind + ".json", "signed")
    result(f"{kind}: securesystemslib verifies", verifies(envelope, key))
    body = base64.b64decode(envelope["payload"]).replace(b'"svn":', b'"Svn":')
    result(f"{kind}: ... and no other payload",
           not verifies(changed(envelope, payload=base64.b64encode(body).decode()), key))
    result(f"{kind}: ... and no other type", not verifies(changed(envelope, payloadType="text/plain"), key))
    other.keyid = key.keyid
    result(f"{kind}: ... and no other key", not verifies(envelope, other))
    result(f"{kind}: the same bytes of its signature", base64.standard_b64encode(base64.b64decode(
        envelope["signatures"][0]["sig"], validate=True)).decode() == envelope["signatures"][0]["sig"])
    result(f"{kind}: PAE", Envelope.from_dict(copy.deepcopy(envelope)).pae() ==
           b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (
               len(base64.b64decode(envelope["payload"])), base64.b64decode(envelope["payload"])))
    return envelope


def check_ours(kind, envelope):
    """An envelope that securesystemslib signs, by its own name of the key"""
    with open(kind + ".key", "rb") as pem:
        private = load_pem_private_key(pem.read(), None)
    key = SSlibKey.from_crypto(private.public_key(), scheme=KEYS[kind])
    theirs = Envelope(base64.b64decode(envelope["payload"]), envelope["payloadType"], {})
    theirs.sign(CryptoSigner(private, key))
    theirs = theirs.to_dict()

    def verify(name, value, status, word=""):
        got = run("verify", "--cert", "rsa3072.pem", "--release", save("theirs.json", value),
                  "--release-by", kind + ".pub", "signed")
        result(f"{kind}: {name}", got.returncode == status and word in got.stderr, got.stderr)

    verify("verify takes what securesystemslib signed", theirs, 0)
    unnamed = copy.deepcopy(theirs)
    del unnamed["signatures"][0]["keyid"]
    verify("... without a keyid", unnamed, 0)
    unnamed["payload"] = unnamed["payload"].replace("+", "-").replace("/", "_")
    unnamed["signatures"][0]["sig"] = unnamed["signatures"][0]["sig"].replace("+", "-").replace("/", "_")
    verify("... in the other alphabet", unnamed, 0)
    verify("... and no other type", changed(theirs, payloadType="text/plain"), 1, "envelope-unknown-key: ")
    body = base64.b64decode(theirs["payload"]).replace(b'"svn":1', b'"svn":2')
    verify("... and no other payload", changed(theirs, payload=base64.b64encode(body).decode()), 1,
           "envelope-unknown-key: ")


def check_statement(envelope):
    """By the specifications of in-toto and SLSA, and by the files"""
    statement = json.loads(base64.b64decode(envelope["payload"]))
    result("statement: type", statement["_type"] == "https://in-toto.io/Statement/v1")
    result("statement: predicate type", statement["predicateType"] == "https://slsa.dev/provenance/v1")
    result("statement: payload type", envelope["payloadType"] == "application/vnd.in-toto+json")
    result("statement: names", [s["name"] for s in statement["subject"]] == ["signed", "second"])
    for subject in statement["subject"]:
        with open(subject["name"], "rb") as content:
            data = content.read()
        result(f"statement: digests of {subject['name']}", subject["digest"] == {
            name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha384", "sha512")})
    predicate = statement["predicate"]
    build = predicate["buildDefinition"]
    result("provenance: builder", predicate["runDetails"]["builder"]["id"] == ORIGIN["builder"])
    result("provenance: build type", build["buildType"] == ORIGIN["build-type"])
    result("provenance: source", build["externalParameters"] == {"source": ORIGIN["source"]})
    result("provenance: revision", build["resolvedDependencies"] == [
        {"uri": ORIGIN["source"], "digest": {"gitCommit": ORIGIN["revision"]}}])
    notes = [json.loads(done("inspect", "--json", name).stdout) for name in ("signed", "second")]
    wanted = [{"subject": name} | {k: note[k] for k in ("name", "version", "svn", "abi", "build_id")}
              for name, note in zip(("signed", "second"), notes)]
    result("provenance: payloads", predicate["caretaker_release"]["payloads"] == wanted)
    done("policy", "reference", "--payload", "signed", "--payload", "second", "--signer", "rsa3072.pem",
         "--out", "plain.json")
    result("provenance: reference values", predicate["caretaker_release"]["reference"] == load("plain.json"))
    done("policy", "reference", "--release", "two.json", "--release-by", "p256.pub", "--out", "taken.json")
    result("reference values from the manifest", load("taken.json") == load("plain.json"))


def main():
    for kind in KEYS:
        done("keys", "make", "--cn", kind, "--type", kind, "--days", "9", "--out-key", kind + ".key",
             "--out-cert", kind + ".pem")
    done("sign", "--key", "rsa3072.key", "--cert", "rsa3072.pem", payload, "signed")
    # Other bytes of the same payload: with another hash
    done("sign", "--key", "rsa3072.key", "--cert", "rsa3072.pem", "--hash", "sha512", payload, "second")
    keys = {kind: public_key(kind) for kind in KEYS}
    other = {"rsa2048": "rsa3072", "rsa3072": "rsa2048", "p256": "p384", "p384": "p256"}
    for kind, key in keys.items():
        envelope = check_theirs(kind, key, public_key(other[kind]))
        # It verifies P-384, and signs nothing with it.
        if kind != "p384":
            check_ours(kind, envelope)
    result("RSA: the same bytes again", release("rsa3072", "again.json", "signed") == load("rsa3072.json"))
    check_statement(release("p256", "two.json", "signed", "second"))
    print(f"{counts[True]} passed, {counts[False]} failed")
    return counts[False] != 0


with tempfile.TemporaryDirectory(prefix="caretaker-release.") as work:
    os.chdir(work)
    sys.exit(main())
