"""The context of an operator beside its column: the day, the place in the answer, the subjects, the page's envelope.

Rule: everything that decides what comes out is here, in the column or in the plan; an operator asks nothing else, so
that the same input gives the same output on any day and machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from gateway.ground.evidence import Value


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """The key under which the cells of one page are sealed, made afresh for each page.

    `head` opens with the recipient's private key to `secret`, and stands before every sealed cell; `binding` is what
    the cells are bound to beside their place: item and request.
    """

    head: bytes
    secret: bytes
    binding: bytes

    def __repr__(self) -> str:
        return "<envelope>"


NO_ENVELOPE: Final = Envelope(b"", b"", b"")
"""Stands where the plan encrypts nothing; the operator that meets it fails."""


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """Of one page. `today` is the day of the exchange's frozen now (China Standard Time).

    `rows` are the places of the rows in the whole answer, from 0. `subjects` are the identity numbers of the people
    asked about, one a row; empty where the item names none.
    """

    today: date
    rows: Sequence[int] = ()
    subjects: tuple[str, ...] = ()
    envelope: Envelope = NO_ENVELOPE

    def __repr__(self) -> str:
        return f"<context {self.today} rows={len(self.rows)} subjects={len(self.subjects)}>"


Operator = Callable[[tuple[Any, ...], Context], tuple[Value, ...]]
"""Column and context -> masked column, as many cells as came in."""
