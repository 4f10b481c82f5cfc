"""Faults that are injected into a page on its way: in what the platform gives, before the masks, in them, and after.

Each takes a way that is in order and returns it with one thing wrong; `FAULTS` says which refusals may follow, and no
other may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any, Final

from gateway.ground.evidence import Column, MaskedPage, Page, RawPage, Value
from gateway.ground.item import Kind, Level
from gateway.ground.refusals import Reason
from gateway.masking.context import Context
from gateway.masking.plan import Plan
from tests.masking.pages import FIELDS, NAMES, plan_of

MASKED: Final = tuple(each.name for each in FIELDS if each.level not in (Level.CLEAR, Level.DROP) and not each.codes)
LEAVING: Final = tuple(each.name for each in FIELDS if each.level is not Level.DROP)
CODED: Final = tuple(each.name for each in FIELDS if each.codes)
TEXTS: Final = tuple(each.name for each in FIELDS if each.kind is Kind.STRING and not each.codes)
OPEN: Final = ("remark", "bank_code")
"""Texts that leave as they stand."""
CHANGED: Final = tuple(name for name in MASKED if name not in ("eligible", "region_code", "amount"))
"""Fields whose mask changes every value; a truth value, a province's code and an amount of 0 are their own masks."""
TOLD: Final = ("social_security_no", "phone", "bank_account", "card_no")
PAGE_ROWS: Final = 4
"""The most rows that a page may have."""
BODY: Final = "x" * (64 << 20)
"""A text of 64 MiB."""
PLAN: Final = plan_of()
Rows = list[dict[str, Value]]
Cells = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """A page on its way: what the platform gives, and what is done to the page before, in and after the masks."""

    rows: Rows
    given: Cells
    fetched: Callable[[RawPage], RawPage]
    plan: Plan
    masked: Callable[[MaskedPage], MaskedPage]


def in_order(rows: Rows) -> Way:
    """The way of rows to which nothing happens."""
    given = {name: [row[name] for row in rows] for name in NAMES}
    return Way(rows, given, lambda raw: raw, PLAN, lambda masked: masked)


# what the platform gives


def undeclared(random: Random, way: Way) -> Way:
    """A descriptor that drifted: a field more, by a new name or by what is somebody's number."""
    value = way.rows[0][random.choice(TOLD)]
    return _given(way, {**way.given, random.choice(("id_card", "photo", str(value))): [value] * len(way.rows)})


def renamed(random: Random, way: Way) -> Way:
    """A field by another name, or none in its place."""
    name = random.choice(NAMES)
    left = {each: cells for each, cells in way.given.items() if each != name}
    return _given(way, {**left, f"{name}_2": way.given[name]} if random.random() < 0.5 else left)


def retyped_cell(random: Random, way: Way) -> Way:
    """A cell of a type that its field has not, the kin of the right one included."""
    name = random.choice(NAMES)
    value = way.given[name][0]
    others = (
        str(value).encode(),
        {"value": value},
        [value],
        1.5,
        float("nan"),
        object(),
        datetime(2026, 11, 24),
        Kin("x"),
    )
    kin = True if type(value) is int else 7 if type(value) is bool else "true" if type(value) is not str else 7
    return _given(way, {**way.given, name: [random.choice((*others, kin)), *way.given[name][1:]]})


def ragged(random: Random, way: Way) -> Way:
    """A field with a cell too many or too few."""
    name = random.choice(NAMES)
    cells = way.given[name]
    return _given(way, {**way.given, name: cells[1:] if random.random() < 0.5 else [*cells, cells[0]]})


def uncoded(random: Random, way: Way) -> Way:
    """A code that the item does not know: a number in place of a state."""
    name = random.choice(CODED)
    return _given(way, {**way.given, name: [way.rows[0][random.choice(TOLD)], *way.given[name][1:]]})


def oversize(random: Random, way: Way) -> Way:
    """A body of 64 MiB, in whatever text."""
    name = random.choice(TEXTS)
    return _given(way, {**way.given, name: [BODY, *way.given[name][1:]]})


def overlong(random: Random, way: Way) -> Way:
    """More rows than a page may have."""
    times = PAGE_ROWS // len(way.rows) + random.randrange(1, 3)
    return _given(way, {name: cells * times for name, cells in way.given.items()})


class Kin(str):
    """A text that is no plain one."""


def _given(way: Way, given: Cells) -> Way:
    return replace(way, given=given)


# before the masks, as if step 4 had let it through


def drifted_raw(random: Random, way: Way) -> Way:
    """A column that is undeclared, twice, missing, of another kind, or with a cell of another type."""
    how, at, other = random.randrange(5), random.randrange(len(NAMES)), random.randrange(len(NAMES))

    def fetched(raw: RawPage) -> RawPage:
        columns = list(raw.page.columns)
        one = columns[at]
        match how:
            case 0:
                columns.insert(other, replace(one, name=str(way.rows[0]["phone"])))
            case 1:
                columns.append(one)
            case 2:
                del columns[at]
            case 3:
                columns[at] = replace(one, kind=random.choice([kind for kind in Kind if kind is not one.kind]))
            case _:
                columns[at] = replace(one, values=(Kin("x"), *one.values[1:]))
        return replace(raw, page=replace(raw.page, columns=tuple(columns)))

    return replace(way, fetched=fetched)


def oversize_raw(random: Random, way: Way) -> Way:
    """64 MiB in a text that leaves as it stands."""
    name = random.choice(OPEN)

    def fetched(raw: RawPage) -> RawPage:
        cells = (BODY, *raw.page.column(name).values[1:])
        return replace(raw, page=_with(raw.page, name, Kind.STRING, cells))

    return replace(way, fetched=fetched)


# in the masks


def raising(random: Random, way: Way) -> Way:
    """A masker that raises, with the very value in its words."""
    defects = (
        *(ValueError, KeyError, TypeError, IndexError, ZeroDivisionError, AssertionError, RuntimeError, RecursionError),
        *(MemoryError, OverflowError, NotImplementedError, OSError, StopIteration),
    )
    defect = random.choice(defects)

    def operator(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
        raise defect(values[0])

    return _masking(random, way, operator)


def miscounting(random: Random, way: Way) -> Way:
    """A masker that returns a cell too many or too few."""
    more = random.random() < 0.5
    return _masking(random, way, lambda values, context: ("***",) * (len(values) + (1 if more else -1)))


def idle(random: Random, way: Way) -> Way:
    """A masker that does nothing, where the mask would have changed the value."""
    return _masking(random, way, lambda values, context: values, random.choice(CHANGED))


def _masking(random: Random, way: Way, operator: Callable[..., Any], name: str = "") -> Way:
    name = name or random.choice(LEAVING)
    steps = {**way.plan.steps, name: replace(way.plan.steps[name], operator=operator)}
    return replace(way, plan=replace(way.plan, steps=steps))


# after the masks


def drifted(random: Random, way: Way) -> Way:
    """Two columns have changed places, or names, or a column is there twice, or one more that nobody declared."""
    one, other = random.sample(range(len(LEAVING)), 2)
    how = random.randrange(4)

    def masked(made: MaskedPage) -> MaskedPage:
        columns = list(made.page.columns)
        match how:
            case 0:
                columns[one], columns[other] = columns[other], columns[one]
            case 1:
                columns[one] = replace(columns[one], name=columns[other].name)
            case 2:
                columns.insert(other, columns[one])
            case _:
                columns.insert(other, replace(columns[one], name=str(way.rows[0]["phone"])))
        return replace(made, page=replace(made.page, columns=tuple(columns)))

    return replace(way, masked=masked)


def unmasked(random: Random, way: Way) -> Way:
    """One column as it came, in text."""
    names = random.sample(MASKED, len(MASKED))

    def masked(made: MaskedPage) -> MaskedPage:
        raw = {name: tuple(str(row[name]) for row in way.rows) for name in names}
        name = next(name for name in names if raw[name] != made.page.column(name).values)
        return replace(made, page=_with(made.page, name, Kind.STRING, raw[name]))

    return replace(way, masked=masked)


def retyped(random: Random, way: Way) -> Way:
    """A column of another kind."""
    name = random.choice(LEAVING)
    kinds = random.sample(list(Kind), 2)

    def masked(made: MaskedPage) -> MaskedPage:
        column = made.page.column(name)
        kind = next(kind for kind in kinds if kind is not column.kind)
        return replace(made, page=_with(made.page, name, kind, column.values))

    return replace(way, masked=masked)


def shortened(random: Random, way: Way) -> Way:
    """A column with a cell too few, or a page that says so."""
    name, whole = random.choice(LEAVING), random.random() < 0.5

    def masked(made: MaskedPage) -> MaskedPage:
        column = made.page.column(name)
        page = replace(made.page, rows=made.page.rows + 1)
        return replace(made, page=page if whole else _with(made.page, name, column.kind, column.values[1:]))

    return replace(way, masked=masked)


def told(random: Random, way: Way) -> Way:
    """A number of the person, in a column that shows a form."""
    name, value = random.choice(MASKED), str(way.rows[0][random.choice(TOLD)])

    def masked(made: MaskedPage) -> MaskedPage:
        cells = (value, *map(str, made.page.column(name).values[1:]))
        return replace(made, page=_with(made.page, name, Kind.STRING, cells))

    return replace(way, masked=masked)


def _with(page: Page, name: str, kind: Kind, values: tuple[Value, ...]) -> Page:
    columns = tuple(Column(name, kind, values) if each.name == name else each for each in page.columns)
    return replace(page, columns=columns)


FAULTS: Final[Mapping[Callable[[Random, Way], Way], Reason]] = {
    undeclared: Reason.PLATFORM_ANSWER_INVALID,
    renamed: Reason.PLATFORM_ANSWER_INVALID,
    retyped_cell: Reason.PLATFORM_ANSWER_INVALID,
    ragged: Reason.PLATFORM_ANSWER_INVALID,
    uncoded: Reason.PLATFORM_CODE_UNMAPPED,
    oversize: Reason.PLATFORM_ANSWER_INVALID,
    overlong: Reason.ANSWER_TOO_LARGE,
    drifted_raw: Reason.MASKING_FAILED,
    oversize_raw: Reason.LEAK_BLOCKED,
    raising: Reason.MASKING_FAILED,
    miscounting: Reason.MASKING_FAILED,
    idle: Reason.LEAK_BLOCKED,
    drifted: Reason.LEAK_BLOCKED,
    unmasked: Reason.LEAK_BLOCKED,
    retyped: Reason.LEAK_BLOCKED,
    shortened: Reason.LEAK_BLOCKED,
    told: Reason.LEAK_BLOCKED,
}
"""Each fault with the reason for which its page must be refused."""
