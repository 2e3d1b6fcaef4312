#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
series-size.py LIMIT MAIL...: is each patch small enough to be read at once?
series-size.py --cases: does this notice what it shall?

Counts the lines that a patch adds, but for KUnit and selftests, which are read by themselves, and
for Documentation. Prints a line for each patch with more than LIMIT of them, or one for all.
"""

import os
import re
import sys

UNCOUNTED = re.compile(r"(^Documentation/|^tools/testing/|_kunit\.[ch]$)")


def added(mail):
    """Counted lines that a patch adds; @mail: its lines"""
    count, file = 0, None
    for line in mail:
        if line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        elif line.startswith("+") and file and not UNCOUNTED.search(file):
            count += 1
    return count


def patch(file, lines):
    """A mail that adds as many lines to a file"""
    return ["diff --git a/%s b/%s" % (file, file), "--- a/" + file, "+++ b/" + file,
            "@@ -1 +1,%d @@" % (lines + 1), " before"] + ["+a line"] * lines + ["-gone", "-- ", "signature"]


CASES = (
    # name, mail, counted lines
    ("a line is a line", patch("a.c", 1), 1),
    ("the message has none", ["+ a line of the message"] + patch("a.c", 1), 1),
    ("a patch of two files has the lines of both", patch("a.c", 2) + patch("b.h", 3), 5),
    ("KUnit does not count", patch("virt/caretaker/caretaker_kunit.c", 4), 0),
    ("a header of KUnit does not count", patch("arch/x86/kvm/caretaker/layout_kunit.h", 4), 0),
    ("a name that only has kunit in it counts", patch("kunit.c", 4), 4),
    ("selftests do not count", patch("tools/testing/selftests/kvm/x86/a.c", 4), 0),
    ("documentation does not count", patch("Documentation/virt/kvm/a.rst", 4), 0),
    ("another folder of that name counts", patch("virt/Documentation/a.c", 4), 4),
    ("what follows a test counts", patch("a_kunit.c", 4) + patch("a.c", 2), 2),
)


def cases():
    failed = [name for name, mail, count in CASES if added(mail) != count]
    for name in failed:
        print("FAILED  size: %s" % name)
    if not failed:
        print("ok      size: %d cases of what counts" % len(CASES))
    return 1 if failed else 0


def main(arguments):
    if arguments == ["--cases"]:
        return cases()
    if len(arguments) < 2 or not arguments[0].isdigit():
        print("usage: series-size.py LIMIT MAIL... | --cases", file=sys.stderr)
        return 2
    limit = int(arguments[0])
    sizes = {os.path.basename(mail): added(open(mail, encoding="utf-8")) for mail in arguments[1:]}
    large = {name: size for name, size in sizes.items() if size > limit}
    for name, size in large.items():
        print("FAILED  size: %s adds %d lines of %d at most, but for KUnit, selftests and Documentation"
              % (name, size, limit))
    if not large:
        print("ok      size: no patch adds more than %d lines but for KUnit, selftests and Documentation; "
              "most is %d" % (limit, max(sizes.values())))
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
