# SPDX-License-Identifier: GPL-2.0-only
"""
What the tool itself says that it takes: its verbs, their actions, their options; and the count of
what passed.  Nothing here names a verb or an option, so that a new one is seen at once.
"""
import os
import re
import subprocess
import sys

# Scripts are called from anywhere
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
COMPLETION = f"{TOP}/docs/completion/caretaker.bash"


class Tool:
    """@path: the tool, @listing: options.c as a shared library"""

    def __init__(self, path, listing):
        self.path = os.path.abspath(path)
        self.listing = os.path.abspath(listing)
        self.tables = {}

    def run(self, *args, **how):
        how = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 120, **how}
        return subprocess.run([self.path, *args], **how)

    def help(self, *command):
        done = self.run("help", *command[:1], text=True)
        if done.returncode:
            raise SystemExit(f"caretaker help {' '.join(command)}: status {done.returncode}")
        return done.stdout

    def verbs(self):
        """Lines of two blanks, the verb, blanks, what it does"""
        return re.findall(r"^  ([a-z]+) +\S", self.help().split("\n  help ")[0], re.M)

    def actions(self, verb):
        """Words of its own behind the verb, or none"""
        text = self.help(verb)
        found = re.findall(rf"caretaker {verb} ([a-z]+(?:\|[a-z]+)*)(?=\s)", text)
        found = [word for words in found for word in words.split("|")]
        found += re.findall(r"^  ([a-z]+)  +[a-z]", text, re.M)
        return list(dict.fromkeys(found))

    def commands(self):
        """Each as a tuple: ("sign",), ("keys", "make")"""
        return [(verb, *action) for verb in self.verbs()
                for action in ([(a,) for a in self.actions(verb)] or [()])]

    def options(self, command):
        """{name: does it take a value}; what --help is, all have"""
        if command not in self.tables:
            done = self.run(*command, "x", text=True, env={**os.environ, "LD_PRELOAD": self.listing})
            lines = done.stdout.splitlines()
            if done.returncode or not all(re.fullmatch(r"[a-z0-9-]+ [01]", line) for line in lines):
                raise SystemExit(f"caretaker {' '.join(command)}: takes its options by something else "
                                 "than getopt_long(), so that no test sees them")
            self.tables[command] = {name: value == "1" for name, value in map(str.split, lines)
                                    if name != "help"}
        return self.tables[command]


class Count:
    """Prints "ok  what" or "FAILED  what: why", and knows how it went"""

    def __init__(self):
        self.failed = 0

    def check(self, what, why):
        """@why: what is wrong, in words; nothing: it is right"""
        self.failed += bool(why)
        print(f"FAILED  {what}: {why}" if why else f"ok      {what}")

    def end(self):
        sys.exit(bool(self.failed))


def tool_from_arguments():
    """A script is called with the tool and the library"""
    return Tool(sys.argv[1], sys.argv[2])


def name(command):
    return " ".join(command)


def kinds(command):
    """{option: what its value is, or nothing}, by the completion's table"""
    done = subprocess.run(["bash", "--norc", "-c", '. "$1"; _caretaker_options "$2"', "bash", COMPLETION,
                           name(command)], capture_output=True, text=True, timeout=60)
    return dict(word.partition("=")[::2] for word in done.stdout.split())
