"""Watches for enumeration: somebody who tries numbers instead of doing business.

Three signs, each an alarm of one caller (an official by the reference of the month, or an application where nobody acts
in person), which lasts until the day ends in China, or until the caller makes room for others:

- neighbouring numbers: among the newest persons many have the region and the birth date of another, or its region and
  order code with a birth date near by. Whoever tries numbers goes through them in such a row; people who come to a
  counter do not.
- many misses: of half the persons or more nothing is known.
- off hours: an official asks about many persons outside working hours.

Nothing is refused here: the budgets bound what an enumeration can reach. Of a number nothing is kept but hashes that
this process alone can make, of the newest persons of a bounded number of callers.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.budgets.periods import CHINA, Span
from gateway.ground.alarms import Alarm, Alarms
from gateway.ground.looks import Look, Stems

CALLERS: Final = 1_024
"""Callers that are watched at a time; the one longest quiet makes room."""
NEWEST: Final = 32
"""Persons of a caller that are compared, and rows of which the misses are counted before they are judged."""
NEIGHBOURS: Final = 8
"""Persons among the newest who have a neighbour there; from so many on it is an enumeration."""
OFF_HOURS: Final = 30
"""Persons an official may ask about outside working hours of one day before it is an alarm."""
WORK_FROM: Final = 8
WORK_TO: Final = 18
"""Working hours are from the first to before the second, Monday to Friday; public holidays are not known here."""
_WATCHED: Final = (Alarm.NUMBERS_ENUMERATED, Alarm.PERSONS_UNKNOWN, Alarm.ASKED_OFF_HOURS)


@dataclass(slots=True)
class _Caller:
    """What is remembered of one caller."""

    newest: deque[Stems] = field(default_factory=deque)
    stems: Counter[int] = field(default_factory=Counter)
    seen: set[int] = field(default_factory=set)
    rows: int = 0
    missed: int = 0
    off_hours: int = 0

    def add(self, one: Stems) -> None:
        """Remember a person; one who is among the newest already is there once."""
        if one.person in self.seen:
            return
        self.newest.append(one)
        self.seen.add(one.person)
        self.stems.update(one[1:])
        if len(self.newest) > NEWEST:
            gone = self.newest.popleft()
            self.seen.discard(gone[0])
            for stem in gone[1:]:
                self.stems[stem] -= 1
                if not self.stems[stem]:
                    del self.stems[stem]

    @property
    def neighbours(self) -> int:
        """How many of the newest persons have a neighbour among them."""
        if len(self.stems) == 2 * len(self.newest):
            return 0
        return sum(any(self.stems[stem] > 1 for stem in one[1:]) for one in self.newest)


class Enumeration:
    """Watches the callers of one node. `clock_us` tells when the day ends though nobody asks."""

    def __init__(self, alarms: Alarms, clock_us: Callable[[], int]) -> None:
        self._alarms = alarms
        self._clock_us = clock_us
        self._span = Span.of(0)
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def look(self) -> None:
        """Begin a new day where one has begun: all is forgotten, and every alarm of the day before ends."""
        self._turn(self._clock_us())

    def count_numbers(self, look: Look, numbers: Iterable[Stems]) -> None:
        """Take note of the persons of a question that was allowed."""
        subject, caller = self._find(look)
        for number in numbers:
            caller.add(number)
        near = caller.neighbours
        if near >= NEIGHBOURS:
            found = f"{near} of the newest {len(caller.newest)} persons have a number next to another one's"
            self._alarms.ring(Alarm.NUMBERS_ENUMERATED, subject, found)
        if look.operators and not _is_working(look.time_us):
            caller.off_hours += len(look.tokens) // 16
            if caller.off_hours > OFF_HOURS:
                found = f"{caller.off_hours} persons outside of {WORK_FROM:02}:00 to {WORK_TO:02}:00 on working days"
                self._alarms.ring(Alarm.ASKED_OFF_HOURS, subject, found)

    def count_answers(self, look: Look, rows: int, missed: int) -> None:
        """Take note of an answer's rows, and of how many of them nothing was known."""
        subject, caller = self._find(look)
        caller.rows, caller.missed = caller.rows + rows, caller.missed + missed
        if caller.rows < NEWEST:
            return
        if 2 * caller.missed >= caller.rows:
            found = f"of {caller.missed} among {caller.rows} persons nothing is known"
            self._alarms.ring(Alarm.PERSONS_UNKNOWN, subject, found)
        caller.rows = caller.missed = 0

    def _find(self, look: Look) -> tuple[str, _Caller]:
        self._turn(look.time_us)
        reference = (look.operators or look.applications or ("",))[0]
        subject = f"{look.asking}/{look.department}/{reference}"
        caller = self._callers.setdefault(subject, _Caller())
        self._callers.move_to_end(subject)
        if len(self._callers) > CALLERS:
            self._forget(self._callers.popitem(last=False)[0])
        return subject, caller

    def _turn(self, time_us: int) -> None:
        if time_us < self._span.day_ends_us:
            return
        self._span = Span.of(time_us)
        for subject in self._callers:
            self._forget(subject)
        self._callers.clear()

    def _forget(self, subject: str) -> None:
        for alarm in _WATCHED:
            self._alarms.clear(alarm, subject)


def _is_working(time_us: int) -> bool:
    moment = datetime.fromtimestamp(time_us // 1_000_000, CHINA)
    return moment.weekday() < 5 and WORK_FROM <= moment.hour < WORK_TO
