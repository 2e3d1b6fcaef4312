#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
mutation_texts.py LIST: does each text of a list of mutations occur exactly once in its file, and does
a patch still apply, whose hunks say how many lines they have?

The format is that of mutations.list; mutate.sh says the same, but builds a kernel for each line.
One line for the list, "ok" or "FAILED" with what is wrong.  Exit status 1 if something is.
"""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def plain(text):
    return text.replace(r"\n", "\n").replace(r"\t", "\t").replace(r"\p", "|")


def wrong(line):
    """What is wrong with a line, or None"""
    field = line.split("|")
    if len(field) != 5:
        return "%d fields" % len(field)
    path, old, new = field[0], plain(field[1]), plain(field[2])
    if old == new:
        return "changes nothing"
    if path.endswith(".patch") and old.count("\n") != new.count("\n"):
        return "a hunk would have another number of lines"
    try:
        with open(os.path.join(ROOT, path)) as f:
            count = f.read().count(old)
    except OSError as error:
        return str(error)
    return "the text occurs %d times" % count if count != 1 else None


def main():
    if len(sys.argv) != 2:
        print("usage: mutation_texts.py LIST", file=sys.stderr)
        return 2
    with open(sys.argv[1]) as f:
        lines = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    bad = [(line.rpartition("|")[2], why) for line in lines for why in [wrong(line)] if why]
    if not lines:
        bad = [("there are none", "0 lines")]
    for what, why in bad:
        print("FAILED  mutations: %s: %s" % (what, why))
    if not bad:
        print("ok      mutations: each of %d texts is there once" % len(lines))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
