"""What is counted of a log: distinct persons exactly, a question once, a refusal with its persons, times of Beijing."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries.entry import Cell, Entry, Phase
from gateway.audit.entries.references import epoch_of
from gateway.audit.review.statistics import DAY_US, HOUR_US, Line, Report, Statistics, Thresholds

NOON_US = 1_795_492_800_000_000
"""Tuesday, 24 November 2026, 12:00 in Beijing."""
O77, O88 = "77" * 16, "88" * 16


def token(person: object) -> bytes:
    """The reference of a person."""
    return sha256(str(person).encode()).digest()[:16]


def entry(phase: str, *people: object, at_us: int = NOON_US, **fields: Cell) -> Entry:
    """An entry about some people; it follows an intent unless it is one."""
    made: dict[str, Cell] = {
        "phase": phase,
        "time_utc_us": at_us,
        "key_epoch": epoch_of(at_us),
        "consumer_department": "cq-hrss",
        "operator_ref": O77,
        "item_code": "CY-ID-02",
        "result": "permit",
        "prev_event": "" if phase == "intent" else "e",
        "subject_tokens": b64encode(b"".join(map(token, people))).decode(),
        **fields,
    }
    if phase in ("release", "receipt"):
        made.setdefault("record_count", len(people))
    return Entry(Phase(phase), "x", made)


def count(*entries: Entry, top: int = 10, **thresholds: int) -> Report:
    """The figures of these entries."""
    counted = Statistics(top=top, thresholds=Thresholds(**thresholds))
    for index, one in enumerate(entries):
        counted.take(index, one)
    return counted.finish()


def refusal(*people: object, reason: str = "GRANT_MISSING", at_us: int = NOON_US) -> Entry:
    """A refusal that never had an intent."""
    return entry("refusal", *people, at_us=at_us, reason_code=reason, result="deny", prev_event="")


@pytest.mark.parametrize("phase", ["release", "receipt"])
def test_a_person_is_looked_at_when_a_page_moved_and_counts_once(phase: str) -> None:
    """Not by the question alone, nor by a refusal; the same person twice is one."""
    report = count(entry("intent", 1), entry(phase, 1), entry("intent", 1, 2), entry(phase, 1, 2), refusal(3))
    (line,) = report.operators
    assert Line("2026-11", "cq-hrss", O77, 2, 3, 1, 4) == line
    assert [Line("2026-11", "cq-hrss", "", 2, 3, 1, 4)] == report.departments
    assert (5, 3, 2, 3, 1) == (report.entries, report.questions, report.pages, report.rows, report.refusals)


def test_a_question_that_was_begun_and_refused_is_one_question_and_one_refusal() -> None:
    """So are further intents of a question about many, and a repeat under the same number counts nothing."""
    report = count(
        entry("intent", 1),
        entry("intent", 2, prev_event="e"),
        entry("refusal", 1, 2, reason_code="LEAK_BLOCKED", result="deny"),
        entry("intent", 1, repeat_of=0),
        entry("release", 1, repeat_of=0),
    )
    assert (1, 1, 0, 2) == (report.questions, report.refusals, report.pages, report.repeats)
    assert [(1, 1), (1, 1)] == [(line.asked, line.refused) for line in report.persons]


@pytest.mark.parametrize("phase", ["admin", "outcome"])
def test_acts_and_outcomes_are_no_questions(phase: str) -> None:
    """They are read and counted as entries alone, and name no department of their own."""
    report = count(entry(phase, 1))
    assert (1, 0, [], [], {}) == (report.entries, report.questions, report.departments, report.persons, report.items)


def test_attempts_on_a_person_are_ranked_refused_ones_among_them() -> None:
    """By how often, then by how often in vain; the entry is the newest."""
    report = count(refusal(1), refusal(1), entry("intent", 2), entry("release", 2), refusal(3), entry("intent", 3))
    expected = [(token(1).hex(), 2, 2, 1), (token(3).hex(), 2, 1, 5), (token(2).hex(), 1, 0, 2)]
    assert expected == [(line.token, line.asked, line.refused, line.entry) for line in report.persons]


def test_the_references_of_two_months_stay_apart() -> None:
    """The same person has another reference then, so a sum over months would count them twice."""
    later = NOON_US + 10 * DAY_US
    report = count(entry("release", 1), entry("release", 1, at_us=later))
    assert [("2026-11", 1), ("2026-12", 1)] == [(line.period, line.persons) for line in report.operators]


def test_a_day_is_one_in_beijing_and_has_the_most_persons_first() -> None:
    """23:59 and 00:01 are two days there, and one in UTC."""
    midnight = NOON_US + 12 * HOUR_US
    before, after = midnight - 60_000_000, midnight + 60_000_000
    report = count(
        entry("release", 1, at_us=before),
        entry("release", 2, 3, at_us=after),
        entry("release", 4, at_us=after, operator_ref=O88),
    )
    expected = [("2026-11-25", O77, 2), ("2026-11-24", O77, 1), ("2026-11-25", O88, 1)]
    assert expected == [(line.period, line.operator, line.persons) for line in report.days]


def test_who_names_no_official_counts_for_the_department_alone() -> None:
    """A batch has no official; the number of such questions is shown."""
    report = count(entry("intent", 1, operator_ref=""), entry("release", 1, operator_ref=""))
    assert ([], [], 1, 1) == (report.operators, report.days, report.departments[0].persons, report.unnamed)


@pytest.mark.parametrize(
    ("moment", "hour", "off"),
    [
        ("2026-11-24T07:59:59+08:00", 7, 1),
        ("2026-11-24T08:00:00+08:00", 8, 0),
        ("2026-11-24T17:59:59+08:00", 17, 0),
        ("2026-11-24T18:00:00+08:00", 18, 1),
        ("2026-11-24T00:00:00+08:00", 0, 1),
        ("2026-11-27T12:00:00+08:00", 12, 0),
        ("2026-11-28T12:00:00+08:00", 12, 1),
        ("2026-11-29T12:00:00+08:00", 12, 1),
        ("2026-11-30T12:00:00+08:00", 12, 0),
    ],
)
def test_hours_are_those_of_beijing(moment: str, hour: int, off: int) -> None:
    """Off hours are those outside of 08:00 to 18:00, and all of Saturday and Sunday."""
    at_us = int(datetime.fromisoformat(moment).timestamp()) * 1_000_000
    report = count(entry("intent", 1, at_us=at_us))
    assert ([int(one == hour) for one in range(24)], off) == (report.hours, report.off_hours)


def test_refusals_are_counted_by_reason_with_their_first_and_newest_time() -> None:
    """And by month."""
    later = NOON_US + 10 * DAY_US
    report = count(refusal(), refusal(at_us=later), refusal(reason="ITEM_UNKNOWN"))
    grant = report.reasons["GRANT_MISSING"]
    assert (2, NOON_US, later) == (grant.count, grant.first_us, grant.last_us)
    assert {("2026-11", "GRANT_MISSING"): 1, ("2026-12", "GRANT_MISSING"): 1, ("2026-11", "ITEM_UNKNOWN"): 1} == (
        report.reasons_by_month
    )


@pytest.mark.parametrize(
    ("name", "over"), [("operator_month", 2), ("operator_day", 2), ("department_month", 3)], ids=str
)
def test_a_threshold_is_passed_by_more_and_not_by_as_many(name: str, over: int) -> None:
    """Every line is held to it, those that are not shown too."""
    entries = [
        entry("release", 1, 2),
        entry("release", 3, operator_ref=O88),
        entry("release", 1, 2, 3, 4, consumer_department="cq-civil", operator_ref="99" * 16),
    ]
    assert (False, 0) == ((quiet := count(*entries, top=1, **{name: 4})).exceeded, quiet.over[name])
    assert (True, 1) == ((loud := count(*entries, top=1, **{name: over})).exceeded, loud.over[name])
    assert (True, 2) == ((all_ := count(*entries, top=1, **{name: 1})).exceeded, all_.over[name])
    assert not count(*entries).exceeded


def test_an_entry_of_a_month_that_was_closed_is_counted_and_said() -> None:
    """A clock that was set back: the person may count twice, so a reader is told."""
    report = count(entry("release", 1), entry("release", 2, at_us=NOON_US + 40 * DAY_US), entry("release", 1))
    assert (1, 3) == (report.late, report.pages)
    assert 0 == count(entry("release", 1), entry("release", 1, at_us=NOON_US - HOUR_US)).late


def test_a_ranking_needs_a_line() -> None:
    """An empty one would read as nobody."""
    with pytest.raises(ValueError, match="expected at least 1 line"):
        Statistics(top=0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["intent", "release", "refusal"]),
            st.integers(0, 5),
            st.sampled_from(["cq-hrss", "cq-civil"]),
            st.sampled_from([O77, O88, ""]),
            st.integers(0, 20 * 24),
        ),
        max_size=60,
    ),
    st.integers(1, 4),
)
def test_every_number_is_that_of_a_reading_with_all_in_memory(
    drawn: list[tuple[str, int, str, str, int]], top: int
) -> None:
    """Closing a period loses nothing: the longest lines are the longest of all."""
    by_month: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    by_day: dict[tuple[str, str, str, str], set[int]] = defaultdict(set)
    entries = []
    for phase, person, department, operator, hours in sorted(drawn, key=lambda one: one[-1]):
        at_us = NOON_US + hours * HOUR_US
        entries.append(entry(phase, person, at_us=at_us, consumer_department=department, operator_ref=operator))
        moved = {person} if phase == "release" else set()
        by_month[epoch_of(at_us), department, ""] |= moved
        if operator:
            day = datetime.fromtimestamp((at_us + 8 * HOUR_US) / 1e6, UTC).isoformat()[:10]
            by_month[epoch_of(at_us), department, operator] |= moved
            by_day[day, epoch_of(at_us), department, operator] |= moved
    report = count(*entries, top=top)
    for lines, sizes in (
        (report.departments, [len(people) for key, people in by_month.items() if not key[2]]),
        (report.operators, [len(people) for key, people in by_month.items() if key[2]]),
        (report.days, [len(people) for people in by_day.values()]),
    ):
        assert sorted(sizes, reverse=True)[:top] == [line.persons for line in lines]
