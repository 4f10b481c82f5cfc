"""Claims about batch gates: the whole request passes, or nothing of it leaves, or small groups lose their values."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.gating import gates as door
from gateway.gating.gates import Gates
from gateway.gating.groups import Tally
from gateway.gating.spool import DiskBudget, Spool
from gateway.ground.evidence import Arrival, CellReason, ClearedPage, Column, GatedPage, Page, Value
from gateway.ground.item import Gate, Item, Kind, OnFailure, Outcome
from gateway.ground.refusals import Reason, Refusal
from tests.answers import found_page
from tests.samples import LABEL, NUMBER, arrival, ask, field, grant, item

REGION_AGE = Gate(("region_code", "age"), 2, "", 1, OnFailure.REFUSE, protects=LABEL)
DIVERSE = Gate(("region_code",), 2, "status", 2, OnFailure.SUPPRESS, protects=LABEL)
Row = tuple[Value, ...]
COLUMNS = ("region_code", "age", "status")


def of(gate: Gate) -> Item:
    """Make an item with a gate."""
    return replace(item(*(field(name) for name in COLUMNS)), gates=(gate,))


def number(person: int) -> str:
    """Make the number of a person; its region is assigned to nobody."""
    return f"51999919600102{person:03}0"


def asking(persons: list[str], *, deadline: float = 1e12) -> Arrival:
    """Make a question that names these persons, row by row."""
    question = ask(subjects=len(persons))
    numbers = Column("social_security_no", Kind.STRING, tuple(persons))
    return arrival(replace(question, keys=Page(len(persons), (numbers, question.keys.columns[1]))), deadline=deadline)


def page(rows: list[Row], columns: tuple[str, ...] = COLUMNS) -> Page:
    """Make a page of text columns."""
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    made = tuple(Column(name, Kind.STRING, values) for name, values in zip(columns, cells, strict=True))
    return found_page(len(rows), made)


async def passed(
    directory: Path,
    gate: Gate,
    *pages: list[Row],
    asked: tuple[str, ...] = COLUMNS,
    persons: list[str] | None = None,
    deadline: float = 1e12,
) -> list[GatedPage]:
    """Hold pages until the gate passes; each row is about a person of its own, unless the test names them."""

    async def cleared() -> AsyncIterator[ClearedPage]:
        for place, rows in enumerate(pages):
            whole = page(rows)
            needed = replace(whole, columns=tuple(whole.column(name) for name in granted.needed))
            yield ClearedPage(needed, place, place == len(pages) - 1, "p" * 64)

    granted = grant(of(gate), asked)
    named = [number(row) for row in range(sum(map(len, pages)))] if persons is None else persons
    holding = Gates(directory, os.urandom).hold(asking(named, deadline=deadline), granted, cleared())
    return [held async for held in holding]


def rows_of(pages: list[GatedPage]) -> list[Row]:
    """Return all rows of the pages."""
    return [row for each in pages for row in zip(*(column.values for column in each.page.columns), strict=True)]


LARGE: list[Row] = [("510100", "18-59", "a"), ("510100", "18-59", "b")]
SMALL: list[Row] = [("510900", "70+", "a")]


async def test_groups_that_are_large_enough_over_all_pages_pass(tmp_path: Path) -> None:
    """A group may lie in several pages; the pages stay as they were, in order, numbered, the last one marked."""
    pages = await passed(tmp_path, REGION_AGE, LARGE[:1], [], LARGE[1:])
    assert LARGE == rows_of(pages)
    assert [(0, 1, False), (1, 0, False), (2, 1, True)] == [(each.number, each.page.rows, each.last) for each in pages]
    assert {"p" * 64} == {each.profile for each in pages}


async def test_one_small_group_refuses_the_whole_request(tmp_path: Path) -> None:
    """Wherever it stands, nothing left before; the refusal names the gate and no value of it."""
    for pages in ((LARGE, SMALL), (SMALL, LARGE), (LARGE + SMALL,)):
        with pytest.raises(Refusal) as caught:
            await passed(tmp_path, REGION_AGE, *pages)
        assert Reason.GATE_NOT_PASSED is caught.value.reason
        assert "region_code, age" in caught.value.detail
        assert "510900" not in caught.value.detail


async def test_a_small_group_loses_its_values_where_the_item_says_so(tmp_path: Path) -> None:
    """Those of the gate's columns, of its rows alone."""
    gate = replace(REGION_AGE, on_failure=OnFailure.SUPPRESS)
    assert [LARGE[0], (None, None, "a"), LARGE[1]] == rows_of(
        await passed(tmp_path, gate, LARGE[:1] + SMALL, LARGE[1:])
    )


async def test_a_withheld_cell_says_so_and_a_row_of_which_nothing_is_left_too(tmp_path: Path) -> None:
    """Whether a value was there the reasons do not tell; a person who was not found stays what he was."""
    gate = replace(REGION_AGE, on_failure=OnFailure.SUPPRESS)
    (held,) = await passed(tmp_path, gate, LARGE + SMALL)
    none, gone = CellReason.NONE, CellReason.WITHHELD_GATE
    assert [(none, none, gone), (none, none, gone), ()] == [column.reasons for column in held.page.columns]
    assert (Outcome.FOUND,) * 3 == held.page.outcomes
    (held,) = await passed(tmp_path, gate, LARGE + SMALL, asked=("age", "region_code"))
    assert (Outcome.FOUND, Outcome.FOUND, Outcome.WITHHELD_GATE) == held.page.outcomes
    assert {CellReason.NOT_ANSWERED} == {column.reasons[2] for column in held.page.columns}


async def test_a_group_that_is_too_much_alike_loses_its_values(tmp_path: Path) -> None:
    """Who is known to be in such a group is known to have the value."""
    alike: list[Row] = [("510900", "70+", "a"), ("510900", "60-64", "a")]
    found = rows_of(await passed(tmp_path, DIVERSE, LARGE + alike))
    assert [*LARGE, (None, "70+", None), (None, "60-64", None)] == found


async def test_what_is_not_asked_for_parts_groups_and_does_not_leave(tmp_path: Path) -> None:
    """F1: two regions alike but for the age are two groups, asked with the age or without; so two questions tell no
    more than one. The same of the sensitive column."""
    rows: list[Row] = [("510900", "70+", "a"), ("510900", "0-13", "a")]
    with pytest.raises(Refusal) as caught:
        await passed(tmp_path, REGION_AGE, rows, asked=("region_code", "status"))
    assert Reason.GATE_NOT_PASSED is caught.value.reason
    alike = rows_of(await passed(tmp_path, DIVERSE, rows, asked=("region_code", "age")))
    assert [(None, "70+"), (None, "0-13")] == alike


@pytest.mark.parametrize("asked", [("region_code",), ("age",), ("age", "region_code"), COLUMNS])
async def test_no_choice_of_fields_changes_who_is_withheld(tmp_path: Path, asked: tuple[str, ...]) -> None:
    """F1: joined by row, the answers to all choices show what the question for all columns shows, and no more."""
    gate = replace(REGION_AGE, on_failure=OnFailure.SUPPRESS)
    rows: list[Row] = [*LARGE, ("510100", "70+", "a"), ("510900", "18-59", "a"), ("510900", "60-64", "b")]
    whole = dict(zip(COLUMNS, zip(*LARGE, strict=True), strict=True))
    found = (await passed(tmp_path, gate, rows, asked=asked))[0].page
    assert asked == tuple(column.name for column in found.columns)
    for column in found.columns:
        gone = ("a", "a", "b") if column.name == "status" else (None, None, None)
        assert (*whole[column.name], *gone) == column.values


async def test_a_question_for_no_column_of_a_gate_does_not_wait_for_it(tmp_path: Path) -> None:
    """Nothing that it guards leaves, so nothing more is asked of the platform either."""
    rows: list[Row] = [("510900", "70+", "a")]
    wide = grant(of(REGION_AGE), ("status",))
    assert (("status",), ()) == (wide.needed, wide.gates)
    assert 1 == len(await passed(tmp_path, REGION_AGE, rows, asked=("status",)))


@pytest.mark.parametrize(
    "again",
    [
        NUMBER,
        NUMBER.lower(),
        NUMBER.translate({sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)}),
        NUMBER[:6] + NUMBER[8:17],
        f" {NUMBER[:6]} {NUMBER[6:14]}-{NUMBER[14:]}",
        NUMBER[:17] + "1",
    ],
    ids=["the same", "small x", "full width", "15 digits", "with signs", "another check character"],
)
async def test_one_person_is_one_however_often_and_in_whatever_writing_he_is_named(tmp_path: Path, again: str) -> None:
    """F1: three rows of one person open no gate of two, nor do they add to another person."""
    rows: list[Row] = [("510900", "70+", "a")] * 3
    with pytest.raises(Refusal) as caught:
        await passed(tmp_path, REGION_AGE, rows, persons=[NUMBER, again, NUMBER])
    assert Reason.GATE_NOT_PASSED is caught.value.reason
    assert "2 persons" in caught.value.detail
    assert 3 == len(rows_of(await passed(tmp_path, REGION_AGE, rows, persons=[NUMBER, again, number(1)])))


async def test_one_person_counts_with_one_value_where_values_must_differ(tmp_path: Path) -> None:
    """F1's twin: a person asked about for two kinds of insurance does not make a group diverse."""
    gate = replace(DIVERSE, on_failure=OnFailure.REFUSE)
    rows: list[Row] = [("510900", "70+", "a"), ("510900", "70+", "b"), ("510900", "70+", "a")]
    with pytest.raises(Refusal) as caught:
        await passed(tmp_path, gate, rows, persons=[number(1), number(1), number(2)])
    assert Reason.GATE_NOT_PASSED is caught.value.reason
    assert rows == rows_of(await passed(tmp_path, gate, rows, persons=[number(1), number(2), number(2)]))


async def test_where_the_question_names_nobody_a_column_tells_the_persons(tmp_path: Path) -> None:
    """F1's twin: the rows of a list may be one person's, and one whose person is not told counts for nobody."""
    gate = replace(REGION_AGE, persons="status")
    listed = replace(of(gate), subjects=False)

    async def held(*people: Value) -> list[GatedPage]:
        async def cleared() -> AsyncIterator[ClearedPage]:
            yield ClearedPage(page([("510900", "70+", person) for person in people]), 0, True, "p" * 64)

        holding = Gates(tmp_path, os.urandom).hold(arrival(), grant(listed, ("region_code",)), cleared())
        return [each async for each in holding]

    assert [("510900",)] * 2 == rows_of(await held("p", "q"))
    for people in (("p", "p", "p"), ("p", None, None)):
        with pytest.raises(Refusal) as caught:
            await held(*people)
        assert Reason.GATE_NOT_PASSED is caught.value.reason


async def test_a_row_that_shows_nothing_is_in_no_group(tmp_path: Path) -> None:
    """A subject that the platform does not know, or a minor whose values are withheld, is nobody's neighbour."""
    rows: list[Row] = [*LARGE, (None, None, "a")]
    assert rows == rows_of(await passed(tmp_path, REGION_AGE, rows))
    with pytest.raises(Refusal):
        await passed(tmp_path, REGION_AGE, [*LARGE, (None, "70+", "a")])


async def test_no_rows_pass(tmp_path: Path) -> None:
    """There is nobody in them."""
    assert [] == rows_of(await passed(tmp_path, REGION_AGE, []))


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cd"), st.sampled_from("xyz")), max_size=30),
    st.integers(2, 5),
    st.integers(1, 3),
)
def test_every_group_that_is_left_is_large_and_diverse_enough(rows: list[Row], k: int, least: int) -> None:
    """Whatever the rows and however they are paged."""
    gate = Gate(("region_code", "age"), k, "status" if least > 1 else "", least, OnFailure.SUPPRESS)
    whole, paged = Tally(gate), Tally(gate)
    whole.add(page(rows), range(len(rows)))
    for place, row in enumerate(rows):
        paged.add(page([row]), [place])
    failing = whole.failing()
    assert failing == paged.failing()
    left = [row for place, row in enumerate(rows) if place not in failing]
    sizes = Counter(row[:2] for row in left)
    assert all(size >= k for size in sizes.values())
    assert all(len({row[2] for row in left if row[:2] == key}) >= least for key in sizes)
    for place in failing:
        group = [row for row in rows if row[:2] == rows[place][:2]]
        assert len(group) < k or len({row[2] for row in group}) < least


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab"), st.sampled_from("cd")), max_size=30))
def test_every_group_that_is_left_has_enough_persons(rows: list[tuple[int, str, str]]) -> None:
    """F1: however often each of them is named, and wherever."""
    gate = Gate(("region_code", "age"), 3, "", 1, OnFailure.SUPPRESS)
    tally = Tally(gate)
    tally.add(page([(region, age, "x") for _, region, age in rows]), [person for person, _, _ in rows])
    failing = tally.failing()
    persons: dict[tuple[str, str], set[int]] = {}
    for person, region, age in rows:
        persons.setdefault((region, age), set()).add(person)
    assert failing == {place for place, row in enumerate(rows) if len(persons[row[1:]]) < 3}


async def test_an_item_without_gates_does_not_wait(tmp_path: Path) -> None:
    """Each page goes on before the next one comes."""
    seen: list[str] = []

    async def cleared() -> AsyncIterator[ClearedPage]:
        for number in range(2):
            seen.append(f"in {number}")
            yield ClearedPage(page(LARGE), number, number == 1, "p" * 64)

    held = Gates(tmp_path, os.urandom).hold(arrival(), grant(), cleared())
    for number in range(2):
        assert number == (await anext(held)).number
        seen.append(f"out {number}")
    assert ["in 0", "out 0", "in 1", "out 1"] == seen


async def test_too_many_rows_or_too_late_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is bounded."""
    with pytest.raises(Refusal) as caught:
        await passed(tmp_path, REGION_AGE, LARGE, deadline=0.0)
    assert Reason.DEADLINE_EXCEEDED is caught.value.reason
    monkeypatch.setattr(door, "MAX_ROWS", 3)
    with pytest.raises(Refusal) as caught:
        await passed(tmp_path, REGION_AGE, LARGE, LARGE)
    assert Reason.ANSWER_TOO_LARGE is caught.value.reason


KINDS = Page(
    2,
    (
        Column("a", Kind.STRING, ("样例𠮷", None)),
        Column("b", Kind.INTEGER, (1 << 40, None)),
        Column("c", Kind.BOOLEAN, (True, None)),
        Column("d", Kind.DATE, (date(2026, 2, 28), None)),
        Column("e", Kind.DECIMAL, ("12.50", None)),
        Column("f", Kind.SEALED, (b"\x00\xff", None)),
    ),
)


def test_pages_come_back_as_they_were_put_away(tmp_path: Path) -> None:
    """Every kind of column, in order, and the bytes are given back at the end."""
    room = DiskBudget(tmp_path, 10_000)
    with Spool(room, os.urandom) as spool:
        spool.add(KINDS)
        spool.add(page(LARGE))
        spool.rewind()
        assert [KINDS, page(LARGE)] == [spool.take(), spool.take()]
        with pytest.raises(RuntimeError, match="found none"):
            spool.take()
    room.take(10_000)


class Watched(DiskBudget):
    """A room whose files a test can read."""

    file: IO[bytes]

    def open_file(self) -> IO[bytes]:
        """Open a file and keep hold of it."""
        self.file = super().open_file()
        return self.file


def test_what_waits_is_not_readable_and_has_no_name(tmp_path: Path) -> None:
    """The key is in memory alone, and another spool has another key."""
    room = Watched(tmp_path)
    seen = []
    for _ in range(2):
        with Spool(room, os.urandom) as spool:
            spool.add(page([("510104样例", "70+", "clear-text")]))
            room.file.seek(0)
            seen.append(room.file.read())
            assert [] == list(tmp_path.iterdir())
    assert not any(b"clear-text" in octets or b"510104" in octets for octets in seen)
    assert seen[0] != seen[1]


def test_a_page_that_was_changed_while_it_waited_does_not_open(tmp_path: Path) -> None:
    """Nor one that stands in another's place."""
    room = Watched(tmp_path)
    with Spool(room, os.urandom) as spool:
        spool.add(page(LARGE))
        spool.add(page(LARGE))
        room.file.seek(0)
        octets = room.file.read()
        half = len(octets) // 2
        for changed in (octets[half:] + octets[:half], b"\x00" + octets[1:], octets[: half - 1]):
            room.file.seek(0)
            room.file.truncate()
            room.file.write(changed)
            spool.rewind()
            with pytest.raises(Refusal) as caught:
                spool.take()
            assert Reason.INTERNAL is caught.value.reason


def test_the_bytes_of_a_request_and_of_the_node_are_bounded(tmp_path: Path) -> None:
    """One request cannot fill the disk, nor can many."""
    with Spool(DiskBudget(tmp_path), os.urandom, most=100) as spool, pytest.raises(Refusal) as caught:
        spool.add(page(LARGE * 10))
    assert Reason.ANSWER_TOO_LARGE is caught.value.reason
    room = DiskBudget(tmp_path, 300)
    with Spool(room, os.urandom) as one, Spool(room, os.urandom) as other:
        one.add(page(LARGE))
        with pytest.raises(Refusal) as caught:
            other.add(page(LARGE * 2))
        assert Reason.OVERLOADED is caught.value.reason
    with Spool(room, os.urandom) as again:
        again.add(page(LARGE))


def test_a_disk_that_fails_refuses(tmp_path: Path) -> None:
    """Where pages cannot wait, none leaves."""
    with Spool(DiskBudget(tmp_path / "nowhere"), os.urandom) as spool, pytest.raises(Refusal) as caught:
        spool.add(page(LARGE))
    assert Reason.OVERLOADED is caught.value.reason


@pytest.mark.parametrize("numbers", [(0, 0), (0, 2), (1, 0), (1,), (-1,)])
async def test_pages_out_of_their_order_are_not_held(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    """A page that is missing or comes twice would count other rows than leave (mutants 31)."""

    async def cleared() -> AsyncIterator[ClearedPage]:
        for number in numbers:
            yield ClearedPage(page(LARGE), number, number == numbers[-1], "p" * 64)

    asked = asking([number(person) for person in range(2 * len(LARGE))])
    with pytest.raises(Refusal, match="expected page") as caught:
        _ = [held async for held in Gates(tmp_path, os.urandom).hold(asked, grant(of(REGION_AGE), COLUMNS), cleared())]
    assert Reason.INTERNAL is caught.value.reason
