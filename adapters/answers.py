"""Makes an answer's page from raw records: who matches, which record counts, how each field is read. Pure.

 1 a subject without a record, or whose records differ in a key that was given, is no match: one and the same answer
 2 while the person's records cannot be read, LATER; where the item does not apply, NOT_APPLICABLE
 3 of the records those count that are held; if none, NOT_HELD
 4 of these the latest counts; one that differs in a key about which the item tells is DIFFERENT
 5 where the item defines a valid state and the record is in another, INVALID; else MATCH
A row that is not found has nothing but nulls: the answer tells a stranger nothing about a number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.contract import FOUND, AnswerInvalid, AnswerPage, Cell
from adapters.mapping import ANSWERED, ListingItem, Row, Rule, SubjectItem, Verdict

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


def subject_page(
    item: SubjectItem, fields: Sequence[str], keys: Sequence[KeyRow], found: Mapping[int, Sequence[Row]]
) -> AnswerPage:
    """Return one row a subject, in the order of the keys, each with its outcome.

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
    until_ms = [_until_ms(item, row) for verdict, row in judged if verdict is Verdict.LATER]
    return AnswerPage(
        {name: _column(item.rules[name], judged) for name in fields},
        tuple([FOUND if verdict in ANSWERED else str(verdict) for verdict, _ in judged]),
        max(until_ms) // 1000 + 1 if until_ms else 0,
    )


def listing_page(item: ListingItem, fields: Sequence[str], rows: Sequence[Row]) -> AnswerPage:
    """Return the rows of a directory. Raises as `subject_page` does."""
    return AnswerPage({name: _column(item.rules[name], [(Verdict.MATCH, row) for row in rows]) for name in fields})


def _is_unseen(sign: str) -> bool:
    return (
        unicodedata.category(sign) in ("Cf", "Cc") or 0xFE00 <= ord(sign) <= 0xFE0F or 0xE0100 <= ord(sign) <= 0xE01EF
    )


def _judge(item: SubjectItem, keys: KeyRow, rows: Sequence[Row]) -> tuple[Verdict, Row]:
    same = [row for row in rows if _agrees(item, keys, row, told=False)]
    if not same:
        return Verdict.NO_MATCH, {}
    if item.later is not None and (waiting := [row for row in same if row[item.later] is not None]):
        return Verdict.LATER, waiting[0]
    if item.inapplicable is not None and _read(item.inapplicable.rule, same[0]) in item.inapplicable.values:
        return Verdict.NOT_APPLICABLE, {}
    held = [row for row in same if item.held is None or not _is_null(row[item.held])]
    if not held:
        return Verdict.NOT_HELD, {}
    agreeing = [row for row in held if _agrees(item, keys, row, told=True)]
    if not agreeing:
        return Verdict.DIFFERENT, {}
    row = agreeing[0]
    if item.latest is not None and len(agreeing) > 1:
        source = item.latest
        row = max(agreeing, key=lambda one: _sortable(one[source]))
    if item.valid is not None and _read(item.valid.rule, row) not in item.valid.values:
        return Verdict.INVALID, row
    return Verdict.MATCH, row


def _until_ms(item: SubjectItem, row: Row) -> int:
    until = row[item.later] if item.later is not None else None
    if type(until) is not int or until <= 0:
        raise AnswerInvalid(f"{item.code}: expected until when records cannot be read, in milliseconds, found no time")
    return until


def _is_null(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _sortable(raw: object) -> tuple[int, str]:
    if isinstance(raw, int):
        return raw, ""
    return (0, "") if raw is None else (0, str(raw))


def _agrees(item: SubjectItem, keys: KeyRow, row: Row, *, told: bool) -> bool:
    """Tell whether a record has the keys that were given; of those about which the item tells, only where `told`."""
    for compare in item.compares:
        if compare.told and not told:
            continue
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
    return [_read(rule, row) if verdict in _READ else None for verdict, row in judged]


_READ: Final = ANSWERED - {Verdict.DIFFERENT}
"""Verdicts that have a record."""


def _read(rule: Rule, row: Row) -> Cell:
    cell = rule.read(row[rule.source])
    return rule.absent if cell is None else cell
