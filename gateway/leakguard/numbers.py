"""Finds numbers of persons and bodies in text by their form, whatever record stands beside.

 identity_number  18 characters (GB 11643): a region, a date, three digits, a digit or X; or 15 digits of the old form.
                  The region is not looked up: numbers of abolished regions are numbers of persons all the same. Nor is
                  the check digit, except where a serial number looks the same: inside longer numbers, in groups that
                  are not usual, and where the date is of 2021 or later, as in numbers made of region, day and count
 mobile_phone     11 digits that begin with 13 to 19 (or 100, as synthetic ones do), also behind 0, 86, +86 or 0086
 bank_card        14 to 19 digits that begin as cards do; outside UnionPay's 62, with Luhn's check digit; and any run of
                  12 to 22 digits to which the text says that it is a card or an account
 credit_code      18 characters (GB 32100) with their check character
 others           documents of travellers and foreigners, landlines, mailboxes: see `documents`; what stands apart in an
                  unusual way, or runs together with other digits: see `apart`

Up to six separators may stand between two digits, of one kind or of several, brackets among them; not what ends a
clause, and no comma, since figures stand in lists. A run is judged as a whole, in its parts, and in the neighbouring
parts that make a usual group. Set aside first are decimals, whose digits come by chance, and identifiers of machines:
UUIDs (RFC 9562), digests in hexadecimal of 32 digits and more with a letter among them, in which a whole identity
number is looked for all the same; and counts of milliseconds or microseconds since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.leakguard.apart import LAST_BIRTH_YEAR, is_checked, numbers_apart
from gateway.leakguard.documents import documents_in, may_hold_document, may_hold_mailbox
from gateway.leakguard.found import Detector
from gateway.leakguard.signs import BREAK, level, numerals_as_digits

SHORTEST_NUMBER: Final = 11
"""Digits of the shortest number that is looked for."""
_BETWEEN: Final = r"[ \t\r\n_./\\|*~+·•‧・∙⋅\-‐-―−\u2028\u2029⁃'’‘\"“”`#()\[\]{}<>【】〔〕「」『』《》〈〉]"
"""Separators: blanks, dashes, dots, strokes, stars, brackets; signs without width are gone when this is asked."""
_RUN: Final = re.compile(
    rf"[0-9](?:(?:{_BETWEEN}{{0,6}}|(?<=[0-9]{{3}}):(?=[0-9]{{4}}))[0-9])*(?:{_BETWEEN}{{0,6}}[Xx](?![0-9A-Za-z]))?"
)
"""A colon separates only where the digits beside it are no hours and minutes."""
_PARTS: Final = re.compile("[0-9]+[Xx]?|[Xx]")
_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY: Final = re.compile(rf"(?=([1-9][0-9]{{5}}((?:18|19|20)[0-9]{{2}}){_DAY}[0-9]{{3}}[0-9X]))")
_OLD_IDENTITY: Final = re.compile(rf"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])[0-9]{{6}}{_DAY}[0-9]{{3}}")
_MOBILE: Final = re.compile(r"(?:0|86|0086|086|17951|12593)?(?:1[3-9][0-9]{9}|100[0-9]{8})")
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
_LABELLED: Final = re.compile(
    r"(?:卡号|银行卡|账号|帐号|账户|帐户|card|account|acct|a/c)[^0-9A-Za-z]{0,6}(?:no|number|num|id|号码|为|是)?[^0-9A-Za-z]{0,4}$",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(
    r"(?:电话|手机|机号|联系方式|致电|拨打|微信|短信|tel|mobile|phone|cell|call)[^0-9A-Za-z]{0,6}$", re.IGNORECASE
)
_SUM: Final = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,2})?")
_OF_MONEY: Final = re.compile("[ ]?[万亿]?(?:元|圆|yuan|\u052a)", re.IGNORECASE)
"""A figure with a currency right behind is a sum, unless the text calls it a telephone or an account.

U+052A is what 元 of GB 18030 reads as in UTF-8."""
_SPACED_DATE: Final = re.compile("[0-9]{4}[-./][0-9]{1,2}[-./]")
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_ADDRESS: Final = re.compile(rf"(?<![0-9.])(?:{_OCTET}\.){{3}}{_OCTET}(?::[0-9]{{1,5}}|/[0-9]{{1,2}})?(?![0-9.])")
"""An address of a machine, with its port or its net."""
_DECIMAL: Final = re.compile(r"(?<![0-9.+])[0-9]{1,9}\.[0-9]{9,}(?![0-9]|\.[0-9])|(?<![0-9.,])0,[0-9]{9,}(?![0-9])")
_LABEL: Final = 24
_CREDIT_SIGN: Final = "[0-9A-HJ-NPQRTUWXY]"
_CREDIT_GROUPS: Final = ((6, 6, 6), (9, 9), (2, 6, 9, 1), (2, 6, 10), (8, 10), (4, 4, 4, 4, 2), (3, 3, 3, 3, 3, 3))
_CREDIT: Final = re.compile(
    "(?<![0-9A-Z])(?:"
    + "|".join(
        rf"{_CREDIT_SIGN}{{{groups[0]}}}(?P<s{at}>[- ._·])"
        + f"(?P=s{at})".join(f"{_CREDIT_SIGN}{{{size}}}" for size in groups[1:])
        for at, groups in enumerate(_CREDIT_GROUPS)
    )
    + f"|{_CREDIT_SIGN}{{18}})(?![0-9A-Z])"
)
_CREDIT_FORM: Final = re.compile("[1-9ANY][1-9A-HJ-NPQRTUWXY][1-9][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}")
_CREDIT_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ASCII_BETWEEN: Final = b" \t\r\n_./\\|*~+-'\"`:#()[]{}<>"
_SEPARATORS: Final = re.compile(f"{_BETWEEN}+")
_SHAPE: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_ELEVEN: Final = b"0" * SHORTEST_NUMBER
"""ASCII is searched by taking all separators out, which is much quicker than the pattern and finds no less."""
_EIGHT: Final = b"0" * 6
_CODE_SHAPE: Final = re.compile(rb"[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{2}0{6}")
_GAPS: Final = re.compile("[0-9]+[Xx]?|[Xx]")
_GROUPS: Final = frozenset(
    {
        *((3, 4, 4), (3, 3, 5), (4, 4, 3), (3, 8), (5, 6), (6, 5), (4, 3, 4), (3, 5, 3)),  # telephones
        *(
            (6, 8, 1),
            (6, 8, 2),
            (6, 8, 3),
            (6, 8, 4),
            (6, 8, 5),
            (6, 8, 3, 1),
            (6, 4, 4, 4),
            (6, 4, 2, 2, 4),
            (6, 4, 2, 2, 3, 1),
            (3, 3, 4, 4, 4),
            (6, 12),
        ),
        *(
            (2, 4, 8, 4),
            (4, 2, 8, 4),
            (2, 2, 2, 8, 4),
            (2, 2, 2, 8, 3, 1),
            (17, 1),
            (14, 4),
            (10, 8),
            (6, 6, 3),
            (6, 9),
        ),
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
_CODES: Final = frozenset({"0", "86", "086", "0086", "17951", "12593"})
"""What may stand before a mobile number."""
_MOST_GROUPS: Final = 8
_MOST_DIGITS: Final = 23
_MACHINE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{32,}"
    r"|1[6-9][0-9]{11}(?:[0-9]{3})?"
    r")(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def suspicious(text: str) -> bool:
    """Tell whether a text may hold a number: eleven digits with nothing but separators between, a code or a document.

    Never misses what `find_numbers` finds in one of the texts that are joined by U+001F.
    """
    pieces = text.split("\x1f")
    if text.isascii():
        shape = text.encode().translate(_SHAPE, _ASCII_BETWEEN)
    else:
        pieces = [numerals_as_digits(level(piece)) for piece in pieces]
        text = "".join(pieces)
        shape = _SEPARATORS.sub("", text).encode("utf-8", "replace").translate(_SHAPE)
    if _ELEVEN in shape or (("@" in text or "(" in text or "[" in text) and may_hold_mailbox(text)):
        return True
    if _EIGHT in shape and (_CODE_SHAPE.search(shape) is not None or may_hold_document(text)):
        return True
    return any(map(numbers_apart, pieces))


def find_numbers(text: str) -> frozenset[Detector]:
    """Return the detectors that sound on a text, whatever its signs."""
    return numbers_in(numerals_as_digits(level(text)))


def numbers_in(text: str) -> frozenset[Detector]:
    """Return the detectors that sound on a text that is levelled and has its numerals as digits."""
    found: set[Detector] = set()
    if any(map(_holds_identity, _MACHINE.findall(text))):
        found.add(Detector.IDENTITY_NUMBER)
    text = _ADDRESS.sub(BREAK, _DECIMAL.sub(BREAK, _MACHINE.sub(BREAK, text)))
    for match in _RUN.finditer(text):
        run = match.group()
        if len(run) < SHORTEST_NUMBER:
            continue
        parts = [part.upper() for part in _PARTS.findall(run)]
        before = text[max(0, match.start() - _LABEL) : match.start()]
        account = _LABELLED.search(before) is not None
        named = account or _CALLED.search(before) is not None
        if not named and _SUM.fullmatch(run) and _OF_MONEY.match(text, match.end()):
            continue
        for one in _written(parts, _GAPS.split(run)[1:-1], named=named):
            _judge(one, found)
        whole = "".join(parts)
        if account and 12 <= len(whole) <= 22 and not _SPACED_DATE.match(run):
            found.add(Detector.BANK_CARD)
    found |= numbers_apart(text)
    if _has_credit_code(text):
        found.add(Detector.CREDIT_CODE)
    return frozenset(found | documents_in(text))


def _holds_identity(identifier: str) -> bool:
    """Tell whether an identifier of a machine holds a whole identity number with its check digit."""
    return any(is_checked(match[1]) for match in _IDENTITY.finditer(identifier.replace("-", "")))


def _written(parts: list[str], gaps: list[str], *, named: bool) -> Iterator[str]:
    """Yield each part of a run, and what neighbouring parts make where people write one number so.

    `gaps` are the separators between the parts; `named` says that the text calls the run a telephone or an account.
    """
    yield from parts
    for first in range(len(parts) - 1):
        size = len(parts[first])
        for last in range(first + 1, len(parts)):
            size += len(parts[last])
            if size > _MOST_DIGITS:
                break
            if size < SHORTEST_NUMBER:
                continue
            inner = gaps[first:last]
            if "\n" in (lines := "".join(inner)) or "\r" in lines or "\t" in lines:
                if (first, last) != (0, len(parts) - 1):
                    continue
            elif not (named and first == 0) and _goes_on(inner, gaps[:first][-1:] + gaps[last : last + 1]):
                continue
            digits = "".join(parts[first : last + 1])
            if _is_written_so(parts[first : last + 1], inner, named) or (
                last - first < _MOST_GROUPS and is_checked(digits)
            ):
                yield digits


def _goes_on(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Tell whether parts belong to a longer list: all have one separator between, and so has a neighbour."""
    return len(set(inner)) == 1 and inner[0] in outer


def _is_written_so(parts: Sequence[str], gaps: Sequence[str], named: bool) -> bool:
    """Tell whether people write one number in such groups: all of one size, or as is usual."""
    sizes = tuple(map(len, parts))
    if len(sizes) > 2 and len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]:
        return sizes[0] < 3 or len(set(gaps)) == 1 or (sizes[0] > 3 and not {*"".join(gaps)} & {*"\n\r\t"})
    if {*"".join(gaps)} & {*"\n\r\t"}:
        return False
    if len(sizes) == 2 and gaps[0] == "." and not named:  # a decimal
        return False
    if sizes not in _GROUPS and not (parts[0] in _CODES and sizes[1:] in (*_GROUPS, (11,))):
        return False
    return not _DATE.fullmatch("".join(parts)[-8:]) or sum(sizes) > 13


def _judge(digits: str, found: set[Detector]) -> None:
    """Add what a run is; `digits` is the run without its separators, X in upper case."""
    if len(digits) < SHORTEST_NUMBER:
        return
    if _is_identity(digits) or (len(digits) == 15 and _OLD_IDENTITY.fullmatch(digits)):
        found.add(Detector.IDENTITY_NUMBER)
    elif _MOBILE.fullmatch(digits.rstrip("X")):
        found.add(Detector.MOBILE_PHONE)
    elif _CARD.fullmatch(digits) or (_LUHN_CARD.fullmatch(digits) and _luhn(digits) and not _SERIAL.fullmatch(digits)):
        found.add(Detector.BANK_CARD)


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


def _has_credit_code(text: str) -> bool:
    for match in _CREDIT.finditer(text.upper()):
        signs = re.sub(r"[- ._·]", "", match[0])
        code = [_CREDIT_SIGNS.index(sign) for sign in signs]
        if not _CREDIT_FORM.fullmatch(signs):
            continue
        if (sum(sign * pow(3, at, 31) for at, sign in enumerate(code[:17])) + code[17]) % 31 == 0:
            return True
    return False
