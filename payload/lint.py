#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
lint.py BUILD: what must hold of the code in BUILD/caretaker.elf.

Reads the disassembly, the symbols and the compiler's stack-usage files (*.su).
One line a rule, "ok" or "FAILED"; exit status 0 if all hold, 1 if one is broken,
3 if the check could not be made.  docs/payload.md says why each rule is there.
"""
import collections
import glob
import os
import re
import subprocess
import sys

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../kernel/tree/include/uapi/linux/caretaker.h")

# Every instruction that may occur.  What is not here is refused: LGDT, WRMSR,
# VMLOAD, STGI, SWAPGS and what is yet to be invented need no list.
ALLOWED = set("""
    mov movabs movzbl movzwl movzbw movsbl movswl movslq movb movw movl movq lea xchg push pop
    add sub adc sbb and or xor not neg inc dec cmp test imul
    addb addw addl addq subb subw subl subq andb andw andl andq orb orw orl orq xorb xorl xorq
    cmpb cmpw cmpl cmpq testb testw testl testq incl incq decl decq
    shl shr sar rol ror shll shrl shlq shrq bt btl btq bswap cltq
    sete setne seta setae setb setbe setg setge setl setle sets setns
    cmove cmovne cmova cmovae cmovb cmovbe cmovg cmovge cmovl cmovle cmovs cmovns
    jmp je jne ja jae jb jbe jg jge jl jle js jns call ret
    nop nopw nopl data16 cs xchg int3 ud2 endbr64 lfence rdtsc verw vmrun
""".split())

# Byte sequences that must not even hide inside other instructions, where a jump
# that a guest steered could find them: what loads page tables, descriptor tables
# or MSRs, changes GIF or guest state, or leaves (APM Vol. 3, appendix A).
HIDDEN = {
    "MOV to CR": b"\x0f\x22", "MOV to DR": b"\x0f\x23", "WRMSR": b"\x0f\x30",
    "XSETBV": b"\x0f\x01\xd1", "VMLOAD": b"\x0f\x01\xda", "VMSAVE": b"\x0f\x01\xdb",
    "STGI": b"\x0f\x01\xdc", "CLGI": b"\x0f\x01\xdd", "SKINIT": b"\x0f\x01\xde",
    "SWAPGS": b"\x0f\x01\xf8", "SYSCALL": b"\x0f\x05", "SYSRET": b"\x0f\x07",
    "SYSENTER": b"\x0f\x34", "SYSEXIT": b"\x0f\x35", "IRETQ": b"\x48\xcf",
    "LRETQ": b"\x48\xcb",
}
VMRUN = b"\x0f\x01\xd8"
ENDBR64 = b"\xf3\x0f\x1e\xfa"

# General registers but RAX and RSP, which hardware keeps
GUEST_REGISTERS = "rcx rdx rbx rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()

Instruction = collections.namedtuple("Instruction", "address code name operands")


class Unable(Exception):
    """The check could not be made."""


class Recursion(Exception):
    """A function is reached from itself."""


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True,
                            env={**os.environ, "LC_ALL": "C"})
    if result.returncode:
        raise Unable("%s: %s" % (command[0], result.stderr.strip()))
    return result.stdout


def abi(name):
    with open(HEADER) as header:
        match = re.search(r"^#define %s\s+(\w+)" % name, header.read(), re.M)
    if not match:
        raise Unable("%s is not in %s" % (name, HEADER))
    return int(match.group(1), 0)


class Payload:
    def __init__(self, build):
        self.build = build
        self.elf = os.path.join(build, "caretaker.elf")
        self.symbols = {}       # name -> address
        self.functions = []     # (address, name), sorted
        self.text = []          # Instruction, in order
        self._read_symbols()
        self._read_text()
        self.code = b"".join(i.code for i in self.text)
        self.entry = int(re.search(r"Entry point address:\s+(\w+)",
                                   run("readelf", "-hW", self.elf)).group(1), 16)
        self.entry_end = min([a for a, _ in self.functions if a > self.entry],
                             default=self.text[-1].address + 1)

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

    def in_entry(self, address):
        return self.entry <= address < self.entry_end

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


def instructions_are_allowed(p):
    yield from (show(i) for i in p.text if i.name not in ALLOWED)


def branches_are_direct(p):
    for i in p.text:
        if "*" in i.operands or (re.match(r"j|call", i.name) and branch_target(i) is None):
            yield show(i)


def branches_stay(p):
    """Only the route entry of the trampoline is outside, reached from entry.S."""
    route = abi("CARETAKER_TRAMPOLINE") + abi("CARETAKER_TRAMPOLINE_ROUTE") - abi("CARETAKER_IMAGE")
    starts = {i.address for i in p.text}
    routes = 0
    for i in p.text:
        target = branch_target(i)
        if target == route and i.name == "jmp" and p.in_entry(i.address):
            routes += 1
        elif target is not None and target not in starts:
            yield show(i)
    if routes != 1:
        yield "%d jumps to the trampoline's route entry, want 1" % routes


def registers_are_general(p):
    bad = re.compile(r"%([c-gs]s|cr\d+|dr\d+|db\d+|[xyz]mm\d+|mm\d|st|k\d)\b")
    padding = re.compile(r"nop|data16|cs$|xchg")
    yield from (show(i) for i in p.text
                if bad.search(i.operands) and not padding.match(i.name))


def accesses_stay_in_slot(p):
    """RIP-relative operands name the image or a page that the payload has."""
    image = abi("CARETAKER_IMAGE")
    places = [(0, abi("CARETAKER_MAX_MEMORY"))]
    for name, pages in (("SWITCH", 1), ("CONFIG", 3), ("TELEMETRY", 1), ("VMCB", 1)):
        start = abi("CARETAKER_" + name) - image
        places.append((start, start + pages * 0x1000))
    for i in p.text:
        target = memory_target(i)
        if target is not None and not any(a <= target < b for a, b in places):
            yield show(i)


def nothing_is_hidden(p):
    for name, code in HIDDEN.items():
        at = p.code.find(code)
        if at >= 0:
            yield "%s at %x" % (name, p.text[0].address + at)


def one_vmrun(p):
    if p.code.count(VMRUN) != 1:
        yield "%d" % p.code.count(VMRUN)


def one_landing_place(p):
    if p.code.count(ENDBR64) != 1 or p.at(p.entry).name != "endbr64":
        yield "%d ENDBR64, %s at the entry" % (p.code.count(ENDBR64), p.at(p.entry).name)


def entry_code(p):
    return [i for i in p.text if p.in_entry(i.address)]


def outer_calls(p):
    """Calls out of entry.S; those of the RSB fill stay inside."""
    return [i for i in entry_code(p) if i.name == "call" and not p.in_entry(branch_target(i))]


def no_ret_before_fill(p):
    """The first RET after VMRUN lies behind a full return stack buffer."""
    fill, filled = p.symbols["svm_rsb_fill"], p.symbols["svm_rsb_filled"]
    inner = [i for i in entry_code(p) if i.name == "call" and p.in_entry(branch_target(i))]
    loop = [i.name for i in p.text if fill <= i.address < filled]
    count = [i for i in p.text if i.address < fill][-1]

    yield from (show(i) for i in entry_code(p) if i.name == "ret")
    yield from (show(i) for i in outer_calls(p) if i.address < filled)
    if loop != ["call", "int3", "call", "int3", "add", "dec", "jne"]:
        yield "the fill loop is " + " ".join(loop)
    if (count.name, count.operands) != ("mov", "$0x10,%eax"):
        yield "the loop does not run 16 times: " + show(count)
    if any(not fill <= i.address < filled for i in inner):
        yield "calls inside entry.S other than the fill"
    if p.at(filled).name != "lfence":
        yield "no LFENCE where filled and not filled meet"


def registers_are_kept(p):
    """Saved behind VMRUN, cleared before C, restored from the same places after."""
    vmrun, filled = p.symbols["svm_vmrun"], p.symbols["svm_rsb_filled"]
    calls = outer_calls(p)
    saved, cleared, restored = {}, set(), {}

    if [p.function_of(branch_target(i)) for i in calls] != ["svm_exit"]:
        yield "entry.S calls " + ", ".join(show(i) for i in calls)
        return
    for i in entry_code(p):
        save = re.match(r"%(\w+),-?0x[0-9a-f]+\(%rip\)", i.operands)
        restore = re.match(r"-?0x[0-9a-f]+\(%rip\),%(\w+)", i.operands)
        clear = re.match(r"%e?(\w+?)d?,%e?(\w+?)d?$", i.operands)
        if i.name == "mov" and save and vmrun < i.address < filled:
            saved[save.group(1)] = memory_target(i)
        elif i.name == "xor" and clear and clear.group(1) == clear.group(2) and \
                filled < i.address < calls[0].address:
            cleared.add(clear.group(1))
        elif i.name == "mov" and restore and i.address > calls[0].address:
            restored[restore.group(1)] = memory_target(i)

    short = {r if r[1].isdigit() else r[1:] for r in GUEST_REGISTERS}
    regs = p.symbols["caretaker_ccb"] + 0x40
    if sorted(saved) != sorted(GUEST_REGISTERS) or len(set(saved.values())) != len(saved):
        yield "saved: " + " ".join(sorted(saved))
    if any(not regs <= place < regs + 128 for place in saved.values()):
        yield "saved outside of ccb.regs"
    if restored != saved:
        yield "restored: " + " ".join(sorted(restored)) + ", or from other places"
    if cleared != short:
        yield "not cleared: " + " ".join(sorted(short - cleared))


def verw_is_last(p):
    """VERW, if it is asked for, stands right before VMRUN."""
    names = [i.name for i in p.text]
    if names.count("verw") != 1 or names[names.index("verw") + 1] != "vmrun":
        yield "it does not"


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
    """Deepest chain of calls: frames, return addresses, and the RSB fill's two."""
    usage = stack_usage(p)
    limit = abi("CARETAKER_STACK_SIZE")
    edges = collections.defaultdict(set)
    for i in p.text:
        target = branch_target(i)
        caller = p.function_of(i.address)
        if target is None or not 0 <= target or p.function_of(target) == caller and i.name != "call":
            continue
        if p.in_entry(i.address) and p.in_entry(target):
            continue
        edges[caller].add(p.function_of(target))

    def deepest(name, chain):
        if name in chain:
            raise Recursion(" -> ".join(chain + (name,)))
        own = usage.get(name.split(".")[0])
        if name == "caretaker_entry":
            own = 16        # two return addresses of the RSB fill
        if own is None:
            raise Unable("no stack usage of " + name)
        # A return address each, tail calls included: an upper bound
        return own + max((8 + deepest(callee, chain + (name,)) for callee in edges[name]),
                         default=0)

    try:
        depth = deepest("caretaker_entry", ())
    except Recursion as cycle:
        yield "recursion: %s" % cycle
        return
    stack_suffices.note = "%d of %d bytes" % (depth, limit)
    if depth > limit:
        yield stack_suffices.note


RULES = (
    ("only instructions that are allowed", instructions_are_allowed),
    ("no indirect branch", branches_are_direct),
    ("branches stay inside, but one to the trampoline", branches_stay),
    ("no segment, control, debug or vector register", registers_are_general),
    ("accesses stay in the slot", accesses_stay_in_slot),
    ("no privileged instruction hidden in the bytes", nothing_is_hidden),
    ("one VMRUN", one_vmrun),
    ("one ENDBR64, at the entry", one_landing_place),
    ("RSB filled before the first RET", no_ret_before_fill),
    ("registers saved, cleared, restored", registers_are_kept),
    ("VERW right before VMRUN", verw_is_last),
    ("no recursion, stack suffices", stack_suffices),
)


def main():
    if len(sys.argv) != 2:
        print("usage: lint.py BUILD", file=sys.stderr)
        return 2
    broken = 0
    try:
        payload = Payload(sys.argv[1])
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
