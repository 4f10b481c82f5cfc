"""Answers a reviewer at a running node: which references a person has, and what an entry's body holds.

It has references of its own, so that looking at past months never disturbs the road's. The caller judges
before what may be looked at, and who has allowed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.audit.entries.bodies import Body, BodyInvalid, open_body
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.review.shown import read_shown
from gateway.audit.storage.reader import LogReader
from gateway.ground.evidence import RawIdentifier

MAX_MONTHS: Final = 1_200
"""Months of one question: a hundred years."""


@dataclass(frozen=True, slots=True)
class MonthlyReferences:
    """The references of one person, or official, by month, and the months whose keys are not at hand."""

    by_month: dict[str, bytes]
    lost_months: tuple[str, ...]


def months_between(first: str, last: str) -> list[str]:
    """Return the months from `first` to `last`, both as `YYYY-MM`.

    Raises:
        ValueError: one is no month, the last is before the first, or they are too many.
    """
    start, end = (datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC) for month in (first, last))
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    if not 1 <= count <= MAX_MONTHS:
        raise ValueError(f"expected 1 to {MAX_MONTHS} months, found {count}")
    return [f"{start.year + at // 12:04}-{at % 12 + 1:02}" for at in range(start.month - 1, start.month - 1 + count)]


class ReviewKeys:
    """Makes references for past months, and opens bodies. `references` must be its own."""

    __slots__ = ("_epochs", "_references")

    def __init__(self, references: References, epochs: Epochs) -> None:
        self._references = references
        self._epochs = epochs

    def reference_cardholder(self, identifier: RawIdentifier, months: Iterable[str]) -> MonthlyReferences:
        """Return the references of a cardholder in these months."""
        by_month, lost = {}, []
        for month in months:
            if month in self._epochs:
                by_month[month] = bytes(self._references.subject(identifier, _within(month)))
            else:
                lost.append(month)
        return MonthlyReferences(by_month, tuple(lost))

    def reference_operator(self, ref: str, unit: str, months: Iterable[str]) -> MonthlyReferences:
        """Return the references of an official in these months."""
        by_month, lost = {}, []
        for month in months:
            if month in self._epochs:
                by_month[month] = bytes.fromhex(self._references.operator(ref, unit, _within(month)))
            else:
                lost.append(month)
        return MonthlyReferences(by_month, tuple(lost))

    def reference_now(self, identifier: RawIdentifier, now_us: int) -> bytes:
        """Return the reference of a cardholder in the month of a time; raises Refusal where its key is not at hand."""
        return bytes(self._references.subject(identifier, now_us))

    def open_body(self, reader: LogReader, index: int) -> Body:
        """Return the body of an entry, the inputs of a decision, checked against what the entry commits to.

        Raises:
            IndexError: there is no such entry.
            EntryUnreadable: it does not have its leaf hash, or is none of the schema.
            BodyInvalid: it has no body, its key was destroyed, or it is not what the entry commits to.
        """
        row = reader.entry(index)
        if not row.octets:
            raise BodyInvalid(f"the entry {index} has left for an archive")
        entry = read_shown(index, row.leaf_hash, row.octets)
        kept = reader.wrap(index)
        if kept is None or kept[0] not in self._epochs:
            why = "its key was destroyed" if entry.has_body else "it has no body; its intent holds the inputs"
            raise BodyInvalid(f"the entry {index} cannot be opened: {why}")
        epoch, wrapped = kept
        return open_body(entry, reader.body(index), wrapped, self._epochs.key(epoch))


def _within(month: str) -> int:
    """Return a time within a month, in microseconds since 1970."""
    return int(datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).timestamp()) * 1_000_000
