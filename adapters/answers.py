"""Makes the answer's columns from raw records: who matches, which record counts, how each field is read. Pure.

 1 a subject without a record is UNKNOWN
 2 of the records, those count in which every given key agrees; if none, MISMATCH
 3 of these the latest counts
 4 where the item defines a valid state and the record is in another, INVALID; else MATCH
An unknown subject and one that does not match get the same nulls: the answer tells a stranger nothing about a number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.contract import Cell, Columns
from adapters.mapping import ListingItem, Row, Rule, SubjectItem, Verdict

_DOTS: Final = str.maketrans(dict.fromkeys("\u2022\u2027\u22c5\u30fb\u00b7.", "\u00b7") | {" ": None, "\u3000": None})
KeyRow = Mapping[str, Cell]
"""One row of the question's keys."""


def comparable(text: str) -> str:
    """Return the form in which two texts are compared: compatibility forms folded, blanks gone, one middle dot."""
    return unicodedata.normalize("NFKC", text).translate(_DOTS).upper()


def subject_columns(
    item: SubjectItem, fields: Sequence[str], keys: Sequence[KeyRow], found: Mapping[int, Sequence[Row]]
) -> Columns:
    """Return one row a subject, in the order of the keys.

    Args:
        item: the item's mapping.
        fields: the fields asked for, all declared.
        keys: one mapping a subject.
        found: the records by the subject's place in `keys`.

    Raises:
        CodeUnmapped: a local code without a mapping.
        AnswerInvalid: a value that the mapping cannot read.
    """
    judged = [_judge(item, row, found.get(place, ())) for place, row in enumerate(keys)]
    return {name: _column(item.rules[name], judged) for name in fields}


def listing_columns(item: ListingItem, fields: Sequence[str], rows: Sequence[Row]) -> Columns:
    """Return the rows of a directory as columns. Raises as `subject_columns` does."""
    return {name: _column(item.rules[name], [(Verdict.MATCH, row) for row in rows]) for name in fields}


def _judge(item: SubjectItem, keys: KeyRow, rows: Sequence[Row]) -> tuple[Verdict, Row]:
    if not rows:
        return Verdict.UNKNOWN, {}
    agreeing = [row for row in rows if _agrees(item, keys, row)]
    if not agreeing:
        return Verdict.MISMATCH, {}
    row = agreeing[0]
    if item.latest is not None and len(agreeing) > 1:
        source = item.latest
        row = max(agreeing, key=lambda one: _sortable(one[source]))
    if item.valid is not None and _read(item.valid.rule, row) not in item.valid.values:
        return Verdict.INVALID, row
    return Verdict.MATCH, row


def _sortable(raw: object) -> tuple[int, str]:
    if isinstance(raw, int):
        return raw, ""
    return (0, "") if raw is None else (0, str(raw))


def _agrees(item: SubjectItem, keys: KeyRow, row: Row) -> bool:
    for compare in item.compares:
        asked, held = keys.get(compare.key), row[compare.source]
        if compare.optional and not asked:
            continue
        if not (isinstance(asked, str) and isinstance(held, str)):
            return False
        if asked != held.rstrip() and comparable(asked) != comparable(held):
            return False
    return True


def _column(rule: Rule, judged: Sequence[tuple[Verdict, Row]]) -> list[Cell]:
    if rule.verdicts is not None:
        verdicts = rule.verdicts
        return [verdicts.get(verdict) for verdict, _ in judged]
    return [
        _read(rule, row) if verdict is Verdict.MATCH or verdict is Verdict.INVALID else rule.unknown
        for verdict, row in judged
    ]


def _read(rule: Rule, row: Row) -> Cell:
    cell = rule.read(row[rule.source])
    return rule.absent if cell is None else cell
