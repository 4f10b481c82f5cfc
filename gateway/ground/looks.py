"""What a budget of persons counts: which cardholders one question looks at at a platform, and for whom it does so.

A look is made of an intent and of nothing else: of the one that a node is about to record, and of the one that stands
in a log. So the node, the same node after a restart, and a reviewer count the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from gateway.ground.evidence import Grant

BATCH: Final = "stream"
"""The `action` of an intent whose answer comes in pages: batch exchange (批量交换); every other one is `query`."""


@dataclass(frozen=True, slots=True)
class Look:
    """One question about persons.

    `time_us` is its time in microseconds since 1970, `asking` and `provider` are the codes of the two provinces, equal
    where a province asks itself. `operators` and `applications` are keyed references: the one of the month of `time_us`
    and, on the first day of a month, also the one of the month before, in which that day began in China; `operators` is
    empty where nobody acts in person. `tokens` are the references of the cardholders, of 16 bytes each, end to end.
    """

    time_us: int
    batch: bool
    asking: str
    provider: str
    department: str
    item: str
    operators: tuple[str, ...]
    applications: tuple[str, ...]
    tokens: bytes


class Stems(NamedTuple):
    """What tells neighbouring identity numbers: hashes that this process alone can make, and that it never writes.

    `person` is of the whole number, `born` of region and birth date, `order` of region, order code and about the date.
    """

    person: int
    born: int
    order: int


class Persons(Protocol):
    """The budgets of persons, as the record of an exchange asks them."""

    def require(self, look: Look, grant: Grant) -> Callable[[Iterable[Stems]], None]:
        """Return what counts a question once its intent is queued, and takes the stems of its cardholders.

        Raises:
            Refusal: PERSON_BUDGET_SPENT where a budget has no room for all of them.
        """
        ...

    def count_answers(self, look: Look, rows: int, missed: int) -> None:
        """Take note of the rows of an answer, and of how many of them nothing was known."""
        ...


class _NoBudgets:
    """Stands where nothing is asked: for a log in which acts alone are recorded."""

    def require(self, look: Look, grant: Grant) -> Callable[[Iterable[Stems]], None]:
        """Raise RuntimeError: nobody gave the budgets."""
        raise RuntimeError("expected budgets of persons, found none")

    def count_answers(self, look: Look, rows: int, missed: int) -> None:
        """Never called: `require` comes before."""


NO_BUDGETS: Final[Persons] = _NoBudgets()
"""The budgets of a log without exchanges."""
