# SPDX-License-Identifier: GPL-2.0-only
"""
The files of the trust matrix that are signed with ML-DSA.

Their values come from OpenSSL 3.5 (../openssl35.sh), which always signs attributes, or from
our own command with its libraries. What neither makes is put together here, from OpenSSL's values,
as DER.
"""
import os

import payloads
import trust
from trust import File, Signer
from trust_files import OPENSSL35, append, run

CARETAKER = os.environ.get("CARETAKER") or os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                        "../../build/caretaker")
KEYS = sorted(trust.MLDSA)
GOOD = "mldsa-65"

OID_DATA = bytes.fromhex("06092a864886f70d010701")
OID_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
# An attribute that nobody knows, longer than any digest
LONG = bytes.fromhex("06032a0304")


def tlv(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def children(der):
    """The elements inside one."""
    at = 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
    found = []
    while at < len(der):
        size, body = der[at + 1], at + 2
        if size & 0x80:
            body += size & 0x7F
            size = int.from_bytes(der[at + 2:body], "big")
        found.append(der[at:body + size])
        at = body + size
    return found


def parts(cms):
    """The digest algorithm and the SignerInfo of a message with one signer."""
    _, algorithms, _, infos = children(children(children(cms)[1])[0])
    return children(algorithms)[0], children(infos)[0]


def message(*signed):
    """A message of such parts, its SignerInfos in this order and not in DER's."""
    algorithms = b"".join(dict.fromkeys(algorithm for algorithm, _ in signed))
    infos = b"".join(info for _, info in signed)
    body = b"\x02\x01\x01" + tlv(0x31, algorithms) + tlv(0x30, OID_DATA) + tlv(0x31, infos)
    return tlv(0x30, OID_SIGNED_DATA + tlv(0xA0, tlv(0x30, body)))


class Mldsa:
    """Signatures with the keys of a Maker."""

    def __init__(self, maker):
        self.maker = maker

    def cms(self, data, name, digest="sha512"):
        key, cert = self.maker.key(name)
        return run(OPENSSL35, "cms", "-sign", "-binary", "-nocerts", "-nosmimecap", "-outform", "DER",
                   "-md", digest, "-signer", cert, "-inkey", key, data=data)

    def value(self, data, name):
        path = f"{self.maker.keys}/.content"
        with open(path, "wb") as file:
            file.write(data)
        out = run(OPENSSL35, "pkeyutl", "-sign", "-rawin", "-inkey", self.maker.key(name)[0], "-in", path)
        os.unlink(path)
        return out

    def ours(self, data, *words):
        """A file as `caretaker sign` makes it."""
        path = f"{self.maker.keys}/.payload"
        with open(path, "wb") as file:
            file.write(data)
        out = run(OPENSSL35, "--run", CARETAKER, "sign", "--without-lint", *words, path, "-")
        os.unlink(path)
        return out

    def ours_by(self, data, name, *words):
        key, cert = self.maker.key(name)
        return self.ours(data, "--key", key, "--cert", cert, *words)

    def ours_attached(self, data, name):
        """Without its key: what was prepared is signed by another program."""
        key, cert = self.maker.key(name)
        command = f"'{OPENSSL35}' pkeyutl -sign -rawin -inkey '{key}' -in /dev/stdin"
        return self.ours(data, "--external", command, "--cert", cert)

    def plain(self, data, name):
        """Without attributes, over the content itself: as OpenSSL 4 does with -noattr."""
        algorithm, info = parts(self.cms(data, name))
        version, signer, digest, _, scheme, _ = children(info)
        value = tlv(0x04, self.value(data, name))
        return message((algorithm, tlv(0x30, version + signer + digest + scheme + value)))

    def lengthy(self, data, name):
        """With an attribute of 4 KiB, and a good value of all of them."""
        algorithm, info = parts(self.cms(data, name))
        version, signer, digest, attributes, scheme, _ = children(info)
        body = b"".join(children(attributes))
        body += tlv(0x30, LONG + tlv(0x31, tlv(0x04, b"\xa5" * 4096)))
        value = tlv(0x04, self.value(tlv(0x31, body), name))
        return message((algorithm, tlv(0x30, version + signer + digest + tlv(0xA0, body) + scheme + value)))


def files(m):
    """Each file with its bytes."""
    sign = Mldsa(m)
    base = m.base
    cms = sign.cms(base, GOOD)
    flipped = payloads.flipped(base, 0x1000 + 0x1A0)

    def file(name, key=GOOD, digest="sha512", **more):
        return File(name, (Signer(key, digest),), attributes=True, **more)

    for key in KEYS + ["mldsa-unknown"]:
        yield file(key, key), append(base, sign.cms(base, key))

    # By our own command: alone, beside another, of whom nobody may know the one, and without a key
    for key in KEYS:
        yield file(f"{key}-ours", key), sign.ours_by(base, key)
    yield file("mldsa-ours-attached"), sign.ours_attached(base, GOOD)
    for name, first, second in (("mldsa-ours-two", GOOD, "mldsa-44"),
                                ("mldsa-ours-two-unknown", "mldsa-unknown", GOOD)):
        beside = ("--add", "--signed-by", m.key(first)[1])
        yield (File(name, (Signer(first, "sha512"), Signer(second, "sha512")), attributes=True),
               sign.ours_by(sign.ours_by(base, first), second, *beside))

    # Over other content, or over other than it was
    yield file("mldsa-changed", other=True), append(flipped, cms)
    yield (file("mldsa-changed-unknown", "mldsa-unknown", other=True),
           append(flipped, sign.cms(base, "mldsa-unknown")))
    yield (File("mldsa-value-changed", (Signer(GOOD, "sha512", good=False),), attributes=True),
           append(base, payloads.flipped(cms, len(cms) - 1000)))

    # Only the digest that RFC 9882 asks of everybody goes with it
    yield (File("mldsa-sha256", (Signer(GOOD, "sha256", good=False),), attributes=True),
           append(base, sign.cms(base, GOOD, "sha256")))
    yield File("mldsa-plain", (Signer(GOOD, "none"),)), append(base, sign.plain(base, GOOD))

    for build_id, digest in ((0xEE, "sha256"), (0xE3, "sha384"), (0xE5, "sha512")):
        data = m.variant(build_id)
        yield (file(f"mldsa-revoked-hash-{digest[3:]}", revoked=digest),
               append(data, sign.cms(data, GOOD)))

    # Attributes longer than any digest
    yield file("mldsa-long"), append(base, sign.lengthy(base, GOOD))
    yield (file("mldsa-long-unknown", "mldsa-unknown"),
           append(base, sign.lengthy(base, "mldsa-unknown")))

    # Nobody else's attributes pass behind one of ML-DSA
    rsa = parts(m.cms(base, [Signer("both")], attributes=True))
    for name, key in (("mldsa-then-rsa", GOOD), ("mldsa-unknown-then-rsa", "mldsa-unknown")):
        yield (File(name, (Signer(key, "sha512"), Signer("both")), attributes=True),
               append(base, message(parts(sign.cms(base, key)), rsa)))
