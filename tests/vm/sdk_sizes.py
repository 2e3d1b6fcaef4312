#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The header of the payload SDK as a kernel of another size would have it.

    sdk_sizes.py smaller|larger|too-large < HEADER > HEADER

"smaller" has lost the last member of each structure but the note, or half of it where that is a
table of counters, "larger" has got one more in each, and "too-large" more in the configuration than a slot has room for.
"""
import re
import sys

STRUCTURES = ("note", "ccb", "switch", "config", "telemetry")


def change(text, name, to):
    """@to makes other members of those that struct caretaker_NAME has."""
    head = re.compile(r"(struct caretaker_%s \{\n)(.*?)(\n\};)" % name, re.S)
    text, count = head.subn(lambda m: m[1] + to(m[2]) + m[3], text)
    if count != 1:
        sys.exit(f"sdk_sizes.py: struct caretaker_{name} is there {count} times")
    return text


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("smaller", "larger", "too-large"):
        sys.exit(__doc__)
    text = re.sub(r"^__caretaker_size\(.*\n", "", sys.stdin.read(), flags=re.M)
    for name in STRUCTURES:
        if sys.argv[1] == "larger":
            text = change(text, name, lambda members: members + "\n\t__u64 later;")
        elif sys.argv[1] == "smaller" and name == "telemetry":
            text = change(text, name, lambda members: re.sub(r"\];\Z", " / 2];", members))
        elif sys.argv[1] == "smaller" and name != "note":
            text = change(text, name, lambda members: members.rpartition("\n")[0])
    if sys.argv[1] == "too-large":
        text = change(text, "config", lambda members: members + "\n\t__u64 later[1024];")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
