#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What it costs to sign and to verify, beside the kernel's sign-file and bare OpenSSL: on this
machine, by the clock.

    signing.py CARETAKER SIGN_FILE BARE_SIGN PAYLOAD FOLDER OUT

SIGN_FILE is the kernel's scripts/sign-file, which looks at no text and verifies nothing;
BARE_SIGN is tests/bench/bare_sign.c.  Each row is the median of ratios of runs in turn.  OUT
gets the rows as report.py has them.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from turns import in_turn, measure  # noqa: E402

RUNS = 31           # each takes milliseconds
BATCH_RUNS = 3
FILES = 1000
RELOCATIONS = 95000  # with every library linked, as it was
KEYS = {"RSA-3072": ["rsa:3072"], "P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def make_keys(folder):
    for name, kind in KEYS.items():
        subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", *kind, "-nodes", "-keyout",
                        f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-days", "30",
                        "-subj", "/CN=bench", "-addext", "keyUsage=digitalSignature",
                        "-addext", "basicConstraints=critical,CA:FALSE"],
                       check=True, stderr=subprocess.DEVNULL)


def single_rows(caretaker, sign_file, payload, folder, name):
    key, cert, out = f"{folder}/{name}.key", f"{folder}/{name}.pem", f"{folder}/out"
    signed = f"{folder}/signed"
    sign = [caretaker, "sign", "--key", key, "--cert", cert, payload]
    peer = [sign_file, "sha256", key, cert, payload, f"{folder}/peer"]
    measure(sign + [signed])
    return [
        in_turn(f"sign one file, {name} : sign-file", sign + [out], peer, 1.1, runs=RUNS, wall=True),
        in_turn(f"verify one file, {name} : sign-file", [caretaker, "verify", "--cert", cert, signed],
                peer, 0.7, runs=RUNS, wall=True),
    ]


def batch_row(caretaker, folder, name, peer, times, what, goal):
    """Time of a file of the batch; the peer's of one."""
    files = [f"{folder}/in/{i}" for i in range(FILES)]
    into = f"{folder}/into"

    # What a run has left stays until all is measured: ext4 gives out no inode that was freed in the last seconds, and
    # looks for each new file at a thousand of them
    def clear():
        if os.path.exists(into):
            os.rename(into, tempfile.mkdtemp(dir=folder))
        os.mkdir(into)

    row = in_turn(f"sign, {FILES} copies in a batch, {name} : {what}",
                  [caretaker, "sign", "--key", f"{folder}/{name}.key", "--cert",
                   f"{folder}/{name}.pem", "--into", into, *files],
                  peer, goal * FILES, runs=BATCH_RUNS, wall=True, times=times, before=clear)
    for key in ("ours", "ratio", "goal"):
        row[key] = round(row[key] / FILES, 6)
    row["peer"] = round(row["peer"], 6)
    return row


def batch_rows(caretaker, sign_file, bare_sign, payload, folder):
    os.mkdir(f"{folder}/in")
    for i in range(FILES):
        shutil.copyfile(payload, f"{folder}/in/{i}")
    raw = [bare_sign, f"{folder}/RSA-3072.key", payload, str(FILES)]
    peer = [sign_file, "sha256", f"{folder}/P-256.key", f"{folder}/P-256.pem", payload,
            f"{folder}/peer"]
    return [batch_row(caretaker, folder, "RSA-3072", raw, FILES, "a bare signature", 1.25),
            batch_row(caretaker, folder, "P-256", peer, 1, "sign-file", 0.02)]


def start_row(caretaker):
    """What the dynamic linker does before main()."""
    seen = subprocess.run([caretaker, "--version"], env={**os.environ, "LD_DEBUG": "statistics"},
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=True).stderr.decode()
    count = sum(int(n) for n in re.findall(r"(?:number of|relative) relocations: (\d+)",
                                           seen.split("final number")[0]))
    if not count:
        sys.exit("signing.py: the dynamic linker said nothing")
    return {"name": "start: relocations : 95000", "ours": count, "peer": RELOCATIONS,
            "unit": "relocations", "ratio": round(count / RELOCATIONS, 3), "goal": 0.25,
            "met": count <= RELOCATIONS / 4}


def main():
    caretaker, sign_file, bare_sign, payload, folder, out = sys.argv[1:]
    make_keys(folder)
    rows = [row for name in KEYS for row in single_rows(caretaker, sign_file, payload, folder, name)]
    rows += batch_rows(caretaker, sign_file, bare_sign, payload, folder)
    rows.append(start_row(caretaker))
    with open(out, "w") as file:
        json.dump(rows, file)


if __name__ == "__main__":
    main()
