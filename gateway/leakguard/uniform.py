"""Finds mobile numbers and cards whose groups one sign sets apart, of whatever kind, or several signs.

 one sign   the same between all groups and nowhere beside: a mark, a symbol, a letter, a word of up to four signs, or a
            line feed; so a unit behind every figure is none, nor is a longer list
 several    a mobile number in groups of 3, 4 and 4 with any marks between

What stands in lists (commas, what ends a clause, =, &) separates a mobile number in groups of 3, 4 and 4 only, and a
card that the text calls one. Measures pass: figures with a cross between, all of them tens. So do years.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.called import ACCOUNTS
from gateway.leakguard.families import BETWEEN, GROUPS, MOBILE, is_card_in_groups, is_date, kind_of
from gateway.leakguard.found import Detector
from gateway.leakguard.signs import BREAK

_SIGN: Final = r"(?:[^\w\s]|_)"
_LETTER: Final = r"[^\W0-9_]"
_KNOWN: Final = BETWEEN.replace(r"\r\n", "")
"""What separates in any grouping, of one kind or of several, so that it is no matter here; a line feed is."""
_RUN: Final = re.compile(
    rf"(?<![0-9])(?=([0-9]{{1,12}}+(?!{_KNOWN}+[0-9])( ?(?:{_SIGN}{{1,4}}|{_LETTER}{{1,4}}) ?|(?:\r?\n){{1,2}})"
    r"[0-9]{1,12}+(?:\2[0-9]{1,12}+){0,20})(?![0-9]))"
)
_ALL_KNOWN: Final = re.compile(f"{_KNOWN}+")
_LISTS: Final = frozenset(f",;=@&{BREAK}")
_COUNTS: Final = re.compile("[元圆人户个件次年月日时分秒度万亿号条份张页岁米名家项起到至加减乘除比和或及与]")
"""Words that count or join figures, and separate no groups of one."""
_ENGLISH_COUNTS: Final = re.compile("and|or|to|by|of|vs|km|kg|mm|cm|ml|mg|gb|mb|kb|ms|px|min", re.IGNORECASE)
_COUNTED: Final = re.compile(r"\s?(?:[万亿]?元|[人户个件次万亿号条份张页岁米名家项起%‰℃]|mm|cm|毫米|厘米|[-~—至到])")
_CALLED_CARD: Final = re.compile(rf"{ACCOUNTS}[^0-9A-Za-z]{{0,6}}$", re.IGNORECASE)
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
_MARKS: Final = r"(?:[^\w\r\n\t,;%=]|_){1,4}"
_LOOSE: Final = re.compile(rf"(?<![0-9])1[3-9][0-9]({_MARKS})([0-9]{{4}})({_MARKS})([0-9]{{4}})(?![0-9])")
_NEAR: Final = 12
_LINE: Final = 24
_LINE_BEFORE: Final = re.compile(r"[0-9][^\n]*\n\s*$")
_LINE_BEHIND: Final = re.compile(r"\s*\n\s*[0-9]")
_TENS: Final = re.compile("[0-9]*0")


def numbers_between_signs(text: str) -> set[Detector]:
    """Return the detectors that sound on a text that is levelled and has its numerals as digits."""
    found = set()
    for match in _RUN.finditer(text):
        run, gap = match[1], match[2]
        if len(run) < 12:
            continue
        start, end = match.span(1)
        if _COUNTS.search(gap) or _ENGLISH_COUNTS.fullmatch(gap.strip()) or _goes_on(text, start, end, gap):
            continue
        parts = run.split(gap)
        if _is_mobile(parts, gap) and not _COUNTED.match(text, end):
            found.add(Detector.MOBILE_PHONE)
        elif _is_identity(parts, gap):
            found.add(Detector.IDENTITY_NUMBER)
        elif len(parts) > 2 and _is_card(parts, gap, text[max(0, start - _NEAR) : start]):
            found.add(Detector.BANK_CARD)
    if any(_is_loose_mobile(text, match) for match in _LOOSE.finditer(text)):
        found.add(Detector.MOBILE_PHONE)
    return found


def _goes_on(text: str, start: int, end: int, gap: str) -> bool:
    """Tell whether the sign stands beside the groups, too, as in a longer list or as a unit of each figure."""
    before, behind = text[max(0, start - _LINE) : start], text[end : end + _LINE]
    sign = gap.strip()
    if not sign:
        return _LINE_BEFORE.search(before) is not None or _LINE_BEHIND.match(behind) is not None
    before, behind = before.rstrip(), behind.lstrip()
    if _LISTS.isdisjoint(sign):
        return before.endswith(sign) or behind.startswith(sign)
    return (before.endswith(sign) and before.removesuffix(sign).rstrip()[-1:].isdigit()) or (
        behind.startswith(sign) and behind.removeprefix(sign).lstrip()[:1].isdigit()
    )


def _is_mobile(parts: list[str], gap: str) -> bool:
    sizes = tuple(map(len, parts))
    if sum(sizes) != 11 or not MOBILE.fullmatch("".join(parts)) or parts[0] == "100":
        return False
    if gap.isspace():
        return sizes == (3, 4, 4) and not any(map(_YEAR.fullmatch, parts)) and not all(map(_TENS.fullmatch, parts[1:]))
    if not _LISTS.isdisjoint(gap):
        return (sizes == (3, 4, 4) and not _YEAR.fullmatch(parts[1])) or (max(sizes) == 1 and "," not in gap)
    word = gap.strip()
    if word in "xX*" and all(map(_TENS.fullmatch, parts[1:])):
        return False
    if len(sizes) == 2:
        return sizes in GROUPS and not is_date(parts[1]) and not word.isalnum() and word != ":"
    return sizes in GROUPS or (len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0])


def _is_identity(parts: list[str], gap: str) -> bool:
    """Tell whether groups are those of an identity number; one with its check character is found in any (`apart`)."""
    return (
        tuple(map(len, parts)) in GROUPS
        and not gap.isspace()
        and _LISTS.isdisjoint(gap)
        and kind_of("".join(parts)) is Detector.IDENTITY_NUMBER
    )


def _is_card(parts: list[str], gap: str, before: str) -> bool:
    if not _LISTS.isdisjoint(gap) and not _CALLED_CARD.search(before):
        return False
    return is_card_in_groups(parts, everyday=gap.isspace())


def _is_loose_mobile(text: str, match: re.Match[str]) -> bool:
    """Tell whether marks between the groups of a mobile number set apart nothing else: no range, no years, no list."""
    one, middle, two, last = match.groups()
    if one == two or "." in (one + two) or (_ALL_KNOWN.fullmatch(one) and _ALL_KNOWN.fullmatch(two)):
        return False
    if _YEAR.fullmatch(middle) or (middle.endswith("00") and last.endswith("00")) or _COUNTED.match(text, match.end()):
        return False
    before = text[: match.start()].rstrip()
    return not (before[-1:] in _LISTS and before[-2:-1].isdigit())
