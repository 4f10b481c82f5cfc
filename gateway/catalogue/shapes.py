"""The shape that an item declares of a key or a field: pattern, length, range, code set; and what is wrong with one.

A pattern is of a small grammar, so that whoever writes an item cannot make matching slow: characters and classes of
characters, one after another, each with a fixed count or, at most twice in a pattern, with a bounded one. No groups,
no alternatives, no escapes. It holds the value from end to end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from gateway.catalogue.codes import VALUE, Chosen, choose
from gateway.catalogue.schema import Table
from gateway.ground.item import Field, Key, Kind, Range

MAX_PATTERN: Final = 128
"""Characters of a pattern at most."""
MAX_SCALE: Final = 6
"""Decimal places at most."""
_PART: Final = re.compile(r"(?:\[\^?[^\[\]\\^]+\]|[^\[\]\\^$.|?*+(){}])(?:\{[0-9]{1,4}(,[0-9]{1,4})?\})?")
_NUMBER: Final = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?"
_NUMBERS: Final = (Kind.INTEGER, Kind.DECIMAL)


def read_pattern(table: Table) -> str:
    """Return the pattern of a table; empty where it says none."""
    pattern = table.text("pattern", empty=True)
    if pattern and (fault := _pattern_fault(pattern)):
        table.fault("pattern", fault)
        return ""
    return pattern


def read_range(table: Table) -> Range | None:
    """Return the range of a table; None where it says none."""
    if not table.has("range"):
        return None
    inner = table.table("range")
    made = Range(
        least=inner.text("min", _NUMBER, empty=True),
        most=inner.text("max", _NUMBER, empty=True),
        scale=inner.integer("scale", 0, MAX_SCALE, absent=0),
    )
    inner.close()
    return made


def read_key_codes(table: Table) -> Chosen:
    """Return the values that a key may have, with their names: of a set, or written out by an item of its own."""
    if table.is_text("codes"):
        return choose(table, "codes")
    codes = tuple((entry.text("value", VALUE), entry.label("label")) for entry in table.tables("codes", empty=True))
    if len(dict(codes)) != len(codes):
        table.fault("codes", "expected distinct values, found one twice")
    return Chosen(codes, ())


def key_faults(key: Key) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a key's shape: the column that is wrong, and a sentence."""
    yield from _faults(key.kind, key.pattern, key.range)
    if key.kind is Kind.STRING and not (key.pattern or key.codes):
        yield "pattern", "expected a pattern or codes, found neither"
    if key.codes and key.kind is not Kind.STRING:
        yield "codes", f"expected codes on a string, found them on {key.kind}"
    if key.min_len > key.max_len:
        yield "min_len", f"expected at most max_len = {key.max_len}, found {key.min_len}"


def field_faults(field: Field) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a field's shape: the column that is wrong, and a sentence."""
    yield from _faults(field.kind, field.pattern, field.range)
    if field.kind is Kind.STRING:
        if not (field.codes or field.pattern or field.max_len or field.region):
            yield "max_len", "expected codes, a pattern, region or max_len, found none of them"
    elif field.max_len:
        yield "max_len", f"expected none on {field.kind}, found {field.max_len}"
    elif field.region:
        yield "region", f"expected a string, found {field.kind}"


def _faults(kind: Kind, pattern: str, bounds: Range | None) -> Iterator[tuple[str, str]]:
    if pattern and kind is not Kind.STRING:
        yield "pattern", f"expected a pattern on a string, found it on {kind}"
    if kind not in _NUMBERS:
        if bounds is not None:
            yield "range", f"expected a range on integer or decimal, found it on {kind}"
    elif bounds is None:
        yield "range", "expected a range, found none"
    elif kind is Kind.INTEGER and bounds.scale:
        yield "range", f"expected scale 0 on an integer, found {bounds.scale}"
    elif bounds.least and bounds.most and Decimal(bounds.least) > Decimal(bounds.most):
        yield "range", f"expected min at most max = {bounds.most}, found {bounds.least}"


def _pattern_fault(pattern: str) -> str:
    if len(pattern) > MAX_PATTERN:
        return f"expected at most {MAX_PATTERN} characters, found {len(pattern)}"
    bounded = 0
    at = 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            return f"expected characters and classes with counts, found {pattern[at]!r} at {at + 1}"
        bounded += part[1] is not None
        at = part.end()
    if bounded > 2:
        return f"expected at most two parts of unequal length, found {bounded}"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"expected a pattern, found otherwise: {error.msg}"
    return ""
