#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Gives a host many VMs: records of installs behind those of its IMA list, and in its TPM.

    many_vms.py PORT LIST VMS PAYLOAD SIGNER NAME VERSION SVN

LIST is what quote_logs.py made: the kernel's statement and the install on VM 1. PCR 10 of
the swtpm at PORT is extended as the kernel would.
"""
import socket
import sys

import busy_tpm
import quote_logs


def main():
    if len(sys.argv) != 9:
        sys.exit(__doc__)
    port, path, vms, digest, signer, name, version, svn = sys.argv[1:]
    more = quote_logs.Boot()
    more.sequence = 2
    parts = []
    for vm in range(2, int(vms) + 1):
        more.buffer("caretaker-install",
                    quote_logs.install(bytes.fromhex(digest), bytes.fromhex(signer), name, version,
                                       int(svn), vm=vm, vm_id=b"drawn %d" % vm))
        parts.append(more.ima)
        more.ima = b""
    with open(path, "ab") as out:
        out.write(b"".join(parts))
    with socket.create_connection(("127.0.0.1", int(port))).makefile("rwb") as tpm:
        for _, value in more.extends:
            tpm.write(busy_tpm.extend(value))
            tpm.flush()
            status, _ = busy_tpm.message(tpm)
            assert status == 0, hex(status)


main()
