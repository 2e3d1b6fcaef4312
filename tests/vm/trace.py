#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a CPU executed between an exit and the next entry: trace.py VENDOR TRACE [verw]

TRACE is what Bochs' debugger printed (tests/vm/trace.sh). It is cut into visits: from the
first instruction of the payload behind an exit to VMRUN or VMRESUME (answered), or to the
end of the trampoline (routed) and what the kernel executes next. With `verw` the kernel has
asked for VERW. Prints "ok NAME" and "not ok NAME: why".
"""
import re
import sys

SLOT = 0xFFFFFE8000200000  # the first one (arch/x86/mm/caretaker.c)
IMAGE = SLOT + 0x100000
SLOT_END = SLOT + 0x200000
STACK_TOP = SLOT + 0x20000  # RSP behind an exit and before an entry
LINE = re.compile(r"^\(0\)\.\[\d+\] \[0x[0-9a-f]+\] [0-9a-f]{4}:([0-9a-f]{16}) \(.*?\): (\S+) ?(.*?)\s*; ([0-9a-f]+)$")
PAGES = 6  # of the slot, that a routed exit may touch in the caretaker's root
FILL_CALLS = 32  # RSB_CLEAR_LOOPS, in arch/x86/include/asm/nospec-branch.h
HALVES = {"rax": "eax", "rcx": "ecx", "rdx": "edx", "rbx": "ebx", "rbp": "ebp", "rsi": "esi", "rdi": "edi",
          **{f"r{n}": f"r{n}d" for n in range(8, 16)}}
ENTRY = {"intel": "vmresume", "amd": "vmrun"}
SAVED = {"intel": set(HALVES), "amd": set(HALVES) - {"rax"}}
# What payload/plain.h works with, and the answer of payload/fast_cpuid.h
FEW = {"rax", "rbx", "rcx", "rdx"}
# How the trampoline leaves for the kernel: with what, and what is before it
LEAVES = {"intel": ("ret", "lfence"), "amd": ("iret", "popf")}


class Broken(Exception):
    """An instruction that should not be there, or not so"""


def read(path):
    with open(path, errors="replace") as file:
        for line in file:
            match = LINE.match(line)
            if match:
                yield int(match[1], 16), match[2], match[3].strip(), len(match[4]) // 2


def visits(trace, vendor):
    """(what was executed in the slot, what the kernel executed next or None if it was answered)"""
    here, after = None, None
    behind_entry = False
    for address, name, operands, size in trace:
        in_slot = SLOT <= address < SLOT_END
        starts = (address == IMAGE + 0x1100 if vendor == "intel" else
                  in_slot and behind_entry)
        behind_entry = name == ENTRY[vendor] or (behind_entry and not in_slot)
        if starts:
            if after is not None:
                yield here, after
            here, after = [], None
        if here is None:
            continue
        if after is not None:
            after.append((address, name, operands, size))
            if len(after) > 400:
                yield here, after
                here, after = None, None
            continue
        here.append((address, name, operands, size))
        if name == ENTRY[vendor]:
            yield here, None
            here = None
        elif name == LEAVES[vendor][0] and SLOT <= address < IMAGE:
            after = []


def written_by(name, operands):
    """The general register that an instruction writes, in full, if it does"""
    if name in ("cmp", "test", "bt", "push", "vmwrite", "vmrun") or name.startswith("j"):
        return None
    first = operands.split(",")[0]
    return {**{half: whole for whole, half in HALVES.items()}, **{whole: whole for whole in HALVES}}.get(first)


def check_saved(here, after, vendor):
    """No register of the guest is lost, and C begins when none holds anything of it"""
    saved, written, restored = set(), set(), set()
    for address, name, operands, _ in here:
        if saved >= SAVED[vendor] and name == "jmp":
            if written < SAVED[vendor]:
                raise Broken(f"{sorted(SAVED[vendor] - written)} not cleared")
            return
        if address < IMAGE:
            break
        save = re.match(r"qword ptr ds:\[rip[+-]\d+\], (\w+)$", operands)
        if name == "mov" and save and save[1] in HALVES and save[1] not in written:
            saved.add(save[1])
            continue
        for register in ("rax", "rdx") if name == "rdtsc" else (written_by(name, operands),):
            if register not in SAVED[vendor]:
                continue
            if register not in saved:
                raise Broken(f"{name} {operands} before it was saved")
            written.add(register)
            if name == "mov" and re.match(r"\w+, qword ptr ds:\[rip", operands):
                restored.add(register)
            else:
                restored.discard(register)
    # Without C: an answer may be in the few registers, and an exit that is routed leaves nothing
    lost = written - restored - (FEW if after is None else set())
    if saved - FEW or lost:
        raise Broken(f"without C, with {sorted(saved)} saved and {sorted(lost)} not restored")


def check_branches(here):
    """The payload neither calls nor returns, nor goes where a register says"""
    for address, name, operands, _ in here:
        if address < IMAGE:
            continue
        if name in ("call", "ret") or (name.startswith("j") and not operands.startswith(".")):
            raise Broken(f"{name} {operands} at {address:#x}")


def check_verw(here, asked):
    """Last of all CPU buffers are cleared: behind it nothing is loaded but the mark of an NMI"""
    names = [name for _, name, _, _ in here]
    if names.count("verw") != (1 if asked else 0):
        raise Broken(f"{names.count('verw')} VERWs")
    behind = names[names.index("verw") + 1:] if asked else []
    if behind not in ([], ["vmrun"], ["jmp", "cmp", "jnz", "vmresume"]):
        raise Broken(f"behind VERW: {' '.join(behind)}")


def check_landing(here, after, vendor):
    """The kernel gets its tables first; its own return buffer is full before it returns"""
    names = [name for address, name, _, _ in here if address < IMAGE]
    for name in ("lgdt", "lidt", "popf"):
        if names.count(name) != 1:
            raise Broken(f"{names.count(name)} {name}")
    leave, before = LEAVES[vendor]
    if names[-2:] != [before, leave]:
        raise Broken(f"{' '.join(names[-2:])} at the end of the trampoline")
    names = [name for _, name, _, _ in after]
    if "ret" not in names or names.index("ret") < names.index("lfence"):
        raise Broken("no return, or one before LFENCE")
    calls = names[:names.index("ret")].count("call")
    if calls < FILL_CALLS:
        raise Broken(f"{calls} calls before the first return")


def pages(here):
    """The pages of the slot that a visit touches in the caretaker's root; None: not known"""
    touched, stack = set(), STACK_TOP
    for address, name, operands, size in here:
        touched.add(address)
        memory = re.search(r"\[(.*)\]", operands)
        if name == "lea" and operands.startswith("rsp, "):
            stack = address + size + int(memory[1].removeprefix("rip"))
        elif name in ("push", "pop"):
            stack += -8 if name == "push" else 8
            touched.add(stack - (8 if name == "pop" else 0))
        elif memory:
            # An index of a table leads to no other page than its beginning
            place = re.match(r"(rip|rsp)(?:\+r\w+(?:\*\d)?)?([+-]\d+)?$", memory[1])
            if not place:
                return None
            touched.add((address + size if place[1] == "rip" else stack) + int(place[2] or 0))
        if (name, operands) == ("mov", "cr3, rax"):
            return {place & ~0xfff for place in touched if SLOT <= place < SLOT_END}
    return None


def print_parts(seen, touched):
    """What the shortest visit of each kind executes, for docs/evidence/costs.md"""
    for kind, counts in seen.items():
        if counts:
            payload, trampoline = min(counts, key=sum)
            print(f"{kind}: from {payload} instructions of the payload and {trampoline} of the trampoline")
    print(f"pages in the caretaker's root, of exits that are routed without C: {sorted(touched)}")


def main():
    vendor, path = sys.argv[1:3]
    asked = sys.argv[3:] == ["verw"]
    answered, routed, wrong = 0, 0, {}
    seen, touched = {"answered": [], "routed": []}, set()

    def hold(name, check, *arguments):
        wrong.setdefault(name, None)
        try:
            check(*arguments)
        except (Broken, IndexError) as why:
            wrong[name] = wrong[name] or f"visit {answered + routed}: {why}"

    for here, after in visits(read(path), vendor):
        # The trace starts in the middle of the first one
        hold("registers-kept-and-cleared", check_saved, here, after, vendor)
        hold("no-call-no-return", check_branches, here)
        if after is None:
            answered += 1
            hold("verw-last", check_verw, here, asked)
        else:
            routed += 1
            hold("landing", check_landing, here, after, vendor)
            routed_pages = pages(here)
            if routed_pages:
                touched.add(len(routed_pages))
        ours = sum(address >= IMAGE for address, _, _, _ in here)
        if answered + routed > 1:
            seen["answered" if after is None else "routed"].append((ours, len(here) - ours))
    print_parts(seen, touched)
    wrong["pages"] = None if touched and max(touched) <= PAGES else f"{sorted(touched)}, and {PAGES} are enough"
    for name, why in wrong.items():
        print(f"not ok {name}: {why}" if why else f"ok {name}")
    enough = answered >= 3 and routed >= 3
    print(f"{'ok' if enough else 'not ok'} visits: {answered} answered, {routed} routed")
    return 0 if enough and not any(wrong.values()) else 1


sys.exit(main())
