"""GENERALISE a diagnosis to its chapter of ICD-10 (GB/T 14396): `I` to `XXII`, as the WHO numbers them.

A code is a letter, two digits, and whatever follows; the case of the letter, width and the marks of dagger and asterisk
do not count. A code outside the chapters is an error. Some chapters are telling by themselves (V, mental disorders; XV,
pregnancy): whether an item may show them is the item's business.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize

from gateway.masking.context import Context
from gateway.masking.faults import MaskingError

CHAPTERS: Final = (
    *(("A00", "B99", "I"), ("C00", "D48", "II"), ("D50", "D89", "III"), ("E00", "E90", "IV"), ("F00", "F99", "V")),
    *(("G00", "G99", "VI"), ("H00", "H59", "VII"), ("H60", "H95", "VIII"), ("I00", "I99", "IX"), ("J00", "J99", "X")),
    *(("K00", "K93", "XI"), ("L00", "L99", "XII"), ("M00", "M99", "XIII"), ("N00", "N99", "XIV"), ("O00", "O99", "XV")),
    *(("P00", "P96", "XVI"), ("Q00", "Q99", "XVII"), ("R00", "R99", "XVIII"), ("S00", "T98", "XIX")),
    *(("U00", "U99", "XXII"), ("V01", "Y98", "XX"), ("Z00", "Z99", "XXI")),
)
"""First category, last category and number of each chapter, in the order of the categories."""
_FIRSTS: Final = tuple(first for first, _, _ in CHAPTERS)
_CODE: Final = re.compile(r"([A-Z][0-9]{2})(?![0-9])[^\n]{0,29}")
_REMEMBERED: Final = 4_096


def icd_chapter(values: tuple[Any, ...], context: Context) -> tuple[str | None, ...]:
    """Return the chapter of each code.

    Raises:
        MaskingError: a value is no code of a chapter.
    """
    return tuple([None if value is None else _chapter(value) for value in values])


@lru_cache(_REMEMBERED)
def _chapter(value: str) -> str:
    code = _CODE.fullmatch(normalize("NFKC", value).strip().upper())
    if code is not None:
        first, last, chapter = CHAPTERS[bisect_right(_FIRSTS, code[1]) - 1]
        if first <= code[1] <= last:
            return chapter
    raise MaskingError("expected a code of ICD-10, found another form")
