"""The raw values of one record, and whether any of them comes back in a text.

Every value counts as masked. Not looked for are what cannot tell one person from many: truth values, single signs,
short codes of a vocabulary (by the field's name), names of regions, round amounts without a currency.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final

from gateway.leakguard.digests import digests_in, digests_of
from gateway.leakguard.found import Detector
from gateway.leakguard.own_numbers import GRAM, OwnNumber
from gateway.leakguard.own_texts import SHORTEST_TEXT, OwnText, is_shared
from gateway.leakguard.signs import compact, level, numerals_as_digits
from gateway.leakguard.view import View

Raw = str | int | float | bool | date | Decimal | bytes | None
WORD: Final = 4
"""Characters of the shortest number that is looked for, as a word of its own."""
_VOCABULARY: Final = re.compile(
    r"(?:^|_)(?:sex|gender|ethnicity|ethnic|nation|nationality|status|state|type|kind|level|category|class|scheme|form|"
    r"result|flag|channel|relation|unit|currency|currency_code|year|age|region|region_code|area_code|division|province|"
    r"city|county|district|postcode|postal_code|zip|zip_code|post_code)$"
)
_VOCABULARY_ZH: Final = re.compile(
    "(?:性别|民族|国籍|状态|类型|类别|种类|级别|等级|险种|结果|标志|标识|渠道|关系|币种|年龄|年度|年份|区划|省份|城市|区县|邮编)$"
)
_PEOPLE: Final = re.compile("[^\\W\\d_]{1,4}族")
"""One of the 56 peoples, such as 汉族: a word that millions share."""
_DATE: Final = re.compile(r"([0-9]{4})(?:([-/.年])([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))(?:[T ].*)?")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]{1,12}(?:,[0-9]{3})*(?:\.[0-9]{1,6})?(?:元)?")
_LARGE: Final = 10**7


class RawRecord:
    """The values of one row; `fields` are pairs of field name and raw value. Never changed afterwards."""

    def __init__(self, fields: Iterable[tuple[str, Raw]]) -> None:
        self._fields = tuple(fields)

    @cached_property
    def _texts_of(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, text) for name, value in self._fields if (text := _text_of(value)))

    @cached_property
    def numbers(self) -> tuple[OwnNumber, ...]:
        """The numbers of `GRAM` characters and more."""
        return tuple(OwnNumber(signs) for signs in self._number_signs if len(signs) >= GRAM)

    @cached_property
    def _all_numbers(self) -> str:
        return "\n".join(part for number in self.numbers for part in (number.signs, number.digits))

    @cached_property
    def _number_signs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._signs_of_numbers()))

    def _signs_of_numbers(self) -> Iterator[str]:
        for name, text in self._texts_of:
            signs = compact(numerals_as_digits(level(text)))
            if not signs.isascii() or _is_vocabulary(name, signs) or (_DECIMAL.fullmatch(text) and "." in text):
                continue
            if sum(map(str.isdigit, signs)) * 2 >= len(signs):
                yield signs.removeprefix("00") if signs.startswith("0086") else signs

    @cached_property
    def _words(self) -> frozenset[str]:
        """Numbers and codes too short for n-grams; amounts and years are not among them."""
        return frozenset(
            signs
            for signs in self._number_signs
            if (WORD <= len(signs) < GRAM and not signs.isdigit())
            or (5 <= len(signs) < GRAM and signs.isdigit() and not _REGION_CODE.fullmatch(signs))
        )

    @cached_property
    def _texts(self) -> tuple[OwnText, ...]:
        found = []
        for name, text in self._texts_of:
            signs = compact(level(text))
            digits = sum(map(str.isdigit, signs))
            if len(signs) < SHORTEST_TEXT or _is_vocabulary(name, signs) or is_shared(signs):
                continue
            if not signs.isascii() or digits * 2 < len(signs):
                found.append(OwnText(text))
        return tuple(found)

    @cached_property
    def dates(self) -> frozenset[date]:
        """The dates of the record, and the dates of birth that its identity numbers hold."""
        return frozenset(day for _, value in self._fields for day in days_of(value))

    @cached_property
    def _amounts(self) -> frozenset[Decimal]:
        found = set()
        for name, value in self._fields:
            text = "" if isinstance(value, bool) else _text_of(value)
            if isinstance(value, date) or not _DECIMAL.fullmatch(text) or _is_vocabulary(name, text):
                continue
            try:
                found.add(Decimal(text.rstrip("元").replace(",", "")).copy_abs().normalize())
            except InvalidOperation:
                continue
        return frozenset(amount for amount in found if amount < _LARGE * 100)

    @cached_property
    def _digests(self) -> frozenset[bytes]:
        values = set()
        for _, text in self._texts_of:
            signs = compact(level(text))
            if len(signs) >= SHORTEST_TEXT:
                for form in {text, text.strip(), text.upper(), text.lower(), signs}:
                    values |= {form.encode(charset, "replace") for charset in ("utf-8", "gb18030", "utf-16-le")}
        for day in self.dates:
            values |= {day.isoformat().encode(), day.isoformat().replace("-", "").encode()}
        return digests_of(values)

    def found_in(self, view: View) -> set[Detector]:
        """Return how values of the record come back in one reading of a text."""
        if view.only_han:
            return {Detector.RAW_VALUE} if any(text.found_in(view) for text in self._texts) else set()
        near = any(gram in self._all_numbers for gram in view.grams)
        found = {how for number in self.numbers if (how := number.found_in(view, near=near))}
        if not self._words.isdisjoint(view.words) or any(text.found_in(view) for text in self._texts):
            found.add(Detector.RAW_VALUE)
        if self.dates and view.groups and not self.dates.isdisjoint(view.days):
            found.add(Detector.DATE)
        if self._amounts and (view.groups or view.worded) and any(self._is_own(*amount) for amount in view.amounts):
            found.add(Detector.AMOUNT)
        candidates = digests_in(view.plain)
        if candidates and not candidates.isdisjoint(self._digests):
            found.add(Detector.DIGEST)
        return found

    def _is_own(self, amount: Decimal, currency: bool) -> bool:
        """Tell whether an amount is one of the record and tells more than a round sum does."""
        if amount not in self._amounts:
            return False
        digits, exponent = len(amount.as_tuple().digits), amount.as_tuple().exponent
        fraction = isinstance(exponent, int) and exponent < 0
        return digits >= WORD or (fraction and digits >= 3) or (currency and (digits >= 3 or amount >= 1000))


_REGION_CODE: Final = re.compile("[1-8][0-9]{5}")


def days_of(value: Raw) -> tuple[date, ...]:
    """Return the day that a raw value is, or that it holds as an identity number."""
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value,)
    text = _text_of(value).strip()
    if not 8 <= len(text) <= 32:
        return ()
    text = numerals_as_digits(level(text))
    if match := _DATE.fullmatch(text):
        return _day(match[1], match[3] or match[5], match[4] or match[6])
    signs = compact(text)
    if len(signs) == 18 and signs[:17].isdigit():
        return _day(signs[6:10], signs[10:12], signs[12:14])
    return _day("19" + signs[6:8], signs[8:10], signs[10:12]) if len(signs) == 15 and signs.isdigit() else ()


def _text_of(value: Raw) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def _is_vocabulary(name: str, signs: str) -> bool:
    if _PEOPLE.fullmatch(signs):
        return True
    return len(signs) <= 12 and bool(_VOCABULARY.search(name.lower()) or _VOCABULARY_ZH.search(name))


def _day(year: str, month: str, day: str) -> tuple[date, ...]:
    try:
        return (date(int(year), int(month), int(day)),)
    except ValueError:
        return ()
