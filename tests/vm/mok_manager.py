#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Goes through shim's MokManager as somebody at the console does: mok_manager.py STEPS PASSWORD PIPE

PIPE.out and PIPE.in are the serial port of a VM; what comes there is a screen of a PC-ANSI terminal (UEFI 2.10, 12.4).  STEPS is a file:

    > ITEM      of the menu that is shown: down to it, then Enter
    TEXT:       where that is asked: the first line of the file PASSWORD, then Enter
    TEXT        when that is shown: Enter

It ends with the machine, and 0 if every step was done.  Exit status 1: the text of a step did not come within STEP seconds,
or the machine ended before; said with the screen as it was.
"""
import fcntl
import os
import re
import select
import sys
import time

STEP = 200
# An emulator on a busy machine may lose a key, or take the bytes of one for several
AGAIN = 10
UP, DOWN, ENTER = b"\x1b[A", b"\x1b[B", b"\r"
# Blue is the background of what MokManager draws, and black that of the item that Enter takes
CHOSEN = "40"
TOKEN = re.compile(rb"\x1b\[=?([0-9;]*)([A-Za-z])|([^\x1b])|\x1b[^\[]", re.S)
BEGUN = re.compile(rb"\x1b(\[=?[0-9;]*)?$")


class Screen:
    """What is where, and on which background"""

    def __init__(self, path):
        self.cells, self.row, self.column, self.ground, self.rest = {}, 1, 1, "", b""
        self.heard, self.keys = False, None
        end = time.monotonic() + STEP
        while self.keys is None:
            try:
                self.keys = os.open(path + ".in", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # ENXIO: the emulator has not opened it yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        # The emulator drops what nobody takes
        self.output = os.open(path + ".out", os.O_RDONLY)
        fcntl.fcntl(self.output, fcntl.F_SETPIPE_SZ, 1 << 20)

    def press(self, key):
        self.heard = False
        try:
            os.write(self.keys, key)
        except BrokenPipeError:
            pass  # the machine is gone, which read() tells

    def control(self, numbers, letter):
        if letter == b"H":
            self.row, self.column = ([int(n) for n in numbers.split(b";") if n] + [1, 1])[:2]
        elif letter == b"J":
            self.cells = {}
        elif letter == b"m":
            for number in numbers.decode().split(";"):
                self.ground = number if number[:1] == "4" else self.ground

    def put(self, char):
        if char == b"\r":
            self.column = 1
        elif char == b"\n":
            self.row += 1
        elif char == b"\b":
            self.column -= 1
        else:
            self.cells.setdefault(self.row, {})[self.column] = (char.decode("cp437"), self.ground)
            self.column += 1

    def read(self):
        """False where the machine is gone"""
        if not select.select([self.output], [], [], 0.2)[0]:
            return True
        data = os.read(self.output, 65536)
        if not data:
            return False
        self.heard = True
        data, self.rest = self.rest + data, b""
        begun = BEGUN.search(data)
        if begun:
            data, self.rest = data[:begun.start()], begun.group()
        for match in TOKEN.finditer(data):
            numbers, letter, char = match.groups()
            if letter:
                self.control(numbers, letter)
            elif char:
                self.put(char)
        return True

    def lines(self):
        for _, row in sorted(self.cells.items()):
            text = "".join(row.get(column, (" ",))[0] for column in range(1, max(row) + 1))
            grounds = {ground for char, ground in row.values() if char.isalnum()}
            yield text.strip("│ \t"), grounds

    def has(self, text):
        return any(text in line for line, _ in self.lines())

    def chosen(self):
        return [line for line, grounds in self.lines() if line and grounds == {CHOSEN}]

    def row_of(self, item):
        """0 where there is none"""
        lines = [line for line, _ in self.lines()]
        return lines.index(item) + 1 if item in lines else 0

    def show(self):
        return "\n".join(line for line, _ in self.lines() if line.strip("─┌┐└┘"))


def wait(screen, step, ready, key=None):
    """Until ready: False where the machine ends first.  The key is pressed at once, and again where nothing at all comes of it"""
    end, pressed = time.monotonic() + STEP, 0
    while not ready() or (key and not pressed):
        now = time.monotonic()
        if key and (not pressed or (now > pressed + AGAIN and not screen.heard)):
            screen.press(key)
            pressed = now
        if not screen.read():
            return False
        if now > end:
            sys.exit(f"mok_manager.py: \"{step}\": nothing came of it; the screen was:\n{screen.show()}")
    return True


def shown(screen, step, ready, key=None):
    if not wait(screen, step, ready, key):
        sys.exit(f"mok_manager.py: the machine ended before \"{step}\"")


def enter(screen, step):
    """What is on the screen by then does not count for the next step: some of it stays"""
    screen.cells = {}
    wait(screen, step, lambda: screen.heard, ENTER)


def choose(screen, step, item):
    shown(screen, step, lambda: screen.row_of(item) and len(screen.chosen()) == 1)
    while screen.chosen() != [item]:
        before = screen.chosen()
        key = DOWN if screen.row_of(item) > screen.row_of(before[0]) else UP
        shown(screen, step, lambda: len(screen.chosen()) == 1 and screen.chosen() != before, key)
    enter(screen, step)


def answer(screen, step, text):
    """What is asked for is typed once: a wrong answer is no better the second time"""
    shown(screen, step, lambda: screen.has(step))
    if step.endswith(":"):
        for char in text:
            screen.press(char.encode())
            time.sleep(0.05)
    enter(screen, step)


def main():
    steps, password, path = sys.argv[1:]
    screen = Screen(path)
    with open(password, encoding="ascii") as file:
        typed = file.readline().rstrip("\n")
    with open(steps, encoding="utf-8") as file:
        for step in filter(None, map(str.strip, file)):
            if step.startswith("> "):
                choose(screen, step, step[2:])
            else:
                answer(screen, step, typed)
            print(step, flush=True)
    while screen.read():
        pass


if __name__ == "__main__":
    main()
