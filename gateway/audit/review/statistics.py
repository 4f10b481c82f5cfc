"""The figures that a reviewer asks a log for: refusals, who looked at how many persons, whom, when, and what.

Pure. Entries go through once, in their order; nothing is kept of them but counts and, of the periods that are open,
which persons each department and official looked at. Persons and officials stand in a log by keyed references of the
month, so that distinct persons are counted a month at a time, never over several; a period is closed an hour after
its end, and then only its longest lines are kept. The cost is about 140 bytes a person of the months that are open, and
about 50 for each pair of a person and a department, official or day.

A *question* is an exchange that was begun, or refused before it began; asked again under the same number it counts
once. A person was *looked at* when a page about them left (`release`) or came (`receipt`). Days and hours are those of
Beijing; months are those of the references, which are of UTC.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.audit.entries.entry import Entry, Phase
from gateway.audit.entries.references import epoch_of, tokens_of

BEIJING_US: Final = 8 * 3600 * 1_000_000
"""Beijing time is so many microseconds ahead of UTC."""
DAY_US: Final = 86_400 * 1_000_000
HOUR_US: Final = 3600 * 1_000_000
GRACE_US: Final = HOUR_US
"""How long after its end a period stays open: the order of a log is that of its commits, not of its times."""
WORK_FROM: Final = 8
WORK_TO: Final = 18
"""Working hours are from the first to before the second, Monday to Friday; public holidays are not known here."""
_READ: Final = (Phase.RELEASE, Phase.RECEIPT)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ranking: how many persons somebody looked at in a period, how often they asked and were refused.

    `entry` is the index of their newest question: its body names the official in clear, to those who may open it.
    """

    period: str
    department: str
    operator: str
    persons: int
    questions: int
    refused: int
    entry: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """How often a person was asked about in a month, by which reference, and how often that was refused."""

    period: str
    token: str
    asked: int
    refused: int
    entry: int


@dataclass(slots=True)
class ReasonCount:
    """How often a reason refused, with the first and the newest time in microseconds."""

    count: int = 0
    first_us: int = 0
    last_us: int = 0


@dataclass(slots=True)
class ItemCount:
    """What was asked of one item: questions, refusals, rows that left or came."""

    questions: int = 0
    refused: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The greatest numbers of distinct persons that are not reported; None for no threshold."""

    operator_month: int | None = None
    operator_day: int | None = None
    department_month: int | None = None


@dataclass(slots=True)
class Report:
    """The figures. Rankings hold their longest lines alone; `over` counts all lines beyond a threshold."""

    entries: int = 0
    questions: int = 0
    pages: int = 0
    rows: int = 0
    refusals: int = 0
    repeats: int = 0
    unnamed: int = 0
    """Questions in which no official acted in person."""
    off_hours: int = 0
    late: int = 0
    """Entries of periods that were closed: a person in them may be counted twice."""
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    reasons: dict[str, ReasonCount] = field(default_factory=dict)
    reasons_by_month: Counter[tuple[str, str]] = field(default_factory=Counter)
    items: dict[str, ItemCount] = field(default_factory=dict)
    departments: list[Line] = field(default_factory=list)
    operators: list[Line] = field(default_factory=list)
    days: list[Line] = field(default_factory=list)
    persons: list[PersonLine] = field(default_factory=list)
    over: dict[str, int] = field(
        default_factory=lambda: {"operator_month": 0, "operator_day": 0, "department_month": 0}
    )

    @property
    def exceeded(self) -> bool:
        """Whether somebody is beyond a threshold."""
        return any(self.over.values())


@dataclass(slots=True)
class _Tally:
    persons: set[int] = field(default_factory=set)
    questions: int = 0
    refused: int = 0
    entry: int = -1


_Key = tuple[str, str]
"""A department and the reference of an official; the latter is empty for the department itself."""


class _Persons:
    """The persons of one month: a number for each, by their references, and how often they were asked about."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.asked = array("I")
        self.refused = array("I")
        self.entry = array("Q")

    def number(self, token: bytes) -> int:
        found = self.numbers.get(token)
        if found is None:
            found = self.numbers[token] = len(self.numbers)
            self.asked.append(0)
            self.refused.append(0)
            self.entry.append(0)
        return found


class _Month:
    """What is open of one month."""

    def __init__(self, name: str, end_us: int) -> None:
        self.name = name
        self.end_us = end_us
        self.persons = _Persons()
        self.departments: dict[_Key, _Tally] = {}
        self.operators: dict[_Key, _Tally] = {}


class _Day:
    """What is open of one day in Beijing, or of that part of it which lies in one month of references."""

    def __init__(self, name: str, end_us: int) -> None:
        self.name = name
        self.end_us = end_us
        self.operators: dict[_Key, _Tally] = {}


class Statistics:
    """Counts entries, which come in the order of the log; `finish` gives the figures, once."""

    def __init__(self, *, top: int, thresholds: Thresholds | None = None) -> None:
        """`top` lines of each ranking are kept.

        Raises:
            ValueError: it is not positive.
        """
        if top < 1:
            raise ValueError(f"expected at least 1 line, found {top}")
        self._top = top
        self._thresholds = thresholds or Thresholds()
        self._report = Report()
        self._months: dict[str, _Month] = {}
        self._days: dict[tuple[int, str], _Day] = {}
        self._closed_months: set[str] = set()
        self._closed_day = -1
        self._turn_us = 0

    def take(self, index: int, entry: Entry) -> None:
        """Count one entry."""
        report, phase = self._report, entry.phase
        report.entries += 1
        if phase in (Phase.ADMIN, Phase.OUTCOME):
            return
        if "repeat_of" in entry.fields:
            report.repeats += 1
            return
        time_us = entry.number("time_utc_us")
        month, day = self._open(entry, time_us)
        tallies = self._tallies(entry, month, day)
        begins = not entry.text("prev_event")
        if begins:  # an intent, or a refusal that never had one
            self._count_question(index, entry, time_us, tallies)
        if phase is Phase.REFUSAL:
            self._count_refusal(entry, time_us, month.name, tallies)
        persons = [month.persons.number(token) for token in tokens_of(entry)]
        if phase in _READ:
            rows = max(entry.number("record_count"), 0)
            report.pages += 1
            report.rows += rows
            self._item(entry).rows += rows
            for tally in tallies:
                tally.persons.update(persons)
            return
        for person in persons:
            if phase is Phase.INTENT or begins:
                month.persons.asked[person] += 1
            if phase is Phase.REFUSAL:
                month.persons.refused[person] += 1
            month.persons.entry[person] = index

    def finish(self) -> Report:
        """Close every period, and return the figures."""
        self._close(1 << 63)
        report = self._report
        report.departments.sort(key=_rank)
        report.operators.sort(key=_rank)
        report.days.sort(key=_rank)
        report.persons.sort(key=_rank_person)
        return report

    def _count_question(self, index: int, entry: Entry, time_us: int, tallies: Iterable[_Tally]) -> None:
        report = self._report
        report.questions += 1
        report.unnamed += not entry.text("operator_ref")
        days, rest = divmod(time_us + BEIJING_US, DAY_US)
        hour, weekday = rest // HOUR_US, (days + 3) % 7  # 1 January 1970 was a Thursday
        report.hours[hour] += 1
        report.off_hours += not WORK_FROM <= hour < WORK_TO or weekday > 4
        self._item(entry).questions += 1
        for tally in tallies:
            tally.questions += 1
            tally.entry = index

    def _count_refusal(self, entry: Entry, time_us: int, month: str, tallies: Iterable[_Tally]) -> None:
        report, reason = self._report, entry.text("reason_code")
        report.refusals += 1
        self._item(entry).refused += 1
        count = report.reasons.setdefault(reason, ReasonCount(0, time_us, time_us))
        count.count += 1
        count.first_us, count.last_us = min(count.first_us, time_us), max(count.last_us, time_us)
        report.reasons_by_month[month, reason] += 1
        for tally in tallies:
            tally.refused += 1

    def _item(self, entry: Entry) -> ItemCount:
        items, code = self._report.items, entry.text("item_code")
        found = items.get(code)
        if found is None:
            found = items[code] = ItemCount()
        return found

    def _tallies(self, entry: Entry, month: _Month, day: _Day) -> list[_Tally]:
        department, operator = entry.text("consumer_department"), entry.text("operator_ref")
        if not operator:
            return [_tally(month.departments, (department, ""))]
        key = (department, operator)
        return [_tally(month.departments, (department, "")), _tally(month.operators, key), _tally(day.operators, key)]

    def _open(self, entry: Entry, time_us: int) -> tuple[_Month, _Day]:
        """Return the open periods of an entry; those that ended long enough ago are closed first."""
        if time_us >= self._turn_us > 0:
            self._close(time_us)
            self._turn_us = 0
        name, number = entry.text("key_epoch") or epoch_of(time_us), (time_us + BEIJING_US) // DAY_US
        month, day = self._months.get(name), self._days.get((number, name))
        if month is None:
            month = self._months[name] = _Month(name, _end_of_month_us(name))
            self._turn_us = 0
        if day is None:
            beginning = datetime.fromtimestamp(number * 86_400, UTC)
            day = self._days[number, name] = _Day(f"{beginning:%Y-%m-%d}", (number + 1) * DAY_US - BEIJING_US)
            self._turn_us = 0
        if not self._turn_us:
            ends = [one.end_us for one in self._months.values()] + [one.end_us for one in self._days.values()]
            self._turn_us = min(ends) + GRACE_US
        self._report.late += name in self._closed_months or number <= self._closed_day
        return month, day

    def _close(self, time_us: int) -> None:
        for name in [name for name, month in self._months.items() if month.end_us + GRACE_US <= time_us]:
            month = self._months.pop(name)
            self._closed_months.add(name)
            self._close_month(month)
        for key in [key for key, day in self._days.items() if day.end_us + GRACE_US <= time_us]:
            day = self._days.pop(key)
            self._closed_day = max(self._closed_day, key[0])
            self._keep(self._report.days, day.name, day.operators, "operator_day", self._thresholds.operator_day)

    def _close_month(self, month: _Month) -> None:
        report, limits = self._report, self._thresholds
        self._keep(report.departments, month.name, month.departments, "department_month", limits.department_month)
        self._keep(report.operators, month.name, month.operators, "operator_month", limits.operator_month)
        persons = month.persons
        lines = (
            PersonLine(month.name, token.hex(), persons.asked[at], persons.refused[at], persons.entry[at])
            for token, at in persons.numbers.items()
            if persons.asked[at] or persons.refused[at]
        )
        report.persons = heapq.nsmallest(
            self._top, (*report.persons, *heapq.nsmallest(self._top, lines, _rank_person)), _rank_person
        )

    def _keep(self, kept: list[Line], period: str, tallies: dict[_Key, _Tally], name: str, most: int | None) -> None:
        lines = [
            Line(period, department, operator, len(one.persons), one.questions, one.refused, one.entry)
            for (department, operator), one in tallies.items()
        ]
        if most is not None:
            self._report.over[name] += sum(line.persons > most for line in lines)
        kept[:] = heapq.nsmallest(self._top, (*kept, *lines), _rank)


def _tally(tallies: dict[_Key, _Tally], key: _Key) -> _Tally:
    found = tallies.get(key)
    if found is None:
        found = tallies[key] = _Tally()
    return found


def _rank(line: Line) -> tuple[int, int, str, str, str]:
    return -line.persons, -line.questions, line.period, line.department, line.operator


def _rank_person(line: PersonLine) -> tuple[int, int, str, str]:
    return -line.asked, -line.refused, line.period, line.token


def _end_of_month_us(name: str) -> int:
    """Return the end of a month (UTC) in microseconds; of the last that a calendar has, a time that never comes."""
    year, month = int(name[:4]), int(name[5:])
    if not 1 <= year < 9999 or not 1 <= month <= 12:
        return 1 << 62
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
