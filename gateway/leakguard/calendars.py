"""Days that a text names in other ways than year, month and day: Roman months, ordinal days, weeks, seconds since 1970,
other eras, and the Chinese calendar.

Takes text that `signs` has levelled, its Chinese numbers in digits. Reads generously: what is read is only ever
compared with the days of one record. So the Chinese calendar needs no table: its months begin at new moons, which recur
every 29.530588 days, and the first of them holds the day about 19 February; each reading gives the day before and
after, too, and the leap month as well as the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

_ROMANS: Final = "I II III IV V VI VII VIII IX X XI XII"
_ROMAN: Final = {sign: at for at, sign in enumerate(_ROMANS.split(), 1)}
_ROMAN_MONTH: Final = "(" + "|".join(sorted(_ROMAN, key=len, reverse=True)) + ")"
_GAP: Final = r"[\s./,_-]{1,3}"
_LITTLE_ROMAN: Final = re.compile(
    rf"(?<![0-9])([0-9]{{1,2}}){_GAP}{_ROMAN_MONTH}{_GAP}([0-9]{{4}}|[0-9]{{2}})(?![0-9])", re.IGNORECASE
)
_BIG_ROMAN: Final = re.compile(
    rf"(?<![0-9])([0-9]{{4}}){_GAP}{_ROMAN_MONTH}{_GAP}([0-9]{{1,2}})(?![0-9])", re.IGNORECASE
)
_MIDDLE_ROMAN: Final = re.compile(
    rf"(?<![0-9A-Za-z]){_ROMAN_MONTH}{_GAP}([0-9]{{1,2}}){_GAP}([0-9]{{4}})(?![0-9])", re.IGNORECASE
)
_YEAR: Final = "((?:18|19|20)[0-9]{2})"
_ORDINAL: Final = re.compile(
    rf"(?<![0-9]){_YEAR}(?:[-./]|年?[\s的]?第)?([0-3]?[0-9]{{1,2}})(?:天|日|(?![0-9]))(?<=[0-9]{{3}}|..[天日])"
)
_WEEK: Final = re.compile(
    rf"(?<![0-9]){_YEAR}(?:[-\s]?W|年?第)([0-5]?[0-9])(?:-|\s|周|星期|个?星?期?,?)*(?:周|星期)?([1-7日天])(?![0-9])",
    re.IGNORECASE,
)
_ERAS: Final = {
    "民国": 1911,
    "明治": 1867,
    "大正": 1911,
    "昭和": 1925,
    "平成": 1988,
    "令和": 2018,
    "佛历": -543,
    "黄帝": -2698,
}
_ERA: Final = re.compile(f"({'|'.join(_ERAS)})(?:纪元)?([0-9]{{1,4}}|元)[年./-]([0-9]{{1,2}})[月./-]([0-9]{{1,2}})")
_SECONDS: Final = re.compile(r"(?<![0-9])([0-9]{8,10})(?:000){0,2}(?![0-9])")
_DAY_SECONDS: Final = 86_400
_MIDNIGHTS: Final = (0, 57_600)
"""The seconds of a day of UTC at which a day begins there, and in China, eight hours ahead."""
_EPOCH: Final = datetime(1970, 1, 1, 8)
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES: Final = "子丑寅卯辰巳午未申酉戌亥"
_NAMED_MONTHS: Final = {"正": 1, "冬": 11, "腊": 12, "臘": 12}
_CHINESE_DAY: Final = r"[闰閏]?\s*([正冬腊臘]|[0-9]{1,2})月\s*(初|[0-9])([0-9]{0,2})"
_BY_STEMS: Final = re.compile(rf"([{_STEMS}])([{_BRANCHES}])[^0-9]?年\s*{_CHINESE_DAY}")
_BY_YEAR: Final = re.compile(
    rf"(农历|阴历|旧历|夏历|lunar)?[^0-9]{{0,4}}(?<![0-9]){_YEAR}年\s*(?:农历|阴历|旧历)?\s*([闰閏]?)\s*([正冬腊臘]|[0-9]{{1,2}})月\s*(初|[0-9])([0-9]{{0,2}})"
)
_MARK: Final = re.compile(f"[{_STEMS}][{_BRANCHES}]|[农阴旧夏]历|lunar|[正冬腊臘初闰閏]")
_HINT: Final = re.compile(f"[IVXWivxw第历{_STEMS}元国治正和成佛黄初冬腊闰]|[0-9]{{7}}|[0-9]{{4}}[-./][0-9]{{3}}")
"""Without one of these none of the others is there."""
_NEW_MOON: Final = date(2000, 1, 6).toordinal() + 14.24 / 24 + 4 / 24
"""A mean new moon, in days of China's time."""
_MONTH: Final = 29.530588
_FIRST_TERM: Final = (2, 19)
"""The day, about, that lies in the first Chinese month."""
_MOST_YEARS: Final = (1890, 2060)


def other_days_in(text: str) -> set[date]:
    """Return every day that a text may name by a Roman month, its number, its week, seconds, an era or the moon."""
    found: set[date] = set()
    if not _HINT.search(text):
        return found
    for day, month, year in _LITTLE_ROMAN.findall(text):
        for one in (int(year),) if len(year) == 4 else (1900 + int(year), 2000 + int(year)):
            found.update(_day(one, _ROMAN[month.upper()], int(day)))
    for month, day, year in _MIDDLE_ROMAN.findall(text):
        found.update(_day(int(year), _ROMAN[month.upper()], int(day)))
    for year, month, day in _BIG_ROMAN.findall(text):
        found.update(_day(int(year), _ROMAN[month.upper()], int(day)))
    for year, number in _ORDINAL.findall(text):
        if 1 <= int(number) <= 366:
            found.add(date(int(year), 1, 1) + timedelta(int(number) - 1))
    for year, week, on in _WEEK.findall(text):
        try:
            found.add(date.fromisocalendar(int(year), int(week), 7 if on in "日天" else int(on)))
        except ValueError:
            continue
    for era, year, month, day in _ERA.findall(text):
        found.update(_day(_ERAS[era] + (1 if year == "元" else int(year)), int(month), int(day)))
    for seconds in map(int, _SECONDS.findall(text)):
        found.update(
            (_EPOCH + timedelta(seconds=one)).date() for one in (seconds, -seconds) if one % _DAY_SECONDS in _MIDNIGHTS
        )
    if _MARK.search(text):
        found.update(_chinese_days(text))
    return found


def _day(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _chinese_days(text: str) -> Iterator[date]:
    for stem, branch, month, first, rest in _BY_STEMS.findall(text):
        for year in range(*_MOST_YEARS):
            if (year - 4) % 10 == _STEMS.index(stem) and (year - 4) % 12 == _BRANCHES.index(branch):
                yield from _near_new_moon(year, month, first + rest)
    for _, year, _, month, first, rest in _BY_YEAR.findall(text):
        yield from _near_new_moon(int(year), month, first + rest)


def _near_new_moon(year: int, month: str, written: str) -> Iterator[date]:
    """Yield the days that a day of a Chinese month may be."""
    number, day = _NAMED_MONTHS.get(month) or int(month), int(written.removeprefix("初") or 0)
    if not (1 <= number <= 12 and 1 <= day <= 30):
        return
    term = date(year, *_FIRST_TERM).toordinal() + 30.44 * (number - 1)
    count = int((term - 31 - _NEW_MOON) // _MONTH)
    for moon in range(count, count + 4):
        start = _NEW_MOON + moon * _MONTH
        if term - 31.5 <= start <= term + 31.5:
            for off in (-1, 0, 1):
                yield date.fromordinal(int(start) + day - 1 + off)
