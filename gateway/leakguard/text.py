"""Looks at free text: of a question before it leaves the asker, of status messages, metadata and log lines."""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.examine import examine
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.record import RawRecord

_WRAPPED: Final = re.compile(
    r"%[0-9A-Fa-fu]{2}|&#[0-9xX]|\\[uxU0-9]|=[0-9A-F]{2}|xn--"
    r"|(?=[0-9A-Za-z+/_-]{0,80}[0-9])(?=[0-9A-Za-z+/_-]{0,80}[A-Z])(?=[0-9A-Za-z+/_-]{0,80}[a-z])[0-9A-Za-z+/_-]{16}"
)
"""The signs that an escape or an encoding needs; a text without them is not unwrapped."""
_NOBODY: Final = RawRecord(())


def scan_text(text: str) -> tuple[str, ...]:
    """Return the names of the detectors that sound on a text, sorted; empty where it may be told.

    Finds numbers of persons, wrapped or not, and no names: whose name a text holds cannot be seen from the text.
    """
    found = find_numbers(text) if suspicious(text) else frozenset()
    if not found and _WRAPPED.search(text):
        found = examine(text, _NOBODY)
    return tuple(sorted(found))


def withheld(text: str) -> str:
    """Return a text that may be told; in its place what sounded, where anything does."""
    found = scan_text(text)
    return f"withheld: {', '.join(found)}" if found else text
