"""Whom a question names, by their references: its cardholders, and for its look the official and the application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import islice
from typing import Final

from gateway.audit.entries.entry import Cell
from gateway.audit.entries.looks import look_of
from gateway.audit.entries.references import References
from gateway.ground.evidence import Arrival, Caller, Grant, Page, RawIdentifier
from gateway.ground.item import Outcome
from gateway.ground.looks import Look

_MISSED: Final = frozenset({Outcome.NO_MATCH, Outcome.NOT_HELD})


def subject_keys(grant: Grant) -> frozenset[str]:
    """Return the names of the keys that identify cardholders."""
    return frozenset(key.name for key in grant.item.keys if key.subject)


def numbers_in(arrival: Arrival, names: Set[str]) -> Iterator[RawIdentifier]:
    """Yield the values of these key columns, in the order of the question."""
    for column in arrival.ask.keys.columns:
        if column.name in names:
            yield from (RawIdentifier(value) for value in column.values if isinstance(value, str))


def references_in(references: References, arrival: Arrival, names: Set[str], most: int | None = None) -> bytes:
    """Return the references of these values end to end, of the first `most` of them where that is given."""
    return references.subjects(islice(numbers_in(arrival, names), most), arrival.now_us)


def count_missed(page: Page) -> int:
    """Return of how many rows of a page nothing is known, as far as the item says it; no withheld row is one."""
    return sum(outcome in _MISSED for outcome in page.outcomes)


def make_look(
    references: References, header: Mapping[str, Cell], arrival: Arrival, caller: Caller, tokens: bytes
) -> Look:
    """Return the look of a question whose authorised header is given; `tokens` are those of its cardholders."""
    now_us, official = arrival.now_us, arrival.ask.operator
    months = [(references, now_us)]
    former = references.before(now_us)
    if former is not None:
        months.append((former, former.last_us))
    return look_of(
        header,
        tokens,
        now_us,
        tuple(month.operator(official.ref, official.unit, at_us) for month, at_us in months if official.ref),
        tuple(month.application(caller.application, at_us) for month, at_us in months),
    )
