#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
A lie: an IMA log that begins with the last kernel's own first record, as a list would that
came through no kexec buffer.

    kexec_lie.py IMA-LOG

Changes the file.
"""
import sys

import alter


def main():
    path, = sys.argv[1:]
    with open(path, "rb") as file:
        log = file.read()
    _, found = alter.parse(log)
    starts = [digest_at - 4 for digest_at, at, length in found
              if log.find(b"boot_aggregate", at, at + length) >= 0]
    if len(starts) < 2:
        sys.exit("kexec_lie.py: the IMA log is of one kernel")
    with open(path, "wb") as file:
        file.write(log[starts[-1]:])


if __name__ == "__main__":
    main()
