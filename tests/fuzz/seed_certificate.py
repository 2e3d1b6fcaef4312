#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seeds for fuzz_certificate: certificates of several kinds, TPM keys, an enrolment, text.

seed_certificate.py FOLDER
"""
import os
import struct
import subprocess
import sys
import tempfile

KEYRING, SIGNER, PUBLIC, CHAIN, TEXT, LIST, TEMPLATE, CRL, REQUEST = (bytes([i]) for i in range(9))
NULL, AES, CFB, SHA1, SHA256, SHA384, RSASSA, ECDSA = 0x10, 6, 0x43, 4, 0xB, 0xC, 0x14, 0x18
SIGNS, DECRYPTS = 0x50072, 0x30072      # restricted, fixed, with their own sensitive data
P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def run(*words, **options):
    return subprocess.run(("openssl",) + words, check=True, capture_output=True, **options).stdout


def sized(content):
    return struct.pack(">H", len(content)) + content


def public(kind, attributes, parameters, unique, name=SHA256):
    return sized(struct.pack(">HHI", kind, name, attributes) + sized(b"") + parameters + unique)


def rsa(attributes, scheme, n, bits=2048, **more):
    symmetric = struct.pack(">HHH", AES, 128, CFB) if attributes == DECRYPTS else struct.pack(">H", NULL)
    return public(1, attributes, symmetric + scheme + struct.pack(">HI", bits, 0), sized(n), **more)


def ecc(attributes, point, curve=3, **more):
    parameters = struct.pack(">HHHHH", NULL, ECDSA, SHA256, curve, NULL)
    return public(0x23, attributes, parameters, sized(point[:len(point) // 2]) +
                  sized(point[len(point) // 2:]), **more)


def publics(n, point):
    signing = struct.pack(">HH", RSASSA, SHA256)
    return {
        "rsa-ak": rsa(SIGNS, signing, n), "rsa-ek": rsa(DECRYPTS, struct.pack(">H", NULL), n),
        "ecc-ak": ecc(SIGNS, point), "ecc-off": ecc(SIGNS, b"\1" * 64), "ecc-long": ecc(SIGNS, b"\1" * 96),
        "ecc-curve": ecc(SIGNS, point, curve=5), "small": rsa(SIGNS, signing, n[:128], 1024),
        "p384": ecc(SIGNS, b"\2" * 96, curve=4), "name-sha1": rsa(SIGNS, signing, n, name=SHA1),
        "name-sha384": rsa(SIGNS, signing, n, name=SHA384), "free": rsa(0x40072, signing, n),
        "scheme-sha1": rsa(SIGNS, struct.pack(">HH", RSASSA, SHA1), n),
        "no-scheme": rsa(SIGNS, struct.pack(">H", NULL), n), "behind": rsa(SIGNS, signing, n) + b"x",
        "size": b"\0\x10" + rsa(SIGNS, signing, n)[2:], "none": b"",
    }


def certificate(work, name, *options):
    """Self-signed, in PEM."""
    key, cert = (os.path.join(work, name + end) for end in (".key", ".pem"))
    kind = () if "-newkey" in options else P256
    run("req", "-x509", "-nodes", "-keyout", key, "-out", cert, "-days", "9000", *kind, *options)
    with open(cert, "rb") as pem:
        return pem.read()


def tlv(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else struct.pack(">BH", 0x82, size)
    return bytes([tag]) + length + content


def crl():
    """Form of a revocation list: no signature that holds."""
    algorithm = tlv(0x30, bytes.fromhex("06082a8648ce3d040302"))
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403") + tlv(0x0c, b"ek"))))
    entry = tlv(0x30, tlv(2, b"\2") + tlv(0x17, b"230101000000Z"))
    listed = tlv(0x30, tlv(2, b"\1") + algorithm + name + tlv(0x17, b"230101000000Z") +
                 tlv(0x17, b"330101000000Z") + tlv(0x30, entry))
    return tlv(0x30, listed + algorithm + tlv(3, b"\0" + bytes(70)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seeds = {}
    with tempfile.TemporaryDirectory() as work:
        root = certificate(work, "root", "-subj", "/CN=root")
        key = certificate(work, "ek", "-newkey", "rsa:2048", "-subj", "/CN=ek", "-addext",
                          "basicConstraints=critical,CA:false", "-addext", "extendedKeyUsage=2.23.133.8.1")
        certs = {
            "root": root, "rsa": key, "both": root + key,
            "no-id": certificate(work, "no-id", "-subj", "/O=a/CN=\u00e9", "-utf8", "-addext",
                                 "subjectKeyIdentifier=none"),
            "short-id": certificate(work, "short", "-subj", "/CN=s", "-addext",
                                    "subjectKeyIdentifier=010203"),
            "long-id": certificate(work, "long", "-subj", "/CN=" + "l" * 60, "-addext",
                                   "subjectKeyIdentifier=" + "01" * 40),
            "ed25519": certificate(work, "ed", "-newkey", "ed25519", "-subj", "/CN=ed"),
            "glued": root.rstrip() + key, "tail": root + b"\0", "other": root + root.replace(b"CERT", b"X"),
            "cut": root[:-80], "none": b"", "text": b"-----BEGIN CERTIFICATE-----\nx\n",
        }
        for name, pem in certs.items():
            for kind, word in ((KEYRING, "keyring"), (SIGNER, "signer")):
                seeds[f"{word}-{name}"] = kind + pem
                if name in ("root", "rsa", "no-id"):
                    seeds[f"{word}-{name}-der"] = kind + run("x509", "-outform", "DER", input=pem)
        der = run("x509", "-outform", "DER", input=key)
        modulus = bytes.fromhex(run("x509", "-noout", "-modulus", input=key).split(b"=")[1].decode())
        key_pem = run("x509", "-noout", "-pubkey", input=key)
        root_der = run("x509", "-outform", "DER", input=root)
        request = run("req", "-new", "-key", os.path.join(work, "root.key"), "-subj", "/CN=r", "-addext",
                      "extendedKeyUsage=codeSigning")
        request_der = run("req", "-outform", "DER", input=request)
        crl_pem = run("crl", "-inform", "DER", input=crl())
        point = run("pkey", "-in", os.path.join(work, "root.key"), "-pubout", "-outform", "DER")[-64:]
    keys = publics(modulus, point)
    seeds |= {"public-" + name: PUBLIC + content for name, content in keys.items()}
    rest = sized(keys["rsa-ek"]) + sized(keys["rsa-ak"])
    # Self-signed: the EK's certificate stands for its own authority
    seeds |= {
        "chain": CHAIN + sized(key) + sized(der) + rest,
        "chain-swapped": CHAIN + sized(key) + sized(der) + sized(keys["rsa-ak"]) + sized(keys["rsa-ek"]),
        "chain-other-key": CHAIN + sized(key) + sized(der) + sized(keys["ecc-ak"]) + sized(keys["ecc-ak"]),
        "chain-unknown": CHAIN + sized(root) + sized(der) + rest,
        "chain-ca": CHAIN + sized(root) + sized(run("x509", "-outform", "DER", input=root)) + rest,
        "chain-none": CHAIN + sized(b"") + sized(der) + rest,
        "chain-no-certificate": CHAIN + sized(root) + sized(b"0") + rest,
        "chain-and-more": CHAIN + sized(key) + sized(der) + rest + sized(root_der + bytes(9) + b"\xff"),
        "chain-broken": CHAIN + sized(key) + sized(der) + rest + sized(root_der[:-1]),
        "chain-two": CHAIN + sized(root_der + der) + sized(der) + rest,
        "chain-crl": CHAIN + sized(key) + sized(der) + rest + sized(b"") + sized(crl()),
        "list-digest": LIST + b"# x\n" + b"5a" * 32 + b" host\n", "list-short": LIST + b"5a\n",
        "list-key": LIST + key_pem + key_pem, "list-cut": LIST + key_pem[:-30], "list-none": LIST,
        "template-rsa": TEMPLATE + b"\0" + keys["rsa-ek"][2:] + bytes(4),
        "template-other": TEMPLATE + b"\1" + keys["rsa-ek"][2:],
        "template-ecc": TEMPLATE + b"\1" + keys["ecc-ak"][2:] + b"\xff", "template-none": TEMPLATE,
        "hex": TEXT + b"00fFAB", "hex-odd": TEXT + b"0", "hex-not": TEXT + b"0g", "base64": TEXT + b"YWJj",
        "base64-one": TEXT + b"YQ==", "base64-two": TEXT + b"YWI=", "base64-bits": TEXT + b"YR==",
        "base64-not": TEXT + b"Y!==", "text-none": TEXT,
    }
    seeds |= {
        "crl": CRL + crl(), "crl-pem": CRL + crl_pem, "crl-two": CRL + crl_pem + b"words\n" + crl_pem,
        "crl-cut": CRL + crl_pem[:-40], "crl-behind": CRL + crl() + b"x", "crl-other": CRL + root, "crl-none": CRL,
        "request": REQUEST + request, "request-der": REQUEST + request_der, "request-behind": REQUEST + request_der + b"x",
        "request-false": REQUEST + request_der[:-1] + bytes([request_der[-1] ^ 1]), "request-other": REQUEST + root,
        "request-cut": REQUEST + request_der[:60], "request-none": REQUEST,
    }
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds.items():
        with open(os.path.join(sys.argv[1], "seed-" + name), "wb") as out:
            out.write(content)


main()
