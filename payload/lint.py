#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
lint.py BUILD [TOOL]: what must hold of the code in BUILD/caretaker.elf.

What holds for every payload is decided by the lint of `caretaker inspect`, the one
that `caretaker sign` asks; TOOL is that command, build/caretaker if not given.  What
holds for ours is here: it needs the sources' order, the symbols and the compiler's
stack-usage files (*.su).
One line a rule, "ok" or "FAILED"; exit status 0 if all hold, 1 if one is broken,
3 if the check could not be made.  docs/payload.md says why each rule is there.
"""
import collections
import glob
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, ROOT + "/tests")
from built_code import Unable, abi, run  # noqa: E402

VMRUN = b"\x0f\x01\xd8"
ENDBR64 = b"\xf3\x0f\x1e\xfa"

# Five words by the CPU, three by the stub in the trampoline, and alignment
NMI_FRAME = 8 * 8 + 8

GUEST_REGISTERS = "rcx rdx rbx rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()

# What payload/plain.h works with
SHORT_WAY = {"rax", "rcx"}

# What payload/fast_cpuid.h works with: where a CPUID's answer goes
FAST_CPUID = {"rax", "rbx", "rcx", "rdx"}

# The two ways from the guest into C: functions of the assembly, where hardware comes out, the registers that it
# does not keep, what the labels begin with, the functions in C by the labels before them,
# where the guest is entered again with the registers that it is to have
Way = collections.namedtuple("Way", "functions left registers prefix handlers enter")
WAYS = (
    Way(("caretaker_entry", "svm_left"), "svm_vmrun", GUEST_REGISTERS, "svm",
        {"svm_long": "svm_exit", "svm_gap": "svm_gap_enter"}, "svm_run"),
    Way(("vmx_left",), "vmx_left", GUEST_REGISTERS + ["rax"], "vmx",
        {"vmx_long": "vmx_exit", "vmx_rdmsr_long": "vmx_exit_rdmsr"}, "vmx_enter"),
)

Instruction = collections.namedtuple("Instruction", "address code name operands")


class Payload:
    def __init__(self, build, tool):
        self.build = build
        self.tool = tool
        self.elf = os.path.join(build, "caretaker.elf")
        self.symbols = {}       # name -> address
        self.functions = []     # (address, name), sorted
        self.text = []          # Instruction, in order
        self._read_symbols()
        self._read_text()
        self.code = b"".join(i.code for i in self.text)
        self.entry = int(re.search(r"Entry point address:\s+(\w+)",
                                   run("readelf", "-hW", self.elf)).group(1), 16)

    def _read_symbols(self):
        for line in run("readelf", "-sW", self.elf).splitlines():
            field = line.split()
            if len(field) == 8 and field[0].rstrip(":").isdigit() and field[6] != "UND":
                self.symbols[field[7]] = int(field[1], 16)
                if field[3] == "FUNC":
                    self.functions.append((int(field[1], 16), field[7]))
        self.functions.sort()

    def _read_text(self):
        for line in run("objdump", "-dw", "-j", ".text", self.elf).splitlines():
            field = line.split("\t")
            if not re.match(r" *[0-9a-f]+:$", field[0]) or len(field) < 2:
                continue
            name, operands = "(bad)", ""
            if len(field) > 2:
                name, _, operands = field[2].partition(" ")
            self.text.append(Instruction(int(field[0].strip(" :"), 16),
                                         bytes.fromhex(field[1].replace(" ", "")),
                                         name, operands.strip()))
        if not self.text:
            raise Unable("no code in " + self.elf)

    def function_of(self, address):
        inside = [name for start, name in self.functions if start <= address]
        return inside[-1] if inside else None

    def in_entry(self, address, functions=()):
        """In the assembly, or in some functions of it"""
        return self.function_of(address) in (functions or sum((way.functions for way in WAYS), ()))

    def at(self, address):
        for i in self.text:
            if i.address == address:
                return i
        return None


def show(i):
    return "%x: %s %s" % (i.address, i.name, i.operands)


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def branch_target(i):
    """Where a direct branch goes, in the image's addresses; None if no branch."""
    if not re.match(r"(j[a-z]+|call)$", i.name):
        return None
    match = re.match(r"([0-9a-f]+)( <|$)", i.operands)
    return signed(int(match.group(1), 16)) if match else None


def memory_target(i):
    """The address of a RIP-relative operand, None if there is none."""
    match = re.search(r"\(%rip\).*# ([0-9a-f]+)", i.operands)
    return signed(int(match.group(1), 16)) if match else None


# --- Rules: each yields what breaks it -------------------------------------------


def nothing_is_found(p):
    """Instructions, operands, branches, hidden bytes: signing/lint_rules.c has the rules."""
    report = json.loads(run(p.tool, "inspect", "--json", p.elf))["lint"]
    for finding in report["findings"]:
        yield "%(address)x: %(instruction)s: %(rule)s: %(text)s" % finding
    if report["count"] > len(report["findings"]) or report["clean"] == bool(report["findings"]):
        yield "%d findings" % report["count"]


def ways_out(p):
    """The lint takes jumps to the trampoline's entries anywhere; ours has them in assembly."""
    trampoline = abi("TRAMPOLINE") - abi("IMAGE")
    names = {trampoline + abi("TRAMPOLINE_" + name): name for name in ("ENTER", "ROUTE")}
    found = [i for i in p.text if branch_target(i) in names]
    yield from (show(i) for i in found if i.name != "jmp")
    leaving = sorted((p.function_of(i.address), names[branch_target(i)]) for i in found)
    if leaving != [("caretaker_entry", "ROUTE"), ("svm_left", "ROUTE"),
                   ("vmx_left", "ENTER"), ("vmx_left", "ROUTE")]:
        yield "jumps to the trampoline: %s" % leaving


def one_vmrun(p):
    if p.code.count(VMRUN) != 1:
        yield "%d" % p.code.count(VMRUN)


def entered_on_intel(p):
    """At a fixed distance behind the entry point, where hardware goes to"""
    if p.symbols["vmx_left"] - p.entry != abi("ENTRY_INTEL"):
        yield "vmx_left is at %x" % p.symbols["vmx_left"]


def two_landing_places(p):
    found = [i.address for i in p.text if i.name == "endbr64"]
    if found != [p.entry, p.entry + abi("ENTRY_GAP")] or p.code.count(ENDBR64) != 2:
        yield "%d ENDBR64: %s" % (p.code.count(ENDBR64), " ".join("%x" % at for at in found))


def entry_code(p, way):
    return [i for i in p.text if p.in_entry(i.address, way.functions)]


def each_way(rule):
    def both(p):
        for way in WAYS:
            yield from ("%s: %s" % (way.prefix, broken) for broken in rule(p, way))
    return both


def no_returns(p):
    """What the guest trained the return predictor to do is never asked."""
    yield from (show(i) for i in p.text if re.match(r"(ret|call|iret|lret|lcall|enter|leave)", i.name))


def from_label(p, way, label):
    """The assembly from a label on, up to the first jump"""
    for i in entry_code(p, way):
        if i.address >= p.symbols[label]:
            yield i
            if i.name == "jmp":
                return


def restored_by(p, way, label):
    """The registers that are loaded right before the jump, or behind the label, and from where"""
    found = {}
    for i in from_label(p, way, label):
        load = re.match(r"-?0x[0-9a-f]+\(%rip\),%(r\w+)\b", i.operands)
        if i.name == "mov" and load:
            found[load.group(1)] = memory_target(i)
    return found


def full(register):
    """The 64-bit register that another is a part of"""
    if register in ("al", "cl", "dl", "bl"):
        return "r" + register[0] + "x"
    return register.rstrip("d") if register[1].isdigit() else "r" + register[-2:]


@each_way
def short_way_keeps_registers(p, way):
    """All of it works with what it has saved first, and gives that back."""
    saved = {}
    line = [i for i in entry_code(p, way) if i.address >= p.symbols[way.left] and i.name != "vmrun"]
    for i in line:
        save = re.match(r"%(\w+),-?0x[0-9a-f]+\(%rip\)", i.operands)
        if i.name != "mov" or not save:
            break
        saved[save.group(1)] = memory_target(i)
    if set(saved) != set(way.registers) & SHORT_WAY:
        yield "saved: " + " ".join(sorted(saved))
    if restored_by(p, way, way.prefix + "_plain") != saved:
        yield "restored: %s, or from other places" % " ".join(restored_by(p, way, way.prefix + "_plain"))
    ends = min(p.symbols[way.prefix + label] for label in ("_answered", "_routed")
               if p.symbols[way.prefix + label] > p.symbols[way.left])
    long_way = {i.address for label in way.handlers for i in from_label(p, way, label)}
    for i in line:
        written = re.search(r"%(\w+)$", i.operands.split("#")[0].strip())
        fast = p.symbols[way.prefix + "_cpuid"] <= i.address < p.symbols[way.prefix + "_cpuid_end"]
        if i.address < ends and i.address not in long_way and written and \
                not re.match(r"j|cmp|test|bt$|vmwrite", i.name) and \
                full(written.group(1)) not in (FAST_CPUID if fast else SHORT_WAY):
            yield show(i)


@each_way
def fast_cpuid_keeps_registers(p, way):
    """It saves what it writes, has that back where it gives up, and else goes into the guest."""
    start, slow, end = (p.symbols[way.prefix + label] for label in ("_cpuid", "_cpuid_slow", "_cpuid_end"))
    early = {p.symbols[way.prefix + label] for label in ("_plain", "_long")}
    code = [i for i in entry_code(p, way) if start <= i.address < slow]
    saved = {}
    for i in code[5:]:              # behind the reason, and two looks at the flags
        save = re.match(r"%(\w+),-?0x[0-9a-f]+\(%rip\)", i.operands)
        if i.name != "mov" or not save:
            break
        saved[save.group(1)] = memory_target(i)
    if set(saved) != FAST_CPUID - SHORT_WAY:
        yield "saved: " + " ".join(sorted(saved))
    restored = {}
    for i in (i for i in entry_code(p, way) if slow <= i.address < end):
        load = re.match(r"-?0x[0-9a-f]+\(%rip\),%(r\w+)\b", i.operands)
        if not load:
            break
        restored[load.group(1)] = memory_target(i)
    if restored != saved:
        yield "restored: %s, or from other places" % " ".join(sorted(restored))
    out = {p.symbols[way.enter], slow}
    for k, i in enumerate(code):
        target = branch_target(i)
        if target is not None and not start <= target < slow and target not in (early if k < 5 else out):
            yield show(i)
    if code[-1].name != "int3" or code[-2].name != "jmp":
        yield "it does not end by a jump"


def is_exit_code(i):
    """It is read once more, into RAX: not on every way to C is it there still."""
    return (i.name == "vmread" and i.operands == "%rax,%rax" or
            i.name == "mov" and bool(re.match(r"(\$0x[0-9a-f]+,%eax|-?0x[0-9a-f]+\(%rip\),%rax)", i.operands)))


def saved_on_the_way(p, way, label):
    """From a label to C in a straight line.  Yields what is wrong, returns where each is saved."""
    saved = restored_by(p, way, way.prefix + "_plain")
    cleared = {"rax", "rcx"}        # the code and the reason
    for i in from_label(p, way, label):
        save = re.match(r"%(\w+),-?0x[0-9a-f]+\(%rip\)", i.operands)
        clear = re.match(r"%(\w+),%(\w+)$", i.operands)
        if i.name == "mov" and save:
            saved[save.group(1)] = memory_target(i)
        elif i.name == "xor" and clear and clear.group(1) == clear.group(2):
            cleared.add(full(clear.group(1)))
        elif i.name == "mov" and clear and full(clear.group(1)) in ("rax", "rcx"):
            cleared.add(full(clear.group(2)))
        elif is_exit_code(i):
            continue
        elif branch_target(i) != p.symbols[way.handlers[label]]:
            yield "not a straight line to %s: %s" % (way.handlers[label], show(i))

    regs = p.symbols["caretaker_ccb"] + 0x40
    if sorted(saved) != sorted(way.registers) or len(set(saved.values())) != len(saved):
        yield "saved: " + " ".join(sorted(saved))
    if any(not regs <= place < regs + 128 for place in saved.values()):
        yield "saved outside of ccb.regs"
    if set(way.registers) - cleared:
        yield "not cleared: " + " ".join(sorted(set(way.registers) - cleared))
    return saved


@each_way
def registers_are_kept(p, way):
    """Saved on each way to C and cleared, restored on both ways out."""
    places = []
    for label in way.handlers:
        places.append((yield from saved_on_the_way(p, way, label)))
    saved = places[0]
    if any(place != saved for place in places):
        yield "saved in another place on another way"
    for label in ("_answered", "_routed"):
        restored, at = {}, p.symbols[way.prefix + label]
        for i in p.text:
            restore = re.match(r"-?0x[0-9a-f]+\(%rip\),%(\w+)", i.operands)
            if i.address < at:
                continue
            if i.name == "jmp" and branch_target(i) == p.symbols["svm_routed"]:
                restored.update(restored_by(p, WAYS[0], "svm_routed"))
            if i.name != "mov" or not restore:
                break
            restored[restore.group(1)] = memory_target(i)
        if restored != saved:
            yield "restored at %s: %s, or from other places" % (label[1:], " ".join(sorted(restored)))


def verw_is_last(p):
    """VERW, if it is asked for, stands right before VMRUN, or the jump to VMRESUME."""
    enter = abi("TRAMPOLINE") + abi("TRAMPOLINE_ENTER") - abi("IMAGE")
    after = [p.text[k + 1] for k, i in enumerate(p.text) if i.name == "verw"]
    if len(after) != 2 or after[0].name != "vmrun" or branch_target(after[1]) != enter:
        yield "behind VERW: " + ", ".join(show(i) for i in after)


def stack_usage(p):
    usage = {}
    for path in glob.glob(os.path.join(p.build, "*.su")):
        with open(path) as lines:
            for line in lines:
                where, size, kind = line.rstrip("\n").split("\t")
                name = where.split(":")[-1].split(".")[0]
                if kind != "static":
                    raise Unable("%s: stack of %s is %s" % (path, name, kind))
                usage[name] = max(usage.get(name, 0), int(size))
    return usage


def stack_suffices(p):
    """Nothing is called, so it is the largest frame; and the NMI's, with what its stub pushes."""
    usage = stack_usage(p)
    limit = abi("STACK_SIZE")
    missing = [name for address, name in p.functions if name not in usage and
               not p.in_entry(address)]
    if missing:
        raise Unable("no stack usage of " + ", ".join(missing))
    depth = max(usage.values()) + NMI_FRAME
    stack_suffices.note = "%d of %d bytes" % (depth, limit)
    if depth > limit:
        yield stack_suffices.note


RULES = (
    ("no finding of the lint that signing makes", nothing_is_found),
    ("jumps to the trampoline, in assembly alone", ways_out),
    ("one VMRUN", one_vmrun),
    ("two ENDBR64, where the trampoline enters", two_landing_places),
    ("Intel's entry where it has to be", entered_on_intel),
    ("no call and no RET", no_returns),
    ("the short way keeps registers", short_way_keeps_registers),
    ("the fast path of CPUID keeps registers", fast_cpuid_keeps_registers),
    ("registers saved, cleared, restored", registers_are_kept),
    ("VERW right before the guest", verw_is_last),
    ("the stack suffices", stack_suffices),
)


def main():
    if len(sys.argv) not in (2, 3):
        print("usage: lint.py BUILD [TOOL]", file=sys.stderr)
        return 2
    broken = 0
    try:
        payload = Payload(sys.argv[1], (sys.argv[2:] or [ROOT + "/build/caretaker"])[0])
        for name, rule in RULES:
            found = list(rule(payload))
            note = getattr(rule, "note", "")
            print("%-7s %s%s" % ("FAILED" if found else "ok", name, note and " (%s)" % note))
            for line in found:
                print("        " + line)
            broken += bool(found)
    except (Unable, OSError, KeyError, ValueError) as error:
        print("lint.py: %s: %s" % (type(error).__name__, error), file=sys.stderr)
        return 3
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
