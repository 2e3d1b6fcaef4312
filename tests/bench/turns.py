# SPDX-License-Identifier: GPL-2.0-only
"""
Two commands in turn, and the median of the ratios of what they cost.
"""
import os
import statistics
import subprocess
import sys
import time

RUNS = 5
CLOSE_RUNS = 15     # where the two take about the same, and noise is as large as the difference


def measure(command, want=0, wall=False):
    """(seconds, standard output) of a command that ends with that status: of CPU, user and
    system, or of the clock."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    clock = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != want:
        sys.exit(f"{sys.argv[0]}: {' '.join(command)}: status {status}")
    return clock if wall else usage.ru_utime + usage.ru_stime, out


def in_turn(name, ours, peer, goal, check=None, want=0, runs=RUNS, wall=False, times=1, before=None):
    """A row.  @check: whether the two came to the same; @want: exit status of ours; @times: how
    often the peer does in a run what ours does once; @before: called before each."""
    ratios, mine, others = [], [], []
    for run in range(runs + 1):
        if before:
            before()
        a, seen = measure(ours, want, wall)
        if before:
            before()
        b, wanted = measure(peer, 0, wall)
        b /= times
        if check and not check(seen, wanted):
            sys.exit(f"{sys.argv[0]}: {name}: the two do not agree")
        if run:     # the first fills caches
            ratios.append(a / b)
            mine.append(a)
            others.append(b)
    ratio = statistics.median(ratios)
    return {"name": name, "ours": round(statistics.median(mine), 3),
            "peer": round(statistics.median(others), 3), "unit": "s" if wall else "s of CPU",
            "ratio": round(ratio, 3), "goal": goal, "met": ratio <= goal}
