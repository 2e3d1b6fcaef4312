#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
trampoline-check.py OBJ: what must hold of the trampolines, as they were built.

They are cut out of OBJ/arch/x86/kvm/kvm-{amd,intel}.ko as the kernel copies them, and
disassembled at their place in a slot, from the first byte to the last: each byte is
an instruction, and those that were not foreseen stand out.  For each rule there are
also bytes that break it, and it must say so.
One line a rule, "ok" or "FAILED"; ends with "N passed, N failed".
"""
import collections
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, ROOT + "/tests")
from built_code import Unable, abi, branch_target, cut, disassemble, show, symbols  # noqa: E402

PAGE = 4096

# What neither leaves nor branches.  All others are branches, or ways out
PLAIN = ("and|cmp|cmpb|cmpq|endbr64|int3|lea|lfence|lgdt|lidt|mov|movq|or|orb|pause|pop|popf|push|rdmsr|rdtsc|sgdt|shl|sidt|sub|"
         "test|testb").split("|")

# Ways out, in order, and behind which entry
Vendor = collections.namedtuple("Vendor", "module prefix ways")
VENDORS = (
    Vendor("kvm-amd", "svm", ["ENTER jmp *%rax", "ROUTE iretq", "FAULT iretq"]),
    # A failed VMRESUME; both of ROUTE are for the guest's exit and for one that was answered
    Vendor("kvm-intel", "vmx", ["ENTER vmresume", "ENTER ret", "ROUTE ret", "ROUTE ret",
                                "FAULT ret", "FAULT iretq"]),
)


BASE = abi("TRAMPOLINE")
LANDING = 32  # landing_flags in struct caretaker_switch, and behind it the frame of IRETQ
ENTRIES = {name: BASE + abi("TRAMPOLINE_" + name) for name in ("ENTER", "ROUTE", "FAULT")}


# --- Cut out ------------------------------------------------------------------------


def cut_out(module, prefix):
    prefix += "_caretaker_trampoline_"
    found = symbols(module, prefix)
    if set(found) != {prefix + "start", prefix + "end"}:
        raise Unable("%s: the symbols are %s" % (module, sorted(found)))
    return cut(module, found[prefix + "start"], found[prefix + "end"])


class Trampoline:
    def __init__(self, vendor, code, relocations):
        self.vendor = vendor
        self.code = code
        self.relocations = relocations
        self.text = disassemble(code, BASE)
        self.index = {i.address: k for k, i in enumerate(self.text)}

    def entry_of(self, i):
        return max((address, name) for name, address in ENTRIES.items() if address <= i.address)[1]

    def around(self, k, first, last):
        """The names of the instructions from there on, relative to the k-th"""
        return [self.text[n].name for n in range(max(k + first, 0), min(k + last + 1, len(self.text)))]


def is_way_out(i):
    """Or changes what the CPU does behind it: of the system's registers only CR3 is loaded"""
    if re.search(r"(^|,)%([c-gs]s|cr[^3]|d[br]\d)$", i.operands):
        return True
    return i.name not in PLAIN and branch_target(i) is None


# --- Rules: each yields what breaks it ----------------------------------------------


def fits_its_page(t):
    if not 0 < len(t.code) <= PAGE:
        yield "%d bytes" % len(t.code)


def has_no_relocation(t):
    yield from ("at %#x" % offset for offset in t.relocations)


def stays_inside(t):
    yield from (show(i) for i in t.text if branch_target(i) not in (None, *t.index))


def ways_out(t):
    found = [" ".join((t.entry_of(i), i.name, i.operands)).strip() for i in t.text if is_way_out(i)]
    if found != t.vendor.ways:
        yield ", ".join(found)


def comes_to_an_end(t):
    """On each way from an entry there is a way out: never padding, and never what is behind the last byte"""
    due = [ENTRIES["ENTER"], ENTRIES["ROUTE"]] + [ENTRIES["FAULT"] + 16 * n for n in range(32)]
    seen = set()
    while due:
        address = due.pop()
        if address in seen:
            continue
        seen.add(address)
        i = t.text[t.index[address]] if address in t.index else None
        if not i or i.name == "int3":
            yield "at %x" % address
            continue
        if branch_target(i) is not None:
            due.append(branch_target(i))
        # VMRESUME that fails goes on
        if i.name != "jmp" and (not is_way_out(i) or i.name == "vmresume"):
            due.append(address + i.size)


def no_speculation(t):
    """Where an indirect jump or a return goes is loaded: LFENCE before it, nothing behind it"""
    for k, i in enumerate(t.text):
        if is_way_out(i) and re.match(r"jmp|ret", i.name):
            if t.around(k, -1, -1) != ["lfence"] or t.around(k, 1, 1) not in (["int3"], []):
                yield show(i)


def returns_are_retpolines(t):
    """Behind the call that feeds the predictor is a loop that goes nowhere"""
    for k, i in enumerate(t.text):
        if i.name != "ret":
            continue
        call, pause, loop, lea = (t.text[k - back] for back in (6, 5, 3, 2))
        if t.around(k, -6, -1) != "call pause lfence jmp lea lfence".split() or \
           branch_target(call) != lea.address or branch_target(loop) != pause.address or \
           lea.operands != "0x8(%rsp),%rsp":
            yield show(i)


def landing_frames(t):
    """On AMD the kernel is reached by IRETQ alone: with flags and a frame that KVM has written, where both roots map them"""
    for k, i in enumerate(t.text):
        if t.vendor.prefix == "svm" and i.name == "iretq":
            if t.around(k, -2, -1) != ["lea", "popf"] or \
               not re.match(r"-?0x[0-9a-f]+\(%%rip\),%%rsp +# 0x%x$" % (abi("SWITCH") + LANDING), t.text[k - 2].operands):
                yield show(i)


def landing_places(t):
    """ENDBR64 where the kernel calls (AMD) and where exceptions come, and nowhere else"""
    due = {ENTRIES["FAULT"] + 16 * n for n in range(32)}
    if t.vendor.prefix == "svm":
        due.add(ENTRIES["ENTER"])
    found = {i.address for i in t.text if i.name == "endbr64"}
    yield from ("%x" % address for address in sorted(found ^ due))


def memory_is_the_slots(t):
    """The stack, and by RIP the page of the switch, or the marks of what came meanwhile"""
    switch = range(abi("SWITCH"), abi("SWITCH") + PAGE)
    for i in t.text:
        operands, _, place = i.operands.partition("#")
        place = int(place, 16) if place else None
        if branch_target(i) is not None:
            continue
        for operand in re.findall(r"[^,( ]*\([^)]*\)|[^, ]+", operands):
            if re.match(r"(\$|\*?%)[0-9a-z]+$|(0x[0-9a-f]+)?\(%rsp\)$", operand):
                continue
            if not re.match(r"-?0x[0-9a-f]+\(%rip\)$", operand) or not (
                    place in switch or
                    (t.vendor.prefix == "vmx" and place in (abi("PENDING"), abi("PENDING") + 8)) or
                    (i.name == "lea" and place in t.index)):
                yield show(i)


RULES = (
    ("fits its page", fits_its_page),
    ("no relocation", has_no_relocation),
    ("no branch leaves it", stays_inside),
    ("the ways out are those foreseen", ways_out),
    ("each way from an entry comes to one", comes_to_an_end),
    ("LFENCE before jumps and returns, INT3 behind", no_speculation),
    ("returns are retpolines", returns_are_retpolines),
    ("frames of IRETQ", landing_frames),
    ("ENDBR64 at the entries alone", landing_places),
    ("memory is the slot's", memory_is_the_slots),
)

# --- Do they notice?  What is replaced (the last one of it), by what, and who must say so ----------
# A number for what replaces it: it is an opcode of memory by RIP, which moves by that much

LFENCE, NOPS, RAX = b"\x0f\xae\xe8", b"\x0f\x1f\x00", b"\xff\xe0"
CHANGES = {
    "svm": (
        ("no LFENCE before the jump", LFENCE + RAX, NOPS + RAX, no_speculation),
        ("another register jumps", LFENCE + RAX, LFENCE + b"\xff\xe1", ways_out),
        ("STGI", LFENCE + RAX, b"\x0f\x01\xdc" + RAX, ways_out),
        ("an indirect jump for the IRETQ", b"\x48\xcf", RAX, ways_out),
        ("IRETQ with NT as it was", b"\x9d\x48\xcf", b"\x58\x48\xcf", landing_frames),
        ("IRETQ with another frame", b"\x48\x8d\x25", 8, landing_frames),
        ("falls off behind IRETQ", b"\x48\xcf", b"\x6a\x00", comes_to_an_end),
        ("SYSRET for the IRETQ", b"\x9d\x48\xcf", b"\x48\x0f\x07", ways_out),
        ("a vector's jump beyond the page", b"\xe9\x00\x00\x00\x00", b"\xe9\x00\x10\x00\x00", stays_inside),
        ("a jump into an instruction", b"\xe9\x00\x00\x00\x00", b"\xe9\x04\x00\x00\x00", stays_inside),
        ("a vector without ENDBR64", b"\xf3\x0f\x1e\xfa", b"\x0f\x1f\x40\x00", landing_places),
        ("falls off its end", LFENCE + RAX, LFENCE + b"\x6a\x00", comes_to_an_end),
        ("reads beyond the switch page", b"\x48\x8b\x05", 0x2000, memory_is_the_slots),
        ("loads CR4 for CR3", b"\x0f\x22\xd8", b"\x0f\x22\xe0", ways_out),
        ("by GS", b"\x0f\x20\xd6", b"\x65\x8b\x00", memory_is_the_slots),
    ),
    "vmx": (
        ("no LFENCE before the return", LFENCE + b"\xc3", NOPS + b"\xc3", no_speculation),
        ("no INT3 behind a return", LFENCE + b"\xc3\xcc", LFENCE + b"\xc3\x90", no_speculation),
        ("no loop behind the call", b"\xeb\xf9\x48", b"\x66\x90\x48", returns_are_retpolines),
        ("VMLAUNCH", b"\x0f\x01\xc3", b"\x0f\x01\xc2", ways_out),
        ("an indirect jump for the return", LFENCE + b"\xc3\xcc", LFENCE + RAX, ways_out),
        ("a vector's jump beyond the page", b"\xe9\x00\x00\x00\x00", b"\xe9\x00\x10\x00\x00", stays_inside),
        ("a jump into an instruction", b"\xe9\x00\x00\x00\x00", b"\xe9\x04\x00\x00\x00", stays_inside),
        ("a vector without ENDBR64", b"\xf3\x0f\x1e\xfa", b"\x0f\x1f\x40\x00", landing_places),
        ("falls off its end", b"\x48\xcf", b"\x6a\x00", comes_to_an_end),
        ("writes beside the marks", b"\x48\x89\x05", 16, memory_is_the_slots),
    ),
}


def moved(t, opcode, distance):
    """The last instruction of that opcode, with the memory that it names moved"""
    for i in reversed(t.text):
        at = i.address - BASE
        if t.code.startswith(opcode, at) and "(%rip)" in i.operands:
            old = t.code[at:at + len(opcode) + 4]
            there = int.from_bytes(old[-4:], "little") + distance
            return t.code[:at] + opcode + there.to_bytes(4, "little") + t.code[at + len(old):]
    raise Unable("there is no %s to change" % opcode.hex())


def changed(t, old, new):
    if isinstance(new, int):
        return Trampoline(t.vendor, moved(t, old, new), t.relocations)
    if old not in t.code or len(old) != len(new):
        raise Unable("there is no %s to change" % old.hex())
    before, _, after = t.code.rpartition(old)
    return Trampoline(t.vendor, before + new + after, t.relocations)


def notices(t):
    """(what was changed, whether the rule that must say so does)"""
    for what, old, new, rule in CHANGES[t.vendor.prefix]:
        yield what, any(rule(changed(t, old, new)))
    yield "a relocation", any(has_no_relocation(Trampoline(t.vendor, t.code, [8])))
    yield "more than a page", any(fits_its_page(Trampoline(t.vendor, t.code.ljust(PAGE + 1, b"\xcc"), [])))


def check(vendor, module):
    """(name, what breaks it)"""
    t = Trampoline(vendor, *cut_out(module, vendor.prefix))
    good = True
    for name, rule in RULES:
        found = list(rule(t))
        yield "%s: %s" % (vendor.module, name), found
        good = good and not found
    # Of one that is broken already nothing can be said
    if good:
        for what, seen in notices(t):
            yield "%s: noticed: %s" % (vendor.module, what), [] if seen else ["it was not"]


def main():
    if len(sys.argv) != 2:
        print("usage: trampoline-check.py OBJ", file=sys.stderr)
        return 2
    passed = failed = 0
    for vendor in VENDORS:
        try:
            for name, found in check(vendor, "%s/arch/x86/kvm/%s.ko" % (sys.argv[1], vendor.module)):
                print("%-7s %s" % ("FAILED" if found else "ok", name))
                for line in found:
                    print("        " + line)
                passed, failed = passed + (not found), failed + bool(found)
        except (Unable, OSError) as error:
            print("FAILED  %s: %s" % (vendor.module, error))
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
