"""ROUND: a number to the nearest multiple of 10, 100, 1000 or 10000, without noise; halves go away from zero.

Without noise, since noise can be averaged away by asking again. Null stays null. The result is a whole number; a
decimal stays text.
"""

from __future__ import annotations

from typing import Any

from gateway.masking.generalise import require_decimals


def integers(values: tuple[Any, ...], to: int) -> tuple[int | None, ...]:
    """Return each whole number rounded."""
    return tuple([None if value is None else _round(value, to) for value in values])


def decimals(values: tuple[Any, ...], to: int) -> tuple[str | None, ...]:
    """Return each decimal rounded. The places after the point do not matter: `to` is even and whole.

    Raises:
        MaskingError: a value is not a plain decimal of up to 15 digits before the point and 6 after it.
    """
    require_decimals(values)
    return tuple([None if value is None else str(_round(int(value.partition(".")[0]), to)) for value in values])


def _round(value: int, to: int) -> int:
    size = (abs(value) + to // 2) // to * to
    return -size if value < 0 else size
