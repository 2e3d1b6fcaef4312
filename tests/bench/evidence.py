#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What it costs to check evidence, beside the tools that others use: on this machine,
without a VM.

    evidence.py CARETAKER BARE_HASH FOLDER OUT

BARE_HASH is tests/bench/bare_hash.c; FOLDER gets the logs (4 GB for a moment).  Each
row is the median of ratios of CPU time, user and system, of runs in turn.  OUT gets the
rows as report.py has them.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors"))
import ima   # noqa: E402
import long_evidence  # noqa: E402
import uefi  # noqa: E402
from turns import CLOSE_RUNS, in_turn, measure  # noqa: E402

NONCE = "00112233445566778899aabbccddeeff"   # of make_quote.sh


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


def memory_row(what, records, command, folder, want=0):
    # Not ru_maxrss of our own child: that begins with what this program has
    measure(["/usr/bin/time", "-q", "-f", "%M", "-o", f"{folder}/peak", *command], want)
    with open(f"{folder}/peak") as file:
        peak = int(file.read())
    limit = 16 << 10
    return {"name": f"{what}, {records} records: memory : 16 MiB", "ours": peak, "peer": limit,
            "unit": "KiB", "ratio": round(peak / limit, 3), "goal": 1.0, "met": peak <= limit}


def register(bare, log):
    """PCR 10 that the list leads to."""
    return bytes.fromhex(measure([bare, log])[1].decode())


def all_proven(records):
    return lambda seen, _: json.loads(seen)["attested_records"] == records


class Tpm:
    """A swtpm for caretaker quote."""
    def __init__(self, folder):
        port = 10000 + os.getpid() % 20000  # below those that the kernel gives to clients
        self.tcti = f"swtpm:host=127.0.0.1,port={port}"
        self.server = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}",
                                        "--server", f"type=tcp,port={port}", "--ctrl",
                                        f"type=tcp,port={port + 1}", "--flags",
                                        "not-need-init,startup-clear"])
        time.sleep(1)
        if self.server.poll() is not None:
            raise SystemExit(f"no TPM: swtpm ended, is port {port} taken?")

    def command(self, caretaker, log, out):
        """No part of the list leads to this TPM's PCR 10: so all of it is looked at, and copied."""
        return [caretaker, "quote", "--tcti", self.tcti, "--nonce", NONCE, "--pcrs", "sha256:0-10",
                "--ima-log", log, "--uefi-log", "/dev/null", "--userspace-log", "/dev/null",
                "--out", out]

    def end(self):
        self.server.terminate()
        self.server.wait()


def long_rows(caretaker, bare, folder, tpm):
    """check, quote and attest with 1,000,000 records, and the memory of 10,000,000."""
    log, evidence = f"{folder}/list", f"{folder}/quoted"
    check = [caretaker, "check", "ima", "--bank", "sha256", log]
    quote = tpm.command(caretaker, log, evidence)
    attest = long_evidence.command(caretaker, folder)
    evmctl = ["evmctl", "ima_measurement", "--ignore-violations", log]
    write_log(log, 1000000)
    long_evidence.write(folder, log, register(bare, log))
    rows = [
        in_turn("ima check, 1000000 records : evmctl", check, evmctl, 0.2),
        in_turn("quote, 1000000 records : evmctl", quote, evmctl, 0.2),
        in_turn("attest, 1000000 records : evmctl", attest, evmctl, 0.2, all_proven(1000000), 1),
        in_turn("ima check, 1000000 records : bare hashes of the same bytes", check,
                [bare, log], 1.25, lambda seen, wanted: wanted.strip() in seen, runs=CLOSE_RUNS),
        in_turn("quote, 1000000 records : bare hashes of the same bytes", quote, [bare, log], 1.25,
                runs=CLOSE_RUNS),
        in_turn("attest, 1000000 records : bare hashes of the same bytes", attest, [bare, log], 1.25,
                all_proven(1000000), 1, CLOSE_RUNS),
    ]
    write_log(log, 10000000)
    rows.append(memory_row("ima check", 10000000, check, folder))
    rows.append(memory_row("quote", 10000000, quote, folder))
    os.unlink(evidence)
    long_evidence.write(folder, log, register(bare, log))
    os.unlink(log)
    rows.append(memory_row("attest", 10000000, attest, folder, 1))
    os.unlink(f"{folder}/evidence")
    return rows


def ima_rows(caretaker, bare, folder):
    with tempfile.TemporaryDirectory() as state:
        tpm = Tpm(state)
        try:
            return long_rows(caretaker, bare, folder, tpm)
        finally:
            tpm.end()


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
