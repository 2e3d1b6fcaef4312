#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes of what was measured a table and a JSON file of rows.

    report.py MEASURED OUT

MEASURED has lines "KIND BYTES INSTRUCTIONS" of tests/bench/load.c.  A row has name,
ours, peer, unit, ratio, goal and met; exit status 1 if a goal is missed.
"""
import collections
import json
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


def main():
    measured = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in open(sys.argv[1]):
        words = line.split()
        if len(words) == 3 and words[0] in ("caretaker", "module"):
            measured[words[0]][int(words[1])].append(int(words[2]))
    if not measured["caretaker"] or not measured["module"]:
        sys.exit("report.py: nothing was measured")
    rows = load_rows(measured)
    print(f"{'':62} {'ours':>12} {'peer':>12} {'ratio':>7} {'goal':>6}")
    for r in rows:
        print(f"{r['name']:62} {r['ours']:>12} {r['peer']:>12} {r['ratio']:>7.2f} "
              f"{r['goal']:>6.2f} {'met' if r['met'] else 'MISSED'}")
    print("Instructions of QEMU's emulation of an AMD CPU, the least of several runs; no cycles.")
    with open(sys.argv[2], "w") as out:
        json.dump({"rows": rows}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
