"""The numbers of persons that are made of digits, by their form: which run of digits is one, and in which groups people
write them. See `numbers` for what each is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.leakguard.found import Detector

SHORTEST_NUMBER: Final = 11
"""Digits of the shortest number that is looked for."""
BETWEEN: Final = r"[ \t\r\n_./\\|*~+·•‧・∙⋅\-‐-―−\u2028\u2029⁃'’‘\"“”`#()\[\]{}<>【】〔〕「」『』《》〈〉]"
"""Separators: blanks, dashes, dots, strokes, stars, brackets; signs without width are gone when this is asked."""
_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY: Final = re.compile(rf"(?=([1-9][0-9]{{5}}((?:18|19|20)[0-9]{{2}}){_DAY}[0-9]{{3}}[0-9X]))")
_OLD_IDENTITY: Final = re.compile(rf"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{{6}}{_DAY}[0-9]{{3}}")
MOBILE: Final = re.compile(r"(?:0|86|0086|086|17951|12593)?(?:1[3-9][0-9]{9}|100[0-9]{8})")
_CARD: Final = re.compile(r"62[0-9]{14,17}|9558[0-9]{15}|99999[0-9]{11,14}")
_LUHN_CARD: Final = re.compile(
    "3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12,15}"
    "|4[0-9]{15}(?:[0-9]{3})?|5[1-9][0-9]{14}|220[0-4][0-9]{12,15}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}"
    "|272[0-9]{13}|6[0-9]{15,18}|8(?:[12][0-9]|60)[0-9]{13,16}|9[0-9]{15,18}"
)
"""By their beginnings (ISO/IEC 7812): American Express, Diners Club, JCB, Visa, Mastercard and Maestro, Mir, UnionPay
and RuPay, Humo and Uzcard, and what else begins with 6 and 9."""
_SERIAL: Final = re.compile(r"[1-6][0-9]{5}20[0-4][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{2,5}")
"""A region, a day of this century and a count make a business number, which is no card."""
GROUPS: Final = frozenset(
    {
        *((3, 4, 4), (3, 3, 5), (4, 4, 3), (3, 8), (5, 6), (6, 5), (4, 3, 4), (3, 5, 3)),  # telephones
        *((6, 8, 1), (6, 8, 2), (6, 8, 3), (6, 8, 4), (6, 8, 5), (6, 8, 3, 1), (6, 4, 4, 4), (6, 4, 2, 2, 4)),
        *(
            (6, 4, 2, 2, 3, 1),
            (3, 3, 4, 4, 4),
            (6, 12),
            (2, 4, 8, 4),
            (4, 2, 8, 4),
            (2, 2, 2, 8, 4),
            (2, 2, 2, 8, 3, 1),
        ),
        *((17, 1), (14, 4), (10, 8), (6, 6, 3), (6, 9), (6, 2, 2, 2, 3)),
        *(
            (4, 4, 4, 4, 3),
            (6, 10),
            (6, 13),
            (6, 9, 4),
            (4, 4, 4, 7),
            (4, 6, 5),
            (8, 8, 3),
            (4, 12),
            (4, 15),
            (4, 4, 8),
        ),
        *((6, 4, 4, 2), (6, 4, 4, 5), (6, 3, 10), (6, 6, 4), (6, 6, 7), (4, 4, 11), (12, 4), (12, 7)),
    }
)
"""Sizes of the groups in which people write a number; a country code may stand before them."""
CODES: Final = frozenset({"0", "86", "086", "0086", "17951", "12593"})
"""What may stand before a mobile number."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKABLE: Final = re.compile(rf"[1-9][0-9]{{5}}(?:18|19|20)[0-9]{{2}}{_DAY}[0-9]{{3}}[0-9X]")
_DATE: Final = re.compile(rf"(?:19|20)[0-9]{{2}}{_DAY}")
LAST_BIRTH_YEAR: Final = 2020
"""A later year is rather that of a business number."""
_SMALLEST_CARD: Final = 14
_MOST_CARD_GROUPS: Final = 8
_AREA: Final = re.compile("0[1-9][0-9]{1,2}")
_OWN_PREFIX: Final = "62"
"""UnionPay's cards begin so; by chance one number in nine hundred does and has Luhn's digit, too."""


def kind_of(digits: str) -> Detector | None:
    """Return what a run of digits is whose separators are gone, X in upper case; None where it is nothing."""
    if len(digits) < SHORTEST_NUMBER:
        return None
    if _is_identity(digits) or (len(digits) == 15 and _OLD_IDENTITY.fullmatch(digits)):
        return Detector.IDENTITY_NUMBER
    if MOBILE.fullmatch(digits.rstrip("X")):
        return Detector.MOBILE_PHONE
    return Detector.BANK_CARD if _CARD.fullmatch(digits) or is_luhn_card(digits) else None


def is_luhn_card(digits: str) -> bool:
    """Tell whether digits have the beginning and the length of a card's family, and Luhn's check digit."""
    return _LUHN_CARD.fullmatch(digits) is not None and _luhn(digits) and not _SERIAL.fullmatch(digits)


def is_card_in_groups(parts: Sequence[str], *, everyday: bool) -> bool:
    """Tell whether groups of any size make a card; `everyday` says that figures of other things stand so, too.

    Then its first group is of four or six digits, as on every card, or it begins as UnionPay's cards do.
    """
    digits, sizes = "".join(parts), [len(part) for part in parts]
    if not (_SMALLEST_CARD <= len(digits) and 1 < len(sizes) <= _MOST_CARD_GROUPS and min(sizes[:-1]) > 1):
        return False
    if everyday and sizes[0] not in (4, 6) and not digits.startswith(_OWN_PREFIX):
        return False
    landline = _AREA.fullmatch(parts[-2]) is not None and sizes[-1] in (7, 8)
    service = parts[0] in ("400", "800") and sizes[:3] == [3, 3, 4]
    thousands = len(sizes) > 2 and set(sizes[1:]) == {3} and sizes[0] <= 3 and not digits.startswith(_OWN_PREFIX)
    return not (service or landline or (everyday and thousands) or holds_date(parts)) and is_luhn_card(digits)


def holds_date(parts: Sequence[str]) -> bool:
    """Tell whether groups are, or three neighbours make, a day of this century or the last."""
    triples = zip(parts, parts[1:], parts[2:], strict=False)
    return any(_DATE.fullmatch(part) for part in parts) or any(
        len(year) == 4 and _DATE.fullmatch(f"{year}{month:0>2}{day:0>2}") for year, month, day in triples
    )


def is_date(digits: str) -> bool:
    """Tell whether eight digits are a day of this century or the last."""
    return _DATE.fullmatch(digits) is not None


def is_checked(number: str) -> bool:
    """Tell whether a number is of 18 characters of an identity number, the last of which checks the others."""
    if len(number) != 18 or not _CHECKABLE.match(number):
        return False
    return "10X98765432"[sum(map(int.__mul__, map(int, number[:17]), _WEIGHTS)) % 11] == number[17]


def _is_identity(digits: str) -> bool:
    for match in _IDENTITY.finditer(digits):
        number, young = match[1], int(match[2]) > LAST_BIRTH_YEAR
        checked = is_checked(number)
        if len(digits) == 18 and (checked or not young):
            return True
        if checked and not young and digits == "0" + number:
            return True
    return False


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
