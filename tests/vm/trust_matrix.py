#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The trust matrix: files x who asks and what is enforced x IMA.

    trust_matrix.py plan PAYLOAD MODULE KEYS OUT cover|full|mldsa
    trust_matrix.py records OUT/BOOT

"plan" writes the files and, for each boot, what inside/trust.sh is to do there, with
the errno that trust.py expects for each case.  "full" is the product of all three;
"cover" has all pairs of a file with a context, and of a file with a kind of rule.
"mldsa" is a matrix of its own, of the files of trust_mldsa.py.
"records" is for after the boot: does IMA's log hold for each case the record that it
should?
"""
import dataclasses
import hashlib
import json
import os
import re
import shutil
import struct
import sys

import alter
import trust
import trust_files
import trust_mldsa
from trust import CONTEXTS, Ima

MODES = ("enforce", "log", "fix")
XATTRS = ("", "hash", "ima", "db", "untrusted", "stale")
OWNERS = {"": 0, "imasig": 1001, "imasig|modsig": 1002}

NO_POLICY = [("", "")]
MEASURED = [("", "")]
APPRAISED = [(rule, xattr) for rule in OWNERS if rule for xattr in XATTRS]

# boot: ima_appraise=, then what happens in it: a context to try without a policy,
# "policy" to load one, or a context to try under it.  What a context needs and can
# be had at run time, inside/trust.sh does.
BOOTS = {
    "enforce": ("enforce", "none-nocap none-userns none-root policy "
                           "none-nocap none-userns none-root switch"),
    "log": ("log", "policy none-root switch"),
    "fix": ("fix", "policy none-root switch"),
    "switch": ("enforce", "switch"),
    "lockdown": ("enforce", "integrity policy integrity confidentiality"),
    "secure": ("log", "secure policy secure"),
}
MORE_BOOTS = {
    "lockdown-log": ("log", "policy integrity confidentiality"),
    "lockdown-fix": ("fix", "policy integrity confidentiality"),
    "secure-fix": ("fix", "policy secure"),
    "secure-enforce": ("enforce", "policy secure"),
}
MLDSA_BOOTS = {
    "mldsa": ("enforce", "none-nocap none-root policy none-root switch"),
}
SIMPLE = [(rule, xattr) for rule, xattr in APPRAISED if not xattr]


def appraisals(policy, cover, boot, context, number):
    """Which (rule, xattr) the file of that number is tried with."""
    if not policy:
        return NO_POLICY
    # What is in security.ima has nothing to do with ML-DSA
    if boot in MLDSA_BOOTS:
        return MEASURED + SIMPLE
    if not cover:
        return MEASURED + APPRAISED
    # Both rules, and attributes in turn, where refusals by IMA show best
    if (boot, context) in (("enforce", "none-root"), ("secure", "secure")):
        others = [pair for pair in APPRAISED if pair[1]]
        return MEASURED + SIMPLE + others[number % 5::5]
    if context == "none-root":
        return MEASURED + APPRAISED[number % 6::6]
    return MEASURED


def ima_name(ima):
    if not ima.policy:
        return f"{ima.mode}-no-policy"
    if not ima.rule:
        return f"{ima.mode}-measure"
    rule = "modsig" if "modsig" in ima.rule else "imasig"
    return f"{ima.mode}-{rule}" + (f"-{ima.xattr}" if ima.xattr else "")


class Plan:
    """The cases of one boot, in the order in which they run."""

    def __init__(self, out, boot, mode, steps, cover, files):
        self.folder = f"{out}/{boot}"
        self.boot, self.mode, self.cover, self.files = boot, mode, cover, files
        self.expected, self.lines, self.xattrs = {}, [f"mode {mode}"], set()
        self.tainted = self.policy = False
        os.makedirs(self.folder)
        for step in steps.split():
            if step == "policy":
                self.policy = True
                self.lines.append("policy")
            else:
                self.try_context(step)
        self.write("plan", "".join(line + "\n" for line in self.lines))
        self.write("expected.json", json.dumps(self.expected))

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def try_context(self, name):
        cases = []
        for number, file in enumerate(self.files):
            for rule, xattr in appraisals(self.policy, self.cover, self.boot, name, number):
                if not xattr or file.length == "fits":
                    cases.append(self.case(file, name, Ima(self.mode, self.policy, rule, xattr)))
        table = f"cases.{len(self.lines)}"
        self.write(table, "".join(cases))
        self.lines.append(f"try {name} {table}")

    def case(self, file, context, ima):
        result = trust.outcome(file, CONTEXTS[context], ima)
        # What the kernel has once been tainted with stays
        self.tainted |= result.waived and result.errno == "0"
        number = f"{self.boot[:8]}:{len(self.expected)}"
        self.expected[number] = {**dataclasses.asdict(result), "file": file.name,
                                 "name": f"{context}/{ima_name(ima)}/{file.name}",
                                 "enforce": CONTEXTS[context].enforce}
        xattr = "-"
        if ima.xattr:
            xattr = f"{file.name}.{ima.xattr}"
            self.xattrs.add((file.name, ima.xattr))
        return (f"{number} {context}/{ima_name(ima)}/{file.name} {file.name} {OWNERS[ima.rule]} "
                f"{xattr} {result.errno} {int(self.tainted)}\n")


def plan(payload, module, keys, out, extent):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(f"{out}/files")
    maker = trust_files.Maker(open(payload, "rb").read(), open(module, "rb").read(), keys)
    mldsa = extent == "mldsa"
    made = {file: data for file, data in (trust_mldsa if mldsa else trust_files).files(maker)}
    contents = {file.name: data for file, data in made.items()}
    if len(contents) != len(made):
        sys.exit("trust_matrix.py: two files have one name")
    xattrs = set()
    boots = {"cover": BOOTS, "full": {**BOOTS, **MORE_BOOTS}, "mldsa": MLDSA_BOOTS}[extent]
    more = trust.MLDSA if mldsa else set()
    for boot, (mode, steps) in boots.items():
        xattrs |= Plan(out, boot, mode, steps, extent == "cover", list(made)).xattrs

    for name, data in contents.items():
        with open(f"{out}/files/{name}", "wb") as file:
            file.write(data)
    for name, kind in xattrs:
        with open(f"{out}/files/{name}.{kind}", "wb") as file:
            file.write(maker.xattr(contents[name], kind))
    for number, (text, signature) in enumerate(trust_files.revocations(maker)):
        with open(f"{out}/revoked.{number}", "wb") as file:
            file.write(text)
        with open(f"{out}/revoked.{number}.p7s", "wb") as file:
            file.write(signature)
    for ring, names in (("secondary_trusted_keys", trust.TRUSTED), ("ima", trust.IMA)):
        for name in sorted((names | more) - {"release", "module"}):
            with open(f"{out}/enrol.{ring}.{name}", "wb") as file:
                file.write(trust_files.run("openssl", "x509", "-in", maker.key(name)[1],
                                           "-outform", "DER"))
    skids = {name: maker.skid(name).hex() for name in trust.TRUSTED | more | {"db"} if name != "module"}
    digests = {file.name: maker.signed_digest(data) for file, data in made.items()}
    with open(f"{out}/facts.json", "w") as file:
        json.dump({"rules": rule_numbers(), "skids": skids, "digests": digests,
                   "skids_of": {skid: name for name, skid in skids.items()},
                   "keys": {name: maker.public_key_digest(name) for name in skids}}, file)


def rule_numbers():
    """The kernel's own numbers, so that none is written twice."""
    here = os.path.dirname(os.path.abspath(__file__))
    tree = os.path.join(here, "../../kernel/tree/virt/caretaker")
    numbers = {}
    for name in ("rules.h", "trust.h"):
        with open(os.path.join(tree, name)) as file:
            for rule, value in re.findall(r"CARETAKER_RULE_(\w+)\s*= (?:CARETAKER_RULE_)?(\w+)",
                                          file.read()):
                numbers[rule] = int(value) if value.isdigit() else numbers[value]
    return numbers


# --- After the boot ---------------------------------------------------------

# struct caretaker_record of <linux/caretaker_record.h>
RECORD = struct.Struct("<IHHQIi32s32sQII16s16sQIIIIIIIIQQIIHHHH64s36s32sHH64sII32s32s")
FIELDS = ("magic abi size sequence event result reveal commit vm vcpu mode vm_id vmm_id flags enforce lockdown "
          "dropped uid pid without payload_abi svn mandatory optional rule svn_floor digest_alg digest_len keyring "
          "signer_len digest signer signer_key exe_alg exe_len exe exe_kind reserved name version").split()
INSTALL, REFUSE = 1, 5
ENFORCE = {"secure boot": 1, "lockdown": 2, "switch": 4}
WAIVED = 0x100
KEYRINGS = {"": 0, "builtin": 1, "platform": 2, "secondary": 3, "machine": 4}
HEADER = struct.Struct("<IHHQIi32s32s")
BOOT = 10
WITHOUT_POLICY = (BOOT, 11, 12)     # and switch and kexec: whatever IMA's policy says
LOCKDOWN = {"integrity": 1, "confidentiality": 2, "secure": 1}


def records(log):
    """Each record; of kinds other than struct caretaker_record the header only."""
    _, found = alter.parse(log)
    for _, at, length in found:
        data = log[at:at + length]
        name = data.find(b"caretaker-")
        # Name, its NUL, the length of the buffer, the buffer
        start = data.find(b"\0", name) + 5
        if name < 0 or len(data) - HEADER.size < start:
            continue
        record = {"dropped": 0, **dict(zip(FIELDS, HEADER.unpack_from(data, start)))}
        if record["size"] == RECORD.size == len(data) - start:
            record = dict(zip(FIELDS, RECORD.unpack_from(data, start)))
        if record["magic"] == 0x52435443:
            yield record


def compare(record, case, facts):
    """What is wrong with the record of a case, or nothing."""
    import errno
    code = 0 if case["errno"] == "0" else getattr(errno, case["errno"])
    enforce = sum(ENFORCE[word] for word in case["enforce"])
    if case["waived"]:
        enforce |= WAIVED
    wanted = {"result": -code, "rule": facts["rules"][case["rule"]], "enforce": enforce,
              "keyring": KEYRINGS[case["keyring"]],
              "lockdown": LOCKDOWN.get(case["name"].split("/")[0], 0)}
    wrong = [f"{name} {record[name]} instead of {value}" for name, value in wanted.items()
             if record[name] != value]
    signer = record["signer"][:record["signer_len"]].hex()
    names = [facts["skids"].get(name) for name in case["signers"]]
    if signer not in names and (names and None not in names or signer and not names):
        wrong.append(f"signer {signer or 'none'} is not one of {', '.join(case['signers']) or 'none'}")
    # The key that the build made for modules has no certificate here
    name, key = facts["skids_of"].get(signer), record["signer_key"].hex()
    if (name or not signer) and key != facts["keys"].get(name, "00" * 32):
        wrong.append(f"key {key} is not that of signer {signer or 'none'}")
    if record["digest_len"] and record["digest"][:32].hex() != facts["digests"][case["file"]]:
        wrong.append("digest is not that of the signed bytes")
    return ", ".join(wrong)


def check_records(folder):
    with open(f"{folder}/expected.json") as file:
        expected = json.load(file)
    with open(f"{folder}/../facts.json") as file:
        facts = json.load(file)
    with open(f"{folder}/log", "rb") as file:
        found = list(records(file.read()))
    seen, refused, number = {}, 0, 0
    if found:
        says = [record["sequence"] for record in found if record["event"] == BOOT]
        print("ok record/kernel-says-first-what-it-is" if says == [1] else
              f"not ok record/kernel-says-first-what-it-is: in records {says}")
    for record in found:
        number += 1
        if record["sequence"] != number:
            print(f"not ok record/sequence: number {record['sequence']} follows {number - 1}")
            number = record["sequence"]
        refused += record["dropped"] + (record["event"] == REFUSE)
        if record["event"] in (INSTALL, REFUSE):
            seen.setdefault(record["vmm_id"].rstrip(b"\0").decode(), []).append(record)

    good = bad = 0
    for number, case in expected.items():
        mine = seen.pop(number, [])
        installed = case["errno"] == "0"
        problem = ""
        if len(mine) > 1 or (mine and not case["recorded"]):
            problem = f"{len(mine)} records"
        elif not mine and installed and case["recorded"]:
            problem = "no record"
        elif mine:
            problem = compare(mine[0], case, facts)
        if problem:
            print(f"not ok record/{case['name']}: {problem}")
            bad += 1
        elif mine:
            good += 1
    seen.pop("last", None)
    if seen:
        print(f"not ok record/of-nobody: {' '.join(seen)}")
    # Refusals are recorded at a limited rate; the rest is counted
    wanted = sum(case["errno"] not in ("0", "ENOENT") for case in expected.values())
    if any(case["recorded"] for case in expected.values()):
        if good and not bad:
            print(f"ok record/{good}-agree-with-the-rules")
        if refused == wanted:
            print(f"ok record/{wanted}-refusals-are-recorded-or-counted")
        else:
            print(f"not ok record/refusals: {refused} recorded or counted instead of {wanted}")
    elif any(record["event"] not in WITHOUT_POLICY for record in found):
        print(f"not ok record/none: {len(found)} without a policy")
    else:
        print("ok record/none-without-a-policy")


def main():
    if len(sys.argv) == 7 and sys.argv[1] == "plan" and sys.argv[6] in ("cover", "full", "mldsa"):
        plan(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "records":
        check_records(sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
