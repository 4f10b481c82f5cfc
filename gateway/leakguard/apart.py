"""Finds numbers of persons whose digits stand apart in an unusual way, or run together with other digits.

 apart     an identity number with its check character in up to eight groups, whatever signs stand between, its month
           and day perhaps without their zeros; a mobile number in any groups where the text calls it one, and in groups
           of 3, 4 and 4 in a list
 together  an identity number with its check character inside a longer run of digits, as in the number of a disability
           card (two more digits); two mobile numbers without anything between

By chance one text of seventy thousand with eighteen digits would hold such an identity number. Business numbers are
made of region, day and count, which is likelier; so inside longer runs a person counts who was born up to 2008, and a
younger one only where the text speaks of a disability, or beside another number of eighteen.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from gateway.leakguard.called import TELEPHONES
from gateway.leakguard.families import LAST_BIRTH_YEAR, is_checked
from gateway.leakguard.found import Detector
from gateway.leakguard.signs import BREAK, digits_of
from gateway.leakguard.uniform import numbers_between_signs

_LAST_GROWN: Final = 2008
_FEWEST: Final = 11
_PROVINCE: Final = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])"
_CENTURIES: Final = "(?:18|19|20)"
_MONTH_DAY: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY: Final = re.compile(rf"{_PROVINCE}[0-9]{{4}}({_CENTURIES}[0-9]{{2}}){_MONTH_DAY}[0-9]{{3}}[0-9X]")
_CHECKABLE: Final = re.compile(rf"[1-9][0-9]{{5}}{_CENTURIES}[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9X]")
_IN_DIGITS: Final = re.compile(rf"{_PROVINCE}[0-9]{{4}}{_CENTURIES}[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}")
"""What the digits of a text hold if groups of it make an identity number."""
_INSIDE: Final = re.compile(rf"(?=({_PROVINCE}[0-9]{{4}}{_CENTURIES}[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9Xx]))")
_BUSINESS: Final = re.compile(rf"(?<![0-9])[1-6][0-9]{{5}}20(?:09|[1-4][0-9]){_MONTH_DAY}[0-9]{{3,8}}(?![0-9])")
"""A business number: a region, a day since 2009 and a count; an identity number stands in it by chance alone."""
_DISABLED: Final = re.compile("残疾|伤残|disab", re.IGNORECASE)
_DISABILITY: Final = re.compile("[1-7][1-4](?![0-9])")
"""What a disability card adds to the identity number: the kind of disability and its degree."""
_GROUP: Final = re.compile("[0-9]{1,17}(?:[^0-9A-Za-z\n]{0,3}[Xx](?![0-9A-Za-z]))?")
_GAP: Final = 4
"""Signs that may stand between two groups."""
_MOST_GROUPS: Final = 8
_DATED: Final = re.compile(
    rf"(?<![0-9])([1-9][0-9]{{5}})[^0-9]{{0,3}}({_CENTURIES}[0-9]{{2}})([^0-9\n]{{1,3}})([0-9]{{1,2}})[^0-9\n]{{1,3}}"
    r"([0-9]{1,2})[^0-9\n]{1,4}([0-9]{3}[0-9Xx])(?![0-9])"
)
"""An identity number whose day of birth is written as one."""
_CODE: Final = r"(?:\(?(?:\+|00)?86\)?|0)"
_LOOSE: Final = r"[^0-9A-Za-z\u3400-\u9fff]{0,3}"
_CALLED_MOBILE: Final = re.compile(
    rf"{TELEPHONES}[^0-9A-Za-z]{{0,6}}(?:{_CODE}{_LOOSE})?(?:1{_LOOSE}[3-9](?:{_LOOSE}[0-9]){{9}}"
    rf"|100[,{BREAK}\s]{{1,3}}[0-9]{{4}}[,{BREAK}\s]{{1,3}}[0-9]{{4}})(?![0-9])",
    re.IGNORECASE,
)
_MARK: Final = f"[,;=@&{BREAK}]"
_LISTED_MOBILE: Final = re.compile(
    rf"(?<![0-9])(?<![0-9]{_MARK})(?<![0-9]{_MARK} )1[3-9][0-9]({_MARK}\s?)(?!(?:19|20)[0-9]{{2}})[0-9]{{4}}"
    rf"\1[0-9]{{4}}(?![0-9]|\s?[万亿]?元|{_MARK}\s?[0-9])"
)
"""A mobile number in a list of its own; four digits that may be a year speak against it."""
_TWO_MOBILES: Final = re.compile("(?<![0-9])(?:1[3-9][0-9]{9}){2}(?![0-9])")


def numbers_apart(text: str) -> set[Detector]:
    """Return the detectors that sound on a text that is levelled and has its numerals as digits."""
    found: set[Detector] = set()
    digits = digits_of(text)
    if len(digits) < _FEWEST:
        return found
    if _CALLED_MOBILE.search(text) or _LISTED_MOBILE.search(text) or _TWO_MOBILES.search(text):
        found.add(Detector.MOBILE_PHONE)
    found |= numbers_between_signs(text)
    if _is_dated(text) or _is_inside(text) or (_IN_DIGITS.search(digits) and _is_grouped(text)):
        found.add(Detector.IDENTITY_NUMBER)
    return found


def _is_dated(text: str) -> bool:
    for region, year, mark, month, day, rest in _DATED.findall(text):
        number = f"{region}{year}{month:0>2}{day:0>2}{rest}".upper()
        written = mark == "年" and int(year) <= LAST_BIRTH_YEAR and _CHECKABLE.match(number)
        if written or is_checked(number):
            return True
    return False


def _is_inside(text: str) -> bool:
    """Tell whether an identity number with its check character stands inside more digits."""
    counted = {at for match in _BUSINESS.finditer(text) for at in range(match.start() + 1, match.end())}
    for match in _INSIDE.finditer(text):
        if match.start() in counted:
            continue
        number, start, end = match[1].upper(), match.start(), match.end(1)
        if not is_checked(number):
            continue
        born = int(number[6:10])
        if born <= _LAST_GROWN or (born <= LAST_BIRTH_YEAR and _DISABILITY.match(text, end) and _DISABLED.search(text)):
            return True
        beside = (text[max(0, start - 18) : start].upper(), text[end : end + 18].upper())
        if born <= LAST_BIRTH_YEAR and any(map(is_checked, beside)):
            return True
    return False


def _is_grouped(text: str) -> bool:
    """Tell whether neighbouring groups make an identity number with its check character, in no longer list."""
    groups = list(_GROUP.finditer(text))
    gaps = [text[one.end() : two.start()] for one, two in pairwise(groups)]
    parts = [re.sub("[^0-9X]", "", group[0].upper()) for group in groups]
    for first in range(len(parts)):
        size = len(parts[first])
        for last in range(first + 1, min(len(parts), first + 18)):
            gap = gaps[last - 1]
            if len(gap) > _GAP or "\n" in gap or size >= 18:
                break
            size += len(parts[last])
            if size == 18 and _makes_one(parts[first : last + 1]) and not _goes_on(first, last, gaps):
                return True
    return False


def _makes_one(parts: list[str]) -> bool:
    """Tell whether groups make a number: few, or all of one size."""
    number = "".join(parts)
    if len(parts) > _MOST_GROUPS and len({*map(len, parts[:-1])}) > 1:
        return False
    match = _IDENTITY.fullmatch(number)
    return match is not None and int(match[1]) <= LAST_BIRTH_YEAR and is_checked(number)


def _goes_on(first: int, last: int, gaps: list[str]) -> bool:
    """Tell whether groups belong to a longer list: all have one separator between, and so has a neighbour."""
    inner = set(gaps[first:last])
    return len(inner) == 1 and not inner.isdisjoint(gaps[:first][-1:] + gaps[last : last + 1])
