#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Manual pages, held against the tool: each verb has one, caretaker(1) names each verb, and page, help and
table of a verb have the same options; each word by which signing, keys and releases say what is wrong is in one:
pages.py TOOL OPTIONS.SO
"""
import glob
import os
import re
import subprocess

from tool import TOP, Count, name, tool_from_arguments

OPTION = r"(?<![\w-])--([a-z][a-z0-9-]*)"
# Of programs that pages tell to call: curl, evmctl
OTHERS = {"data-binary", "sigfile"}
tool = tool_from_arguments()
count = Count()


def path(verb=None):
    return f"{TOP}/docs/man/caretaker{'-' + verb if verb else ''}.1"


def source(page):
    """As text, without fonts and escapes, a macro at the beginning of its line"""
    text = open(page).read()
    text = re.sub(r'^\.\\".*\n', "", text, flags=re.M)
    text = text.replace(r"\-", "-").replace(r"\&", "").replace(r"\(bu", "*").replace('"', " ")
    return re.sub(r"\\f(\(..|.)", "", text)


def section(text, title):
    found = re.search(rf"^\.SH {title}\n(.*?)(?=^\.SH |\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


def described(text):
    """What a paragraph begins with, and what the synopsis has"""
    tags = re.findall(r"^\.TP.*\n(.*)", text, re.M)
    return set(re.findall(OPTION, section(text, "SYNOPSIS") + "\n".join(tags)))


def words():
    """Of reason_set(), and of functions that hand a word on to it, where it stands in the call itself"""
    found = set()
    for code in ("signing/**/*.c", "keys/*.c", "policy/release/*.c"):
        for file in glob.glob(f"{TOP}/{code}", recursive=True):
            found |= set(re.findall(r'\b(?:reason_set|\w*refuse\w*)\([^;"]*"([a-z][a-z0-9-]+)"', open(file).read()))
    return found


def without(options, text):
    return ", ".join(f"--{o}" for o in sorted(options)) + " " + text if options else ""


every = set()
for command in tool.commands():
    every |= set(tool.options(command))
every |= {"help", "version"}

main = source(path()) if os.path.exists(path()) else ""
count.check("caretaker(1)", "" if main else "there is no such page")
for verb in tool.verbs():
    count.check(f"caretaker(1) has {verb}", "" if re.search(rf"^\.BR {verb} +, see +caretaker-{verb} \(1\)$", main, re.M) else
                f"no line for it, with a reference to caretaker-{verb}(1)")
    if not os.path.exists(path(verb)):
        count.check(f"caretaker-{verb}(1)", f"there is no docs/man/caretaker-{verb}.1")
        continue
    commands = [c for c in tool.commands() if c[0] == verb]
    options = {o for c in commands for o in tool.options(c)}
    text = source(path(verb))
    said = set(re.findall(OPTION, text))
    count.check(f"caretaker-{verb}(1) has each option", without(options - said, "are not in the page"))
    count.check(f"caretaker-{verb}(1) has no other option",
                without(described(text) - options, f"are described, and no option of {verb}"))
    count.check(f"caretaker-{verb}(1) names no option that is none", without(said - every - OTHERS, "are no options"))
    for action in tool.actions(verb):
        count.check(f"caretaker-{verb}(1) has {action}",
                    "" if re.search(rf"\b{action}\b", text) else "not in the page")
    told = set(re.findall(OPTION, tool.help(verb)))
    for command in commands:
        more = set(re.findall(OPTION, tool.run(*command, "--help", text=True).stdout))
        told |= more
    count.check(f"{verb} --help has each option", without(options - told, "are not in the help"))
    count.check(f"{verb} --help has no other option", without(told - every, "are no options"))

for page in sorted(glob.glob(f"{TOP}/docs/man/*.1")):
    short = os.path.basename(page)
    verb = short[len("caretaker-"):-len(".1")]
    count.check(f"{short} is of a verb", "" if short == "caretaker.1" or verb in tool.verbs() else
                f"there is no verb {verb}")
    done = subprocess.run(["groff", "-t", "-man", "-Tutf8", "-ww", "-rLL=78n", "-z", page], capture_output=True, text=True)
    count.check(f"{short}: groff", done.stderr.strip().replace("\n", "; "))
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
    # A page has the tool's date, which is not in the page.
    said = [line for line in done.stdout.splitlines() if "missing date" not in line]
    count.check(f"{short}: mandoc", "; ".join(said))
    missing = [s for s in ("NAME", "SYNOPSIS", "EXIT STATUS", "SEE ALSO")
               if not re.search(rf"^\.SH {s}$", source(page), re.M)]
    count.check(f"{short}: sections", ", ".join(missing))

# Rules of the format have a page of their own.
pages = "".join(source(page) for page in [*glob.glob(f"{TOP}/docs/man/*.1"), f"{TOP}/docs/format.md"])
for word in sorted(words()):
    count.check(f"a page says what {word} is", "" if re.search(rf"(?<![a-z-]){word}(?![a-z-])", pages) else "none has it")
count.end()
