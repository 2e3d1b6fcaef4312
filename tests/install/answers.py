# SPDX-License-Identifier: GPL-2.0-only
"""
What verbs answer: each exit status that caretaker(1) has in its table, and each JSON that is printed or
written, held against docs/schemas.  answers.sh calls it in a folder with a TPM's logs.

The schemas allow what a later release may add.  Here nothing more is allowed than they name, so that what is
new has to be put there; and what was true of one output is tried on it with each key left out.
"""
import base64
import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

import jsonschema

import uefi
from schemas import SCHEMAS, differs
from tool import TOP, Count, name, tool_from_arguments

tool = tool_from_arguments()
tcti = ["--tcti", sys.argv[3]]
count = Count()
used = {}       # schema: how often, and with which of its answers
shown = set()   # (verb, status)


# --- Schemas ------------------------------------------------------------------------------------------

def look_at(word, text):
    try:
        value = json.loads(text)
    except ValueError:
        return f"no JSON: {text[:100]!r}"
    why = differs(word, value)
    if not why:
        used.setdefault(word, []).append(value)
    return why


# --- Calls ---------------------------------------------------------------------------------------------

def call(status, *args, schema=None, writes=(), what=None, **how):
    """@schema: of what is printed; @writes: (file, schema) of what is written"""
    done = tool.run(*args, **how)
    why = "" if done.returncode == status else \
        f"status {done.returncode}, not {status}: {done.stderr.decode(errors='replace').strip()[-300:]}"
    if not why and schema:
        why = look_at(schema, done.stdout.decode())
    for path, word in writes:
        why = why or look_at(word, open(path).read())
    shown.add((args[0], status))
    count.check(what or f"{' '.join(os.path.basename(a) if '/' in a else a for a in args)[:90]}: {status}", why)
    return done


def write(path, data):
    open(path, "wb").write(data)


def payloads():
    make = ["keys", "make", "--type", "p256", "--days", "9", "--cn"]
    shutil.copy(f"{TOP}/build/payload/caretaker.elf", "payload")
    write("text", b"no payload\n")
    call(0, *make, "x", "--out-key", "key", "--out-cert", "cert")
    call(3, *make, "x", "--out-key", "key", "--out-cert", "cert")
    call(1, *make, "y", "--out-key", "k", "--out-cert", "c", "--ca-key", "key", "--ca-cert", "cert")
    call(0, *make, "other", "--out-key", "other.key", "--out-cert", "other.cert")
    revoke = ["keys", "revoke", "--digest", "sha256:" + "00" * 32, "--cert", "cert", "--out", "revocation"]
    call(0, *revoke, "--key", "key")
    call(1, *revoke, "--key", "other.key")
    call(3, *revoke, "--key", "missing")
    request = ["keys", "request", "--cn", "x", "--out", "request", "--key"]
    call(0, *request, "key")
    call(3, *request, "missing")
    by_ca = ["keys", "certify", "--request", "request", "--days", "9", "--out", "certified"]
    call(0, *make, "ca", "--ca", "--out-key", "ca.key", "--out-cert", "ca.cert")
    call(0, *by_ca, "--ca-key", "ca.key", "--ca-cert", "ca.cert")
    call(1, *by_ca, "--ca-key", "key", "--ca-cert", "cert")
    call(3, *by_ca, "--ca-key", "missing", "--ca-cert", "ca.cert")
    call(3, "keys", "enroll", "--cert", "missing", "--keyring", ".secondary_trusted_keys")
    call(3, "keys", "blacklist", "--digest", "sha256:" + "00" * 32, "--sig", "missing")
    call(3, "keys", "list", "--keyring", "no-such-keyring", "--json")
    if ".builtin_trusted_keys" in open("/proc/keys").read():
        call(0, "keys", "list", "--json", schema="keys-list")
    else:
        # A kernel that shows none; the form is that of its code, as a test of keys_ring has it
        used["keys-list"] = [{"keyrings": [], "certificate": None}]

    sign = ["sign", "--key", "key", "--cert", "cert"]
    call(0, *sign, "payload", "signed")
    call(1, *sign, "signed", "again")
    call(3, *sign, "missing", "again")
    call(3, "sign", "--key", "missing", "--cert", "cert", "payload", "again")
    for status, path in ((0, "payload"), (0, "signed"), (1, "text")):
        call(status, "inspect", "--json", path, schema="inspect")
    data = bytearray(open("signed", "rb").read())
    data[100:140] = bytes(40)
    write("broken", data)
    write("cut", data[:-60])
    write("malformed", data[:-42] + bytes(2) + data[-40:])
    for path in ("broken", "cut", "malformed"):
        call(1, "inspect", "--json", path, schema="inspect")
        call(1, "verify", "--cert", "cert", "--json", path, schema="verify")
    elf = bytearray(open("payload", "rb").read())
    at = elf.find(b"\x0f\x01\xd8")      # VMRUN; by what the lint takes for one
    elf[at:at + 3] = b"\x0f\x30\x90"    # WRMSR
    write("wrmsr", elf)
    call(0, "inspect", "--json", "wrmsr", schema="inspect")
    call(1, "inspect", "--lint", "--json", "wrmsr", schema="inspect")
    write("large", bytes((2 << 20) + 1))
    call(1, "inspect", "--json", "large", schema="inspect")
    call(1, "verify", "--cert", "cert", "--json", "large", schema="verify")
    call(3, "inspect", "--json", "missing")
    call(0, "verify", "--cert", "cert", "--json", "signed", schema="verify")
    call(1, "verify", "--cert", "other.cert", "--json", "signed", schema="verify")
    call(1, "verify", "--cert", "cert", "--json", "payload", schema="verify")
    call(3, "verify", "--cert", "cert", "--json", "missing")
    call(3, "verify", "--cert", "missing", "--json", "signed")
    several()


def several():
    """An object for each file, one after the other"""
    done = call(3, "verify", "--cert", "cert", "--json", "signed", "missing", "payload", "signed")
    text, said, why = done.stdout.decode(), [], ""
    while text.strip():
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
        said.append((value["file"], value["valid"]))
        why = why or look_at("verify", json.dumps(value))
        text = text.lstrip()[end:]
    count.check("... an object for each that could be read", why or (
        "" if said == [("signed", True), ("payload", False), ("signed", True)] else repr(said)))


TSA = """[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


def timestamps():
    """A TSA of its own"""
    write("tsa.cnf", TSA.encode())
    write("serial", b"01\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    "tsa.key", "-out", "tsa.pem", "-subj", "/CN=tsa", "-days", "9", "-addext",
                    "extendedKeyUsage=critical,timeStamping"], check=True, capture_output=True)
    ask = "cat > query && openssl ts -reply -config tsa.cnf -section tsa -queryfile query -inkey tsa.key -signer tsa.pem"
    stamp = ["--timestamp-command", ask, "--tsa-certs"]
    call(0, "sign", "--key", "key", "--cert", "cert", *stamp, "tsa.pem", "payload", "timed", what="sign with a timestamp: 0")
    call(1, "sign", "--key", "key", "--cert", "cert", *stamp, "cert", "payload", "again", what="... of another TSA: 1")
    verify = ["verify", "--cert", "cert", "--json", "timed", "--timestamp", "timed.tsr", "--tsa-certs"]
    done = call(0, *verify, "tsa.pem", schema="verify")
    count.check("... says when, and who says it", "" if (json.loads(done.stdout)["timestamp"] or {}).get("tsa") == "CN=tsa"
                else done.stdout.decode())
    call(1, *verify, "cert", schema="verify")


def releases():
    about = ["--builder", "https://ci.example.org", "--build-type", "https://example.org/v1", "--source",
             "git+https://example.org/x", "--revision", "00" * 20, "--signer", "cert", "--out"]
    make = ["release", "--key", "key", "--cert", "cert", *about]
    call(0, *make, "manifest", "signed", writes=[("manifest", "release")], what="release: 0")
    call(1, *make, "none", "payload", what="release of what nobody signed: 1")
    call(3, *make, "none", "missing", what="release of nothing: 3")
    statement = base64.b64decode(json.load(open("manifest"))["payload"])
    count.check("the statement in a manifest", look_at("release-statement", statement))
    count.check("reference values in a manifest", look_at("reference", json.dumps(
        json.loads(statement)["predicate"]["caretaker_release"]["reference"])))
    verify = ["verify", "--cert", "cert", "--json", "signed", "--release", "manifest"]
    done = call(0, *verify, schema="verify")
    count.check("... says who built it", "" if (json.loads(done.stdout)["release"] or {}).get("builder") == about[1]
                else done.stdout.decode())
    call(1, *verify, "--builder", "https://other.example.org", schema="verify")
    call(3, "verify", "--cert", "cert", "--json", "signed", "--release", "missing")
    call(0, "policy", "reference", "--release", "manifest", "--release-by", "cert", "--out", "of-release.json",
         writes=[("of-release.json", "reference")])


def policies():
    policy = f"{TOP}/policy"
    call(0, "policy", "lint", "--json", f"{policy}/measure.ima", f"{policy}/rules.json", schema="policy-lint")
    write("bad.ima", b"measure func=NOTHING\n")
    call(1, "policy", "lint", "--json", "bad.ima", schema="policy-lint")
    call(3, "policy", "lint", "--json", "missing", schema="policy-lint")
    call(0, "policy", "reference", "--payload", "signed", "--signer", "cert", "--kernel-digest",
         "sha256:" + "11" * 32, "--out", "made.json", writes=[("made.json", "reference")])
    call(0, "policy", "compile", "--payload", "payload", "--from-evidence", "evidence.tar", "--pin-pcrs", "0,7",
         "--out", "golden.json", writes=[("golden.json", "reference")])
    call(1, "policy", "reference", "--payload", "text", "--out", "none.json")
    call(3, "policy", "reference", "--payload", "missing", "--out", "none.json")
    for path in (f"{policy}/rules.json", f"{policy}/rules-lab.json"):
        count.check(f"{os.path.basename(path)} is as rules.schema.json says", look_at("rules", open(path).read()))


def evidence():
    """One enrolment and one quote"""
    ca = ["--challenge", "--enrolment", "enrolment.json", "--out", "challenge.json", "--secret-out", "secret.json"]
    finish = ["--finish", "response.json", "--secret", "secret.json", "--enrolment", "enrolment.json"]
    call(3, "quote", "--tcti", "device:/nowhere", "--enroll", "--out", "none.json")
    call(0, "quote", *tcti, "--enroll", "--out", "enrolment.json", writes=[("enrolment.json", "enrolment")])
    call(1, "attest", *ca, "--ek-ca", "cert")
    call(0, "attest", *ca, "--ek-ca", "ca.pem",
         writes=[("challenge.json", "challenge"), ("secret.json", "challenge-secret")])
    call(0, "quote", *tcti, "--activate", "challenge.json", "--out", "response.json",
         writes=[("response.json", "response")])
    call(0, "attest", *finish, "--out", "host.json", writes=[("host.json", "host")])
    done = call(0, "attest", "--new-nonce", "--state", "nonces", "--json", schema="attest-nonce")
    nonce = json.loads(done.stdout)["nonce"]
    call(0, "quote", *tcti, "--nonce", nonce, "--ima-log", "ima.log", "--uefi-log", "uefi.log", "--userspace-log",
         "user.log", "--command-line", "cmdline", "--out", "evidence.tar")
    with tarfile.open("evidence.tar") as archive:
        archive.extract("evidence.json")
    count.check("evidence.json", look_at("evidence", open("evidence.json").read()))
    return nonce


def attests(nonce):
    rules = f"{TOP}/policy/rules.json"
    about = ["--host", "host.json", "--reference", "ref.json", "--rules", rules]
    verdict = ["attest", "--evidence", "evidence.tar", *about, "--json", "--nonce"]
    done = call(0, *verdict, nonce, "--state", "nonces", schema="attest", what="a verdict: 0")
    write("verdict.json", done.stdout)
    call(1, *verdict, nonce, "--state", "nonces", schema="attest", what="a nonce that is used up: 1")
    call(1, *verdict, "22" * 16, schema="attest", what="another nonce: 1")
    strict_rules = json.load(open(rules))
    strict_rules["caretaker"]["minimum_vms"] = 2
    write("strict.json", json.dumps(strict_rules).encode())
    stricter = ["strict.json" if word == rules else word for word in verdict]
    call(1, *stricter, nonce, schema="attest", what="more VMs are wanted: 1")
    write("cut.tar", open("evidence.tar", "rb").read()[:700])
    call(1, "attest", "--evidence", "cut.tar", *about, "--json", "--nonce", nonce, schema="attest",
         what="evidence that is cut: 1")
    call(3, "attest", "--evidence", "missing", *about, "--json", "--nonce", nonce, what="no evidence: 3")
    call(0, "attest", "--standing", "verdict.json", "--json", schema="attest-standing")
    call(1, "attest", "--standing", "verdict.json", "--json", "--now", "4102444800", schema="attest-standing")
    call(3, "attest", "--standing", "missing", "--json")


def checks(nonce):
    parts = json.load(open("evidence.json"))
    for key in ("attest", "signature", "ak_public"):
        write(key, base64.b64decode(parts[key]))
    write("pcrs.json", json.dumps(parts["pcrs"]).encode())
    quote = ["check", "quote", "--attest", "attest", "--key", "ak_public", "--json", "--signature"]
    call(0, *quote, "signature", "--nonce", nonce, "--pcrs", "pcrs.json", schema="check-quote", what="check quote: 0")
    call(1, *quote, "signature", "--nonce", "00", schema="check-quote")
    call(1, *quote, "text", schema="check-quote")
    call(1, "check", "quote", "--attest", "text", "--key", "ak_public", "--json", "--signature", "signature",
         schema="check-quote")
    call(3, *quote, "missing")
    call(0, "check", "ima", "--json", "ima.log", schema="check-ima")
    call(0, "check", "ima", "--json", "--bank", "sha256", "ima.log", schema="check-ima")
    write("changed.log", bytes([*open("ima.log", "rb").read()[:-1], 0xff]))
    call(1, "check", "ima", "--json", "changed.log", schema="check-ima")
    call(1, "check", "ima", "--json", "text", schema="check-ima")
    call(3, "check", "ima", "--json", "missing")
    call(0, "check", "uefi", "--json", "uefi.log", schema="check-uefi")
    write("none.log", uefi.encode([uefi.separator(0)]))
    call(0, "check", "uefi", "--json", "none.log", schema="check-uefi")
    call(1, "check", "uefi", "--json", "text", schema="check-uefi")
    call(3, "check", "uefi", "--json", "missing")


def of_each_command():
    """Whatever the verb is"""
    for command in tool.commands():
        call(2, *command, "--no-such-option")
        call(0, *command, "--help")
        with open("/dev/full", "w") as full:
            call(3, *command, "--help", stdout=full, stderr=subprocess.DEVNULL, capture_output=False,
                 what=f"{name(command)} --help on a full disk: 3")
    call(2, "no-such-verb")


# --- Is all of it here? ------------------------------------------------------------------------------------

def statuses():
    page = open(f"{TOP}/docs/man/caretaker.1").read()
    table = re.search(r"^verb\|0\|1\|3\n(.*?)^\.TE", page, re.M | re.S).group(1)
    rows = {row.split("|")[0]: row.split("|")[1:] for row in table.splitlines()}
    for verb in tool.verbs():
        if verb not in rows:
            count.check(f"caretaker(1), EXIT STATUS: {verb}", "the table has no line for it")
            continue
        for status, text in zip((0, 1, 3), rows[verb]):
            none = text == r"\-"
            count.check(f"{verb} ends with {status}" if not none else f"{verb} never ends with {status}",
                        "" if ((verb, status) in shown) != none else "the table says that it does not" if none else
                        "no case in tests/install/answers.py shows it")
        section = open(f"{TOP}/docs/man/caretaker-{verb}.1").read().split(".SH EXIT STATUS\n")[1].split("\n.SH")[0]
        missing = [str(s) for s, text in zip((0, 1, 2, 3), [*rows[verb][:2], "usage", rows[verb][2]])
                   if text != r"\-" and not re.search(rf"(^|[ \n]){s}[ \n]", section)]
        count.check(f"caretaker-{verb}(1) has each exit status", ", ".join(missing))
    for verb in set(rows) - set(tool.verbs()):
        count.check(f"caretaker(1), EXIT STATUS: {verb}", "there is no such verb")


def formats():
    """Each JSON has a schema, and each schema was held against some; a yes and a no, where there is a choice"""
    for command in tool.commands():
        if "json" in tool.options(command):
            word = "-".join(command)
            count.check(f"{name(command)} --json has a schema",
                        "" if word in SCHEMAS else f"there is no docs/schemas/{word}.schema.json")
    source = "".join(open(p).read() for folder in ("signing", "keys", "policy", "release", "attest")
                     for p in glob.glob(f"{TOP}/{folder}/**/*.c", recursive=True))
    for word in sorted(set(re.findall(r'"format",\s+"caretaker-([a-z-]+)"', source))):
        have = [s for s, schema in SCHEMAS.items()
                if schema["properties"].get("format", {}).get("const") == f"caretaker-{word}"]
        count.check(f"format caretaker-{word} has a schema", "" if have else "no schema in docs/schemas has it")
    for word, schema in sorted(SCHEMAS.items()):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            why = "" if word in used else "no case in tests/install/answers.py has such output"
        except jsonschema.SchemaError as error:
            why = error.message
        count.check(f"{word}.schema.json is a schema, and used", why)
        choice = [k for k in ("valid", "accepted") if k in schema["properties"]]
        if choice and word in used:
            got = {value[choice[0]] for value in used[word]}
            count.check(f"{word}.schema.json was held against a yes and a no",
                        "" if got == {True, False} else f"{got} only")


def tampered():
    """A schema says something: without a key, or with one more, or with another type, no output passes"""
    for word, values in sorted(used.items()):
        why = ""
        for value in values[:1]:
            optional = set(value) - set(SCHEMAS[word]["required"])
            for key in value:
                less = {k: v for k, v in value.items() if k != key}
                other = copy.deepcopy(value)
                other[key] = 0.5
                if key not in optional and not differs(word, less):
                    why = f"passes without {key}"
                if not differs(word, other):
                    why = f"{key} may be anything"
            if not differs(word, {**value, "made_up": 1}):
                why = "passes with a key that it does not name"
            if list(jsonschema.Draft202012Validator(SCHEMAS[word]).iter_errors({**value, "made_up": 1})):
                why = "as published, refuses what a later release may add"
        count.check(f"{word}.schema.json refuses what is changed", why)


payloads()
timestamps()
releases()
of_each_command()
challenge = evidence()
attests(challenge)
checks(challenge)
policies()
statuses()
formats()
tampered()
count.end()
