"""Writes TOML 1.0 for the documents that are signed: the same value always gives the same bytes.

Rules: keys stand in the order given; scalars and arrays of scalars come before tables, as TOML wants; text is written
on one line as a basic string. Only what the documents hold can be written: text, integers, booleans, dates, moments
with an offset, arrays of these, tables, and arrays of tables. There is no null in TOML, and none here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

Scalar = str | int | bool | date | datetime
"""A value at the end of a path."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def render(document: Mapping[str, object]) -> bytes:
    """Return the document in UTF-8, ending with a line feed; empty for an empty document.

    Raises:
        TypeError: the document holds something that TOML, or this writer, does not know.
    """
    return "".join(_table(document, ())).encode()


def _table(table: Mapping[str, object], path: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(name)} = {_value(value)}\n" for name, value in table.items() if not _nested(value)]
    for name, value in table.items():
        if not _nested(value):
            continue
        inner = (*path, name)
        heading = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            lines += [f"\n[{heading}]\n", *_table(value, inner)]
        elif isinstance(value, Sequence):
            for entry in value:
                lines += [f"\n[[{heading}]]\n", *_table(entry, inner)]
    return lines


def _nested(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case datetime() if value.tzinfo is not None:
            return value.isoformat()
        case datetime():
            raise TypeError("expected a moment with an offset, found one without")
        case date():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            raise TypeError(f"expected a value that TOML knows, found {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    return f'"{"".join(_character(character) for character in text)}"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\u{ord(character):04x}"
    return character
