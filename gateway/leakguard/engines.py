"""The regular expression engines that carry out the quick look, with equal verdicts: the first of them that loads.

hyperscan   all patterns at once, in one pass over the bytes
re2         one pass for each class
stdlib      always there: one pass for each pattern, which skips what cannot begin one
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol

from gateway.leakguard.suspicion import JOINT, NUMERIC, PATTERNS, SPELLED, STRANGE

_JOINT: Final = JOINT.encode()
_ALL: Final = (*PATTERNS, *((STRANGE, pattern) for pattern in SPELLED))
_LETTERS: Final = re.compile("[A-Za-z][ .-]?[A-Za-z]")
"""Without two letters nearly in a row the standard library's engine need not try the words, for which it is slow."""


class Engine(Protocol):
    """Finds the texts that are not plain."""

    name: str

    def classes(self, texts: Sequence[str]) -> dict[int, int]:
        """Return the class of each text that is not plain, by its place: NUMERIC, or STRANGE, which includes it."""
        ...


class StandardEngine:
    """The standard library's `re`."""

    name = "stdlib"

    def __init__(self) -> None:
        self._patterns = [(kind, re.compile(pattern)) for kind, pattern in PATTERNS]
        self._spelled = [(STRANGE, re.compile(pattern)) for pattern in SPELLED]

    def classes(self, texts: Sequence[str]) -> dict[int, int]:
        """See `Engine`."""
        whole = _joined(texts)
        if whole is None:
            return dict.fromkeys(range(len(texts)), STRANGE)
        patterns = self._patterns + self._spelled if _LETTERS.search(whole) else self._patterns
        ends = [(match.end(), kind) for kind, pattern in patterns for match in pattern.finditer(whole)]
        return _by_place(ends, whole, JOINT)


class Re2Engine:
    """Google's RE2."""

    name = "re2"

    def __init__(self) -> None:
        re2 = import_module("re2")
        kinds: dict[int, list[str]] = {}
        for kind, pattern in _ALL:
            kinds.setdefault(kind, []).append(f"(?:{pattern})")
        self._patterns = [(kind, re2.compile("|".join(patterns))) for kind, patterns in kinds.items()]

    def classes(self, texts: Sequence[str]) -> dict[int, int]:
        """See `Engine`."""
        joined = _joined(texts)
        if joined is None:
            return dict.fromkeys(range(len(texts)), STRANGE)
        whole = _octets(joined)
        ends = [(match.end(), kind) for kind, pattern in self._patterns for match in pattern.finditer(whole)]
        return _by_place(ends, whole, _JOINT)


class HyperscanEngine:
    """Vectorscan, the portable Hyperscan."""

    name = "hyperscan"

    def __init__(self) -> None:
        hyperscan = import_module("hyperscan")
        strange = [pattern.encode() for kind, pattern in _ALL if kind == STRANGE]
        self._database = hyperscan.Database()
        self._database.compile(expressions=strange, elements=len(strange), flags=hyperscan.HS_FLAG_UTF8)
        self._numeric = re.compile(next(pattern for kind, pattern in PATTERNS if kind == NUMERIC))

    def classes(self, texts: Sequence[str]) -> dict[int, int]:
        """See `Engine`. The numeric pattern is the standard library's: it ends once in a text, not at each digit."""
        joined = _joined(texts)
        if joined is None:
            return dict.fromkeys(range(len(texts)), STRANGE)
        whole = _octets(joined)
        ends: list[tuple[int, int]] = []

        def matched(pattern: int, start: int, end: int, flags: int, context: object) -> None:
            ends.append((end, STRANGE))

        self._database.scan(whole, match_event_handler=matched)
        numeric = [(match.end(), NUMERIC) for match in self._numeric.finditer(joined)]
        return _by_place(numeric, joined, JOINT) | _by_place(ends, whole, _JOINT)


_ENGINES: Final[tuple[Callable[[], Engine], ...]] = (HyperscanEngine, Re2Engine, StandardEngine)


@cache
def engines() -> tuple[Engine, ...]:
    """Return every engine that loads here, the fastest first; the standard library's is always among them.

    They are compiled once a process, in about two seconds, and hold nothing of what they read.
    """
    found: list[Engine] = []
    for make in _ENGINES:
        try:
            found.append(make())
        except ImportError:
            continue
    return tuple(found)


def fastest() -> Engine:
    """Return the first engine that loads."""
    return engines()[0]


def _joined(texts: Sequence[str]) -> str | None:
    whole = JOINT.join(texts)
    return None if whole.count(JOINT) >= len(texts) > 0 else whole


def _octets(whole: str) -> bytes:
    """Return joined texts in UTF-8; half of a surrogate pair, which has none, becomes another sign that is STRANGE."""
    try:
        return whole.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", whole).encode()


def _by_place(ends: list[tuple[int, int]], whole: Any, joint: Any) -> dict[int, int]:
    """Return the highest class of each text in which a match ended; `ends` are where, and the class of the match."""
    found: dict[int, int] = {}
    place = at = 0
    for end, kind in sorted(ends):
        place, at = place + whole.count(joint, at, end), end
        found[place] = max(kind, found.get(place, 0))
    return found
