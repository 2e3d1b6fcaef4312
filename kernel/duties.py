#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
duties.py [--write] BASE: are the functions of the base that arch/x86/kvm/caretaker/duties.h speaks of
as they were when it was written?

duties.list beside this file has a line for each: its file, its name, and the first 16 digits of the
SHA-256 of its text without comments and with each run of white space as one space.  The table of
duties.h and the list must name the same functions.  --write writes the digests anew: look at
what has changed, and mend the table first.
One line a check, "ok" or "FAILED"; ends with "N passed, N failed".  Exit status 1 if one failed.
"""
import hashlib
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, "duties.list")
TABLE = os.path.join(HERE, "tree/arch/x86/kvm/caretaker/duties.h")


class Unable(Exception):
    pass


def body(source, name):
    """The text of a function that begins and ends in the first column"""
    found = re.findall(r"^(?![ \t#/*}]).*\b%s\([^;{]*\)\n\{\n.*?^\}$" % re.escape(name), source, re.M | re.S)
    if len(found) != 1:
        raise Unable("it is there %d times" % len(found))
    return found[0]


def digest(text):
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def entries():
    with open(LIST) as f:
        lines = [line.split() for line in f if line.strip() and not line.startswith("#")]
    if not lines or any(len(line) != 3 for line in lines):
        raise Unable("%s: not three words in each line" % LIST)
    return lines


def headings():
    """What the table speaks of: at the begin of a line, with a colon or a comma behind the last"""
    with open(TABLE) as f:
        lines = re.findall(r"^ \* ((?:\w+\(\),? ?)+.*?):$|^ \* (vcpu_enter_guest\(\)),", f.read(), re.M)
    return {name for pair in lines for name in re.findall(r"(\w+)\(\)", "".join(pair))}


def main():
    write = sys.argv[1:2] == ["--write"]
    if len(sys.argv) != 2 + write:
        print("usage: duties.py [--write] BASE", file=sys.stderr)
        return 2
    base, passed, failed, new = sys.argv[-1], 0, 0, []

    def check(name, why):
        nonlocal passed, failed
        print("FAILED  duties: %s: %s" % (name, why) if why else "ok      duties: " + name)
        passed, failed = passed + (not why), failed + bool(why)

    listed = entries()
    for path, name, old in listed:
        why, now = None, old
        try:
            with open(os.path.join(base, path)) as f:
                text = body(f.read(), name)
            now = digest(text)
            # Would it be noticed?
            if digest(text[:-1] + "return;\n}") == now:
                why = "a change is not noticed"
            elif now != old and not write:
                why = "is another than duties.h was written for (%s): look, then duties.py --write" % now
        except (OSError, Unable) as error:
            why = str(error)
        new.append("%s %s %s\n" % (path, name, now))
        check(name, why)
    odd = headings() ^ {name for _, name, _ in listed}
    check("table and list are of the same functions", ", ".join(sorted(odd)))
    if write:
        with open(LIST) as f:
            head = [line for line in f if line.startswith("#")]
        with open(LIST, "w") as f:
            f.writelines(head + new)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, Unable) as error:
        print("duties.py: %s" % error, file=sys.stderr)
        sys.exit(3)
