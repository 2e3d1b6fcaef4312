# SPDX-License-Identifier: GPL-2.0-only
"""
What looks at built code with binutils: payload/lint.py, kernel/trampoline-check.py, kernel/park-check.py.
"""
import collections
import os
import re
import subprocess
import tempfile

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


def define(path, name):
    """The value of a number that a header defines"""
    with open(path) as header:
        match = re.search(r"^#define %s\s+(\w+)" % name, header.read(), re.M)
    if not match:
        raise Unable("%s is not in %s" % (name, path))
    return int(match.group(1), 0)


def abi(name):
    """The value of CARETAKER_NAME in <asm/caretaker_payload.h>"""
    return define(HEADER, "CARETAKER_" + name)


def symbols(path, prefix):
    """Those of an object whose names begin so: value and section of each"""
    found = {}
    for line in run("readelf", "-sW", path).splitlines():
        field = line.split()
        if len(field) == 8 and field[7].startswith(prefix):
            found[field[7]] = int(field[1], 16), field[6]
    return found


def cut(path, first, last):
    """The bytes of an object from one symbol to another, and where in them relocations are"""
    (start, section), (end, _) = first, last
    header = re.search(r"^ *\[ *%s\] (\S+) +\S+ +\S+ (\S+)" % section, run("readelf", "-SW", path), re.M)
    if not header:
        raise Unable("%s: the symbols are in section %s" % (path, section))
    with open(path, "rb") as f:
        f.seek(int(header.group(2), 16) + start)
        code = f.read(end - start)
    relocations = []
    for part in run("readelf", "-rW", path).split("Relocation section ")[1:]:
        if part.startswith("'.rela%s'" % header.group(1)):
            relocations += [int(at, 16) - start for at in re.findall(r"^([0-9a-f]+) +[0-9a-f]+ +R_\w+", part, re.M)
                            if start - 8 < int(at, 16) < end]
    return code, relocations


Instruction = collections.namedtuple("Instruction", "address size name operands")


def disassemble(code, base):
    """Code that runs at an address, from the first byte to the last"""
    with tempfile.NamedTemporaryFile() as f:
        f.write(code)
        f.flush()
        text = run("objdump", "-D", "-w", "-z", "-b", "binary", "-m", "i386:x86-64",
                   "--adjust-vma=%d" % base, f.name)
    found = []
    for line in text.splitlines():
        field = line.split("\t")
        if len(field) == 3 and re.match(r" *[0-9a-f]+:$", field[0]):
            name, _, operands = field[2].partition(" ")
            found.append(Instruction(int(field[0].strip(" :"), 16), len(field[1].split()), name,
                                     operands.strip()))
    if sum(i.size for i in found) != len(code):
        raise Unable("objdump does not give all of it")
    return found


def show(i):
    return "%x: %s %s" % (i.address, i.name, i.operands)


def branch_target(i):
    """Where a direct branch goes; None if it is none"""
    match = re.match(r"0x([0-9a-f]+)$", i.operands)
    return int(match.group(1), 16) if match and re.match(r"(j[a-z]+|call)$", i.name) else None
