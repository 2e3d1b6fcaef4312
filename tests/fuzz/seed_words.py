# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_words: command lines of hosts, and lines that readers cut differently.

seed_words.py FOLDER
"""
import os
import sys

LINES = [
    b"", b" ", b"BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet", b"console=ttyS0,115200n8 lockdown=integrity",
    b"root=/dev/sda1 ro\nlockdown=integrity", b"x" * 2047 + b" lockdown=integrity", b"x" * 2046, b"x" * 2048,
    b'lock"down"=integrity', b'lockdown=int"egrity"', b"quiet\vmodule.sig_enforce=0", b"a\rinit=/bin/sh\rima_appraise=off",
    b"a\fb\xa0c\x85d", b"bootconfig=1", b'dyndbg="file drivers/usb/* +p; file a +p" quiet', b'"a b=c d" e', b'a="', b'"',
    b'"a', b'""', b'"" b', b'a=""', b'a="b"c d', b'"a"="b"', b"=", b"==", b"=a=b", b'="a"', b'=a="b"', b'a=b="c"',
    b"-- init=1", b"a -- b", b'"--" b', b"--=1", b"ima-appraise_tcb no-hlt", b"a\0b", b"a=b\0", b" a  b   ", b"\t\n\v\f\r\xa0",
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for i, line in enumerate(LINES):
        with open(os.path.join(sys.argv[1], f"seed-{i}"), "wb") as out:
            out.write(line)


main()
