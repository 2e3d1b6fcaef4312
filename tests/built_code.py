# SPDX-License-Identifier: GPL-2.0-only
"""
What looks at built code with binutils: payload/lint.py, kernel/trampoline-check.py, kernel/park-check.py.
"""
import os
import re
import subprocess

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HEADER = ROOT + "/kernel/tree/arch/x86/include/asm/caretaker_payload.h"


class Unable(Exception):
    """The check could not be made."""


def run(*command):
    """Its standard output; Unable if it fails"""
    result = subprocess.run(command, capture_output=True, text=True,
                            env={**os.environ, "LC_ALL": "C"})
    if result.returncode:
        raise Unable("%s: %s" % (command[0], result.stderr.strip()))
    return result.stdout


def abi(name):
    """The value of CARETAKER_NAME in <asm/caretaker_payload.h>"""
    with open(HEADER) as header:
        match = re.search(r"^#define CARETAKER_%s\s+(\w+)" % name, header.read(), re.M)
    if not match:
        raise Unable("CARETAKER_%s is not in %s" % (name, HEADER))
    return int(match.group(1), 0)
