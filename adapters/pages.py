"""Columns of the contract to pages of the wire and back; used by both ends of the gRPC `Platform` service.

Rules: a null holds the zero value and its bit in `nulls`; dates are days since 1970-01-01; decimals are text. Reading
is strict: what does not fit is refused, never mended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from adapters.contract import OUTCOMES, AnswerPage, Cell, Columns
from gateway.wire.v1 import page_pb2

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 256
_EPOCH: Final = date(1970, 1, 1).toordinal()
_ONEOF: Final[Mapping[str, str]] = {
    "string": "strings",
    "integer": "integers",
    "boolean": "booleans",
    "date": "dates",
    "decimal": "decimals",
}
_KIND: Final = {which: kind for kind, which in _ONEOF.items()}
_TYPES: Final[Mapping[str, type]] = {"string": str, "integer": int, "boolean": bool, "date": date, "decimal": str}
_ZERO: Final[Mapping[str, Cell]] = {"string": "", "integer": 0, "boolean": False, "date": 0, "decimal": ""}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,18})?", re.ASCII)
_SAID: Final[Mapping[Any, str]] = {page_pb2.RowOutcome.Value(f"ROW_OUTCOME_{name.upper()}"): name for name in OUTCOMES}
_NUMBER: Final[Mapping[str, Any]] = {name: number for number, name in _SAID.items()}


class PageInvalid(ValueError):
    """A page or its columns are not what the wire contract allows; names the column, never a value."""


def write_page(columns: Columns, kinds: Mapping[str, str], into: page_pb2.Page) -> None:
    """Write columns into a fresh message.

    Args:
        columns: the page; all columns of one length.
        kinds: the kind of each column, one of `contract.KINDS`.
        into: an empty page.

    Raises:
        PageInvalid: columns of several lengths, too many rows or columns, a cell that is not of its column's kind.
    """
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1 or len(columns) > MAX_COLUMNS or max(lengths, default=0) > MAX_ROWS:
        raise PageInvalid(f"expected {MAX_COLUMNS} columns of one length up to {MAX_ROWS}, found others")
    into.rows = lengths.pop() if lengths else 0
    for name, values in columns.items():
        if name not in kinds:
            raise PageInvalid("expected columns that the item declares, found another")
        _write_column(name, kinds[name], values, into.columns.add())


def write_answer(answer: AnswerPage, kinds: Mapping[str, str], into: page_pb2.Page) -> None:
    """Write a page of an answer into a fresh message. Raises as `write_page` does, and for other outcomes."""
    write_page(answer.columns, kinds, into)
    if len(answer.outcomes) not in (0, into.rows) or not _NUMBER.keys() >= set(answer.outcomes):
        raise PageInvalid(f"expected {into.rows} outcomes that a platform may say, found others")
    into.outcomes.extend(_NUMBER[outcome] for outcome in answer.outcomes)
    into.later_at_s = answer.later_at_s


def read_answer(page: page_pb2.Page) -> AnswerPage:
    """Read a page of an answer. Raises as `read_page` does, and for other outcomes or another number of them."""
    columns = read_page(page)
    if len(page.outcomes) not in (0, page.rows) or not _SAID.keys() >= set(page.outcomes):
        raise PageInvalid(f"expected {page.rows} outcomes that a platform may say, found others")
    return AnswerPage(columns, tuple([_SAID[outcome] for outcome in page.outcomes]), page.later_at_s)


def _write_column(name: str, kind: str, values: Sequence[Cell], into: page_pb2.Column) -> None:
    if {type(value) for value in values} - {_TYPES[kind], type(None)}:
        raise PageInvalid(f"column {name}: expected {kind} values, found another type")
    into.name = name
    nulls = bytearray((len(values) + 7) // 8)
    written: list[Any] = []
    for row, value in enumerate(values):
        if value is None:
            nulls[row >> 3] |= 1 << (row & 7)
            written.append(_ZERO[kind])
        else:
            written.append(value.toordinal() - _EPOCH if isinstance(value, date) else value)
    if any(nulls):
        into.nulls = bytes(nulls)
    typed = getattr(into, _ONEOF[kind])
    typed.SetInParent()
    try:
        typed.values.extend(written)
    except (ValueError, TypeError, UnicodeEncodeError):
        raise PageInvalid(f"column {name}: expected {kind} values in the wire's range, found another") from None


def read_page(page: page_pb2.Page) -> dict[str, tuple[Cell, ...]]:
    """Read a page into columns.

    Raises:
        PageInvalid: rows and values differ, a name that comes twice or is no name, sealed or untyped values, a date
            out of the calendar, a decimal that is none, a null mask of another length.
    """
    if page.rows > MAX_ROWS or len(page.columns) > MAX_COLUMNS:
        raise PageInvalid(f"expected at most {MAX_ROWS} rows and {MAX_COLUMNS} columns, found more")
    columns: dict[str, tuple[Cell, ...]] = {}
    for column in page.columns:
        if not _NAME.fullmatch(column.name) or column.name in columns:
            raise PageInvalid("expected columns with a name of their own, found another")
        columns[column.name] = _read_column(column, page.rows)
    return columns


def _read_column(column: page_pb2.Column, rows: int) -> tuple[Cell, ...]:
    which = column.WhichOneof("values")
    kind = _KIND.get(which or "")
    if which is None or kind is None:
        raise PageInvalid(f"column {column.name}: expected readable values, found none")
    values: list[Any] = list(getattr(column, which).values)
    if len(values) != rows or len(column.nulls) not in (0, (rows + 7) // 8):
        raise PageInvalid(f"column {column.name}: expected {rows} values and their nulls, found another number")
    bits = int.from_bytes(column.nulls, "little")
    if bits >> rows:
        raise PageInvalid(f"column {column.name}: expected nulls within the rows, found others")
    return tuple(None if bits >> row & 1 else _read_cell(column.name, kind, value) for row, value in enumerate(values))


def _read_cell(name: str, kind: str, value: Any) -> Cell:
    if kind == "date":
        try:
            return date.fromordinal(value + _EPOCH)
        except (ValueError, OverflowError):
            raise PageInvalid(f"column {name}: expected dates of the calendar, found another") from None
    if kind == "decimal" and not _DECIMAL.fullmatch(value):
        raise PageInvalid(f"column {name}: expected decimal numbers, found something else")
    cell: Cell = value
    return cell


def kind_of(values: Sequence[Cell]) -> str:
    """Return the kind of a key column from its first value that is not null; `string` when all are."""
    first = next((value for value in values if value is not None), "")
    if isinstance(first, bool):
        return "boolean"
    return "integer" if isinstance(first, int) else "date" if isinstance(first, date) else "string"
