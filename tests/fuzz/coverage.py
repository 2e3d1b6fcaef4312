#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the seeds of the fuzzers reach, and what fuzzing added.

coverage.py FOLDER      (build/fuzz, after tests/fuzz.sh filled it)

Prints the lines covered of each parser, by the seeds alone and by all that was run,
then two results. The seeds must reach every line of the loader's parser and break
every rule of rules.h that it knows; both are the same in each run. Exit status 1 if
a result is bad, 2 if it could not be found out.
"""
import os
import re
import subprocess
import sys

KERNEL = "kernel/tree/virt/caretaker/"
# Parsers of each target. Of GATED the seeds must reach every line.
GATED = {"elf": [KERNEL + f for f in ("elf.c", "trailer.c", "view.h")]}
PRINTED = {
    "ima_log": ["attest/log/ima_log.c", "attest/log/ima_template.c"],
    "uefi_log": ["attest/log/uefi_log.c", "attest/log/uefi_event.c"],
    "userspace_log": ["attest/log/userspace_log.c", "attest/claims/registers.c"],
    "quote": ["attest/tpm/quote.c", "attest/tpm/quote_key.c", "attest/tpm/quote_pcrs.c",
              "attest/tpm/quote_signature.c"],
    "signature": ["signing/signature_parse.c", "signing/signed_attributes_check.c"],
    "timestamp": ["signing/timestamp.c", "signing/timestamp_tsa.c"],
    "release": ["signing/dsse_parse.c", "signing/json_object.c", "signing/release_parse.c"],
    "lint": ["signing/lint.c", "signing/lint_sweep.c", "signing/lint_rules.c", "signing/symbols.c"],
    "evidence": ["attest/evidence/json.c", "attest/evidence/enrolment.c",
                 "signing/cli/base64.c"],
    "authenticode": ["policy/policy_authenticode.c"],
    "policy": ["policy/policy_rules.c", "policy/policy_reference.c", "policy/policy_json.c",
               "policy/policy_ima.c", "policy/policy_words.c"],
    "certificate": ["signing/certificate_file.c", "attest/log/ima_keyring.c", "attest/tpm/ak_public.c"],
    "oracle": ["signing/" + f for f in ("certificate_form.c", "certificate_extensions.c", "carried.c",
                                        "signature_parts.c", "kernel_id.c", "der.c")],
    "words": ["attest/claims/words.c"],
    "claims": ["attest/claims/caretaker.c", "attest/claims/record.c", "attest/claims/kernel.c",
               "attest/claims/vm.c", "attest/claims/boot.c", "attest/claims/ima.c"],
}


def tool(name):
    """The one that belongs to the compiler: others may not read its profiles."""
    return subprocess.run(["clang", "-print-prog-name=" + name], capture_output=True, text=True,
                          check=True).stdout.strip()


def lines_of(folder, target, runs, files):
    """{file: {line: times}} over the profiles of RUNS."""
    raw = [f"{folder}/cover/{target}.{run}.profraw" for run in runs]
    raw = [path for path in raw if os.path.isfile(path)]
    if not raw:
        return {}
    merged = f"{folder}/cover/{target}.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *raw], check=True)
    report = subprocess.run([tool("llvm-cov"), "export", "-format=lcov", f"{folder}/fuzz_{target}",
                             "-instr-profile=" + merged], capture_output=True, text=True,
                            check=True).stdout
    lines, current = {}, None
    for word, _, rest in (line.partition(":") for line in report.splitlines()):
        if word == "SF":
            name = next((f for f in files if rest.endswith("/" + f)), None)
            current = None if name is None else lines.setdefault(name, {})
        elif word == "DA" and current is not None:
            number, times = rest.split(",")[:2]
            current[int(number)] = current.get(int(number), 0) + int(times)
    return lines


def percent(lines):
    return 100 * sum(times > 0 for times in lines.values()) / len(lines) if lines else 0


def print_table(folder):
    """Prints a line a file; returns the lines of gated files that no seed reached.

    A file of which no line is known is in the answer too, with no lines: its target was
    renamed, or broke before it could tell.
    """
    missed = {}
    print(f"{'lines reached':44} {'lines':>6} {'seeds':>7} {'all runs':>9}")
    for target, files in (GATED | PRINTED).items():
        seeds = lines_of(folder, target, ["seeds"], files)
        both = lines_of(folder, target, ["seeds", "fuzz"], files)
        for name in files:
            known = seeds.get(name, {})
            print(f"  {name:42} {len(known):6} {percent(known):6.1f}% "
                  f"{percent(both.get(name, {})):8.1f}%")
            if not known or (target in GATED and 0 in known.values()):
                missed[name] = sorted(n for n, times in known.items() if not times)
    return missed


def unbroken(folder):
    """Rules of the header that the parser may report and no seed breaks."""
    with open(KERNEL + "rules.h", encoding="ascii") as header:
        rules = re.findall(r"CARETAKER_RULE_(\w+)\s*=\s*(\d+)", header.read())
    limit = int(dict(rules)["LOADER"])
    with open(f"{folder}/cover/elf.rules", encoding="ascii") as broken:
        seen = {int(line.split()[0]) for line in broken}
    below = [(name, int(number)) for name, number in rules if int(number) < limit]
    return [f"{number} {name}" for name, number in below if number not in seen], len(below)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = sys.argv[1]
    missed = print_table(folder)
    left, count = unbroken(folder)
    for name, numbers in missed.items():
        if not numbers:
            print(f"FAILED  coverage: {name}: no line is known, so none was reached")
        for number in numbers:
            with open(name, encoding="utf-8") as source:
                text = source.read().splitlines()[number - 1].strip()
            print(f"FAILED  coverage: {name}:{number}: no seed reaches: {text}")
    if not missed:
        print("ok      coverage: the seeds reach every line of the loader's parser")
    if left:
        print(f"FAILED  rules: no seed breaks {', '.join(left)}")
    else:
        print(f"ok      rules: each of {count} is broken by a seed (0: one that breaks none)")
    return 1 if missed or left else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        print(f"coverage.py: {error}", file=sys.stderr)
        sys.exit(2)
