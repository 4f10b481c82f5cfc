"""Documents that were valid once: what a damaged disk, a wrong tool or a hostile peer makes of a file or a message.

`broken_values` changes the structure: each key is left out, doubled or renamed, and each value becomes one of another
type or beyond its bounds. `broken_octets` changes the bytes: cut, doubled, flipped, nested beyond every stack, in no
UTF-8, with a byte order mark. The choice is drawn from a fixed seed, so that a failure is met again.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any, Final

ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 1.5, 10**30, -(10**30), float("nan"), float("inf"), "", " ", "x", "\0", "\n"),
    *("\ud800", "\ufeff", "\u202e", "𠮷" * 3, "9" * 5000, "1e400", "-1", "0001-01-01", "9999-12-31T23:59:59+00:00"),
    *([], [[]], {}, {"x": {}}, [None], [1, "1"], ["\ud800"], {"": ""}),
)
"""Values of every type that a parser gives, and beyond what programs expect of them."""
DEEP: Final = 100_000
"""Nested so deep, no recursion ends well."""


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def broken_values(document: Any, *, most: int = 250, seed: int = 1) -> Iterator[Any]:
    """Yield copies of a parsed document, each with one change, at most so many; odd documents as a whole come first."""
    yield from ODD
    changes = [(path, odd) for path in paths(document) for odd in (*ODD, ..., "rename", "swap")]
    for path, odd in Random(seed).sample(changes, min(most, len(changes))):
        copy = deepcopy(document)
        inner = copy
        for step in path[:-1]:
            inner = inner[step]
        match odd:
            case _ if odd is ...:
                del inner[path[-1]]
            case "rename" if isinstance(inner, dict):
                inner[f"{path[-1]}_"] = inner.pop(path[-1])
            case "swap" if isinstance(inner, dict):
                other = Random(seed).choice(list(inner))
                inner[path[-1]], inner[other] = inner[other], inner[path[-1]]
            case _:
                inner[path[-1]] = deepcopy(odd)
        yield copy


def broken_octets(octets: bytes, *, most: int = 80, seed: int = 1) -> Iterator[bytes]:
    """Yield changed bytes of a document."""
    yield from (b"", b"\n", b"\0", b"\xef\xbb\xbf" + octets, octets + octets, octets + b"\0", octets[:-1], octets[1:])
    yield from (octets.decode(errors="replace").encode("utf-16"), octets.replace(b"\n", b"\r\n"), octets.upper())
    yield from (b"[" * DEEP, b'{"a":' * DEEP, b"a = " + b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b"9" * 5000)
    yield from (b"a = " + b"9" * 5000, b"[a]\n" * 2, b"\xff" * 40, b"\xed\xa0\x80", b'"\\ud800"', b"NaN", b"1e999")
    yield from (b"a." * 5000 + b"a = 1", b"a = 0000-99-99", b"a = inf", b"a = 9999-12-31T23:59:59.999999+23:59")
    random = Random(seed)
    signs = (b"\xff", b"9" * 5000, b"\0", b'"', b"[", b"{", b"\n")
    for _ in range(most):
        at, size = random.randrange(max(len(octets), 1)), random.randrange(1, 9)
        change = random.choice((b"", bytes([random.randrange(256)]), *signs))
        yield octets[:at] + change + octets[at + (size if change in (b"", b"\xff") else len(change) and 1) :]
