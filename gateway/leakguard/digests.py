"""Unkeyed hashes of raw values: whoever has one tries all numbers that there are, so it is the value itself."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error as NotEncoded
from collections.abc import Iterable
from typing import Final

_ALGORITHMS: Final = tuple(
    name
    for name in (
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sm3",
        "sha3_256",
        "sha3_512",
        "blake2b",
        "blake2s",
        "ripemd160",
    )
    if name in hashlib.algorithms_available
)
PREFIX: Final = 8
"""Bytes of a digest that are enough to know it: digests are often cut short."""
_HEX: Final = re.compile("(?:[0-9a-f][ :-]?){16,}")
_BASE64: Final = re.compile("[A-Za-z0-9+/_-]{20,}")


def digests_of(values: Iterable[bytes]) -> frozenset[bytes]:
    """Return the beginnings of every digest of every value, of its digest in hexadecimal, and the middle of MD5's."""
    found = set()
    for value in values:
        for name in _ALGORITHMS:
            digest = hashlib.new(name, value, usedforsecurity=False).digest()
            found.add(digest[:PREFIX])
            if name == "md5":
                found.add(digest[4 : 4 + PREFIX])
                for again in (digest, digest.hex().encode(), digest.hex().upper().encode()):
                    found.add(hashlib.md5(again, usedforsecurity=False).digest()[:PREFIX])
    return frozenset(found)


def digests_in(text: str) -> set[bytes]:
    """Return the first bytes of whatever in a text may be a digest, in hexadecimal or base 64."""
    found: set[bytes] = set()
    for run in _HEX.findall(text.lower()):
        digits = re.sub("[^0-9a-f]", "", run)
        if digits.isdigit():
            continue
        found.update(bytes.fromhex(digits[at : at + 2 * PREFIX]) for at in range(len(digits) - 2 * PREFIX + 1))
    for word in _BASE64.findall(text):
        plain = word.replace("-", "+").replace("_", "/")
        try:
            found.add(b64decode(plain[: len(plain) & ~3] or plain)[:PREFIX])
        except (ValueError, NotEncoded):
            continue
    return found
