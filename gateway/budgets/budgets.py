"""The room of budgets: refuses a question that would look at more persons than is left, before it is begun.

1 require   a question's persons fit what is left of every budget that it is about; nothing is counted yet
2 count     its intent is queued: what `require` returned counts its persons, whatever comes of the question

No await stands between the two, so that many questions of one frame cannot overrun a budget together. What counts is a
person who is looked at at the platform, whether anything leaves afterwards or not. A budget judges a question as if all
its persons were new: a refusal tells nobody whether a person had been asked about before.

The counts are those of the log. They are read from it at the start; a crash between the two steps and the commit of the
intent loses a count of which nothing was released.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Final

from gateway.budgets.bounds import Bounds
from gateway.budgets.counting import Counted, Counting, CrowdedOut, ScopeKind, persons_of
from gateway.budgets.enumeration import Enumeration
from gateway.budgets.periods import Period
from gateway.ground.evidence import Grant
from gateway.ground.item import SharingMode
from gateway.ground.looks import Look, Stems
from gateway.ground.refusals import Reason, Refusal

UNBOUNDED: Final = 1 << 62
"""Stands for a number that neither item nor grant narrows: the node's own budget holds."""
_UNNARROWED: Final = dict.fromkeys((ScopeKind.OPERATOR_ITEM, ScopeKind.DEPARTMENT_ITEM), (UNBOUNDED, UNBOUNDED))
Count = Callable[[Iterable[Stems]], None]
"""Counts the persons of one question; it takes their stems."""


def _count_nobody(numbers: Iterable[Stems]) -> None:
    """A question that names nobody counts nobody."""


class Budgets:
    """The budgets of one node: `single` for questions of one page, `batch` for those that are answered in pages."""

    def __init__(self, counting: Counting, *, single: Bounds, batch: Bounds, enumeration: Enumeration) -> None:
        self.counting = counting
        # Within an item nothing is bounded unless item or grant say so.
        self._single, self._batch = (Bounds({**_UNNARROWED, **one.limits}) for one in (single, batch))
        self._enumeration = enumeration

    def require(self, look: Look, grant: Grant) -> Count:
        """Return what counts a question, where every budget has room for all its persons.

        Item and grant may narrow how many persons an official and a department may look at by the item.

        Raises:
            Refusal: PERSON_BUDGET_SPENT, with the kind of scope, its limit and when it resets.
        """
        if not look.tokens:
            return _count_nobody
        self.counting.turn(look.time_us)
        limits, persons = self._limits(look, grant), persons_of(look)
        try:
            found = self.counting.find(look)
        except CrowdedOut as error:
            raise Refusal(Reason.PERSON_BUDGET_SPENT, str(error)) from error
        for scope, tally, earlier in found:
            most_day, most_month = limits[scope.kind]
            if tally.of_day + earlier + len(persons) > most_day:
                raise self._refuse(scope.kind, Period.DAY, most_day)
            if tally.of_month + len(persons) > most_month:
                raise self._refuse(scope.kind, Period.MONTH, most_month)
        return partial(self._count, look, found, persons)

    def _count(self, look: Look, found: Iterable[Counted], persons: Collection[int], numbers: Iterable[Stems]) -> None:
        for _, tally, _ in found:
            tally.count(persons)
        self._enumeration.count_numbers(look, numbers)

    def count_answers(self, look: Look, rows: int, missed: int) -> None:
        """Take note that so many rows of an answer came back, and of how many nothing was known."""
        if look.tokens:
            self._enumeration.count_answers(look, rows, missed)

    def look(self) -> None:
        """Begin the day where one has begun, though nobody asks."""
        self._enumeration.look()

    def _limits(self, look: Look, grant: Grant) -> Mapping[ScopeKind, tuple[int, int]]:
        limits = (self._batch if look.batch else self._single).limits
        mode = grant.item.mode(SharingMode.BATCH if look.batch else SharingMode.API)
        of_item = (0, 0) if mode is None else (mode.operator_day, mode.department_day)
        # 0 says nothing; of what item and grant say the smaller number holds.
        most = [min(filter(None, pair), default=UNBOUNDED) for pair in zip(of_item, grant.persons_day, strict=True)]
        if min(most) == UNBOUNDED:
            return limits
        self.counting.narrow(look.item, batch=look.batch)
        return {**limits, **{kind: (one, UNBOUNDED) for kind, one in zip(_UNNARROWED, most, strict=True)}}

    def _refuse(self, kind: ScopeKind, period: Period, limit: int) -> Refusal:
        resets = self.counting.span.resets(period)
        detail = f"{kind} budget of the {period}: limit {limit} persons, resets {resets:%Y-%m-%d %H:%M} +08:00"
        return Refusal(Reason.PERSON_BUDGET_SPENT, detail)
