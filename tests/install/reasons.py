#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A call that makes no sense is told what of it, in a line before the usage: reasons.py TOOL OPTIONS.SO

The usage alone has forty lines, and none says which option was meant.
"""
import os
import tempfile

from tool import Count, name, tool_from_arguments

KEY = "--key k --cert c"
MAKE = "--cn x --type p256 --days 9 --out-key new --out-cert new.pem"
CALLS = {
    ("sign",): [
        ("IN", "IN and OUT: two files"),
        (f"{KEY} a", "IN and OUT: two files"),
        (f"{KEY} a b d", "IN and OUT: two files"),
        (f"{KEY} --into f", "--into: no IN"),
        (f"{KEY} --into= a", "--into: its value is empty"),
        ("--attach s --cert c --into f a", "--attach, --digest: are for one file"),
        ("--cert c a b", "--key, --attach and --external: one of them"),
        (f"{KEY} --attach s a b", "--key, --attach and --external: one of them"),
        ("--attach s a b", "--attach, --external: need --cert"),
        ("--external= a b", "--external: its value is empty"),
        (f"{KEY} --add --replace a b", "--replace and --add: one of them"),
        (f"{KEY} --signed-by c a b", "--signed-by: is for --add"),
        (f"{KEY} --digest d a b", "--digest: is for --prepare"),
        ("--prepare --key k a b", "--prepare: without --key"),
        ("--strip --cert c a b", "--strip: goes with"),
        ("--strip --detached a b", "--prepare, --detached and --strip: one of them"),
        (f"{KEY} --ima --ima-sigfile a b", "--ima and --ima-sigfile: one of them"),
        (f"{KEY} --ima a -", "--ima, --ima-sigfile: want a signed file"),
        (f"{KEY} --min-svn x a b", "--min-svn x: no number"),
        (f"{KEY} --min-svn 4294967296 a b", "--min-svn 4294967296: no number of 0 to 4294967295"),
        (f"{KEY} --without a b", "--without-lint: is spelled out"),
        (f"{KEY} --pkcs11-by x a b", "--pkcs11-by: provider or engine"),
        (f"{KEY} --pkcs11-module= a b", "--pkcs11-module: its value is empty"),
        (f"{KEY} --tcti= a b", "--tcti: its value is empty"),
        (f"{KEY} --passphrase-fd x a b", "--passphrase-fd: no number"),
        (f"{KEY} --passphrase-fd 3 --passphrase-file p a b", "--passphrase-file: beside a descriptor"),
        (f"{KEY} --tsa-certs c a b", "--timestamp-command and --tsa-certs: both, or neither"),
        (f"{KEY} --timestamp t a b", "--timestamp: is where the answer"),
        (f"{KEY} --timestamp-command= a b", "--timestamp-command: its value is empty"),
        ("--prepare --timestamp-query q a b", "--timestamp-query, --timestamp-command: are of a signature"),
        (f"{KEY} --timestamp-query q --into f a", "--timestamp, --timestamp-query: name one file"),
        (f"{KEY} --timestamp-query q --timestamp-command x --tsa-certs c a b",
         "--timestamp-query and --timestamp-command: one of them"),
        (f"{KEY} --timestamp-command x --tsa-certs c a -", '--timestamp-command: with "-" for OUT'),
    ],
    ("verify",): [
        ("--cert c", "no FILE"),
        ("f", "--cert, --anchor: one of them at least"),
        ("--cert c --at yesterday f", "--at: a time in UTC"),
        ("--cert c --min-svn -1 f", "--min-svn -1: no number"),
        ("--cert c --crl crl f", "--crl: needs --issuer or --anchor"),
        ("--cert c - -", "-: standard input is read once"),
        ("--cert c --timestamp t f", "--timestamp and --tsa-certs: both, or neither"),
        ("--cert c --timestamp t --tsa-certs c --at 2026-11-30T12:00:00Z f", "--at: the token of --timestamp"),
        ("--cert c --timestamp t --tsa-certs c f g", "--timestamp: is of one FILE"),
        ("--cert c --builder a:b f", "--release-by, --builder, --source: are of a --release"),
    ],
    ("keys", "make"): [
        ("", "--cn: is missing"),
        (f"{MAKE} more", "more: no option"),
        (MAKE.replace("x", "", 1).replace("--cn ", "--cn="), "--cn: its value is empty"),
        (MAKE.replace("p256", "rsa1024"), "--type rsa1024: none that kernels verify"),
        (MAKE.replace("9", "0"), "--days 0: no number of 1 to 36500"),
        (f"{MAKE} --ca-cert c", "--ca-key: is missing"),
        (f"{MAKE} --ca-key k", "--ca-cert: is missing"),
        (f"{MAKE} --pkcs11-by engine", "--pkcs11-module, --pkcs11-by, --tcti: are for a key in a token"),
        (f"{MAKE} --encrypt".replace("new", "pkcs11:object=x", 1), "--encrypt: is for a key in a file"),
        (f"{MAKE} --ca-pkcs11-by x", "--ca-pkcs11-by: provider or engine"),
    ],
    ("keys", "request"): [
        ("--cn x --out f", "--key: is missing"),
        ("--key k --cn x --out f --type p256", "--type: a token makes the key"),
    ],
    ("keys", "certify"): [
        ("--request r --days 9 --out f", "--ca-key: is missing"),
        ("--key k --request r --days 9 --out f", "--key and --request: one of them"),
        ("--key k --days 9 --out f", "--cn: is missing"),
        ("--key k --days x", "--days x: no number"),
        ("--ca-tcti=", "--ca-tcti: its value is empty"),
    ],
    ("keys", "list"): [("--keyring a --cert c", "--keyring and --cert: one of them"), ("x", "x: no option")],
    ("keys", "enroll"): [("--cert c", "--keyring: is missing"), ("x", "x: no option")],
    ("keys", "revoke"): [("--digest d --out f", "--key: is missing"), ("x", "x: no option")],
    ("keys", "blacklist"): [("--digest d", "--sig: is missing"), ("x", "x: no option")],
    ("release",): [("--key k --signer c", "--builder: is missing"), ("--pkcs11-by x", "--pkcs11-by: provider or engine")],
    ("policy", "reference"): [
        ("", "--out: is missing"),
        ("--out f", "nothing to compile"),
        ("--out f payload", "a file without an option"),
        ("--out f --pin-pcrs 7", "--from-evidence: is missing"),
        ("--out f --release r", "--release-by: is missing"),
        ("--out f --release-by c", "--release: is missing"),
    ],
}

tool = tool_from_arguments()
count = Count()


def reason(command, line, expected):
    """What is wrong, in words"""
    done = tool.run(*command, *line.split(), text=True)
    said = done.stderr.splitlines() or [""]
    # The actions of policy speak as the verb does.
    start = f"caretaker {name(command[:1] if command[0] == 'policy' else command)}: {expected}"
    if done.returncode != 2:
        return f"status {done.returncode}"
    if not any(text.startswith("usage: ") for text in said):
        return "no usage"
    return "" if said[0].startswith(start) else f"it says: {said[0]}"


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    assert not tool.run("keys", "make", *"--ca --cn x --type p256 --days 9 --out-key k --out-cert c".split()).returncode
    with open("ca.cnf", "w") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=9\n")
    open("index", "w").close()
    assert not os.system("openssl ca -config ca.cnf -cert c -keyfile k -gencrl -out crl 2>/dev/null")
    for one, lines in CALLS.items():
        for words, begins in lines:
            count.check(f"{name(one)} {words} is told why it makes no sense", reason(one, words, begins))
count.end()
