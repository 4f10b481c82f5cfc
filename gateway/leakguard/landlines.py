"""Finds landlines of persons in text that `signs` has levelled.

 with an area code    a separator of any kind, or brackets of any kind, between the code and the local number; without
                      one where the text calls it a telephone or the country's code stands before it
 local                seven or eight digits right behind the word for a telephone
 Hong Kong, Macau, Taiwan  behind + or 00 and their code

A number passes that ends in three zeros, as switchboards do, beside which the text names an office, before an
extension, or that is a day or a sum.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.called import LOCAL, OFFICE, TELEPHONES
from gateway.leakguard.signs import BREAK, digits_of

_OPEN: Final = r"[(\[{<【〔「『《〈]"
_CLOSE: Final = r"[)\]}>】〕」』》〉]"
_SIGN: Final = r"(?:[^\w,;\r\n\t\uffff]|_)"
"""A separator: no letter, no digit, nothing that stands in lists."""
_DASH: Final = r"[ .\-‐-―−/·_]"
_AREA_GAP: Final = rf"((?:{_CLOSE}{_SIGN}{{0,3}}|{_SIGN}{{1,3}}|\n|[,{BREAK}]\s?)?)"
_LONG: Final = rf"(?:10|2[0-9]){_AREA_GAP}([2-8][0-9]{{3}}{_SIGN}?[0-9]{{4}}|[2-8][0-9](?:{_DASH}[0-9]{{2}}){{3}})"
_SHORT: Final = rf"[3-9][0-9]{{2}}{_AREA_GAP}([2-8][0-9]{{2,3}}{_SIGN}?[0-9]{{4}})"
_ABROAD: Final = (
    rf"(?:{_OPEN}?(?:\+|00)[ -]?{_OPEN}?86|{_OPEN}86|86(?=[-)\]]))(?:{_CLOSE}|[ .\-])?[ -]?{_OPEN}?(?:0{_CLOSE}?[ -]?)?"
)
"""The country's code, and what may stand between it and the area."""
_LANDLINE: Final = re.compile(rf"(?<![0-9A-Za-z.])(?:({_ABROAD})|{_OPEN}?0)(?:{_LONG}|{_SHORT})(?![0-9])")
_BEYOND: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:\+|00)\s?(?:85[23]{_SIGN}{{0,3}}[2-9][0-9]{{3}}{_SIGN}?[0-9]{{4}}"
    rf"|886{_SIGN}{{0,3}}(?:9[0-9]{{2}}{_SIGN}?[0-9]{{3}}{_SIGN}?[0-9]{{3}}|[2-8]{_SIGN}{{0,2}}[0-9]{{3,4}}{_SIGN}?[0-9]{{4}}))"
    "(?![0-9])"
)
_LOCAL: Final = re.compile(rf"(?<![0-9])([2-8][0-9]{{2,3}}{_DASH}?[0-9]{{4}})(?![0-9*.,]|-[0-9])")
_NAMED: Final = re.compile(f"{LOCAL}$", re.IGNORECASE)
_TELEPHONE: Final = re.compile(rf"{TELEPHONES}[^0-9A-Za-z]{{0,6}}$|(?:联系|区号)[^0-9A-Za-z]{{0,6}}$", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"\s*(?:转|ext)", re.IGNORECASE)
_COUNTED: Final = re.compile(r"\s?[万亿余多]?(?:元|圆|[台张人份户个件次条部平套栋])")
_DAY: Final = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_HINT: Final = re.compile(
    rf"(?:(?<![0-9])0|8(?:6|5[23]|86))[^0-9A-Za-z]{{0,3}}[0-9]{{1,3}}{_CLOSE}?(?:{_SIGN}|[\n,{BREAK}]){{1,3}}"
    rf"[2-9][0-9]{{1,3}}{_SIGN}?[0-9]{{2}}"
)
_LINE_BEFORE: Final = re.compile(r"[0-9]\s*\n\s*$")
_LINE_BEHIND: Final = re.compile(r"\s*\n\s*[0-9]")
_LISTS: Final = f",{BREAK}"
_NEAR: Final = 20
"""Characters before a landline in which the text says whose it is."""


def may_hold_landline(text: str) -> bool:
    """Tell, at little cost, whether a levelled text may hold a landline with a separator or a word before it."""
    return (
        _HINT.search(text) is not None
        or _BEYOND.search(text) is not None
        or any(_is_named(text, match) for match in _LOCAL.finditer(text))
    )


def holds_landline(text: str) -> bool:
    """Tell whether a levelled text holds a landline that is not an office's."""
    return (
        any(_is_set_apart(text, match) and _is_private(text, match) for match in _LANDLINE.finditer(text))
        or any(_is_named(text, match) and _is_private(text, match) for match in _LOCAL.finditer(text))
        or _BEYOND.search(text) is not None
    )


def _is_named(text: str, match: re.Match[str]) -> bool:
    """Tell whether the text calls a local number a telephone."""
    return _NAMED.search(text[max(0, match.start() - _NEAR) : match.start()]) is not None


def _is_set_apart(text: str, match: re.Match[str]) -> bool:
    """Tell whether anything says that a landline begins with an area code; a line feed does outside a column."""
    gap = match[2] or match[4]
    if gap == "\n":
        return not (_LINE_BEFORE.search(text, 0, match.start()) or _LINE_BEHIND.match(text, match.end()))
    if (gap and gap[0] not in _LISTS) or match[1]:
        return True
    return _TELEPHONE.search(text[max(0, match.start() - _NEAR) : match.start()]) is not None


def _is_private(text: str, match: re.Match[str]) -> bool:
    local = digits_of(match[match.lastindex or 0])
    before = text[max(0, match.start() - _NEAR) : match.end()]
    if _DAY.fullmatch(local) or local.endswith("000") or OFFICE.search(before):
        return False
    return not (_EXTENSION.match(text, match.end()) or _COUNTED.match(text, match.end()))
