#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
No verb overwrites a file that one of its options names to be read: overwrite.py TOOL OPTIONS.SO

Which options these are, and which verbs write a file, is in docs/completion/caretaker.bash, which
completion.py holds against the tool.  OUT is then that very file, with several contents, since a
verb may look at the content first: it has to stay in each case, and in one the tool has to say why.
"""
import os
import re
import subprocess
import tempfile

from tool import TOP, Count, kinds, name, tool_from_arguments

tool = tool_from_arguments()
count = Count()
WHY = re.compile(r": is an input|: exists")
NONCE = "00" * 32
MAKE = ["--cn", "x", "--type", "p256", "--days", "1", "--out-key"]

RELEASE = ["--signer", "cert", "--builder", "a:b", "--build-type", "a:b", "--source", "a:b", "--revision", "00" * 20,
           "--out", "{out}", "signed"]
REFERENCE = {
    "": ["--out", "{out}"],
    "release": ["--release-by", "cert", "--out", "{out}"],
    "release-by": ["--release", "text", "--out", "{out}"],
}

# What a call needs beside the option and OUT; by option where that differs.  OUT is {out}, the option is put
# behind the command.
CALLS = {
    "sign": {
        "": ["--key", "key", "--cert", "cert", "payload", "{out}"],
        "key": ["--cert", "cert", "payload", "{out}"],
        "cert": ["--key", "key", "payload", "{out}"],
        "attach": ["--cert", "cert", "payload", "{out}"],
        "tsa-certs": ["--timestamp-command", "cat", "--key", "key", "--cert", "cert", "payload", "{out}"],
        "signed-by": ["--add", "--key", "key", "--cert", "cert", "signed", "{out}"],
    },
    "keys make": {
        "": [*MAKE, "new", "--out-cert", "{out}"],
        "ca-key": [*MAKE, "new", "--out-cert", "{out}", "--ca-cert", "cert"],
        "pkcs11-module": [*MAKE, "pkcs11:object=x", "--out-cert", "{out}"],
        "ca-cert": [*MAKE, "{out}", "--out-cert", "new", "--ca-key", "key"],
    },
    "keys request": {
        "": ["--key", "key", "--cn", "x", "--out", "{out}"],
        "key": ["--cn", "x", "--out", "{out}"],
    },
    "keys certify": {
        "": ["--key", "key", "--cn", "x", "--days", "1", "--out", "{out}"],
        "key": ["--cn", "x", "--days", "1", "--out", "{out}"],
        "request": ["--days", "1", "--ca-key", "key", "--ca-cert", "cert", "--out", "{out}"],
        "ca-key": ["--key", "key", "--cn", "x", "--days", "1", "--ca-cert", "cert", "--out", "{out}"],
        "ca-cert": ["--key", "key", "--cn", "x", "--days", "1", "--ca-key", "key", "--out", "{out}"],
    },
    "keys revoke": {
        "": ["--digest", "sha256:" + "00" * 32, "--key", "key", "--cert", "cert", "--out", "{out}"],
        "key": ["--digest", "sha256:" + "00" * 32, "--cert", "cert", "--out", "{out}"],
        "cert": ["--digest", "sha256:" + "00" * 32, "--key", "key", "--out", "{out}"],
    },
    "quote": {
        "": ["--nonce", NONCE, "--out", "{out}"],
        "ek-certificate": ["--enroll", "--out", "{out}"],
        "activate": ["--out", "{out}"],
    },
    "attest": {
        "enrolment": ["--challenge", "--ek-ca", "cert", "--secret-out", "new", "--out", "{out}"],
        "ek-ca": ["--challenge", "--enrolment", "x", "--secret-out", "new", "--out", "{out}"],
        "ek-list": ["--challenge", "--enrolment", "x", "--secret-out", "{out}", "--out", "new"],
        "crl": ["--challenge", "--enrolment", "x", "--ek-ca", "cert", "--secret-out", "new", "--out", "{out}"],
        "finish": ["--secret", "x", "--enrolment", "x", "--out", "{out}"],
        "secret": ["--finish", "x", "--enrolment", "x", "--out", "{out}"],
    },
    "release": {
        "": ["--key", "key", "--cert", "cert", *RELEASE],
        "key": ["--cert", "cert", *RELEASE],
        "cert": ["--key", "key", *RELEASE],
    },
    "policy reference": REFERENCE,
    "policy compile": REFERENCE,
}
# Options of calls that write no file
NO_OUTPUT = {"attest": ["evidence", "host", "reference", "rules", "standing"]}


def must(*args):
    done = tool.run(*args)
    if done.returncode:
        raise SystemExit(f"{args}: {done.stderr.decode()}")


def prepare():
    must("keys", "make", *MAKE, "key", "--out-cert", "cert")
    open("payload", "wb").write(open(f"{TOP}/build/payload/caretaker.elf", "rb").read())
    must("sign", "--key", "key", "--cert", "cert", "payload", "signed")
    subprocess.run(["openssl", "dgst", "-sha256", "-sign", "key", "-out", "raw", "payload"], check=True)
    open("text", "w").write("some text\n")


def stays(command, option, call):
    """What is wrong, in words"""
    said = ""
    for content in ("cert", "key", "payload", "signed", "raw", "text"):
        before = open(content, "rb").read()
        open("out", "wb").write(before)
        done = tool.run(*command, f"--{option}", "out", *(word.replace("{out}", "out") for word in call))
        if done.returncode == 0:
            return f"with the content of \"{content}\" it ended with 0"
        if open("out", "rb").read() != before:
            return f"with the content of \"{content}\" it was overwritten"
        said += done.stderr.decode(errors="replace")
    return "" if WHY.search(said) else "nothing says that OUT is an input: " + said.splitlines()[0]


def look_at(command):
    options = kinds(command)
    calls = CALLS.get(name(command), {})
    if "out" not in options.values() and command != ("sign",):
        return
    for option, kind in options.items():
        if kind != "in" or option in NO_OUTPUT.get(name(command), []):
            continue
        call = calls.get(option, calls.get(""))
        what = f"{name(command)} --{option} is not overwritten"
        count.check(what, stays(command, option, call) if call else
                    "no call with it: add one to CALLS in tests/install/overwrite.py")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    prepare()
    for one in tool.commands():
        look_at(one)
count.end()
