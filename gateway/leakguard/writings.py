"""Dates, amounts and numbers that are written out, in Chinese and in English, read as what they say.

Takes text that `signs` has levelled. Reads generously: a text may give readings that it does not mean, which are only
ever compared with the values of one record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from gateway.leakguard.calendars import other_days_in
from gateway.leakguard.signs import BREAK

_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_TENS: Final = {"廿": "2十", "卅": "3十", "圆": "元", "圓": "元", "块": "元", "毛": "角"}
_WRITTEN: Final = re.compile("[0-9]{0,20}[十拾百佰千仟万萬亿億][0-9十拾百佰千仟万萬亿億]{0,40}")
_COUNTING: Final = re.compile(f"[{''.join((*_UNITS, *_LARGE, *_TENS))}]")
_SCALED: Final = re.compile(r"([0-9]{1,20}\.[0-9]{1,20})([百佰千仟万萬亿億])")

_UNITS_SPELLED: Final = "zero one two three four five six seven eight nine"
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_PINYIN: Final = "ling yi er san si wu liu qi ba jiu"
_WORDS: Final = {
    **{word: str(at) for at, word in enumerate(_UNITS_SPELLED.split())},
    **{word: str(at) for at, word in enumerate(_TEENS.split(), 10)},
    **{word: str(at) for at, word in enumerate(_PINYIN.split())},
    **{"oh": "0", "nought": "0", "yao": "1", "liang": "2", "dong": "0", "guai": "7", "gou": "9"},
}
_TENS_SPELLED: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ROUND: Final = {word: str(at) for at, word in enumerate(_TENS_SPELLED.split(), 2)}
_TIMES: Final = {"double": 2, "triple": 3}
_TOKEN: Final = re.compile("|".join(sorted((*_WORDS, *_ROUND, *_TIMES), key=len, reverse=True)) + "|[0-9]+|[a-z]+")
_MORSE_SIGNS: Final = "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
_MORSE: Final = {sign: str(at) for at, sign in enumerate(_MORSE_SIGNS.split())}
_MORSE_RUN: Final = re.compile(r"(?:[.-]{5}[ /|]+){5,}[.-]{5}")

_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH: Final = "(" + "|".join(_MONTHS) + ")[a-z]*"
_LETTERS: Final = re.compile("[A-Za-z]{3}")
"""The letters that the name of a month has at least; text is levelled, so that its letters are ASCII."""
_BIG: Final = re.compile(
    r"(?<![0-9])((?:18|19|20)?[0-9]{2})\s*(?:年的|[-./年\\_,\s·•‧・|])\s*([0-9]{1,2})\s*[-./月\\_,\s·•‧・|]\s*\(?([0-9]{1,2})(?![0-9])"
)
_LITTLE: Final = re.compile(
    r"(?<![0-9])([0-9]{1,2})\s*[-./\\,\s]\s*([0-9]{1,2})\s*[-./\\,\s]\s*((?:18|19|20)?[0-9]{2})(?![0-9])"
)
_YEAR_BEHIND: Final = re.compile(
    r"(?<![0-9])(?:([0-9]{1,2})月\s*([0-9]{1,2})[日号]?|([0-9]{1,2})[日号]\s*([0-9]{1,2})月)[\s,的]{0,3}((?:18|19|20)?[0-9]{2})(?![0-9])"
)
"""Month and day, in either order, with the year behind."""
_SOLID: Final = re.compile(r"(?=((?:18|19|20)[0-9]{2})([01][0-9])([0-3][0-9]))")
_SOLID_LITTLE: Final = re.compile(r"(?<![0-9])([0-3][0-9])([0-3][0-9])((?:18|19|20)[0-9]{2})(?![0-9])")
_ORDINAL_WORDS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_ORDINALS: Final = _ORDINAL_WORDS.split()
_ORDINAL: Final = re.compile(
    rf"\b(twenty|thirty)?[\s-]?({'|'.join(reversed(_ORDINALS))})\b|\bthirtieth\b", re.IGNORECASE
)
_NAMED_LITTLE: Final = re.compile(
    rf"(?<![0-9])([0-9]{{1,2}})(?:st|nd|rd|th)?[\s,.-]*(?:of\s+)?{_MONTH}[\s,.'-]*([0-9]{{4}}|[0-9]{{2}})",
    re.IGNORECASE,
)
_NAMED_MIDDLE: Final = re.compile(
    rf"{_MONTH}[\s,.-]*([0-9]{{1,2}})(?:st|nd|rd|th)?[\s,.'-]+([0-9]{{4}}|[0-9]{{2}})", re.IGNORECASE
)
_NAMED_BIG: Final = re.compile(rf"([0-9]{{4}})[\s,.-]*{_MONTH}[\s,.-]*([0-9]{{1,2}})", re.IGNORECASE)
_AMOUNT: Final = re.compile(
    r"([¥￥$]|RMB|CNY|人民币)?\s*([0-9][0-9, ]*(?:[.点][0-9]+)?(?:[Ee][+-]?[0-9]{1,2})?)\s*(元|块|角|分|yuan|RMB|CNY)?",
    re.IGNORECASE,
)
_TO_CENTS: Final = re.compile(r"[.]00$")
"""A round figure written to the cent is a sum of money, as if a currency stood beside it."""
_SPACED: Final = re.compile(r"(?<![0-9])[0-9](?:[ _][0-9]){1,12}(?:[ _]?[.点][ _]?[0-9](?:[ _]?[0-9])*)?(?![0-9])")
"""Figures that stand one by one."""
_CONTINENTAL: Final = re.compile(
    r"(?<![0-9.,])[0-9]{1,3}(?:[. '][0-9]{3})+,[0-9]{1,2}(?![0-9])|(?<![0-9])[0-9]{1,3}(?:'[0-9]{3})+"
)
"""Figures with their thousands apart and a comma before the fraction, or with apostrophes."""
_PARTS_OF: Final = {"角": 10, "分": 100}
_HUNDREDS: Final = {"hundred": 100, "thousand": 1000, "million": 10**6}
_POINT: Final = re.compile(rf"\bpoint((?:\s+(?:{'|'.join((*_UNITS_SPELLED.split(), 'oh'))}))+)")
_PARTS: Final = re.compile(r"([0-9][0-9,]*)\s*元\s*(?:([0-9])\s*(?:角|(?![0-9]|\s*分)))?\s*(?:0?([0-9])\s*分)?")
"""A sum in 元, 角 and 分; the last figure may stand without its word, as people say it: 88元5."""


def written_numbers(text: str) -> str:
    """Return a text, its numerals digits already, whose Chinese numbers with units are in digits: 1千2百 is 1200."""
    if text.isascii() or not _COUNTING.search(text):
        return text
    for sign, plain in _TENS.items():
        text = text.replace(sign, plain)
    text = _SCALED.sub(lambda match: format(Decimal(match[1]) * {**_UNITS, **_LARGE}[match[2]], "f"), text)
    return _WRITTEN.sub(lambda match: str(_whole(match[0])), text)


def _whole(run: str) -> int:
    total = section = number = 0
    digits = ""
    for sign in run:
        if sign.isdigit():
            digits += sign
            continue
        number = int(digits) if digits else 1 if sign in _UNITS and not section else 0
        digits = ""
        if sign in _UNITS:
            section += number * _UNITS[sign]
        else:
            total = (total + section + number) * _LARGE[sign] if section + number or total else _LARGE[sign]
            section = 0
    return total + section + (int(digits) if digits else 0)


def spelled_digits(text: str) -> str:
    """Return the digits that words of English or of pinyin, or Morse signs, spell; empty where they are few."""
    digits: list[str] = []
    words, tens, times = 0, "", 1
    for token in _TOKEN.findall(text.lower()):
        if token in _TIMES:
            times = _TIMES[token]
            continue
        spelled = _WORDS.get(token) or (token if token.isdigit() else "")
        words += token in _WORDS or token in _ROUND
        if tens and (len(spelled) != 1 or spelled == "0"):
            digits.append(tens + "0")
        elif tens:
            spelled = tens + spelled
        tens = _ROUND.get(token, "")
        digits.append(spelled * times)
        times = 1
    if tens:
        digits.append(tens + "0")
    morse = "".join(
        _MORSE[sign] for run in _MORSE_RUN.findall(text) for sign in re.split("[ /|]+", run) if sign in _MORSE
    )
    return ("".join(digits) if words >= 5 else "") + morse


def dates_in(text: str) -> set[date]:
    """Return every day that a text may name. A year of two digits is of this century or the last."""
    found: set[date] = set()
    text = text.replace(BREAK, " ")
    named = _LETTERS.search(text) is not None
    if named:
        text = _ORDINAL.sub(_ordinal, text)
    for pattern in (_BIG, _SOLID, _NAMED_BIG) if named else (_BIG, _SOLID):
        for year, month, day in pattern.findall(text):
            found.update(_days(year, month, day))
    for pattern in (_LITTLE, _SOLID_LITTLE, _NAMED_LITTLE) if named else (_LITTLE, _SOLID_LITTLE):
        for day, month, year in pattern.findall(text):
            found.update(_days(year, month, day))
            found.update(_days(year, day, month) if month.isdigit() else ())
    for month, day, first, second, year in _YEAR_BEHIND.findall(text):
        found.update(_days(year, month or second, day or first))
    for month, day, year in _NAMED_MIDDLE.findall(text) if named else ():
        found.update(_days(year, month, day))
    return found | other_days_in(text)


def _ordinal(word: re.Match[str]) -> str:
    """Return an English ordinal in digits."""
    tens = {"twenty": 20, "thirty": 30}.get((word[1] or "").lower(), 0)
    return str(tens + _ORDINALS.index(word[2].lower()) + 1) if word[2] else "30"


def _days(year: str, month: str, day: str) -> Iterator[date]:
    at = int(month) if month.isdigit() else _MONTHS.index(month.lower()[:3]) + 1
    years = (int(year),) if len(year) == 4 else (1900 + int(year), 2000 + int(year))
    for one in years:
        try:
            yield date(one, at, int(day))
        except ValueError:
            continue


def amounts_in(text: str) -> set[tuple[Decimal, bool]]:
    """Return every amount that a text may name, without end zeros, each with whether a currency stands beside it."""
    found: set[tuple[Decimal, bool]] = set()
    for yuan, jiao, fen in _PARTS.findall(text):
        if jiao or fen:
            found.add(((Decimal(yuan.replace(",", "")) + Decimal(f"0.{jiao or 0}{fen or 0}")).normalize(), True))
    text = _CONTINENTAL.sub(lambda sum_: re.sub("[. ']", "", sum_[0]).replace(",", "."), text)
    spaced = _SPACED.sub(lambda run: re.sub("[ _]", "", run[0]), text)
    for before, written, after in _AMOUNT.findall(text if spaced == text else f"{text}\n{spaced}"):
        digits, scale = written.replace("点", "."), _PARTS_OF.get(after, 1)
        for one in {
            digits.replace(",", "").replace(" ", ""),
            digits.replace(",", "."),
            *digits.replace(",", "").split(),
        }:
            try:
                found.add(
                    ((Decimal(one) / scale).normalize(), bool(before or after) or _TO_CENTS.search(one) is not None)
                )
            except (InvalidOperation, OverflowError):
                continue
    if found_in_words := spelled_amount(text):
        found.add((Decimal(found_in_words).normalize(), True))
        if point := _POINT.search(text.lower()):
            fraction = "".join(_WORDS[word] for word in point[1].split())
            found.add((Decimal(f"{spelled_amount(text[: point.start()])}.{fraction}").normalize(), True))
    return found


def spelled_amount(text: str) -> int:
    """Return the number that English words give, as three thousand two hundred; 0 where there is none."""
    total = section = 0
    seen = False
    for word in re.findall("[a-z]+", text.lower()):
        if word in _HUNDREDS and seen:
            scale = _HUNDREDS[word]
            if scale == 100:
                section = (section or 1) * scale
            else:
                total, section = total + (section or 1) * scale, 0
        elif word in _ROUND:
            section, seen = section + 10 * int(_ROUND[word]), True
        elif word in _WORDS and (word in _UNITS_SPELLED or word in _TEENS):
            section, seen = section + int(_WORDS[word]), True
    return total + section
