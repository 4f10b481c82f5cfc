"""PREDICATE: yes or no in place of the value.

    is_true       of a truth value
    is_one_of     of a coded text: whether it is one of the item's chosen codes, exactly
    age_at_least  of a birth date: whether so many years are completed today
    is_present    of anything: whether there is a value; text without a visible character is none

Null stays null, except for `is_present`, which answers it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from gateway.ground.clock import years_before
from gateway.masking.faults import MaskingError

Answers = tuple[bool | None, ...]


def is_true(values: tuple[Any, ...]) -> Answers:
    """Return the truth values."""
    return tuple([None if value is None else value is True for value in values])


def is_one_of(values: tuple[Any, ...], chosen: AbstractSet[str]) -> Answers:
    """Return for each text whether it is one of those chosen."""
    return tuple([None if value is None else value in chosen for value in values])


def age_at_least(values: tuple[Any, ...], years: int, today: date) -> Answers:
    """Return for each birth date whether so many years are completed today.

    Raises:
        MaskingError: a birth date is after today.
    """
    latest = years_before(today, years)
    answers: list[bool | None] = []
    for value in values:
        if value is None:
            answers.append(None)
        elif value > today:
            raise MaskingError("expected a birth date up to today, found a later one")
        else:
            answers.append(value <= latest)
    return tuple(answers)


def is_present(values: tuple[Any, ...]) -> Answers:
    """Return for each value whether it is there."""
    return tuple([value is not None and (type(value) is not str or bool(value.strip())) for value in values])
