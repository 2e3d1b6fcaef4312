#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The same logs, replayed by others: cross_check.py CARETAKER

evmctl (ima-evm-utils) replays measurement lists and makes signatures, tpm2_eventlog
(tpm2-tools) and a software TPM replay firmware logs. Where they and we agree, it is
not because of a mistake that our generator shares. Usually called by cross_check.sh.
"""
import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import ima
import uefi

caretaker = os.path.abspath(sys.argv[1])
work = tempfile.TemporaryDirectory(prefix="caretaker-cross.")
os.chdir(work.name)
counts = {True: 0, False: 0}


def run(*args, status=None):
    done = subprocess.run(args, capture_output=True, text=True, timeout=120)
    if status is not None and done.returncode != status:
        raise SystemExit(f"FAILED  {' '.join(args)}: {done.stderr}")
    return done


def result(name, ok, why=""):
    counts[bool(ok)] += 1
    print(f"ok      {name}" if ok else f"FAILED  {name}: {why}")


def ours(kind, path, *args):
    return json.loads(run(caretaker, "check", kind, path, "--json", *args).stdout)


def write(path, data):
    with open(path, "wb") as out:
        out.write(data)
    return path


# Measurement lists

def evmctl(log, pcrs, *args):
    """Does evmctl come to these registers?"""
    files = []
    for bank in ("sha1", "sha256"):
        values = pcrs.get(bank, {})
        lines = [f"PCR-{i:02}: {values.get(str(i), '00' * ima.BANKS[bank])}\n" for i in range(24)]
        files += ["--pcrs", f"{bank},{write(f'pcrs.{bank}', ''.join(lines).encode())}"]
    return run("evmctl", "ima_measurement", *files, *args, log)


# evmctl 1.4 does not know lists of fields.
every = [r for r in ima.every_template() if "|" not in r.template]
lists = {r.template: [r, ima.ng("/x") if r.template != "ima" else ima.old("/x")] for r in every}
lists["all but template ima"] = [r for r in every if r.template != "ima"]
lists["violation"] = [every[0], ima.violation("/v"), every[2]]
for name, records in lists.items():
    log = write("list", ima.encode(records))
    pcrs = ours("ima", log)["pcrs"]
    done = evmctl(log, pcrs, "--ignore-violations") if name == "violation" else evmctl(log, pcrs)
    result(f"evmctl agrees: {name}", done.returncode == 0, done.stdout + done.stderr)
    pcrs["sha256"]["10"] = "00" * 32
    pcrs["sha1"]["10"] = "00" * 20
    result(f"evmctl can disagree: {name}", evmctl(log, pcrs).returncode != 0)

# Signatures

for kind, option in (("RSA", "rsa_keygen_bits:2048"), ("EC", "ec_paramgen_curve:P-256")):
    run("openssl", "genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", "key.pem", status=0)
    run("openssl", "req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=x", "-addext",
        "subjectKeyIdentifier=hash", "-outform", "DER", "-out", "key.der", status=0)
    for alg in ("sha256", "sha384", "sha512"):
        write("file", b"content of a file")
        run("evmctl", "ima_sign", "--sigfile", "--hashalgo", alg, "--key", "key.pem", "--keyid-from-cert",
            "key.der", "file", status=0)
        with open("file.sig", "rb") as file:
            signature = file.read()
        log = write("list", ima.encode([ima.sig("/file", signature, alg, b"content of a file")]))
        result(f"we accept what evmctl signed: {kind} {alg}",
               ours("ima", log, "--key", "key.der")["signatures"]["valid"] == 1)
        done = evmctl(log, ours("ima", log)["pcrs"], "--verify-sig", "--key", "key.der")
        result(f"evmctl accepts it too: {kind} {alg}", done.returncode == 0, done.stdout + done.stderr)
        log = write("list", ima.encode([ima.sig("/file", signature, alg, b"Content of a file")]))
        result(f"we refuse it for another file: {kind} {alg}",
               ours("ima", log, "--key", "key.der")["signatures"]["invalid"] == 1)

# Firmware logs


def tpm2_eventlog(path):
    """{bank: {index: hex}} from its YAML."""
    done = run("tpm2_eventlog", path, status=0)
    pcrs, bank = {}, None
    for line in done.stdout[done.stdout.index("\npcrs:"):].split("\n"):
        if match := re.match(r"^  (\w+):$", line):
            bank = pcrs.setdefault(match[1], {})
        elif match := re.match(r"^    (\d+) *: *0x([0-9a-f]+)$", line):
            bank[match[1]] = match[2]
    return pcrs


boot = uefi.boot()
for name, algs, events in (("sha256", ["sha256"], boot), ("two banks", ["sha1", "sha256"], boot),
                           ("four banks", ["sha1", "sha256", "sha384", "sha512"], boot)):
    log = write("log", uefi.encode(events, algs))
    result(f"tpm2_eventlog agrees: {name}", tpm2_eventlog(log) == ours("uefi", log)["pcrs"],
           f"{tpm2_eventlog(log)} against {ours('uefi', log)['pcrs']}")
log = write("log", uefi.encode_old(boot))
result("tpm2_eventlog agrees: SHA-1 only", tpm2_eventlog(log) == ours("uefi", log)["pcrs"])

# How PCR 0 starts, asked of a TPM: tpm2_eventlog 5.4 does not look at the locality


class SoftwareTpm:
    """swtpm, not started up yet; its control channel sets the locality and does H-CRTM."""

    INIT, SHUTDOWN, SET_LOCALITY, HASH_START, HASH_DATA, HASH_END = 2, 3, 5, 6, 7, 8

    def __enter__(self):
        os.makedirs("tpm")
        path = os.path.join(work.name, "tpm", "socket")
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", "dir=tpm", "--server", f"type=unixio,path={path}",
             "--ctrl", f"type=unixio,path={path}.ctrl"], stderr=subprocess.DEVNULL)
        self.ctrl, self.path = socket.socket(socket.AF_UNIX), path
        for _ in range(200):
            try:
                self.ctrl.connect(f"{path}.ctrl")
                break
            except OSError:
                time.sleep(0.05)
        self.control(self.INIT, struct.pack(">I", 0))
        return self

    def __exit__(self, *_):
        self.ctrl.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree("tpm")

    def control(self, command, data=b""):
        self.ctrl.sendall(struct.pack(">I", command) + data)
        if self.ctrl.recv(4) != bytes(4):
            raise SystemExit(f"FAILED  swtpm control command {command}")

    def command(self, data):
        with socket.socket(socket.AF_UNIX) as tpm:
            tpm.connect(self.path)
            tpm.sendall(data)
            return tpm.recv(4096)

    def startup(self, locality):
        self.control(self.SET_LOCALITY, bytes([locality]))
        answer = self.command(struct.pack(">HIIH", 0x8001, 12, 0x144, 0))
        if answer[6:10] != bytes(4):
            raise SystemExit(f"FAILED  TPM2_Startup: {answer.hex()}")
        self.control(self.SET_LOCALITY, b"\0")

    def hcrtm(self, data):
        self.control(self.HASH_START)
        self.control(self.HASH_DATA, struct.pack(">I", len(data)) + data)
        self.control(self.HASH_END)

    def extend(self, event):
        """TPM2_PCR_Extend with an empty password."""
        digests = struct.pack(">I", 2) + b"".join(struct.pack(">H", uefi.ALGS[a]) + event.digest(a)
                                                  for a in ("sha1", "sha256"))
        body = struct.pack(">IIIHBH", event.pcr, 9, 0x40000009, 0, 0, 0) + digests
        answer = self.command(struct.pack(">HII", 0x8002, 10 + len(body), 0x182) + body)
        if answer[6:10] != bytes(4):
            raise SystemExit(f"FAILED  TPM2_PCR_Extend: {answer.hex()}")

    def pcr(self, index, alg):
        select = struct.pack(">IHB", 1, uefi.ALGS[alg], 3) + (1 << index).to_bytes(3, "little")
        answer = self.command(struct.pack(">HII", 0x8001, 10 + len(select), 0x17e) + select)
        return answer[-uefi.SIZES[alg]:].hex()


core = uefi.Event(0, uefi.HCRTM, b"HCRTM", b"core root of trust")
for name, locality, events in (("locality 0", 0, [uefi.locality(0), *boot]),
                               ("locality 3", 3, [uefi.locality(3), *boot]),
                               ("H-CRTM", 0, [core, *boot]),
                               ("H-CRTM announced", 0, [uefi.locality(4), core, *boot])):
    with SoftwareTpm() as tpm:
        if core in events:
            tpm.hcrtm(core.digest_of)
        tpm.startup(locality)
        for event in events:
            if event.kind != uefi.NO_ACTION and event is not core:
                tpm.extend(event)
        log = write("log", uefi.encode(events))
        pcrs = ours("uefi", log)["pcrs"]
        for alg in ("sha1", "sha256"):
            theirs = {str(i): tpm.pcr(i, alg) for i in range(10)}
            result(f"a TPM agrees: {name}, {alg}", theirs == pcrs[alg], f"{theirs} against {pcrs[alg]}")

print(f"{counts[True]} passed, {counts[False]} failed")
sys.exit(counts[False] != 0)
