#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
park-check.py OBJ: what must hold of the page in which parked CPUs stand, as it was built.

It is cut out of OBJ/arch/x86/kernel/caretaker_park_code.o as the kernel copies it, and
disassembled at its place in a slot, from the first byte to the last.  For each rule there are
also bytes that break it, and it must say so.
One line a rule, "ok" or "FAILED"; ends with "N passed, N failed".
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, ROOT + "/tests")
from built_code import Unable, branch_target, cut, define, disassemble, show, symbols  # noqa: E402

PAGE = 4096
HEADER = ROOT + "/kernel/tree/arch/x86/include/asm/caretaker_park.h"
OBJECT = "/arch/x86/kernel/caretaker_park_code.o"
SYMBOL = "caretaker_park_code_"
# Where IDT, caretaker_park_enter() and the trampoline lead: label, how many stubs, of what distance
ENTRIES = (("start", 1, 0), ("faults", 32, 16), ("irqs", 224, 8), ("nmi", 1, 0), ("mc", 1, 0), ("landing", 1, 0))
# The one way out: to the trampoline of the guest's slot, whose address the host has written
WAY_OUT = ["mov", "lfence", "call"]

# Of what is privileged these, in this order, and no other
SYSTEM = ("mov-from-cr4 mov-cr4 lidt lgdt ltr lldt wrmsr wrmsr wrmsr mov-dr7 mov-cr3 mov-from-cr4 mov-cr4 cli sti hlt "
          "wrmsr rdtsc wrmsr clgi sti lfence call int cli stgi wrmsr rdtsc stgi mov-cr3 "
          "rdmsr wrmsr wrmsr vmsave wrmsr call call lfence xrstor64 xsetbv wrmsr wrmsr mfence vmload wrmsr wrmsr "
          "vmsave vmload xsetbv xsave64 rdmsr wrmsr rdmsr wrmsr "
          "wrmsr wbinvd hlt wrmsr iretq iretq rdmsr wrmsr iretq mov-from-cr2 stgi").split()
PLAIN = ("add and bsf btr cld div cmova cmp cmpl cmpq endbr64 inc incq int3 ja jb jbe je jmp jne js jz jnz lea mov movl movq movzbl mul nop or "
         "pop push setne shl shr shrd sub test testl xchg xor").split()
# Loads of segments, with what is zero or a descriptor of the slot's own
SEGMENTS = ["ds", "es", "fs", "gs"]


def place(name):
    return define(HEADER, "CARETAKER_PARK_" + name)


BASE = place("CODE")


class Page:
    def __init__(self, code, relocations, entries):
        self.code, self.relocations, self.entries = code, relocations, entries
        self.text = disassemble(code, BASE)
        self.index = {i.address: k for k, i in enumerate(self.text)}


def read(path):
    found = symbols(path, SYMBOL)
    code, relocations = cut(path, found[SYMBOL + "start"], found[SYMBOL + "end"])
    entries = set()
    for label, count, distance in ENTRIES:
        at = found[SYMBOL + label][0] - found[SYMBOL + "start"][0] + BASE
        entries |= {at + distance * n for n in range(count)}
    return Page(code, relocations, entries)


def system_name(i):
    """What a privileged instruction is called in SYSTEM; None for any other"""
    registers = re.match(r"%\w+,%(cr\d|dr\d)$", i.operands) or re.match(r"%(cr\d|dr\d),%\w+$", i.operands)
    if i.name == "mov" and registers:
        return "mov-%s%s" % ("from-" if i.operands.startswith("%" + registers.group(1)) else "",
                             registers.group(1).replace("db", "dr"))
    if re.match(r"%\w+,%db\d$", i.operands):
        return "mov-" + i.operands[-3:].replace("db", "dr")
    return i.name if i.name not in PLAIN else None


# --- Rules: each yields what breaks it ------------------------------------------------


def fills_its_page(p):
    if len(p.code) != PAGE:
        yield "%d bytes" % len(p.code)


def has_no_relocation(p):
    yield from ("at %#x" % at for at in p.relocations)


def stays_inside(p):
    yield from (show(i) for i in p.text if branch_target(i) not in (None, *p.index))


def is_way_out(p, k):
    """It goes to the trampoline, with no speculation past the load; and what comes back lands right behind it"""
    way = p.text[k - 2:k + 1]
    return [i.name for i in way] == WAY_OUT and way[2].operands == "*%rax" and \
        re.match(r"-?0x[0-9a-f]+\(%rip\),%rax +#", way[0].operands) and way[2].address + way[2].size in p.entries


def fills_the_rsb(p, k):
    """A call of what is behind the next instruction, which traps who returns to it"""
    return [i.name for i in p.text[k + 1:k + 2]] == ["int3"] and branch_target(p.text[k]) == p.text[k + 2].address


def no_way_out(p):
    """No call, no return, no jump to where a register or memory says, but for the one to the trampoline, behind CLGI;
    INT leads to the slot's own stub for #MC"""
    for k, i in enumerate(p.text):
        if i.name == "call" and (is_way_out(p, k) or fills_the_rsb(p, k)):
            continue
        if re.match(r"(call|ret|lret|sysret|sysexit|int$|syscall|ljmp|iretw|iretl?$)", i.name) and \
           (i.name, i.operands) != ("int", "$0x12") or \
           re.match(r"j[a-z]+$", i.name) and branch_target(i) is None:
            yield show(i)


def privileged_as_foreseen(p):
    found = [system_name(i) for i in p.text if system_name(i)]
    if found != SYSTEM:
        yield " ".join(found)


def segments_are_null(p):
    found = [i.operands for i in p.text if re.search(r",%[c-gs]s$", i.operands)]
    if found != ["%%eax,%%%s" % s for s in SEGMENTS]:
        yield " ".join(found)


def memory_is_the_slots(p):
    places = [range(place(name), place(name) + PAGE) for name in ("STATE", "LAPIC")]
    control, fpu = range(place("CONTROL"), place("CONTROL") + PAGE), place("FPU")
    gap = range(place("GAP"), place("GAP") + PAGE)      # read alone: it is the payload's
    peers = range(place("PEERS"), place("PEERS") + PAGE)    # the same: it is KVM's
    table = False		# RDI is in the table of MSRs
    cores = False		# or in that of cores, and RSI is the number of a bit
    fault = False		# RAX is where the trampoline notes a fault
    for i in p.text:
        if branch_target(i) is not None or i.name == "call":
            continue
        if i.operands.endswith("%rdi") or ",%rdi " in i.operands:
            table = i.name == "add" and i.operands == "$0x10,%rdi" and table or i.name == "lea"
        operands, _, where = i.operands.partition("#")
        if ",%rdi " in i.operands or i.operands.endswith("%rsi"):
            cores = i.name == "lea" and int(where, 16) in peers or cores and i.name == "bsf"
            table = table and not cores
        before, fault = fault, i.name == "mov" and operands.strip().endswith("(%rip),%rax")
        for operand in re.findall(r"[^,( ]*\([^)]*\)|[^, ]+", operands):
            if re.match(r"(\$|%)[-0-9a-z]+$|\(%rsp\)$", operand):
                continue
            if re.match(r"(0x[48c])?\(%rdi\)$", operand) and table:
                continue
            if before and i.name == "cmpq" and operand == "(%rax)":
                continue
            if cores and i.operands == "(%rdi,%rsi,4),%edx":
                continue
            at = int(where, 16) if where else None
            if not re.match(r"-?0x[0-9a-f]+\(%rip\)$", operand) or not (
                    any(at in r for r in places) or
                    at in control and (i.name in ("cmpl", "cmpq", "movq") or
                                       i.name == "mov" and operands.strip().endswith(",%rax")) or
                    at in gap and (i.name == "cmpl" or i.name == "mov" and
                                   re.search(r"\),%(rax|rbx)$", operands.strip())) or
                    at == fpu and i.name in ("xsave64", "xrstor64") or
                    i.name == "lea" and (at in p.index or at == place("STACK") + PAGE or at in peers)):
                yield show(i)


def never_ends(p):
    """Whatever way is taken: an IRETQ, or round and round, and never padding or what is behind the page"""
    due, seen = list(p.entries), set()
    while due:
        at = due.pop()
        if at in seen:
            continue
        seen.add(at)
        i = p.text[p.index[at]] if at in p.index else None
        if not i or i.name == "int3":
            yield "at %x" % at
            continue
        if branch_target(i) is not None:
            due.append(branch_target(i))
        if i.name not in ("jmp", "iretq") and not (i.name == "call" and fills_the_rsb(p, p.index[at])):
            due.append(at + i.size)


def waits_without_a_gap(p):
    """STI comes right before HLT, or with GIF clear behind the last look; and HLT is in a loop"""
    for k, i in enumerate(p.text):
        if i.name == "sti" and p.text[k + 1].name != "hlt" and \
           [j.name for j in p.text[k - 3:k]] != ["clgi", "cmpl", "jne"]:
            yield show(i)
        if i.name == "hlt" and (p.text[k + 1].name != "jmp" or branch_target(p.text[k + 1]) > i.address):
            yield show(i)


def gif_is_set_again(p):
    """From CLGI each way comes to STGI, without a loop, so whatever else waits does so for some instructions; but for
    the payload, which may take its time"""
    def follow(at, path):
        i = p.text[p.index[at]] if at in p.index else None
        if not i or at in path or i.name in ("hlt", "iretq", "int3"):
            yield "at %x" % at
            return
        if i.name == "stgi":
            return
        if branch_target(i) is not None:
            yield from follow(branch_target(i), path | {at})
        if i.name != "jmp":
            yield from follow(at + i.size, path | {at})

    for i in p.text:
        if i.name == "clgi":
            yield from follow(i.address + i.size, frozenset())


def interrupts_look_again(p):
    """What may come between STI and HLT returns to the look at the request, and not to the HLT"""
    cli = [i.address for k, i in enumerate(p.text) if i.name == "cli" and p.text[k + 1].name != "stgi"]
    found = [k for k, i in enumerate(p.text) if i.name == "iretq" and p.text[k - 1].operands == "%rax,(%rsp)" and
             p.text[k - 2].name == "lea" and p.text[k - 2].operands.endswith("# 0x%x" % cli[0])]
    if len(cli) != 1 or len(found) != 1:
        yield "%d CLI, %d such IRETQ" % (len(cli), len(found))


RULES = (
    ("fills its page", fills_its_page),
    ("no relocation", has_no_relocation),
    ("no branch leaves it", stays_inside),
    ("no call, no return, no indirect jump", no_way_out),
    ("privileged instructions as foreseen", privileged_as_foreseen),
    ("segments are null", segments_are_null),
    ("memory is the slot's", memory_is_the_slots),
    ("each way goes on", never_ends),
    ("STI; HLT in a loop", waits_without_a_gap),
    ("interrupts look again", interrupts_look_again),
    ("GIF is set again", gif_is_set_again),
)

# --- Do they notice?  What is replaced (the last one of it), by what, and who must say so ---------
CHANGES = (
    ("CLTS for WBINVD", b"\x0f\x09", b"\x0f\x06", privileged_as_foreseen),
    ("IRETD for IRETQ", b"\x48\xcf", b"\x90\xcf", no_way_out),
    ("RET for IRETQ", b"\x48\xcf", b"\x90\xc3", no_way_out),
    ("an indirect jump for IRETQ", b"\x48\xcf", b"\xff\xe0", no_way_out),
    ("a NOP between STI and HLT", b"\xfb\xf4", b"\xfb\x90", waits_without_a_gap),
    ("no STI", b"\xfb\xf4", b"\x90\xf4", privileged_as_foreseen),
    ("loads SS", b"\x8e\xe8", b"\x8e\xd0", segments_are_null),
    ("loads CR0 for CR3", b"\x0f\x22\xd8", b"\x0f\x22\xc0", privileged_as_foreseen),
    ("a stub's jump beyond the page", b"\x6a\xff\xe9", b"\x6a\xff\xe8", no_way_out),
    ("by GS", b"\x48\x89\x04\x24", b"\x65\x48\x8b\x00", memory_is_the_slots),
    ("goes on behind HLT", b"\xf4\xeb", b"\xf4\xa8", waits_without_a_gap),
    ("a stub falls off its end", b"\x6a\xff\xe9", b"\x6a\xff\xa9", never_ends),
    ("a NOP for INT", b"\xcd\x12", b"\x66\x90", privileged_as_foreseen),
    ("another vector for INT", b"\xcd\x12", b"\xcd\x0d", no_way_out),
    ("VMRUN for LFENCE", b"\x0f\xae\xe8", b"\x0f\x01\xd8", privileged_as_foreseen),
    ("to another register's address", b"\x0f\xae\xe8\xff\xd0", b"\x0f\xae\xe8\xff\xd3", no_way_out),
    ("a jump that does not come back here", b"\x0f\xae\xe8\xff\xd0", b"\x0f\xae\xe8\xff\xe0", no_way_out),
    ("writes where the fault is noted", b"\x48\x83\x38\x00", b"\x48\x83\x20\x00", memory_is_the_slots),
    ("MSRs from where a pointer says", b"\x48\x8d\x3d", b"\x48\x8b\x3d", memory_is_the_slots),
    ("cores from where the payload says", b"\x8b\x14\xb7", b"\x8b\x14\xb3", memory_is_the_slots),
    ("cores by a register of the payload's", b"\x48\x0f\xbc\xf3", b"\x48\x8b\xf3\x90", memory_is_the_slots),
    ("kicks with GIF clear", b"\xfa\x0f\x01\xdc", b"\xfa\x90\x90\x90", gif_is_set_again),
    ("a NOP behind a call", b"\xe8\x01\x00\x00\x00\xcc", b"\xe8\x01\x00\x00\x00\x90", no_way_out),
    ("writes to what is the payload's", b"\x48\x8b\x1d????\x31\xc0", b"\x48\x89\x1d????\x31\xc0", memory_is_the_slots),
    ("waits with GIF clear", b"\x0f\x01\xdc\x90\xe9", b"\xf4\xeb\xfd\x90\xe9", gif_is_set_again),
    ("interrupts return to the HLT", b"\x48\x89\x04\x24", b"\x48\x8b\x04\x24", interrupts_look_again),
)


def changed(p, old, new):
    """???? is an address, which stays"""
    found = list(re.finditer(re.escape(old).replace(rb"\?\?\?\?", b"(....)"), p.code, re.DOTALL))
    if not found or len(old) != len(new):
        return None
    at = found[-1]
    new = new.replace(b"????", at.group(1)) if at.groups() else new
    return Page(p.code[:at.start()] + new + p.code[at.end():], p.relocations, p.entries)


def check(p):
    good = True
    for name, rule in RULES:
        found = list(rule(p))
        yield name, found
        good = good and not found
    if not good:
        return
    for what, old, new, rule in CHANGES:
        q = changed(p, old, new)
        yield "noticed: " + what, ["there is nothing to change"] if not q else [] if any(rule(q)) else ["it was not"]
    yield "noticed: a relocation", [] if any(has_no_relocation(Page(p.code, [8], p.entries))) else ["it was not"]
    yield "noticed: less than a page", [] if any(fills_its_page(Page(p.code[:-1], [], p.entries))) else ["it was not"]


def main():
    if len(sys.argv) != 2:
        print("usage: park-check.py OBJ", file=sys.stderr)
        return 2
    passed = failed = 0
    try:
        for name, found in check(read(sys.argv[1] + OBJECT)):
            print("%-7s park: %s" % ("FAILED" if found else "ok", name))
            for line in found:
                print("        " + line)
            passed, failed = passed + (not found), failed + bool(found)
    except (Unable, OSError, KeyError) as error:
        print("FAILED  park: %s" % error)
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
