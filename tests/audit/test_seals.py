"""A run ends where its entries say, and nothing but a seal is read as one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.entries import seals
from gateway.audit.entries.entry import Cell, Entry, EntryInvalid, Phase, decode
from gateway.audit.entries.seals import (
    MONTH_PAIRS,
    MONTH_RUNS,
    NAMED,
    RUN_PAIRS,
    SEALS_ID,
    OpenRun,
    SealKind,
    Segment,
    encode_seal,
    fits_month,
    is_seal,
    month_at,
    read_seal,
)
from tests.audit.logs import BOOK

NOVEMBER = int(datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
DECEMBER = NOVEMBER + 1_000_000
SEGMENT = Segment(SealKind.RUN, 5, 9, 7, b"r" * 32, ("2026-10", "2026-11"))


def entry(time_us: int = NOVEMBER, persons: int = 0, **fields: Cell) -> Entry:
    """An entry of that time which names so many cardholders."""
    tokens = b"".join(number.to_bytes(16) for number in range(persons))
    return Entry(Phase.INTENT, "x", {"time_utc_us": time_us, "subject_tokens": b64encode(tokens).decode(), **fields})


def lengths(entries: list[Entry]) -> Iterator[int]:
    """Yield how many entries each run takes of a log, in order."""
    run = OpenRun(0)
    for one in entries:
        if not run.take(one):
            yield run.end - run.first
            run = OpenRun(run.end)
            assert run.take(one)
    yield run.end - run.first


def test_a_run_ends_at_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is known to be full without the next one."""
    monkeypatch.setattr(seals, "RUN_ENTRIES", 3)
    assert [3, 3, 1] == list(lengths([entry()] * 7))
    run = OpenRun(0)
    assert [False, False, True] == [run.is_full for _ in range(3) if run.take(entry())]


def test_a_run_ends_before_the_pairs_are_too_many() -> None:
    """The largest entries name 1,024 cardholders."""
    assert [RUN_PAIRS // 1_024, 1] == list(lengths([entry(persons=1_024)] * (RUN_PAIRS // 1_024 + 1)))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([NOVEMBER, DECEMBER, NOVEMBER, DECEMBER], [1, 3]),
        ([DECEMBER, NOVEMBER, NOVEMBER, DECEMBER], [4]),
        ([NOVEMBER, 1 << 62, NOVEMBER, DECEMBER], [1, 3]),
        ([0, NOVEMBER, DECEMBER], [1, 1, 1]),
    ],
    ids=["order at midnight", "back", "a clock far ahead", "a clock that was not set"],
)
def test_a_run_ends_before_a_later_month_alone(times: list[int], expected: list[int]) -> None:
    """Entries of a few moments about midnight lie among each other; they must not make a run each."""
    assert expected == list(lengths([entry(time) for time in times]))


def test_a_run_names_no_more_months_than_may_be() -> None:
    """So that its seal is no longer than an entry."""
    months = [f"{1000 + number // 12:04}-{number % 12 + 1:02}" for number in range(NAMED + 1)]
    assert [NAMED, 1] == list(lengths([entry(key_epoch=month) for month in months]))


def test_the_months_that_are_named_are_those_of_the_keys() -> None:
    """Where an entry that names persons tells no key, that of its time; one that names nobody tells none."""
    run = OpenRun(0)
    assert all(map(run.take, (entry(key_epoch="2026-12"), entry(persons=1), entry())))
    assert ("2026-11", "2026-12") == run.months


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_time_has_a_month_and_months_are_in_the_order_of_time(one: int, other: int) -> None:
    """Also times that no calendar has: a log may hold them."""
    assert (month_at(one) <= month_at(other)) or one > other
    assert 7 == len(month_at(one))


def run_of(pairs: int = 1, months: int = 1) -> Segment:
    """A run with so many pairs, which names so many months."""
    return Segment(SealKind.RUN, 0, 1, pairs, b"r" * 32, tuple(f"{month:04}-01" for month in range(months)))


@pytest.mark.parametrize(
    ("runs", "following", "expected"),
    [
        ([run_of()], "2026-11", True),
        ([run_of()], "2026-12", False),
        ([run_of()], "2026-10", False),
        ([run_of()] * (MONTH_RUNS - 1), "2026-11", True),
        ([run_of()] * MONTH_RUNS, "2026-11", False),
        ([run_of(RUN_PAIRS)] * (MONTH_PAIRS // RUN_PAIRS - 1), "2026-11", True),
        ([run_of(RUN_PAIRS)] * (MONTH_PAIRS // RUN_PAIRS), "2026-11", False),
        ([run_of(months=NAMED), run_of()], "2026-11", True),
        ([run_of(months=NAMED), Segment(SealKind.RUN, 0, 1, 1, b"", ("9999-12",))], "2026-11", False),
    ],
)
def test_a_month_ends_where_the_next_run_is_of_another_or_would_make_it_too_large(
    runs: list[Segment], following: str, expected: bool
) -> None:
    """Each bound with the last that fits and the first that does not."""
    assert expected == fits_month(runs, "2026-11", following)


@pytest.mark.parametrize("kind", SealKind)
def test_a_seal_is_read_as_it_was_written(kind: SealKind) -> None:
    """The index of the act is that of its entry."""
    segment = Segment(kind, 5, 9, 7, b"r" * 32, ("2026-10", "2026-11"), 12)
    written = decode(encode_seal(BOOK, segment, event_id=EVENT, time_us=NOVEMBER).octets)
    assert is_seal(written)
    assert segment == read_seal(written, 12)


EVENT = "01980000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "start"},
        {"action": SealKind.MONTH},
        {"exchange_id": ""},
        {"exchange_id": SEALS_ID[SealKind.MONTH]},
        {"seal_first": 9},
        {"seal_end": 13},
        {"seal_root": None},
        {"seal_pairs": None},
        {"seal_first": None},
        {"seal_end": None},
        {"seal_months": ["2026-11", "2026-10"]},
        {"seal_months": ["2026-11", "2026-11"]},
    ],
    ids=str,
)
def test_what_is_no_seal_is_not_read_as_one(changes: dict[str, Cell | None]) -> None:
    """Also an act that only stands where seals are looked for."""
    fields = dict(decode(encode_seal(BOOK, SEGMENT, event_id=EVENT, time_us=NOVEMBER).octets).fields)
    for name, value in changes.items():
        fields.pop(name)
        if value is not None:
            fields[name] = value
    changed = Entry(Phase.ADMIN, str(fields["exchange_id"]), fields)
    assert is_seal(changed)
    with pytest.raises(EntryInvalid, match="expected a seal"):
        read_seal(changed, 12)


def test_a_question_is_no_seal() -> None:
    """And an entry of an exchange under a seal's action is none either."""
    assert not is_seal(entry())
    with pytest.raises(EntryInvalid):
        read_seal(Entry(Phase.INTENT, SEALS_ID[SealKind.RUN], {"action": SealKind.RUN}), 12)
