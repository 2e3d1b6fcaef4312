#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What was last seen of the long checks, as a page: long_page.py FOLDER PAGE

FOLDER holds the stamps of tests/stamp.sh. PAGE is written anew; a row that it has already
stays if FOLDER knows nothing of that piece, so that results from elsewhere are not lost.
"""
import os
import re
import sys

HEAD = """# What the long checks said last

Made by `make long-page` from `build/long`, which `make check-long` fills; not written by hand.
"Files" is the beginning of a hash of the files that the piece depends on: the same hash, the same code.

| piece | result | day | seconds, and of CPU | files |
| --- | --- | --- | --- | --- |
"""


def row_of(path):
    with open(path, encoding="utf-8") as stamp:
        key, result, day, cost, name = (stamp.read().split("\n") + [""] * 5)[:5]
    seconds = ", ".join(re.findall(r"(\d+) s", cost)[-2:])
    return name, f"| {name} | {result} | {day} | {seconds} | {key[:12]} |"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    folder, page = sys.argv[1:]
    rows = {}
    if os.path.exists(page):
        with open(page, encoding="utf-8") as old:
            for line in old:
                name = line.split("|")[1].strip() if line.startswith("| ") else ""
                if name not in ("", "piece", "---"):
                    rows[name] = line.rstrip("\n")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and "." not in name:
            piece, row = row_of(path)
            # Of two hundred mutations the sum has a row
            if not piece.startswith("kernel mutations/"):
                rows[piece] = row
    with open(page, "w", encoding="utf-8") as out:
        out.write(HEAD + "".join(rows[name] + "\n" for name in sorted(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
