#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes of what was measured a table and a JSON file of rows.

    report.py OUT EVIDENCE LOAD EXITS...

EVIDENCE has rows of evidence.py.  LOAD has lines "KIND BYTES INSTRUCTIONS" of tests/bench/load.c, EXITS (its name says of
which CPU) lines "exit WHAT MODE RUN INSTRUCTIONS" of exits.c.  A row has name, ours,
peer, unit, ratio, goal and met.
"""
import collections
import json
import os
import sys


def row(name, ours, peer, unit, goal):
    ratio = ours / peer
    return {"name": name, "ours": ours, "peer": peer, "unit": unit, "ratio": round(ratio, 3),
            "goal": goal, "met": ratio <= goal}


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


# Of stock KVM's instructions: what a local answer may take, and what routing may add
GOALS = {("local", "shared"): 0.15, ("local", "isolated"): 0.15,
         ("routed", "shared"): 1.10, ("routed", "isolated"): 1.20}


def read_exits(path):
    """Instructions a round, less those of a round in which nothing exits."""
    runs, count, rows = collections.defaultdict(list), 0, []
    for line in open(path):
        words = line.split()
        if words[:2] == ["exit", "count"]:
            count = int(words[2])
        elif words[:1] == ["exit"]:
            runs[words[1], words[2]].append(int(words[4]))
    if not count or not runs:
        sys.exit(f"report.py: {path}: nothing was measured")
    cost = {key: (min(value) - min(runs["nothing", key[1]])) / count
            for key, value in runs.items()}
    for (what, who), ours in cost.items():
        if what == "nothing" or who == "stock":
            continue
        rows.append(row(f"exit {os.path.basename(path)}: {what}, {who} : stock", round(ours),
                        round(cost[what, "stock"]), "instructions",
                        GOALS[what.split("-")[1], who]))
    return rows


def main():
    out, evidence, load, *exits = sys.argv[1:]
    with open(evidence) as file:
        rows = json.load(file)
    rows += read_load(load)
    for path in exits:
        rows += read_exits(path)
    print(f"{'':62} {'ours':>12} {'peer':>12} {'ratio':>7} {'goal':>6}")
    for r in rows:
        print(f"{r['name']:62} {r['ours']:>12} {r['peer']:>12} {r['ratio']:>7.2f} "
              f"{r['goal']:>6.2f} {'met' if r['met'] else 'MISSED'}")
    print("Instructions are those that emulators count, the least of several runs; no cycles: what a CPU takes to load")
    print("CR3 and to leave and enter a guest is not in them.")
    with open(out, "w") as file:
        json.dump({"rows": rows}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
