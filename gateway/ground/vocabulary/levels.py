"""The masks that are a level by themselves, and the two of `partial`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateway.ground.item import Kind, Label, Level
from gateway.ground.vocabulary import facts
from gateway.ground.vocabulary.names import DICTIONARIES, MAX_KEPT, ROUNDINGS, SHIFT_DAYS, BlockCipher, Hash
from gateway.ground.vocabulary.records import NO_RULE, Leaves, MaskRecord, Mismatch, Param, Rule, Written
from gateway.ground.vocabulary.tells import (
    EVERYTHING,
    NOTHING,
    Params,
    Tells,
    coarser_dates,
    coarser_number,
    coarser_text,
    token,
)

_ANY: Final = frozenset(Kind) - {Kind.SEALED}
_STRING: Final = frozenset({Kind.STRING})
_DATE: Final = frozenset({Kind.DATE})
_NUMBER: Final = frozenset({Kind.DECIMAL, Kind.INTEGER})
CIPHER: Final = Param("cipher", tuple(BlockCipher), Written.PERHAPS, BlockCipher.AES)
"""The parameter of every level that permutes values."""


def _whole_level(
    level: Level,
    *,
    kinds: frozenset[Kind],
    params: tuple[Param, ...],
    relabels: bool,
    leaves: Kind | Leaves,
    tells: Tells,
    learnt: Label,
) -> MaskRecord:
    """Return the record of a level that is one mask."""
    return MaskRecord(
        level=level,
        choice="",
        kinds=kinds,
        params=params,
        rule=NO_RULE,
        relabels=relabels,
        leaves=leaves,
        tells=tells,
        learnt=learnt,
        coarser=frozenset(),
    )


def _partial(unit: str, params: tuple[Param, ...], rule: Rule, tells: Tells, learnt: Label) -> MaskRecord:
    return MaskRecord(
        level=Level.PARTIAL,
        choice=unit,
        kinds=_STRING,
        params=params,
        rule=rule,
        relabels=False,
        leaves=Kind.STRING,
        tells=tells,
        learnt=learnt,
        coarser=frozenset(),
    )


def _few_kept(params: Params, codes: tuple[str, ...]) -> Iterator[Mismatch]:
    together = sum(facts.kept_ends(params))
    if not 1 <= together <= MAX_KEPT:
        yield f"1 to {MAX_KEPT} characters kept at both ends together", str(together)


LEVELS: Final = (
    _whole_level(
        Level.CLEAR,
        kinds=_ANY,
        params=(),
        relabels=False,
        leaves=Leaves.AS_IT_CAME,
        tells=EVERYTHING,
        learnt=Label("该值本身", "the value"),
    ),
    _whole_level(
        Level.DROP,
        kinds=_ANY,
        params=(),
        relabels=False,
        leaves=Leaves.NOTHING,
        tells=NOTHING,
        learnt=Label("无", "nothing"),
    ),
    _whole_level(
        Level.REDACT,
        kinds=_ANY,
        params=(),
        relabels=False,
        leaves=Kind.STRING,
        tells=NOTHING,
        learnt=Label("无", "nothing"),
    ),
    _partial(
        "character",
        (
            Param("unit", ("character",), Written.NEVER, "character"),
            Param("keep_first", range(MAX_KEPT + 1), Written.ALWAYS, 0),
            Param("keep_last", range(MAX_KEPT + 1), Written.ALWAYS, 0),
        ),
        _few_kept,
        coarser_text(facts.kept_ends, spliced=True),
        Label(
            "首末各若干字符，合计 1—4 个；值短于所示字符数两倍时，得知其短",
            "so many characters at each end, 1 to 4 together; that a value is shorter than twice as many",
        ),
    ),
    _partial(
        "surname",
        (
            Param("unit", ("surname",), Written.ALWAYS, None),
            Param("keep_first", range(1, 2), Written.NEVER, 1),
            Param("keep_last", range(1), Written.NEVER, 0),
        ),
        NO_RULE,
        coarser_text(lambda params: (2, 0), spliced=True),
        Label("首字；复姓的第二字", "the first character, and the second of a compound surname"),
    ),
    _whole_level(
        Level.ROUND,
        kinds=_NUMBER,
        params=(Param("to", ROUNDINGS, Written.ALWAYS, None),),
        relabels=False,
        leaves=Leaves.AS_IT_CAME,
        tells=coarser_number(facts.rounding_range, spliced=True),
        learnt=Label("宽度为 `to` 的区间", "a range as wide as `to`"),
    ),
    _whole_level(
        Level.DATE_SHIFT,
        kinds=_DATE,
        params=(Param("max_days", range(SHIFT_DAYS[0], SHIFT_DAYS[1] + 1), Written.ALWAYS, None),),
        relabels=False,
        leaves=Leaves.AS_IT_CAME,
        tells=coarser_dates(facts.shift_window(), spliced=True, turns_at=()),
        learnt=Label(
            "2 × `max_days` 天的区间，以及同一人各日期的间隔",
            "2 × `max_days` days, and how far the dates of one person lie apart",
        ),
    ),
    _whole_level(
        Level.PSEUDONYM,
        kinds=_STRING,
        params=(CIPHER,),
        relabels=True,
        leaves=Kind.STRING,
        tells=token(length=False),
        learnt=Label("两个值是否相同", "whether two values are equal"),
    ),
    _whole_level(
        Level.KEYED_HASH,
        kinds=_STRING,
        params=(Param("hash", tuple(Hash), Written.PERHAPS, Hash.SHA256),),
        relabels=True,
        leaves=Kind.STRING,
        tells=token(length=False),
        learnt=Label("两个值是否相同", "whether two values are equal"),
    ),
    _whole_level(
        Level.ENCRYPT,
        kinds=_ANY - {Kind.BOOLEAN},
        params=(),
        relabels=False,
        leaves=Kind.SEALED,
        tells=NOTHING,
        learnt=Label("无；就一页而言，得知五个长度档之一", "nothing; of a page, one of five classes of length"),
    ),
    _whole_level(
        Level.SUBSTITUTE,
        kinds=_STRING,
        params=(Param("dictionary", DICTIONARIES, Written.ALWAYS, None),),
        relabels=True,
        leaves=Kind.STRING,
        tells=replace(token(length=False), shows=True, poses=True),
        learnt=Label("两个值是否不同", "whether two values differ"),
    ),
    _whole_level(
        Level.FORBID,
        kinds=frozenset(),
        params=(),
        relabels=False,
        leaves=Leaves.NOTHING,
        tells=NOTHING,
        learnt=Label("无：事项不加载", "nothing: the item does not load"),
    ),
)
"""The records of every level but generalisations, questions and forms."""
