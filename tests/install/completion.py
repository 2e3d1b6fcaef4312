#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
docs/completion/caretaker.bash, held against the tool, by bash itself, without a terminal and at one:
completion.py TOOL OPTIONS.SO
"""
import os
import pty
import select
import subprocess
import tempfile
import time

from tool import COMPLETION, Count, kinds, name, tool_from_arguments

tool = tool_from_arguments()
count = Count()

# What bash puts into the variables, then what the function finds; compopt works inside of readline only
ASK = '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _caretaker; printf "%s\\n" "${COMPREPLY[@]}"'


def complete(*words):
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", COMPLETION, "caretaker", *words], capture_output=True,
                          text=True, timeout=60)
    if done.stderr:
        return {"bash: " + done.stderr.strip()}
    return set(done.stdout.split())


def differs(got, want):
    said = []
    if want - got:
        said.append("missing in docs/completion/caretaker.bash: " + " ".join(sorted(want - got)))
    if got - want:
        said.append("not in the tool: " + " ".join(sorted(got - want)))
    return "; ".join(said)


def words_of_table():
    count.check("verbs", differs(complete(""), {*tool.verbs(), "help", "--help", "--version"}))
    count.check("verbs behind help", differs(complete("help", ""), {*tool.verbs(), "help"}))
    for verb in tool.verbs():
        if tool.actions(verb):
            count.check(f"actions of {verb}", differs(complete(verb, ""), {*tool.actions(verb), "--help"}))
    for command in tool.commands():
        options, table = tool.options(command), kinds(command)
        count.check(f"options of {name(command)}",
                    differs(complete(*command, "-"), {f"--{o}" for o in options} | {"--help"}))
        wrong = [o for o in options if o in table and bool(table[o]) != options[o]]
        count.check(f"values of {name(command)}", " ".join(f"--{o} takes {'a' if options[o] else 'no'} value"
                                                           for o in wrong))
        for option, kind in table.items():
            if "," not in kind:
                continue
            want = set(kind.split(","))
            count.check(f"words of {name(command)} --{option}",
                        differs(complete(*command, f"--{option}", ""), want) or
                        differs(complete(*command, f"--{option}", "=", ""), want))
            count.check(f"{name(command)} takes each word of --{option}", refused(command, option, want))


def refused(command, option, words):
    """A word that the tool does not know is usage; keyrings are the kernel's, and any may be asked for"""
    if option == "keyring":
        return ""
    # Whatever comes first, the word or what stands behind it: one of the two tells them apart
    for last in ("--help", "/nowhere/at all"):
        def usage(word):
            return tool.run(*command, f"--{option}", word, last).returncode == 2
        bad = [word for word in words if usage(word)]
        if usage("no-such-word") and not bad:
            return ""
    return "refused: " + " ".join(bad) if bad else "it takes any word, so that these are not all"


class Terminal:
    """A bash that somebody types into"""

    def __init__(self, folder):
        self.child, self.fd = pty.fork()
        if not self.child:
            os.chdir(folder)
            os.environ.update(PS1="> ", TERM="dumb", HISTFILE="/dev/null", INPUTRC="/dev/null")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        self.type(f"bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; . {COMPLETION}\n", 1)

    def type(self, text, patience=0.7):
        """What the terminal shows until nothing comes any more"""
        os.write(self.fd, text.encode())
        shown = b""
        limit = time.monotonic() + 20
        while time.monotonic() < limit and select.select([self.fd], [], [], patience if shown else 5)[0]:
            shown += os.read(self.fd, 65536)
        return shown.decode(errors="replace")

    def line(self, text):
        """What is on the line behind a tab; ^U clears it"""
        shown = self.type(text + "\t")
        self.type("\x15")
        return shown.replace("\r", "").replace("\a", "")

    def close(self):
        os.write(self.fd, b"\x15exit\n")
        os.waitpid(self.child, 0)
        os.close(self.fd)


def at_a_terminal():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/a folder")
        os.mkdir(f"{folder}/a folder/inner")
        for path in ("release key.pem", "a folder/inner file"):
            open(f"{folder}/{path}", "w").close()
        bash = Terminal(folder)
        for typed, want in (
                ("caretaker insp", "caretaker inspect "),
                ("caretaker policy re", "caretaker policy reference "),
                ("caretaker sign --prev", "caretaker sign --previous "),
                ("caretaker sign --key rel", "caretaker sign --key release\\ key.pem "),
                ("caretaker sign --cert=rel", "caretaker sign --cert=release\\ key.pem "),
                ("caretaker sign --hash sha5", "caretaker sign --hash sha512 "),
                ("caretaker sign --hash=sha5", "caretaker sign --hash=sha512 "),
                ("caretaker sign --into a\\ folder/in", "caretaker sign --into a\\ folder/inner/"),
                ("caretaker sign --min-svn rel", "caretaker sign --min-svn rel"),
                ("caretaker keys revoke --digest rel", "caretaker keys revoke --digest rel"),
                ("caretaker verify rel", "caretaker verify release\\ key.pem ")):
            got = bash.line(typed)
            count.check(f"typed: {typed}", "" if got == want else f"{got!r}, not {want!r}")
        bash.close()


words_of_table()
at_a_terminal()
count.end()
