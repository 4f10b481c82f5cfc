"""Counts persons: how many distinct cardholders each scope has looked at, today and this month.

Pure, and without bounds: a node and a reviewer count by it alike. A scope is an official, a department, an item, an
application or a pair of provinces, single questions apart from batches. A day counts a person once, however often they
were asked about; a month adds up its days, so that a person of three days counts three times.

The time of a count never goes back: a question that comes late counts on the day that has begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
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
MOST_FOUND: Final = 8_192
"""Groups of scopes that are remembered as they were found."""
_TOKEN: Final = 16


class CrowdedOut(Exception):
    """A department or a province names more officials or applications than it may."""


class ScopeKind(StrEnum):
    """Whose budget it is."""

    OPERATOR = "operator"
    DEPARTMENT = "department"
    ITEM = "item"
    APPLICATION = "application"
    PEER = "peer"
    OPERATOR_ITEM = "operator_item"
    DEPARTMENT_ITEM = "department_item"


BY_ITEM: Final = {ScopeKind.OPERATOR: ScopeKind.OPERATOR_ITEM, ScopeKind.DEPARTMENT: ScopeKind.DEPARTMENT_ITEM}
"""The kinds that an item narrows, and what counts them within it: of items that have numbers of their own, alone."""


class Scope(NamedTuple):
    """One budget. `name` is a keyed reference of the month for an official or an application, else codes.

    `owner` is the department or province whose word the name is, or empty.
    """

    kind: ScopeKind
    batch: bool
    name: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """How many persons a scope has looked at in the day and in the month of the newest look."""

    scope: Scope
    day: int
    month: int


class Tally:
    """The persons of one scope, `of_day` and `of_month`.

    `before` is the day's part in the month before, `today` has the rest of the day.
    """

    __slots__ = ("before", "day", "month", "of_day", "of_month", "today")

    def __init__(self, span: Span) -> None:
        self.day, self.month = span.day, span.month
        self.before = self.of_day = self.of_month = 0
        self.today = PersonSet()

    def advance(self, span: Span) -> None:
        """Go on to a day and a month, which are never earlier."""
        if span.day == self.day and span.month == self.month:
            return
        self.before = self.of_day = self.of_day if span.day == self.day else 0
        if span.month != self.month:
            self.of_month = 0
        self.day, self.month, self.today = span.day, span.month, PersonSet()

    def count(self, persons: Iterable[int]) -> None:
        """Count persons of the day."""
        add, new = self.today.add, 0
        for person in persons:
            new += add(person)
        self.of_day += new
        self.of_month += new


class Counted(NamedTuple):
    """One of the scopes of a question; `earlier` is its day's part under the reference of the month before."""

    scope: Scope
    tally: Tally
    earlier: int


def scopes_of(look: Look, *, narrowed: bool = False) -> list[tuple[Scope, ...]]:
    """Return the scopes of a look, each before the same one under the reference of the month before, if it has one.

    With `narrowed` those within its item stand last.
    """
    batch, asking, department = look.batch, look.asking, f"{look.asking}/{look.department}"
    scopes = [
        (Scope(ScopeKind.DEPARTMENT, batch, department),),
        (Scope(ScopeKind.ITEM, batch, f"{look.provider}/{look.item}"),),
        tuple(Scope(ScopeKind.OPERATOR, batch, name, department) for name in look.operators),
        tuple(Scope(ScopeKind.APPLICATION, batch, name, asking) for name in look.applications),
    ]
    if asking != look.provider:
        scopes.append((Scope(ScopeKind.PEER, batch, f"{asking}-{look.provider}"),))
    if narrowed:
        within = f"{look.provider}/{look.item}"
        scopes += [
            tuple(Scope(BY_ITEM[scope.kind], batch, f"{scope.name} {within}", scope.owner) for scope in one)
            for one in scopes
            if one and one[0].kind in BY_ITEM
        ]
    return [scope for scope in scopes if scope]


def persons_of(look: Look) -> Collection[int]:
    """Return the fingerprints of the cardholders of a look, each once."""
    tokens = look.tokens
    if len(tokens) == _TOKEN:
        return (int.from_bytes(tokens[:8]),)
    return {*unpack(f">{len(tokens) // 8}Q", tokens)[::2]}


def _whole(scope: Scope) -> Scope:
    """The scope of an official or a department of which this is the part within an item."""
    (kind,) = (whole for whole, part in BY_ITEM.items() if part is scope.kind)
    return Scope(kind, scope.batch, scope.name.partition(" ")[0], scope.owner)


class Counting:
    """The counts of one log. Single-threaded; a question about one person costs some microseconds.

    `narrowed` are the items, each with whether in batches, that have numbers of their own.
    """

    def __init__(self, narrowed: Collection[tuple[str, bool]] = ()) -> None:
        # The day since which an item is narrowed; None for one that was when the counts began.
        self._narrowed: dict[tuple[str, bool], date | None] = dict.fromkeys(narrowed)
        self._span = Span.of(0)
        self._ends_us = 0
        self._tallies: dict[Scope, Tally] = {}
        self._members: Counter[tuple[ScopeKind, bool, str]] = Counter()
        self._found: dict[tuple[object, ...], tuple[Counted, ...]] = {}

    @property
    def span(self) -> Span:
        """The day and the month of the newest look."""
        return self._span

    def turn(self, time_us: int) -> None:
        """Go on to a moment; one that is earlier than the day counted changes nothing."""
        if time_us < self._ends_us:
            return
        self._span = span = Span.of(time_us)
        self._ends_us = min(span.day_ends_us, span.month_ends_us)
        self._found.clear()
        for tally in self._tallies.values():
            if tally.month == span.month:
                tally.advance(span)
        # A scope of the month before stays as it is while its day lasts: it has the day's first part.
        self._tallies = {
            scope: tally for scope, tally in self._tallies.items() if span.month == tally.month or span.day == tally.day
        }
        self._members = Counter((scope.kind, scope.batch, scope.owner) for scope in self._tallies if scope.owner)

    def find(self, look: Look) -> tuple[Counted, ...]:
        """Return what a look counts in, at the time of the last turn.

        Raises:
            CrowdedOut: it names an official or an application beyond those that its department or province may name.
        """
        key = (look.batch, look.asking, look.provider, look.department, look.item, look.operators, look.applications)
        found = self._found.get(key)
        if found is None:
            scopes = scopes_of(look, narrowed=(look.item, look.batch) in self._narrowed)
            for scope, *_ in scopes:
                self._require_room(scope)
            since = self._narrowed.get((look.item, look.batch))
            found = tuple(Counted(now, self._open(now, since), self._of_day(former)) for now, *former in scopes)
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[key] = found
        return found

    def narrow(self, item: str, *, batch: bool) -> None:
        """Count an item's persons by official and department, too, from now on.

        Whom they have looked at today is not known by item: all of them count as if it had been by this one.
        """
        if (item, batch) not in self._narrowed:
            self._narrowed[item, batch] = self._span.day
            self._found.clear()

    def take(self, look: Look) -> None:
        """Count the persons of a look that was allowed."""
        if look.tokens:
            self.turn(look.time_us)
            persons = persons_of(look)
            for counted in self.find(look):
                counted.tally.count(persons)

    def __iter__(self) -> Iterator[Used]:
        """Yield every scope that has counted anybody in this day or month, in the order of kinds and names."""
        month = self._span.month
        for scope in sorted(self._tallies, key=lambda scope: (scope.batch, [*ScopeKind].index(scope.kind), scope.name)):
            tally = self._tallies[scope]
            used = Used(scope, tally.of_day, tally.of_month if tally.month == month else 0)
            if used.day or used.month:
                yield used

    def _require_room(self, scope: Scope) -> None:
        owner = scope.kind, scope.batch, scope.owner
        if scope.owner and scope not in self._tallies and self._members[owner] >= MOST_MEMBERS:
            raise CrowdedOut(f"expected at most {MOST_MEMBERS} names of kind {scope.kind} in a month, found one more")

    def _open(self, scope: Scope, since: date | None) -> Tally:
        tally = self._tallies.get(scope)
        if tally is None:
            tally = self._tallies[scope] = Tally(self._span)
            if scope.kind in BY_ITEM.values() and since == self._span.day:
                tally.before = tally.of_day = self._of_day([_whole(scope)])
            if scope.owner:
                self._members[scope.kind, scope.batch, scope.owner] += 1
        tally.advance(self._span)
        return tally

    def _of_day(self, former: Iterable[Scope]) -> int:
        found = (self._tallies.get(scope) for scope in former)
        return sum(tally.of_day for tally in found if tally is not None and tally.day == self._span.day)
