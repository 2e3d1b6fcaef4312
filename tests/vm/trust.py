# SPDX-License-Identifier: GPL-2.0-only
"""
Who may install which file, as code: docs/trust.md says the same in prose.

A File says what it is, a Context who asks and what the kernel enforces, an Ima
what IMA's policy wants.  outcome() tells from these three alone what
KVM_SET_CARETAKER must answer.  Nothing here knows the name of a file or asks a
kernel: the matrix (trust_matrix.py) compares.
"""
from dataclasses import dataclass
from typing import Optional, Tuple

# --- What a file is ---------------------------------------------------------


@dataclass(frozen=True)
class Signer:
    """One SignerInfo: whose key it names, and whether its value is what it should be."""
    key: str
    digest: str = "sha256"
    good: bool = True


@dataclass(frozen=True)
class Rule:
    """A rule of the format, by its name in virt/caretaker/rules.h, and its errno."""
    name: str
    errno: str = "EBADMSG"


@dataclass(frozen=True)
class File:
    name: str
    signers: Tuple[Signer, ...] = ()    # none: the file does not end in the marker
    attributes: bool = False            # they are over authenticated attributes
    other: bool = False                 # which hold the digest of other content
    length: str = "fits"                # "empty", or "large": over what is read at all
    trailer: Optional[Rule] = None      # what the trailer breaks
    modsig: Optional[bool] = None       # IMA finds a signature all the same
    revoked: str = ""                   # digest of the signed bytes that the blacklist names
    elf: Optional[Rule] = None          # what ELF or note break

    def has_modsig(self):
        if self.modsig is not None:
            return self.modsig
        return bool(self.signers) and not self.trailer


# --- Who asks, and of whom --------------------------------------------------


@dataclass(frozen=True)
class Context:
    enforce: Tuple[str, ...] = ()       # of "secure boot", "lockdown", "switch"
    module_capability: bool = True      # CAP_SYS_MODULE in the initial user namespace

    @property
    def secure_boot(self):
        return "secure boot" in self.enforce


@dataclass(frozen=True)
class Ima:
    mode: str                           # ima_appraise=: "enforce", "log" or "fix"
    policy: bool                        # is a policy loaded that asks for our record
    rule: str = ""                      # that an appraise rule wants: "imasig", "imasig|modsig"
    xattr: str = ""                     # security.ima: whose signature, "hash", "stale" or none


CONTEXTS = {
    "none-root": Context(),
    "none-nocap": Context(module_capability=False),
    "none-userns": Context(module_capability=False),    # it has it in its own namespace
    "switch": Context(("switch",)),
    "integrity": Context(("lockdown",)),
    "confidentiality": Context(("lockdown",)),
    "secure": Context(("secure boot", "lockdown")),     # Secure Boot locks down
}

# --- Keys -------------------------------------------------------------------

# .builtin_trusted_keys and .secondary_trusted_keys; .ima.  "module" is the key that
# the build makes for the kernel's own modules.
TRUSTED = {"release", "module"} | {"rsa-2048", "rsa-4096", "p256", "p384", "expired", "both",
                                   "withdrawn"}
MLDSA = {"mldsa-44", "mldsa-65", "mldsa-87"}    # trusted, and in .ima, where there are such
BUILTIN = {"release", "module"}
IMA = {"module", "rsa-4096", "p256", "p384", "expired", "ima", "both", "withdrawn"}


def platform_keys(context):
    """Secure Boot's db."""
    return {"db"} if context.secure_boot else set()


def revoked_keys(context):
    """The kernel's own list, and Secure Boot's dbx."""
    return {"withdrawn", "revoked"} if context.secure_boot else {"withdrawn"}


# --- The rules --------------------------------------------------------------

DIGESTS = {"sha256", "sha384", "sha512"}


@dataclass(frozen=True)
class Outcome:
    errno: str                          # "0": installed
    rule: str = "NONE"                  # that the record names
    waived: bool = False                # no signature was asked for; if installed, taints
    recorded: bool = False
    keyring: str = ""                   # that vouched: "builtin", "secondary" or "platform"
    signers: Tuple[str, ...] = ()       # one of these is named as the signer


def refused_attributes(file):
    """Only ML-DSA may have them, since OpenSSL before 4.0 cannot do without."""
    return file.attributes and any(not s.key.startswith("mldsa-") for s in file.signers)


def vouch(signers, keyring):
    """A keyring asked about the signers of a file: an errno, and who is in it."""
    known = [s for s in signers if s.key in keyring]
    if any(not s.good for s in known):
        return "EKEYREJECTED", ()
    return ("0" if known else "ENOKEY"), tuple(s.key for s in known)


def is_revoked(file, context):
    # Naming a revoked key is enough, whatever the value is
    return any(s.key in revoked_keys(context) for s in file.signers)


def ima_verifies(file, context, ima):
    """Appraisal by IMA: one good signature of the kinds that the rule takes is enough."""
    revoked = file.revoked
    if ima.rule == "imasig|modsig" and file.has_modsig():
        # The digest that the signature is over, if there is one signature, and it is over one:
        # with attributes it is theirs, and no longer that of the content
        if (len(file.signers) == 1 and revoked == file.signers[0].digest and
                not file.attributes and not file.signers[0].key.startswith("mldsa-")):
            return False
    elif not file.signers and revoked == "sha256":      # the digest of all of the file
        return False
    if ima.xattr in IMA | platform_keys(context):
        return True
    if ima.rule == "imasig" or not file.has_modsig():
        return False
    if refused_attributes(file) or file.other or is_revoked(file, context):
        return False
    return any(vouch(file.signers, ring)[0] == "0" for ring in (IMA | MLDSA, platform_keys(context)))


def ima_refuses(file, context, ima):
    # Secure Boot ignores ima_appraise=
    enforces = ima.mode == "enforce" or context.secure_boot
    return enforces and bool(ima.rule) and not ima_verifies(file, context, ima)


def signature(file, context):
    """The loader's own verdict on a signature: errno, rule, keyring, signers."""
    if refused_attributes(file) or any(s.digest not in DIGESTS for s in file.signers):
        return "EKEYREJECTED", "SIGNATURE", "", ()
    # Attributes that contradict the content are wrong whoever signed them
    if file.other:
        return "EKEYREJECTED", "SIGNATURE", "", ()
    if is_revoked(file, context):
        return "EKEYREVOKED", "SIGNER_REVOKED", "", ()
    errno, by = vouch(file.signers, TRUSTED | MLDSA)
    if errno == "0":
        # If more than one signed, a builtin one is named
        builtin = tuple(key for key in by if key in BUILTIN)
        return errno, "NONE", "builtin" if builtin else "secondary", builtin or by
    if errno == "ENOKEY":
        errno, by = vouch(file.signers, platform_keys(context))
        if errno == "0":
            return errno, "NONE", "platform", by
    return errno, "SIGNER_UNKNOWN" if errno == "ENOKEY" else "SIGNATURE", "", ()


def decide(file, context, ima):
    """All but the record, in the order of virt/caretaker/load.c."""
    if file.length != "fits":
        return Outcome("EINVAL" if file.length == "empty" else "EFBIG", "READ")
    if ima_refuses(file, context, ima):
        return Outcome("EACCES", "READ")
    if file.trailer:
        return Outcome(file.trailer.errno, file.trailer.name)
    if file.revoked:
        return Outcome("EKEYREVOKED", "PAYLOAD_REVOKED")

    keyring, by = "", ()
    if file.signers:
        errno, rule, keyring, by = signature(file, context)
    else:
        errno, rule = "EPERM", "UNSIGNED"
    waived = errno == "EPERM" or errno == "ENOKEY"
    if errno != "0" and not waived:
        return Outcome(errno, rule)
    if waived and context.enforce:
        return Outcome(errno, rule)
    if waived and not context.module_capability:
        return Outcome("EPERM", "CAPABILITY")

    if file.elf:
        return Outcome(file.elf.errno, file.elf.name, waived, keyring=keyring, signers=by)
    return Outcome("0", waived=waived, keyring=keyring, signers=by)


def outcome(file, context, ima):
    result = decide(file, context, ima)
    # Secure Boot brings rules of its own, which ask for the record
    recorded = ima.policy or context.secure_boot
    if result.errno == "0" and context.enforce and not recorded:
        return Outcome("ENOENT")
    return Outcome(**{**result.__dict__, "recorded": recorded})
