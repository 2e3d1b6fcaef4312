#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What it costs to check evidence, beside the tools that others use: on this machine,
without a VM.

    evidence.py CARETAKER BARE_HASH FOLDER OUT

BARE_HASH is tests/bench/bare_hash.c; FOLDER gets the logs (1.5 GB for a moment).  Each
row is the median of ratios of CPU time, user and system, of runs in turn.  OUT gets the
rows as report.py has them.
"""
import hashlib
import json
import os
import statistics
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima   # noqa: E402
import uefi  # noqa: E402

RUNS = 5
NONCE = "00112233445566778899aabbccddeeff"   # of make_quote.sh


def measure(command):
    """(seconds of CPU, standard output) of a command that succeeds."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"evidence.py: {' '.join(command)}: status {status}")
    return usage.ru_utime + usage.ru_stime, out


def in_turn(name, ours, peer, goal, check=None):
    """A row.  @check: whether the two came to the same."""
    ratios, mine, others = [], [], []
    for run in range(RUNS + 1):
        a, seen = measure(ours)
        b, wanted = measure(peer)
        if check and not check(seen, wanted):
            sys.exit(f"evidence.py: {name}: the two do not agree")
        if run:     # the first fills caches
            ratios.append(a / b)
            mine.append(a)
            others.append(b)
    ratio = statistics.median(ratios)
    return {"name": name, "ours": round(statistics.median(mine), 3),
            "peer": round(statistics.median(others), 3), "unit": "s of CPU",
            "ratio": round(ratio, 3), "goal": goal, "met": ratio <= goal}


def write_log(path, records):
    """ima-ng records as a host has them, 10,000 at a time."""
    def record(i):
        name = b"/usr/lib/x86_64-linux-gnu/lib%d.so.1\0" % i if i else b"boot_aggregate\0"
        fields = (b"sha256:\0" + hashlib.sha256(b"%d" % i).digest(), name)
        data = b"".join(ima.le32(len(f)) + f for f in fields)
        return (ima.le32(10) + hashlib.sha1(data).digest() + ima.le32(6) + b"ima-ng" +
                ima.le32(len(data)) + data)

    with open(path, "wb") as out:
        for start in range(0, records, 10000):
            out.write(b"".join(map(record, range(start, min(records, start + 10000)))))


def memory_row(caretaker, path, records):
    # Not ru_maxrss of our own child: that begins with what this program has
    measure(["/usr/bin/time", "-f", "%M", "-o", f"{path}.peak",
             caretaker, "check", "ima", "--bank", "sha256", path])
    with open(f"{path}.peak") as file:
        peak = int(file.read())
    limit = 16 << 10
    return {"name": f"ima check, {records} records: memory : 16 MiB", "ours": peak, "peer": limit,
            "unit": "KiB", "ratio": round(peak / limit, 3), "goal": 1.0, "met": peak <= limit}


def ima_rows(caretaker, bare, folder):
    million, many = f"{folder}/million", f"{folder}/many"
    write_log(million, 1000000)
    ours = [caretaker, "check", "ima", "--bank", "sha256", million]
    evmctl = ["evmctl", "ima_measurement", "--ignore-violations", million]
    rows = [
        in_turn("ima check, 1000000 records : evmctl", ours, evmctl, 0.2),
        in_turn("ima check, 1000000 records : bare hashes of the same bytes", ours,
                [bare, million], 1.25, check=lambda seen, wanted: wanted.strip() in seen),
    ]
    os.unlink(million)
    write_log(many, 10000000)
    rows.append(memory_row(caretaker, many, 10000000))
    os.unlink(many)
    return rows


def uefi_rows(caretaker, folder):
    """A log as firmware writes it, with as many events as it may have."""
    log = f"{folder}/firmware"
    events = [uefi.Event(8 + i % 2, uefi.IPL, b"grub_cmd: %d\0" % i) for i in range(50000)]
    with open(log, "wb") as out:
        out.write(uefi.encode(events, ("sha256",)))
    return [in_turn("uefi check, 50000 events : tpm2_eventlog", [caretaker, "check", "uefi", log],
                    ["tpm2_eventlog", log], 1.0)]


def quote_rows(caretaker, folder):
    base = f"{folder}/quotes/rsa"
    ours = [caretaker, "check", "quote", "--attest", f"{base}.attest", "--signature", f"{base}.sig",
            "--key", f"{base}.pem", "--pcrs", f"{base}.pcrs", "--nonce", NONCE]
    peer = ["tpm2_checkquote", "-Q", "-u", f"{base}.pem", "-m", f"{base}.attest", "-s", f"{base}.sig",
            "-f", f"{base}.pcrs", "-g", "sha256", "-q", NONCE]
    return [in_turn("quote check : tpm2_checkquote", ours, peer, 1.0)]


def main():
    caretaker, bare, folder, out = sys.argv[1:]
    rows = ima_rows(caretaker, bare, folder) + uefi_rows(caretaker, folder) + \
        quote_rows(caretaker, folder)
    with open(out, "w") as file:
        json.dump(rows, file)


if __name__ == "__main__":
    main()
