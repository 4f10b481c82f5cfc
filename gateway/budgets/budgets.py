"""The room of budgets: refuses a question that would look at more persons than is left, before it is begun.

1 require   a question's persons fit what is left of every budget that it is about; nothing is counted
2 count     its intent is queued: from here on its persons count, whatever comes of the question

No await stands between the two, so that many questions of one frame cannot overrun a budget together. What counts is a
person who is looked at at the platform, whether anything leaves afterwards or not. A budget judges a question as if all
its persons were new: a refusal tells nobody whether a person had been asked about before.

The counts are those of the log. They are read from it at the start; a crash between the two steps and the commit of the
intent loses a count of which nothing was released.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.budgets.bounds import Bounds
from gateway.budgets.counting import MOST_MEMBERS, Counting, Kind, claim_of
from gateway.budgets.enumeration import Enumeration
from gateway.budgets.periods import Period
from gateway.ground.evidence import RawIdentifier
from gateway.ground.looks import Look
from gateway.ground.refusals import Reason, Refusal


class Budgets:
    """The budgets of one node: `single` for questions of one page, `batch` for those that are answered in pages."""

    def __init__(self, counting: Counting, *, single: Bounds, batch: Bounds, enumeration: Enumeration) -> None:
        self.counting = counting
        self._single = single
        self._batch = batch
        self._enumeration = enumeration

    def require(self, look: Look) -> None:
        """Return where every budget of a question has room for all its persons.

        Raises:
            Refusal: PERSON_BUDGET_SPENT, with the kind of scope, its limit and when it resets.
        """
        if not look.tokens:
            return
        counting = self.counting
        counting.turn(look.time_us)
        claim, bounds = claim_of(look), self._batch if look.batch else self._single
        persons = len(claim.persons)
        for scope in claim.scopes:
            if counting.is_crowded(scope):
                detail = f"expected at most {MOST_MEMBERS} names of kind {scope.kind} in a month, found one more"
                raise Refusal(Reason.PERSON_BUDGET_SPENT, detail)
            used = counting.used(scope, claim.former.get(scope))
            for period, sum_used in ((Period.DAY, used.day), (Period.MONTH, used.month)):
                limit = bounds.limit(scope.kind, period)
                if sum_used + persons > limit:
                    raise self._refuse(scope.kind, period, limit)

    def count(self, look: Look, numbers: Iterable[RawIdentifier]) -> None:
        """Count the persons of a question whose intent is queued; `numbers` are theirs, in the order of the tokens."""
        if look.tokens:
            self.counting.take(look)
            self._enumeration.count_numbers(look, numbers)

    def count_answers(self, look: Look, rows: int, missed: int) -> None:
        """Take note that so many rows of an answer came back, and of how many nothing was known."""
        if look.tokens:
            self._enumeration.count_answers(look, rows, missed)

    def look(self) -> None:
        """Begin the day where one has begun, though nobody asks."""
        self._enumeration.look()

    def limit(self, kind: Kind, period: Period, *, batch: bool) -> int:
        """Return the most persons of a scope in a period."""
        return (self._batch if batch else self._single).limit(kind, period)

    def _refuse(self, kind: Kind, period: Period, limit: int) -> Refusal:
        resets = self.counting.span.resets(period)
        detail = f"{kind} budget of the {period}: limit {limit} persons, resets {resets:%Y-%m-%d %H:%M} +08:00"
        return Refusal(Reason.PERSON_BUDGET_SPENT, detail)
