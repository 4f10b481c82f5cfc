"""Turns a platform's raw values into cells of the contract. Pure; the list is closed, a mapping only chooses from it.

A transform gets a value that is neither null nor blank and raises `ValueError` when it cannot read it; `reader` turns
that into an error of the contract, which says what was expected and never what stood there.

An instant becomes a day by the history of Asia/Shanghai: local mean time before 1901, summer time in the 1940s and in
1986 to 1991. A fixed offset makes the midnight of such a day the day before. The history is that of the package tzdata,
whatever the machine has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from adapters.contract import AnswerInvalid, Cell, CodeUnmapped

Codes = Mapping[str, Cell]
"""Local code value to shared value."""
Read = Callable[[object], Cell]
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,18})?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_AS_SECONDS: Final = 4_102_444_800
"""Seconds since 1970 in 2100: what is less may be seconds, which as milliseconds are days of early 1970."""
_YEARS: Final = frozenset({*range(1850, 2200), 9999})
"""Years of birthdays, issues and ends; 9999 stands for no end. Others come of microseconds, or of no clock at all."""


def _read_china() -> ZoneInfo:
    with (files("tzdata") / "zoneinfo" / "Asia" / "Shanghai").open("rb") as file:
        return ZoneInfo.from_file(file, "Asia/Shanghai")


CHINA: Final = _read_china()
"""The clocks of China, with their history."""


def text(raw: object) -> Cell:
    """Read text without the blanks that pad a CHAR column."""
    if type(raw) is not str:
        raise ValueError("text")
    return raw.rstrip()


def date_compact(raw: object) -> Cell:
    """Read YYYYMMDD."""
    if type(raw) is not str or not re.fullmatch(r"[0-9]{8}", raw.rstrip(), re.ASCII):
        raise ValueError("a date YYYYMMDD")
    return date(int(raw[:4]), int(raw[4:6]), int(raw[6:8]))


def date_iso(raw: object) -> Cell:
    """Read YYYY-MM-DD."""
    if type(raw) is not str or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw, re.ASCII):
        raise ValueError("a date YYYY-MM-DD")
    return date.fromisoformat(raw)


def date_epoch_ms(raw: object) -> Cell:
    """Read milliseconds since 1970-01-01 UTC as the day that it was in China.

    Seconds are refused: a number that could be seconds is read only where it is a midnight, in China or UTC.
    """
    if type(raw) is not int:
        raise ValueError("whole milliseconds")
    moment = (_EPOCH + timedelta(milliseconds=raw)).astimezone(CHINA)
    midnight = moment.time() == time() or raw % _DAY_MS == 0
    if moment.year not in _YEARS or (abs(raw) < _AS_SECONDS and not midnight):
        raise ValueError("milliseconds")
    return moment.date()


def month_compact(raw: object) -> Cell:
    """Read YYYYMM as the first day of the month."""
    if type(raw) is not str or not re.fullmatch(r"[0-9]{6}", raw.rstrip(), re.ASCII):
        raise ValueError("a month YYYYMM")
    return date(int(raw[:4]), int(raw[4:6]), 1)


def month_iso(raw: object) -> Cell:
    """Read YYYY-MM as the first day of the month."""
    if type(raw) is not str or not re.fullmatch(r"[0-9]{4}-[0-9]{2}", raw, re.ASCII):
        raise ValueError("a month YYYY-MM")
    return date(int(raw[:4]), int(raw[5:7]), 1)


def integer(raw: object) -> Cell:
    """Read a whole number, or its digits."""
    if type(raw) is int:
        number = raw
    elif type(raw) is str and re.fullmatch(r"-?[0-9]{1,19}", raw.strip(), re.ASCII):
        number = int(raw)
    else:
        raise ValueError("a whole number")
    if not -(2**63) <= number < 2**63:
        raise ValueError("a whole number of 64 bits")
    return number


def decimal(raw: object) -> Cell:
    """Read a decimal number from its digits; a binary fraction is refused."""
    digits = format(raw, "f") if isinstance(raw, Decimal) else str(raw).strip() if type(raw) in (int, str) else ""
    if not _DECIMAL.fullmatch(digits):
        raise ValueError("a decimal number")
    return digits


def cents(raw: object) -> Cell:
    """Read a whole number of fen as yuan with two places."""
    if type(raw) is not int:
        raise ValueError("a whole number of fen")
    return format(Decimal(raw).scaleb(-2), ".2f")


def boolean(raw: object) -> Cell:
    """Read a true boolean; local codes need a code table."""
    if type(raw) is not bool:
        raise ValueError("true or false")
    return raw


TRANSFORMS: Final[Mapping[str, tuple[str, Read]]] = {
    "text": ("string", text),
    "code": ("string", text),
    "boolean": ("boolean", boolean),
    "integer": ("integer", integer),
    "decimal": ("decimal", decimal),
    "cents": ("decimal", cents),
    "date_compact": ("date", date_compact),
    "date_iso": ("date", date_iso),
    "date_epoch_ms": ("date", date_epoch_ms),
    "month_compact": ("date", month_compact),
    "month_iso": ("date", month_iso),
}
"""Name in a mapping file to the kind that it makes and the function. `code` and `boolean` may have a code table."""


def reader(field: str, name: str, codes: Codes | None, shape: str | None) -> Read:
    """Return the function that reads one field: null and blank become null, all else is transformed or refused.

    Args:
        field: the field's name, for the errors.
        name: one of `TRANSFORMS`.
        codes: the code table; a value that is not in it raises `CodeUnmapped`.
        shape: a regular expression that the whole text must match, for example that of a card number.

    The function raises:
        CodeUnmapped: a local code without a mapping.
        AnswerInvalid: a wrong type, form or shape.
    """
    _, transform = TRANSFORMS[name]
    pattern = re.compile(shape, re.ASCII) if shape is not None else None

    def read(raw: object) -> Cell:
        if raw is None or (type(raw) is str and not raw.strip()):
            return None
        if codes is not None:
            local = raw.rstrip() if type(raw) is str else str(raw) if type(raw) is int else None
            if local is None or local not in codes:
                raise CodeUnmapped(field)
            return codes[local]
        try:
            cell = transform(raw)
        except (ValueError, OverflowError):
            raise AnswerInvalid(f"field {field}: expected {name}, found another form") from None
        if pattern is not None and not (type(cell) is str and pattern.fullmatch(cell)):
            raise AnswerInvalid(f"field {field}: expected the shape {shape}, found another")
        return cell

    return read
