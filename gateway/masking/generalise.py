"""GENERALISE: a coarser value in place of the exact one, always as text.

    year         `1960`
    year_month   `1960-05`
    age_band     `0-13`, `14-17`, `18-59`, `60-64`, `65-69`, `70+`: the ages at which the law and the concessions turn
    city         region code -> the code of its prefecture, or of its municipality (GB/T 2260, dated)
    province     region code -> the code of its province
    address_city address -> the code of its prefecture or municipality, else of its province, else `000000`
    icd_chapter  diagnosis -> `I` to `XXII` (`gateway.masking.diagnosis`)
    amount_band  yuan: `<0`, `0`, `0-100`, `100-500`, ... `50000-100000`, `100000+`; the lower bound is in the band,
                 but `0-100` is without 0

Rules: a value that does not have the expected form is an error and never passes; an address has none. Null stays null.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from gateway.ground.clock import years_before
from gateway.ground.item import Level
from gateway.ground.vocabulary.facts import AMOUNTS, BAND_AGES
from gateway.ground.vocabulary.masks import choices_of, require_names
from gateway.masking.context import Context, Operator
from gateway.masking.diagnosis import icd_chapter
from gateway.masking.faults import MaskingError
from gateway.masking.places import Places

AGE_BANDS: Final = ("70+", "65-69", "60-64", "18-59", "14-17", "0-13")
AMOUNT_BANDS: Final = (
    *("<0", "0"),
    *(f"{low}-{high}" for low, high in zip((0, *AMOUNTS[:-1]), AMOUNTS, strict=True)),
    f"{AMOUNTS[-1]}+",
)
_YOUNGER: Final = tuple(-age for age in BAND_AGES)
_WORTHWHILE: Final = 16
"""Fewest birth dates for which it is quicker to work out first the latest date of each band."""
_YEARS: Final = tuple(f"{year:04}" for year in range(date.max.year + 1))
_MONTHS: Final = tuple(f"{month:02}" for month in range(13))
"""Looked up, for that is quicker than to write each anew."""
_BOUNDS: Final = (0.0, 5e-324, *map(float, AMOUNTS))
"""The lower end of each band but the first; no decimal of 6 places lies between 0 and the smallest float above it."""
_DECIMALS: Final = re.compile(r"(?:-?[0-9]{1,15}(?:\.[0-9]{1,6})?\n)*")
_REGIONS: Final = re.compile(r"(?:[1-9][0-9]{5}\n)*")

Texts = tuple[str | None, ...]


def year(values: tuple[Any, ...], context: Context) -> Texts:
    """Return the year of each date."""
    return tuple([None if value is None else _YEARS[value.year] for value in values])


def year_month(values: tuple[Any, ...], context: Context) -> Texts:
    """Return the year and month of each date."""
    return tuple([None if value is None else f"{_YEARS[value.year]}-{_MONTHS[value.month]}" for value in values])


def age_band(values: tuple[Any, ...], context: Context) -> Texts:
    """Return the band of the completed years of each birth date.

    Raises:
        MaskingError: a birth date is after today.
    """
    today = context.today
    if len(values) < _WORTHWHILE:
        return tuple(
            [None if value is None else AGE_BANDS[bisect_left(_YOUNGER, -_age(value, today))] for value in values]
        )
    latest = [*(years_before(today, age) for age in BAND_AGES), today]
    try:
        return tuple([None if value is None else AGE_BANDS[bisect_left(latest, value)] for value in values])
    except IndexError:
        raise MaskingError("expected a birth date up to today, found a later one") from None


def _age(birth: date, today: date) -> int:
    if birth > today:
        raise MaskingError("expected a birth date up to today, found a later one")
    return today.year - birth.year - ((birth.month, birth.day) > (today.month, today.day))


def city(places: Places) -> Operator:
    """Return the operator that gives the code of the city of each region code."""
    return lambda values, context: _roll_up(values, places.city_of)


def province(places: Places) -> Operator:
    """Return the operator that gives the code of the province of each region code."""
    return lambda values, context: _roll_up(values, places.province_of)


def address_city(places: Places) -> Operator:
    """Return the operator that gives the code of the city by which each address begins; it takes any text."""
    return lambda values, context: tuple([None if value is None else places.city_in(value) for value in values])


def _roll_up(values: tuple[Any, ...], outer: Callable[[str], str]) -> Texts:
    present = [value for value in values if value is not None] if None in values else values
    if not _all_have(_REGIONS, present):
        raise MaskingError("expected region codes of six digits, found another form")
    known = {code: outer(code) for code in set(present)}
    return tuple([None if value is None else known[value] for value in values])


def amount_band(values: tuple[Any, ...], context: Context) -> Texts:
    """Return the band of each amount in yuan.

    Raises:
        MaskingError: a value is not a plain decimal of up to 15 digits before the point and 6 after it.
    """
    require_decimals(values)
    if None in values:
        return tuple([None if value is None else AMOUNT_BANDS[bisect_right(_BOUNDS, float(value))] for value in values])
    return tuple([AMOUNT_BANDS[bisect_right(_BOUNDS, yuan)] for yuan in map(float, values)])


def require_decimals(values: tuple[Any, ...]) -> None:
    """Return if every value is null or a plain decimal of up to 15 digits before the point and 6 after it.

    Raises:
        MaskingError: one is not.
    """
    present = [value for value in values if value is not None] if None in values else values
    if not _all_have(_DECIMALS, present):
        raise MaskingError("expected plain decimals, found another form")


def _all_have(form: re.Pattern[str], cells: Sequence[str]) -> bool:
    """Tell whether every cell has a form, which is that of cells each followed by a line feed."""
    text = "".join([f"{cell}\n" for cell in cells])
    return text.count("\n") == len(cells) and form.fullmatch(text) is not None


OPERATORS: Final[Mapping[str, Callable[[Places], Operator]]] = MappingProxyType(
    {
        "year": lambda places: year,
        "year_month": lambda places: year_month,
        "age_band": lambda places: age_band,
        "city": city,
        "province": province,
        "address_city": address_city,
        "icd_chapter": lambda places: icd_chapter,
        "amount_band": lambda places: amount_band,
    }
)
"""The operator of each generalisation, made for the regions."""
require_names("gateway/masking/generalise.py", OPERATORS, choices_of(Level.GENERALISE))
