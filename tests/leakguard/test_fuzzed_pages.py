"""Claims about pages with a fault injected: whatever masking or a platform does, nothing of it is cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from gateway.evidence import Column, MaskedPage, Page, Value
from gateway.item import Kind, Level
from gateway.leakguard.examine import LONGEST
from gateway.leakguard.found import LeakFound
from gateway.leakguard.inspection import Guard
from tests.masking.pages import FIELDS, ITEM, TODAY, grant_of, keys_of, masked_page, raw_page, rows_of

GUARD = Guard(ITEM)
MASKED = tuple(each.name for each in FIELDS if each.level not in (Level.CLEAR, Level.DROP) and not each.codes)
TOLD = ("social_security_no", "phone", "bank_account", "card_no")
Rows = list[dict[str, Value]]


def drifted(random: Random, rows: Rows, masked: MaskedPage) -> MaskedPage:
    """A descriptor that drifted: two columns have changed places, or names, or a column is there twice."""
    columns = list(masked.page.columns)
    one, other = random.sample(range(len(columns)), 2)
    how = random.randrange(3)
    if how == 0:
        columns[one], columns[other] = columns[other], columns[one]
    elif how == 1:
        columns[one] = replace(columns[one], name=columns[other].name)
    else:
        columns.insert(other, columns[one])
    return replace(masked, page=replace(masked.page, columns=tuple(columns)))


def unmasked(random: Random, rows: Rows, masked: MaskedPage) -> MaskedPage:
    """A masker that failed midway and left one column as it came."""
    raw = {name: tuple(str(row[name]) for row in rows) for name in MASKED}
    name = random.choice([name for name in MASKED if raw[name] != masked.page.column(name).values])
    return _with(masked, name, Kind.STRING, raw[name])


def retyped(random: Random, rows: Rows, masked: MaskedPage) -> MaskedPage:
    """A column of another type."""
    column = random.choice(masked.page.columns)
    kind = random.choice([kind for kind in Kind if kind is not column.kind])
    return _with(masked, column.name, kind, column.values)


def shortened(random: Random, rows: Rows, masked: MaskedPage) -> MaskedPage:
    """A column with a cell too few, or a page that says so."""
    column = random.choice(masked.page.columns)
    if random.random() < 0.5:
        return _with(masked, column.name, column.kind, column.values[1:])
    return replace(masked, page=Page(len(rows) + 1, masked.page.columns))


def told(random: Random, rows: Rows, masked: MaskedPage) -> MaskedPage:
    """A token of another person, in a column that shows a form."""
    name = random.choice(MASKED)
    value = str(rows[0][random.choice(TOLD)])
    column = masked.page.column(name)
    return _with(masked, name, Kind.STRING, (value, *map(str, column.values[1:])))


def _with(masked: MaskedPage, name: str, kind: Kind, values: tuple[Value, ...]) -> MaskedPage:
    columns = tuple(Column(name, kind, values) if each.name == name else each for each in masked.page.columns)
    return replace(masked, page=replace(masked.page, columns=columns))


FAULTS: tuple[Callable[[Random, Rows, MaskedPage], MaskedPage], ...] = (drifted, unmasked, retyped, shortened, told)


def blocked(pages: int, seed: int) -> int:
    """Inject one fault into each of so many pages; return how many are blocked."""
    random, count = Random(seed), 0
    rows = rows_of(random, 2, nulls=0)
    masked, raw, keys = masked_page(rows), raw_page(rows), keys_of(rows)
    for at in range(pages):
        if at % 20 == 0:
            rows = rows_of(random, random.randrange(1, 4), nulls=0)
            masked, raw, keys = masked_page(rows), raw_page(rows), keys_of(rows)
        broken = FAULTS[at % len(FAULTS)](random, rows, masked)
        try:
            GUARD.inspect(grant_of(), keys, raw, broken, TODAY)
        except LeakFound:
            count += 1
    return count


def test_ten_thousand_pages_with_a_fault_are_blocked() -> None:
    """Drift, a mask that did nothing, another type, another shape, a value in place of its form."""
    assert 10_000 == blocked(10_000, 1)


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_million_pages_with_a_fault_are_blocked() -> None:
    """The long form of the same."""
    assert 1_000_000 == sum(blocked(100_000, seed) for seed in range(10))


@pytest.mark.parametrize("size", [LONGEST + 1, 64 << 20])
def test_a_cell_beyond_any_size_is_blocked(size: int) -> None:
    """64 MiB in one cell are not looked through, and do not leave."""
    rows = rows_of(Random(2), 2, nulls=0)
    rows[1]["remark"] = "x" * size
    with pytest.raises(LeakFound, match="column remark"):
        GUARD.inspect(grant_of(), keys_of(rows), raw_page(rows), masked_page(rows), TODAY)
