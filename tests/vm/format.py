#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Makes the payloads of format.tab, and says what must come out for each.

    format.py PAYLOAD KEYS OUT
    format.py --document > docs/format.md

PAYLOAD is the unsigned caretaker, KEYS the directory that keys.sh filled.  In OUT come
the files, by name, and

    expected   a line a case: name, number of the rule, its name, errno, header, offset
    missing    rules of rules.h that no case breaks, one a line
    stale      says so if docs/format.md is not what --document prints
"""
import os
import re
import struct
import sys

from payloads import MARKER, PT_CCB, PT_LOAD, PT_NOTE, Payload, sign

ROOT = os.path.dirname(os.path.abspath(__file__)) + "/../.."
TABLE, PARSER = f"{ROOT}/tests/vm/format.tab", f"{ROOT}/kernel/tree/virt/caretaker"
PAGE, PHDR, NOTE_HEADER = 4096, 56, 24
WIDTH = {1: "B", 2: "H", 4: "I", 8: "Q"}
ELF = {"type": (16, 2), "machine": (18, 2), "version": (20, 4), "entry": (24, 8),
       "phoff": (32, 8), "shoff": (40, 8), "flags": (48, 4), "ehsize": (52, 2),
       "phentsize": (54, 2), "phnum": (56, 2), "shnum": (60, 2), "shstrndx": (62, 2)}
HEADER = {"type": (0, 4), "flags": (4, 4), "offset": (8, 8), "vaddr": (16, 8),
          "paddr": (24, 8), "filesz": (32, 8), "memsz": (40, 8), "align": (48, 8)}
NHDR = {"namesz": (0, 4), "descsz": (4, 4), "type": (8, 4)}
NOTE = {"abi": (0, 4), "size": (4, 4), "reserved": (12, 4), "mandatory": (16, 8),
        "optional": (24, 8), "ccb_size": (32, 4), "switch_size": (36, 4),
        "config_size": (40, 4), "telemetry_size": (44, 4)}
BLOCK = {"algo": (0, 1), "hash": (1, 1), "id_type": (2, 1), "signer_len": (3, 1), "key_id_len": (4, 1)}
NAME = re.compile(r"[a-z]\w*(?:\.[a-z_]+)?(?:\[\d+\])?")


def roles(payload):
    """Which program header is which, by the name that the table has for it."""
    table = [struct.unpack_from("<2I6Q", payload.data, payload.phoff + i * PHDR)
             for i in range(payload.phnum)]
    kinds = [entry[0] for entry in table]
    mark = kinds.index(PT_CCB)
    found = {"mark": mark, "note": kinds.index(PT_NOTE), "extra": payload.phnum}
    for i, (kind, flags, _, vaddr, *_) in enumerate(table):
        if kind == PT_LOAD:
            found["ccb" if vaddr == table[mark][3] else {4: "rodata", 5: "text"}[flags]] = i
    return found


def payload_fields(payload):
    """Name -> place in the file and width."""
    note = payload.note()
    out = {f"e.ident[{i}]": (i, 1) for i in range(16)}
    out |= {f"owner[{i}]": (note - 12 + i, 1) for i in range(12)}
    for i in range(32):
        out |= {f"n.name[{i}]": (note + 48 + i, 1), f"n.version[{i}]": (note + 80 + i, 1)}
        out[f"n.more[{i}]"] = (note + 144 + i, 1)       # behind the descriptor
    groups = [("e", 0, ELF), ("nhdr", note - NOTE_HEADER, NHDR), ("n", note, NOTE)]
    groups += [(role, payload.phoff + i * PHDR, HEADER) for role, i in roles(payload).items()]
    for prefix, start, members in groups:
        out |= {f"{prefix}.{name}": (start + at, width) for name, (at, width) in members.items()}
    return out


def trailer_fields(file):
    """The same of what is behind the payload; t.len is big-endian."""
    block = len(file) - len(MARKER) - 12
    length, = struct.unpack_from(">I", file, block + 8)
    out = {f"t.{name}": (block + at, width) for name, (at, width) in BLOCK.items()}
    out |= {f"t.pad[{i}]": (block + 5 + i, 1) for i in range(3)}
    out |= {f"marker[{i}]": (block + 12 + i, 1) for i in range(len(MARKER))}
    out |= {f"der[{i}]": (block - length + i, 1) for i in range(length)}
    return out | {"t.len": (block + 8, -4)}, length


def get(data, place):
    at, width = place
    return struct.unpack_from((">" if width < 0 else "<") + WIDTH[abs(width)], data, at)[0]


def put(data, place, value):
    at, width = place
    value &= (1 << 8 * abs(width)) - 1
    struct.pack_into((">" if width < 0 else "<") + WIDTH[abs(width)], data, at, value)


def calculate(text, words):
    """An expression of numbers and names; @words says what a name stands for."""
    return eval(NAME.sub(lambda name: str(words(name.group())), re.sub(r"0x[0-9a-f]+",
                lambda number: str(int(number.group(), 16)), text)), {"__builtins__": {}})


class Case:
    """A payload that is about to be changed, then signed, then changed behind its end."""

    def __init__(self, base, keys):
        self.payload = Payload(base)
        self.base, self.keys = base, keys
        self.places = payload_fields(self.payload)
        self.roles = roles(self.payload)
        self.sizes = {"size": len(base)}

    def value(self, name):
        return self.sizes[name] if name in self.sizes else get(self.before, self.places[name])

    def place(self, name):
        return self.sizes[name] if name in self.sizes else self.places[name][0]

    def set(self, data, field, text):
        put(data, self.places[field], calculate(text, self.value))

    def add_loads(self, count):
        """Zeroed pages behind the control block."""
        used = len(list(self.payload.headers(PT_LOAD)))
        memory = self.value("ccb.vaddr") + self.value("ccb.memsz")
        for i in range(count - used):
            struct.pack_into("<2I6Q", self.payload.data, self.places["extra.type"][0] + i * PHDR,
                             PT_LOAD, 6, 0, memory + i * PAGE, 0, 0, PAGE, PAGE)
        put(self.payload.data, self.places["e.phnum"], self.payload.phnum + count - used)

    def drop(self, role):
        data, at = self.payload.data, self.places[f"{role}.type"][0]
        end = self.payload.phoff + self.payload.phnum * PHDR
        data[at:end] = data[at + PHDR:end] + bytes(PHDR)
        put(data, self.places["e.phnum"], self.payload.phnum - 1)

    def change_payload(self, field, text):
        data = self.payload.data
        if field == "size":
            size = calculate(text, self.value)
            data[:] = data[:size] + bytes(max(0, size - len(data)))
        elif field == "loads":
            self.add_loads(int(text))
        elif field == "drop":
            self.drop(text)
        elif field in self.places:
            self.set(data, field, text)
        else:
            return False
        return True

    def make(self, change):
        words = [tuple(word.partition("=")[::2]) for word in change.split(";")]
        self.before = self.base
        later = [word for word in words if not self.change_payload(*word)]
        self.sizes["size"] = len(self.payload.data)
        if ("unsigned", "") in later:
            return bytes(self.payload.data)
        file = bytearray(sign(bytes(self.payload.data), self.keys, "release"))
        if ("twice", "") in later:
            file = bytearray(sign(bytes(file), self.keys, "release"))
            later.remove(("twice", ""))
        fields, self.sizes["dersize"] = trailer_fields(file)
        self.places |= fields
        self.before = bytes(file)
        for field, text in later:
            if field == "tail":
                file = file[-calculate(text, self.value):]
            else:
                self.set(file, field, text)
        return bytes(file)


def read_rules():
    """Name, as the tool prints it -> number, of the rules about the file."""
    found = re.findall(r"CARETAKER_RULE_(\w+)\s*=\s*(\d+)", open(f"{PARSER}/rules.h").read())
    rules = {name.lower().replace("_", "-"): int(number) for name, number in found}
    last = rules.pop("loader")
    rules["unsigned"] = rules.pop("signature-missing")
    return {name: number for name, number in rules.items() if number < last}


def read_table():
    """The lines of the table, in words, with their numbers."""
    for number, line in enumerate(open(TABLE), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split()


def document():
    """Every rule, its error and its cases, for people."""
    texts = dict(re.findall(r'RULE\(\w+, "([a-z-]+)", \w+,\s*"((?:[^"\\]|\\.)*)"\)',
                            open(f"{PARSER}/elf.c").read()))
    cases, errors = {}, {}
    for _, (name, _, rule, errno, _, _) in read_table():
        cases.setdefault(rule, []).append(name)
        errors[rule] = errno
    out = ["# Rules of the payload format", "",
           "Made by `tests/vm/format.py --document` from `virt/caretaker/rules.h`, `elf.c` and",
           "`tests/vm/format.tab`. Each case is a line `format/case/NAME` of `make check`: a valid payload",
           "changed in one way, for which kernel and `caretaker inspect` must name the same rule, error,",
           "program header and offset. `tests/unit/test_elf.c` and `test_trailer.c` break each rule too,",
           "in the parser alone.", "",
           "| number | rule | error | what it says | cases |", "| --- | --- | --- | --- | --- |"]
    for rule, number in sorted(read_rules().items(), key=lambda item: item[1]):
        text = "may be changed and is still taken" if rule == "none" else texts[rule].replace('\\"', '"')
        out.append(f"| {number} | {rule} | {errors.get(rule, '')} | {text} | "
                   + ", ".join(f"`{name}`" for name in cases.get(rule, [])) + " |")
    return "\n".join(out) + "\n"


def make_all(payload, keys, out):
    base, rules = open(payload, "rb").read(), read_rules()
    os.makedirs(out)
    expected, seen = [], set()
    for number, words in read_table():
        try:
            name, change, rule, errno, header, offset = words
            if os.path.exists(f"{out}/{name}"):
                raise ValueError(f"{name} is there twice")
            case = Case(base, keys)
            file = case.make(change)
            header = case.roles.get(header, header)
            offset = offset if offset == "-" else calculate(offset, case.place)
            expected.append(f"{name} {rules[rule]} {rule} {errno} {header} {offset}\n")
        except (KeyError, ValueError, SyntaxError, NameError, struct.error) as error:
            sys.exit(f"format.py: {TABLE}, line {number}: {error!r}")
        seen.add(rule)
        with open(f"{out}/{name}", "wb") as target:
            target.write(file)
    open(f"{out}/expected", "w").writelines(expected)
    open(f"{out}/missing", "w").writelines(f"{rule}\n" for rule in rules if rule not in seen)
    stale = open(f"{ROOT}/docs/format.md").read() != document()
    open(f"{out}/stale", "w").write("run tests/vm/format.py --document\n" if stale else "")


def main():
    if sys.argv[1:] == ["--document"]:
        sys.stdout.write(document())
    elif len(sys.argv) == 4:
        make_all(*sys.argv[1:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
