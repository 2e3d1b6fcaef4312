#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The shell blocks of a guide as one script: blocks.py PAGE [WHERE [N]]

Those that begin with ```sh, or with ```sh WHERE (a guide names other places than the machine that it is
read on: "host"); of these the Nth alone, if N is given.  Each line has the number that it has in the page, and loses the indentation of its block.
"""
import sys


def blocks(lines, opening, only):
    """A line for each of the page; empty outside of the blocks, and how many blocks there are."""
    out, found, indent = [], 0, None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if indent is None:
            inside = ""
            if text.startswith("```"):
                indent = len(line) - len(line.lstrip())
                taken = text[3:].split() == opening
                found += taken
        elif text == "```":
            inside, indent = "", None
        else:
            if line[:indent].strip():
                sys.exit(f"{number}: less indentation than the block")
            inside = line[indent:] if taken else ""
        out.append(inside if only in (0, found) else "")
    if indent is not None:
        sys.exit("a block does not end")
    return out, found


def main():
    page, where, only = sys.argv[1], sys.argv[2:3], int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with open(page, encoding="utf-8") as file:
        out, found = blocks(file.read().split("\n"), ["sh"] + where, only)
    if found < max(only, 1):
        sys.exit(f"{page}: no block of {' '.join(['sh'] + where)}")
    print("\n".join(out))


if __name__ == "__main__":
    main()
