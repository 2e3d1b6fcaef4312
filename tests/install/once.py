#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
An option with a value is given once, or its man page says otherwise: once.py TOOL OPTIONS.SO

Of two values one would be passed over, and nobody can tell which was meant.  What may be given more than once, a page says
by dots in its synopsis, or in the option's paragraph by one of the words of MANY; there no value is passed over.
"""
import os
import re
import tempfile

from tool import TOP, Count, kinds, name, tool_from_arguments

tool = tool_from_arguments()
count = Count()
MANY = re.compile(r"(?i)may be repeated|of several the highest counts|more than once")


def page(command):
    """Its page, or where that has a section for the action, that section: as text without requests"""
    text = open(f"{TOP}/docs/man/caretaker-{command[0]}.1").read().replace("\\-", "-").replace("\\fR", "")
    section = command[1:] and re.search(rf"\n\.S[HS] (?:{command[0]} )?{command[1]}\b.*?(?=\n\.S[HS] )", text, re.I | re.S)
    return text, section.group() if section else text


def says_many(command, option):
    whole, text = page(command)
    synopsis = re.search(r"\n\.SH SYNOPSIS\n(.*?)\n\.SH ", whole, re.S).group(1)
    calls = [" ".join(re.sub(r"(?m)^\.[A-Z]+ |[\"\[\]{}]", " ", call).split()) for call in synopsis.split("\n.br\n")]
    # An action of two names stands there by one of them.
    synopsis = " ".join([call for call in calls if f"caretaker {name(command)} " in call] or calls)
    dots = re.search(rf"--{option}(?: [A-Z]+(?: : [A-Z]+)?)? ?\.\.\.", synopsis)
    about = [part for part in re.split(r"\n\.(?:TP|SH|SS|PP)\b", text)
             if re.match(r"[^\n]*\n[^\n]*--" + option + r"(?![a-z-])", part)]
    return dots or MANY.search(" ".join(" ".join(about).split()))


def twice(command, option, kind):
    """What is wrong, in words"""
    value = kind.split(",")[0] if "," in kind else "1"
    done = tool.run(*command, f"--{option}", value, f"--{option}", value, "x", text=True)
    refused = done.returncode == 2 and f"--{option}: given twice" in done.stderr
    many = says_many(command, option)
    if many and refused:
        return "refused, and its page says that it is not"
    return "" if many or refused else f"status {done.returncode}, and its page does not say that it may be repeated"


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for one in tool.commands():
        for word, value in kinds(one).items():
            if value:
                count.check(f"{name(one)} --{word} is given once, or its page says otherwise", twice(one, word, value))
count.end()
