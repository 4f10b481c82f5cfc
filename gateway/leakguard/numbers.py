"""Finds numbers of persons in text, in whatever dress: other digits, Chinese numerals, separators between them.

 identity_number  18 characters (GB 11643): a region, a date that a living person may have, three digits, a digit or X;
                  or 15 digits of the old form. Neither region nor check digit is looked up: numbers of abolished
                  regions and with a wrong check digit are numbers of persons all the same.
 mobile_phone     11 digits that begin with 13 to 19 (or 100, as synthetic ones do), also behind 0, 86, +86 or 0086
 bank_card        any other run of 12 digits and more, unless it begins with a date, as serial numbers do

Up to three separators may stand between two digits; dates written with separators are taken out before cards are
counted. A run is judged as a whole and, where it has separators, in its parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from unicodedata import digit as digit_of
from unicodedata import normalize

from gateway.leakguard.found import Detector

NUMERALS: Final[Mapping[int, str]] = MappingProxyType(
    dict(zip(map(ord, "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸"), "00123456789123456789236", strict=True))
)
"""Chinese numerals that stand for a digit: code point -> digit."""
SHORTEST_NUMBER: Final = 11
"""Digits of the shortest number that is looked for."""
_OTHER_DIGITS: Final = "²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒"
_DIGIT: Final = rf"[\d{''.join(map(chr, NUMERALS))}{_OTHER_DIGITS}]"
_BETWEEN: Final = (
    "[ \\t\\r\\n_./\\\\|*~+·•‧・･．／＿｜∙⋅\\-"
    "\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u2028\u2029\u202f\u205f-\u2064\u20e3\u2212\u3000\ufe00-\ufe0f\uff0d\ufeff]"
)
"""Separators: blanks, dashes, dots, strokes, stars, and signs without width, such as joiners."""
_SUSPECT: Final = re.compile(f"{_DIGIT}(?:{_BETWEEN}{{0,3}}{_DIGIT}){{{SHORTEST_NUMBER - 1}}}")
_ASCII_BETWEEN: Final = b" \t\r\n_./\\|*~+-"
_SHAPE: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_ELEVEN: Final = b"0" * SHORTEST_NUMBER
"""ASCII is searched by taking all separators out, which is much quicker than the pattern and finds no less."""
_RUN: Final = re.compile(rf"[0-9](?:{_BETWEEN}{{0,3}}[0-9])*(?:{_BETWEEN}{{0,3}}[Xx](?![0-9A-Za-z]))?")
_PARTS: Final = re.compile("[0-9]+[Xx]?|[Xx]")
_DATE: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_IDENTITY: Final = re.compile(rf"(?=[1-9][0-9]{{5}}(?:18|19|20)[0-9]{{2}}{_DATE}[0-9]{{3}}[0-9X])")
_OLD_IDENTITY: Final = re.compile(rf"[1-9][0-9]{{7}}{_DATE}[0-9]{{3}}")
_MOBILE: Final = re.compile(r"(?:0|86|0086|086)?(?:1[3-9][0-9]{9}|100[0-9]{8})")
_SPACED_DATE: Final = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])"
)
_SERIAL: Final = re.compile(rf"(?:19|20)[0-9]{{2}}{_DATE}[0-9]*")
_CARD: Final = 12
"""Digits of the shortest bank card or account that is looked for."""


def suspicious(text: str) -> bool:
    """Tell whether a text may hold a number: eleven digits of any kind with nothing but separators between.

    Never misses what `find_numbers` finds in one of the texts that are joined by U+001F.
    """
    if text.isascii():
        return _ELEVEN in text.encode().translate(_SHAPE, _ASCII_BETWEEN)
    return _SUSPECT.search(text) is not None


def find_numbers(text: str) -> frozenset[Detector]:
    """Return the detectors that sound on a text."""
    if not suspicious(text):
        return frozenset()
    found: set[Detector] = set()
    for match in _RUN.finditer(plain_digits(text)):
        run = match.group()
        parts = _PARTS.findall(run)
        _judge("".join(parts).upper(), run, found)
        if len(parts) > 1:
            for part in parts:
                _judge(part.upper(), part, found)
    return frozenset(found)


def plain_digits(text: str) -> str:
    """Return a text with every digit and Chinese numeral as an ASCII digit, and letters as NFKC gives them."""
    if text.isascii():
        return text
    return "".join([sign if sign.isascii() else _plain(sign) for sign in text])


def _plain(sign: str) -> str:
    numeral = NUMERALS.get(ord(sign))
    if numeral is not None:
        return numeral
    digit = digit_of(sign, None)
    return normalize("NFKC", sign) if digit is None else str(digit)


def _judge(digits: str, run: str, found: set[Detector]) -> None:
    """Add what a run is; `digits` is the run without its separators, X in upper case."""
    if len(digits) < SHORTEST_NUMBER:
        return
    if _IDENTITY.search(digits) or _OLD_IDENTITY.fullmatch(digits):
        found.add(Detector.IDENTITY_NUMBER)
    elif _MOBILE.fullmatch(digits.rstrip("X")):
        found.add(Detector.MOBILE_PHONE)
    elif any(_is_card(part) for part in _SPACED_DATE.sub("\x1f", run).split("\x1f")):
        found.add(Detector.BANK_CARD)


def _is_card(run: str) -> bool:
    digits = "".join(_PARTS.findall(run)).rstrip("Xx")
    return len(digits) >= _CARD and _SERIAL.fullmatch(digits) is None
