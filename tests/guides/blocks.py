#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The shell blocks of a guide as one script: blocks.py PAGE [WHERE [N]]; or which there are: blocks.py --list PAGE

Those that begin with ```sh, or with ```sh WHERE (a guide names other places than the machine that it is
read on: "host"), or, for WHERE "console", with ```console: what is pressed at a host's console, and no script
(tests/vm/mok_manager.py); of these the Nth alone, if N is given.  Each line has the number that it has in the page, and loses the indentation of its block.
In place of the line that ends a block stands one that writes the number of its first to the file GUIDE_RAN, so that a block
which an earlier one has left out by `exit` or `return` is missed. The list has a line "NUMBER WHERE" for each block ("-": no place is named).
A block that begins otherwise is an error: nobody would run it.
"""
import sys

KINDS = {("sh",): [], ("sh", "host"): ["host"], ("console",): ["console"]}


def blocks(lines):
    """(number of its first line, place, [(number, text)]) of each"""
    found, indent = [], None
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if indent is None:
            if not text.startswith("```"):
                continue
            words = tuple(text[3:].split())
            if words not in KINDS:
                sys.exit(f"{number}: a block that begins with \"{text}\", which nobody runs")
            indent = len(line) - len(line.lstrip())
            found.append((number, KINDS[words], []))
        elif text == "```":
            if found[-1][1] != ["console"]:
                found[-1][2].append((number, f'echo {found[-1][0]} >>"$GUIDE_RAN"'))
            indent = None
        else:
            if line[:indent].strip():
                sys.exit(f"{number}: less indentation than the block")
            found[-1][2].append((number, line[indent:]))
    if indent is not None:
        sys.exit("a block does not end")
    return found


def main():
    listed = sys.argv[1] == "--list"
    page, where = sys.argv[2 if listed else 1], sys.argv[2:3]
    only = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with open(page, encoding="utf-8") as file:
        lines = file.read().split("\n")
    found = blocks(lines)
    if listed:
        for number, place, _ in found:
            print(number, *(place or ["-"]))
        return
    taken = [block for block in found if block[1] == where]
    if len(taken) < max(only, 1):
        sys.exit(f"{page}: no block for {where[0] if where else 'here'}")
    out = [""] * len(lines)
    for _, _, content in taken[only - 1:only] if only else taken:
        for number, text in content:
            out[number - 1] = text
    print("\n".join(out))


if __name__ == "__main__":
    main()
