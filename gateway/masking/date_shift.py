"""DATE_SHIFT: every date of a person is moved by one number of days, which only the key tells.

The days follow from the person's identity number under a key of the recipient alone: so the dates of one person keep
their distances in all items, purposes and years, and two shifted copies of one date cannot be laid on each other. Never
0 days, at most `max_days` to either side.

A day that no record of a living person holds (before 1850, after 2150) and the days that systems write for "none" or
"for ever" come out as null: moved, they would tell by how much. The same person is known by 15 digits and by 18.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from gateway.ground.vocabulary.names import NumberForm
from gateway.masking.context import Context
from gateway.masking.faults import MaskingError
from gateway.masking.format_preserving import core, level_text

FIRST: Final = date(1850, 1, 1)
LAST: Final = date(2150, 12, 31)
STAND_INS: Final = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1)})
"""Days that stand for none: where the calendars of common systems begin."""


def date_shift(secret: bytes, max_days: int) -> Callable[[tuple[Any, ...], Context], tuple[date | None, ...]]:
    """Return the operator under a secret of 32 bytes."""

    def move(values: tuple[Any, ...], context: Context) -> tuple[date | None, ...]:
        if len(context.subjects) != len(values):
            raise MaskingError(f"expected the subjects of {len(values)} rows, found {len(context.subjects)}")
        return tuple(
            [
                None if value is None or not FIRST <= value <= LAST or value in STAND_INS else value + shift
                for value, shift in zip(values, [days(secret, max_days, who) for who in context.subjects], strict=True)
            ]
        )

    return move


def days(secret: bytes, max_days: int, subject: str) -> timedelta:
    """Return by how much the dates of a person move.

    Raises:
        MaskingError: nobody is named.
    """
    name = level_text(subject)
    if not name:
        raise MaskingError("expected a subject for each row, found none")
    with suppress(MaskingError):  # whatever else names the person is taken as it is
        name = core(NumberForm.IDENTITY, name)
    keyed = HMAC(secret, SHA256())
    keyed.update(name.encode("utf-8", "surrogatepass"))
    place = int.from_bytes(keyed.finalize()[:8], "big") % (2 * max_days)
    return timedelta(place - max_days if place < max_days else place - max_days + 1)
