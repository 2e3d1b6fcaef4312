# SPDX-License-Identifier: GPL-2.0-only
"""Runs build/caretaker on made-up evidence and compares what it says.

A case names its exit status and what the JSON must hold; dictionaries are compared
key by key, so that a case mentions only what it is about, but {} is only {}. A string in front of
which stands "~" must occur in the value.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../install"))
import schemas  # noqa: E402


def differs(got, want, at=""):
    if isinstance(want, dict) and want:
        if not isinstance(got, dict):
            return f"{at or 'output'} is {got!r}"
        for key, value in want.items():
            if key not in got:
                return f"{at}.{key} is missing"
            why = differs(got[key], value, f"{at}.{key}")
            if why:
                return why
        return None
    if isinstance(want, str) and want.startswith("~"):
        return None if want[1:] in str(got) else f"{at} is {got!r}, without {want[1:]!r}"
    return None if got == want and type(got) is type(want) else f"{at} is {got!r}, not {want!r}"


class Cases:
    def __init__(self, caretaker):
        self.caretaker = os.path.abspath(caretaker)
        self.folder = tempfile.TemporaryDirectory(prefix="caretaker-cases.")
        self.passed = self.failed = self.files = 0

    def file(self, data):
        """A file that holds data; anything else than bytes is a path already."""
        if not isinstance(data, (bytes, bytearray)):
            return str(data)
        self.files += 1
        path = os.path.join(self.folder.name, f"input{self.files}")
        with open(path, "wb") as out:
            out.write(data)
        return path

    def run(self, name, args, status, want=None):
        args = [a if isinstance(a, str) else self.file(a) for a in args]
        done = subprocess.run([self.caretaker, *args, "--json"], capture_output=True, text=True,
                              timeout=120)
        why = None
        if done.returncode != status:
            why = f"exit status {done.returncode}, not {status}: {done.stderr.strip()}"
        elif status in (0, 1):
            try:
                said = json.loads(done.stdout)
                why = differs(said, {"valid": status == 0, **(want or {})}) or schemas.differs(f"{args[0]}-{args[1]}", said)
            except ValueError:
                why = f"no JSON: {done.stdout[:200]!r}"
        elif done.stdout:
            why = "output without a result"
        if status and not why and not done.stderr.startswith("caretaker") and "usage" not in done.stderr:
            why = "no reason on standard error"
        if why:
            self.failed += 1
            print(f"FAILED  {name}: {why}")
        else:
            self.passed += 1
            print(f"ok      {name}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        raise SystemExit(self.failed != 0)
