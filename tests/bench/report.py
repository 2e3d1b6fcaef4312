#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes of what was measured a table and a JSON file of rows.

    report.py OUT ROWS[,ROWS] LOAD EXITS...

An empty OUT, ROWS or LOAD is none.  ROWS has what evidence.py or signing.py wrote.  LOAD has lines "KIND BYTES INSTRUCTIONS" of tests/bench/load.c, EXITS (its name says of
which CPU) lines "exit WHAT MODE RUN INSTRUCTIONS" of exits.c.  NAME-wide is of the kernel
with the series, without a caretaker, and NAME-stock beside it of its base.  A row has name,
ours, peer, unit, ratio, goal and met.
"""
import collections
import json
import os
import sys


def row(name, ours, peer, unit, limit):
    ratio = ours / peer
    return {"name": name, "ours": ours, "peer": peer, "unit": unit, "ratio": round(ratio, 3),
            "goal": limit, "met": ratio <= limit}


def load_rows(measured):
    rows = []
    best = {kind: {size: min(runs) for size, runs in sizes.items()}
            for kind, sizes in measured.items()}
    ours, peer = best["caretaker"], best["module"]
    for size in sorted(set(ours) & set(peer)):
        rows.append(row(f"load {size // 1024} KiB: KVM_SET_CARETAKER : finit_module",
                        ours[size], peer[size], "instructions", 1.0))
    # Linear: a byte of a large file costs no more than a byte of a small one
    sizes = sorted(ours)
    mid = sizes[len(sizes) // 2]
    slope = [(ours[b] - ours[a]) / (b - a) for a, b in ((sizes[0], mid), (mid, sizes[-1]))]
    rows.append(row("load growth: upper half of the sizes : lower half", round(slope[1], 2),
                    round(slope[0], 2), "instructions a byte", 1.1))
    return rows


def read_load(path):
    measured = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in open(path):
        words = line.split()
        if len(words) == 3 and words[0] in ("caretaker", "module"):
            measured[words[0]][int(words[1])].append(int(words[2]))
    if not measured["caretaker"] or not measured["module"]:
        sys.exit(f"report.py: {path}: nothing was measured")
    return load_rows(measured)


# Of stock KVM's instructions: what a local answer may take, and a routed exit
CPUID_LOCAL = {"qemu-svm": 0.05, "bochs-svm": 0.10, "bochs-vmx": 0.11}
LOCAL = 0.15
ROUTED = 1.05
# Who has no caretaker pays nothing
WITHOUT = 1.00
# A leaf further down in the table, instructions over leaf 1
FURTHER = 15


def goal(emulator, what):
    if what.startswith("cpuid-local"):
        return CPUID_LOCAL[emulator]
    return LOCAL if "-local" in what else ROUTED


def read_costs(path):
    """Instructions a round, less those of a round in which nothing exits, by what and who"""
    runs, count = collections.defaultdict(list), 0
    for line in open(path):
        words = line.split()
        if words[:2] == ["exit", "count"]:
            count = int(words[2])
        elif words[:1] == ["exit"]:
            runs[words[1], words[2]].append(int(words[4]))
    if not count or not runs:
        sys.exit(f"report.py: {path}: nothing was measured")
    return {key: (min(value) - min(runs["nothing", key[1]])) / count
            for key, value in runs.items()}


def read_without(path):
    rows, base = [], read_costs(path.removesuffix("-wide") + "-stock")
    for (what, who), ours in read_costs(path).items():
        if what == "nothing":
            continue
        emulator = os.path.basename(path).removesuffix("-wide")
        rows.append(row(f"without {emulator}: {what.split('-')[0]}, series : base", round(ours),
                        round(base[what, who]), "instructions", WITHOUT))
    return rows


def read_exits(path):
    cost, rows = read_costs(path), []
    for (what, who), ours in cost.items():
        if what == "nothing" or who == "stock":
            continue
        emulator = os.path.basename(path)
        rows.append(row(f"exit {emulator}: {what}, {who} : stock", round(ours),
                        round(cost[what, "stock"]), "instructions", goal(emulator, what)))
        if what.startswith("cpuid-local-0x") and ("cpuid-local", who) in cost:
            rows.append(row(f"exit {emulator}: {what}, {who}, over leaf 1 : {FURTHER}",
                            round(ours - cost["cpuid-local", who]), FURTHER, "instructions", 1.0))
    return rows


def main():
    out, made, load, *exits = sys.argv[1:]
    rows = []
    for path in filter(None, made.split(",")):
        with open(path) as file:
            rows += json.load(file)
    if load:
        rows += read_load(load)
    for path in exits:
        rows += read_without(path) if path.endswith("-wide") else read_exits(path)
    print(f"{'':62} {'ours':>12} {'peer':>12} {'ratio':>7} {'goal':>6}")
    for r in rows:
        print(f"{r['name']:62} {r['ours']:>12} {r['peer']:>12} {r['ratio']:>7.2f} "
              f"{r['goal']:>6.2f} {'met' if r['met'] else 'MISSED'}")
    print("Instructions are those that emulators count, the least of several runs; no cycles: what a CPU takes to load")
    print("CR3 and to leave and enter a guest is not in them.")
    if out:
        with open(out, "w") as file:
            json.dump({"rows": rows}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
