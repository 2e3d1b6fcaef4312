# SPDX-License-Identifier: GPL-2.0-only
"""What can happen to an input: cut at each byte, each byte changed, something behind it."""


def damage(name, data):
    """{name: bytes}; meant for short inputs, for there are three for each byte."""
    seeds = {f"{name}-behind": data + b"\0"}
    for i in range(len(data)):
        seeds[f"{name}-cut-{i}"] = data[:i]
        for word, bits in (("one", 1), ("high", 0x80)):
            seeds[f"{name}-{word}-{i}"] = data[:i] + bytes([data[i] ^ bits]) + data[i + 1:]
    return seeds
