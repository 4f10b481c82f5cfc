"""The record that a reviewer must have to replay a release: a JSON object in a file.

salt    32 hex digits: opens the entry's commitment; it travels with the answer and stands in no log
keys    the question's key rows, in the order of the page's rows; none where the item names no cardholders
rows    the raw record of each row: every field of the page, and the one that tells the age if it was asked for
outcomes  what the platform said of each row, where it did not find all of them; the cells of the others are null
answer  the rows as the asker got them; needed where a field was encrypted or a gate withheld values, since neither
        comes out the same again
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from gateway.audit.entries.commitments import SALT_SIZE
from gateway.cli.screen import Problem
from gateway.ground.evidence import CellReason, Column, Page, Value
from gateway.ground.item import Item, Kind, Label, Outcome

MAX_FILE: Final = 64 << 20
"""Bytes of a record at most."""


@dataclass(frozen=True, slots=True, repr=False)
class ReplayRecord:
    """The record of a file: the salt, the raw page, the identity number of each row, the answer's rows if given."""

    salt: bytes
    raw: Page
    subjects: tuple[str, ...]
    answer: Sequence[Mapping[str, Any]]

    def read_answer(self, made: Page) -> Page:
        """Return the answer as a page like `made`, or `made` where the record has no answer.

        Raises:
            Problem: the answer has other rows or columns.
        """
        if not self.answer:
            return made
        if len(self.answer) != made.rows:
            raise _describe_fault(f"{made.rows} rows of an answer", str(len(self.answer)))
        columns = tuple(
            _read_column(column, _read_cells(self.answer, column.name, column.kind)) for column in made.columns
        )
        emptied = [
            outcome is Outcome.FOUND
            and all(column.values[row] is None for column in columns)
            and any(column.reasons[row] is CellReason.WITHHELD_GATE for column in columns)
            for row, outcome in enumerate(made.outcomes)
        ]
        if True not in emptied:
            return replace(made, columns=columns)
        outcomes = [Outcome.WITHHELD_GATE if gone else said for gone, said in zip(emptied, made.outcomes, strict=True)]
        told = tuple(
            replace(
                column,
                reasons=tuple(
                    CellReason.NOT_ANSWERED if gone else reason
                    for gone, reason in zip(emptied, column.reasons, strict=True)
                ),
            )
            for column in columns
        )
        return replace(made, columns=told, outcomes=tuple(outcomes))


def read_record(path: Path, item: Item) -> ReplayRecord:
    """Return the record of a file.

    Raises:
        Problem: it is none; the message holds no value of it.
    """
    data = _read_object(path)
    rows, keys = _read_rows(data, "rows"), _read_rows(data, "keys")
    names = tuple(field.name for field in item.fields if any(field.name in row for row in rows))
    unknown = {name for row in rows for name in row} - set(names)
    if not rows or unknown:
        raise _describe_fault(f"rows with fields of {item.code}", "none" if not rows else "others")
    raw = Page(
        len(rows),
        tuple(Column(name, item.field(name).kind, _read_cells(rows, name, item.field(name).kind)) for name in names),
        _read_outcomes(item, data, len(rows)),
    )
    return ReplayRecord(_read_salt(data), raw, _read_subjects(item, keys, len(rows)), _read_rows(data, "answer"))


def _read_object(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_FILE + 1)
        data = json.loads(octets) if len(octets) <= MAX_FILE else None
    except (OSError, ValueError, RecursionError) as error:
        raise _describe_fault("a file with a JSON object", type(error).__name__) from None
    if not isinstance(data, dict):
        raise _describe_fault(f"a JSON object of at most {MAX_FILE} bytes", "another value or more")
    return data


def _read_salt(data: Mapping[str, Any]) -> bytes:
    try:
        salt = bytes.fromhex(data["salt"])
    except (KeyError, TypeError, ValueError):
        salt = b""
    if len(salt) != SALT_SIZE:
        raise _describe_fault(f"a salt of {2 * SALT_SIZE} hex digits", "another")
    return salt


def _read_rows(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _describe_fault(f"{name} to be an array of objects", "another value")
    return rows


def _read_outcomes(item: Item, data: Mapping[str, Any], rows: int) -> tuple[Outcome, ...]:
    said = data.get("outcomes", [Outcome.FOUND] * rows if item.subjects else [])
    if not isinstance(said, list) or len(said) != (rows if item.subjects else 0) or not {*Outcome}.issuperset(said):
        raise _describe_fault("an outcome for each row of a person", "others")
    return tuple(map(Outcome, said))


def _read_column(made: Column, cells: tuple[Value, ...]) -> Column:
    """The column as the asker got it: a null where the masks made a value is one that a gate made."""
    reasons = made.reasons or (CellReason.NONE,) * len(cells)
    told = tuple(
        CellReason.WITHHELD_GATE if cell is None and reason is CellReason.NONE else reason
        for cell, reason in zip(cells, reasons, strict=True)
    )
    return replace(made, values=cells, reasons=told if set(told) != {CellReason.NONE} else ())


def _read_subjects(item: Item, keys: list[dict[str, Any]], rows: int) -> tuple[str, ...]:
    if not item.subjects:
        return ()
    name = next(key.name for key in item.keys if key.subject)
    if len(keys) != rows:
        raise _describe_fault(f"{rows} rows of keys", str(len(keys)))
    return tuple(str(row.get(name, "")) for row in keys)


def _read_cells(rows: Sequence[Mapping[str, Any]], name: str, kind: Kind) -> tuple[Value, ...]:
    return tuple(_read_value(row.get(name), name, kind) for row in rows)


def _read_value(cell: Any, name: str, kind: Kind) -> Value:
    try:
        if cell is not None and kind is Kind.DATE:
            return date.fromisoformat(cell)
        if cell is not None and kind is Kind.SEALED:
            return b64decode(cell, validate=True)
    except (TypeError, ValueError, NotBase64):
        raise _describe_fault(f"{name} to be of the kind {kind}", "another value") from None
    if cell is not None and not isinstance(cell, str | int | bool):
        raise _describe_fault(f"{name} to be of the kind {kind}", "another value")
    return cell


def _describe_fault(expected: str, found: str) -> Problem:
    return Problem(
        Label(f"记录文件不合要求：{found}", found),
        Label(f"预期 {expected}", expected),
        Label("见 docs/how-to/replay-a-release.md", "see docs/how-to/replay-a-release.md"),
        exit_code=2,
    )
