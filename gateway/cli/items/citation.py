"""How a legal basis is cited, on a screen and on the pages: the text's name, the article, and that a draft is a draft.

Chinese law writes the numbers of its articles in Chinese numerals.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.ground.item import Label, LegalBasis

_DIGITS: Final = "零一二三四五六七八九"
_UNITS: Final = ("千", "百", "十", "")


def cite(basis: LegalBasis) -> Label:
    """Return the citation of a legal basis in both languages; the name of the text is Chinese in either."""
    return Label(
        f"《{basis.text}》第{spell_article(basis.article)}条{'（条号据草案，待核）' if basis.draft else ''}",
        f"《{basis.text}》 art. {basis.article}{' (draft)' if basis.draft else ''}",
    )


def spell_article(number: str) -> str:
    """Return an article's number as Chinese law writes it: 18 is 十八.

    A number above 9,999, which no law has, stays in digits, so that an item with a wrong one can still be shown.
    """
    if len(number) > len(_UNITS):
        return number
    units = _UNITS[-len(number) :]
    parts = (_DIGITS[int(digit)] + (unit if digit != "0" else "") for digit, unit in zip(number, units, strict=True))
    written = re.sub("零+", "零", "".join(parts)).rstrip("零")
    return written.removeprefix("一") if written.startswith("一十") else written
