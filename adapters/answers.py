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

_ROW_FE: Final = (*range(0x50, 0x7F), *range(0x80, 0xA1))
_MOVED: Final = (
    "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb"
)
_TWINS: Final = {
    **{0xE815 + at: bytes((0xFE, byte)).decode("gb18030") for at, byte in enumerate(_ROW_FE)},
    **dict(
        zip(
            map(ord, "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864"),
            _MOVED,
            strict=True,
        )
    ),
    0xE7C7: "\u1e3f",
}
"""Private-use points that older systems store, and the characters of GB 18030-2022 that they stand for."""
_VARIANTS: Final = str.maketrans("呂戶內淸靑眞彥兌說脫稅悅鄕卽旣敎郞强溫凃", "吕户内清青真彦兑说脱税悦乡即既教郎強温涂")
"""Older forms of a character and the one that registers write today."""
_DOTS: Final = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u25cf\u30fb\u0387\u16eb.")
KeyRow = Mapping[str, Cell]
"""One row of the question's keys."""


def comparable(text: str) -> str:
    """Return the form in which two texts are compared: one for each character, and nothing that only separates.

    Private-use points become the characters that GB 18030-2022 gives them, compatibility and older forms the usual
    ones; blanks, middle dots, signs without width and variation selectors are gone.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", text.translate(_TWINS)).translate(_VARIANTS)
    return "".join(sign for sign in folded if not (sign.isspace() or sign in _DOTS or _is_unseen(sign))).upper()


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


def _is_unseen(sign: str) -> bool:
    return (
        unicodedata.category(sign) in ("Cf", "Cc") or 0xFE00 <= ord(sign) <= 0xFE0F or 0xE0100 <= ord(sign) <= 0xE01EF
    )


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
