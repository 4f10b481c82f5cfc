"""Counts persons: how many distinct cardholders each scope has looked at, today and this month.

Pure, and without bounds: a node and a reviewer count by it alike. A scope is an official, a department, an item, an
application or a pair of provinces, single questions apart from batches. A day counts a person once, however often they
were asked about; a month adds up its days, so that a person of three days counts three times.

The time of a count never goes back: a question that comes late counts on the day that has begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from struct import unpack
from typing import Final, NamedTuple

from gateway.budgets.periods import Span
from gateway.budgets.persons import PersonSet
from gateway.ground.looks import Look

MOST_MEMBERS: Final = 4_096
"""Officials that one department, and applications that one province, may name in a month; nobody else knows their
names, so they could be invented without end."""
_TOKEN: Final = 16


class Kind(StrEnum):
    """Whose budget it is."""

    OPERATOR = "operator"
    DEPARTMENT = "department"
    ITEM = "item"
    APPLICATION = "application"
    PEER = "peer"


class Scope(NamedTuple):
    """One budget. `name` is a keyed reference of the month for an official or an application, else codes.

    `owner` is the department or province whose word the name is, or empty.
    """

    kind: Kind
    batch: bool
    name: str
    owner: str = ""


class Claim(NamedTuple):
    """What one look counts: in which scopes, and whom. `former` are the scopes of the day's part before its month."""

    scopes: tuple[Scope, ...]
    former: dict[Scope, Scope]
    persons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """How many persons a scope has looked at in the day and in the month of the newest look."""

    scope: Scope
    day: int
    month: int


class _Tally:
    """The persons of one scope. `before` is the day's part in the month before, `earlier` the month's earlier days."""

    __slots__ = ("before", "day", "earlier", "month", "today")

    def __init__(self, day: date, month: int) -> None:
        self.day, self.month = day, month
        self.before = self.earlier = 0
        self.today = PersonSet()

    def advance(self, day: date, month: int) -> None:
        """Go on to a day and a month, which are never earlier."""
        if (day, month) == (self.day, self.month):
            return
        counted = len(self.today)
        self.before = self.before + counted if day == self.day else 0
        self.earlier = self.earlier + counted if month == self.month else 0
        self.day, self.month, self.today = day, month, PersonSet()

    @property
    def of_day(self) -> int:
        return self.before + len(self.today)

    @property
    def of_month(self) -> int:
        return self.earlier + len(self.today)


def claim_of(look: Look) -> Claim:
    """Return what a look counts."""
    batch, asking, department = look.batch, look.asking, f"{look.asking}/{look.department}"
    scopes = [
        Scope(Kind.DEPARTMENT, batch, department),
        Scope(Kind.ITEM, batch, f"{look.provider}/{look.item}"),
    ]
    former = {}
    for kind, names, owner in (
        (Kind.OPERATOR, look.operators, department),
        (Kind.APPLICATION, look.applications, asking),
    ):
        if names:
            now, *before = (Scope(kind, batch, name, owner) for name in names)
            scopes.append(now)
            former.update((now, one) for one in before)
    if asking != look.provider:
        scopes.append(Scope(Kind.PEER, batch, f"{asking}-{look.provider}"))
    halves = unpack(f">{len(look.tokens) // 8}Q", look.tokens)
    return Claim(tuple(scopes), former, tuple({*halves[::2]}))


class Counting:
    """The counts of one log. Single-threaded; a look costs a few microseconds a person and scope."""

    def __init__(self) -> None:
        self._span = Span.of(0)
        self._tallies: dict[Scope, _Tally] = {}
        self._members: Counter[tuple[Kind, bool, str]] = Counter()

    @property
    def span(self) -> Span:
        """The day and the month of the newest look."""
        return self._span

    def turn(self, time_us: int) -> None:
        """Go on to a moment; one that is earlier than the day counted changes nothing."""
        if self._span.covers(time_us):
            return
        self._span = span = Span.of(time_us)
        for tally in self._tallies.values():
            if tally.month == span.month:
                tally.advance(span.day, span.month)
        # A scope of the month before stays as it is while its day lasts: it has the day's first part.
        self._tallies = {
            scope: tally for scope, tally in self._tallies.items() if span.month == tally.month or span.day == tally.day
        }
        self._members = Counter((scope.kind, scope.batch, scope.owner) for scope in self._tallies if scope.owner)

    def used(self, scope: Scope, former: Scope | None = None) -> Used:
        """Return what a scope has used; `former` is the same one under the reference of the month before."""
        day, month = self._read(scope)
        return Used(scope, day + (self._read(former)[0] if former is not None else 0), month)

    def is_crowded(self, scope: Scope) -> bool:
        """Return whether a scope is new and its owner has named as many as it may."""
        if not scope.owner or scope in self._tallies:
            return False
        return self._members[scope.kind, scope.batch, scope.owner] >= MOST_MEMBERS

    def count(self, claim: Claim) -> None:
        """Count the persons of a claim at the time of the last turn."""
        span = self._span
        for scope in claim.scopes:
            tally = self._tallies.get(scope)
            if tally is None:
                tally = self._tallies[scope] = _Tally(span.day, span.month)
                if scope.owner:
                    self._members[scope.kind, scope.batch, scope.owner] += 1
            tally.advance(span.day, span.month)
            for person in claim.persons:
                tally.today.add(person)

    def take(self, look: Look) -> None:
        """Count a look that was allowed."""
        if look.tokens:
            self.turn(look.time_us)
            self.count(claim_of(look))

    def __iter__(self) -> Iterator[Used]:
        """Yield every scope that has counted anybody in this day or month, in the order of kinds and names."""
        for scope in sorted(self._tallies, key=lambda scope: (scope.batch, [*Kind].index(scope.kind), scope.name)):
            yield self.used(scope)

    def _read(self, scope: Scope) -> tuple[int, int]:
        tally = self._tallies.get(scope)
        if tally is None:
            return 0, 0
        span = self._span
        day = tally.of_day if tally.day == span.day else 0
        return day, tally.of_month if tally.month == span.month else 0
