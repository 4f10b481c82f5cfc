"""Claims about the masked page: built from the grant alone, or refused as a whole, with no value in the error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import pytest

from gateway.ground.clock import china_day
from gateway.ground.evidence import Column, Page, RawPage, Value
from gateway.ground.item import Item, Kind, Level
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.apply import mask
from gateway.masking.faults import PlanError
from gateway.masking.plans import Masking, Order, epoch_of
from tests.masking.pages import (
    FIELDS,
    ITEM,
    NAMES,
    ROOT,
    TODAY,
    context_of,
    grant_of,
    keys_of,
    masked_page,
    plan_of,
    raw_page,
    rows_of,
)
from tests.samples import arrival, ask, field, grant, item

ROWS = rows_of(Random(1), 30)


def _with(raw: RawPage, name: str, change: Callable[[Column], Column | None]) -> RawPage:
    columns = []
    for column in raw.page.columns:
        made = change(column) if column.name == name else column
        columns += [made] if made is not None else []
    return replace(raw, page=replace(raw.page, columns=tuple(columns)))


def test_the_page_has_the_grants_columns_in_its_order() -> None:
    """Columns stand as the grant asks for them, without those that are dropped."""
    asked = ("valid_to", "address", "name")
    fields = tuple(ITEM.field(name) for name in ("name", "address", "valid_to"))
    masked = mask(plan_of(), grant(ITEM, asked), raw_page(ROWS, fields), context_of(ROWS))
    assert ("valid_to", "name") == tuple(column.name for column in masked.page.columns)
    assert (30, 0, True) == (masked.page.rows, masked.number, masked.last)


def test_a_batch_and_its_single_rows_give_the_same_cells() -> None:
    """Nothing depends on the neighbours."""
    whole = masked_page(ROWS)
    single = [masked_page([row]) for row in ROWS]
    for at, column in enumerate(whole.page.columns):
        assert column.values == tuple(page.page.columns[at].values[0] for page in single)


def test_an_empty_page_stays_empty() -> None:
    """No rows give columns without cells."""
    assert {()} == {column.values for column in masked_page([]).page.columns}


def _value(value: Value) -> Callable[[Column], Column]:
    return lambda column: replace(column, values=(value, *column.values[1:]))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("fee", lambda column: None),
        ("fee", lambda column: replace(column, name="secret")),
        ("fee", lambda column: replace(column, name="name")),
        ("fee", lambda column: replace(column, kind=Kind.STRING)),
        ("fee", lambda column: replace(column, values=column.values[1:])),
        ("fee", lambda column: replace(column, values=list(column.values))),
        ("fee", _value("51999919600101001X")),
        ("fee", _value(5)),
        ("months", _value(True)),
        ("eligible", _value(1)),
        ("valid_to", _value(datetime(2026, 1, 1, tzinfo=UTC))),
        ("valid_to", _value("2026-01-01")),
        ("name", _value(b"51999919600101001X")),
        ("card_no", _value(12345678)),
        ("region_code", _value("51999919600101001X")),
        ("amount", _value("51999919600101001X")),
        ("birth_date", _value(date(2026, 11, 25))),
        ("phone", _value("51999919600101001X51999919600101")),
    ],
)
def test_any_doubt_refuses_the_page_without_telling_the_value(
    name: str, change: Callable[[Column], Column | None]
) -> None:
    """A column missing, renamed, doubled, of another kind, type or length, or with a value that no operator takes."""
    with pytest.raises(Refusal) as caught:
        mask(plan_of(), grant_of(), _with(raw_page(ROWS), name, change), context_of(ROWS))
    assert Reason.MASKING_FAILED is caught.value.reason
    assert "519999" not in str(caught.value)
    assert caught.value.__cause__ is None is caught.value.__context__


def test_an_extra_column_refuses_the_page() -> None:
    """What the grant does not name is not ignored: it should not have been fetched."""
    raw = raw_page(ROWS)
    more = replace(raw.page, columns=(*raw.page.columns, Column("extra", Kind.STRING, ("x",) * 30)))
    with pytest.raises(Refusal, match="expected the 21 columns of the grant, found 22 others"):
        mask(plan_of(), grant_of(), replace(raw, page=more), context_of(ROWS))


@pytest.mark.parametrize("change", [{"recipient": "510000/other"}, {"item_digest": "e" * 64}, {"fields": ()}])
def test_a_plan_serves_its_own_grant_alone(change: dict[str, object]) -> None:
    """A grant of another recipient or item, or of no fields, is refused."""
    other = replace(grant_of(), **change)  # type: ignore[arg-type]  # the test names fields of Grant
    with pytest.raises(Refusal) as caught:
        mask(plan_of(), other, raw_page(ROWS), context_of(ROWS))
    assert Reason.MASKING_FAILED is caught.value.reason


def test_a_field_outside_the_plan_refuses_the_page() -> None:
    """A grant that names a field that the item does not declare gets nothing of it."""
    raw = RawPage(Page(1, (Column("other", Kind.STRING, ("x",)),)), 0, 0, last=True)
    with pytest.raises(Refusal, match="found an undeclared one"):
        mask(plan_of(), grant(ITEM, ("other",)), raw, context_of(ROWS))


def test_the_day_turns_in_china() -> None:
    """16:00 UTC is midnight of the next day in China Standard Time."""
    before = int(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
    assert (date(2026, 12, 31), date(2027, 1, 1)) == (china_day(before), china_day(before + 1_000_000))
    assert "2027" == epoch_of(china_day(before + 1_000_000))


def order(of: Item = ITEM, **changes: object) -> Order:
    """Make what plans of the sample grant are compiled for."""
    made = Order(of, "d" * 64, "500000/cq-hrss", ("counter-check",), tuple(each.name for each in of.fields))
    return replace(made, **changes)  # type: ignore[arg-type]  # the test names fields of Order


def test_the_door_masks_by_the_exchanges_own_day_and_scene() -> None:
    """The plan of the grant, the scene and the epoch is used, and kept."""
    masking = Masking(ROOT, [order()], TODAY)
    asked = ask(keys=keys_of(ROWS))
    first = masking.mask(arrival(asked), grant_of(), raw_page(ROWS))
    assert masked_page(ROWS) == first
    assert masking.plan(grant_of(), "counter-check", TODAY) is masking.plan(grant_of(), "counter-check", TODAY)
    later = arrival(asked, now_us=1_830_000_000_000_000)
    phones = [page.page.column("phone").values for page in (first, masking.mask(later, grant_of(), raw_page(ROWS)))]
    assert {None} >= set(phones[0]) & set(phones[1])


def test_all_plans_are_compiled_at_the_start() -> None:
    """One a scene; none is made while a record waits."""
    masking = Masking(ROOT, [order(scenes=("counter-check", "card-service"))], TODAY)
    plans = {scene: masking.plan(grant_of(), scene, TODAY) for scene in ("counter-check", "card-service")}
    assert plans == {scene: plan for (_, _, scene), plan in masking.plans.items()}


@pytest.mark.parametrize("change", [{"item_digest": "e" * 64}, {"recipient": "500000/cq-other"}, {"scenes": ("x",)}])
def test_the_door_has_no_plan_for_what_is_not_granted(change: dict[str, object]) -> None:
    """A fault of the plan is a refusal, not a defect."""
    masking = Masking(ROOT, [order(ITEM, **change)], TODAY)
    with pytest.raises(Refusal, match="none in force") as caught:
        masking.mask(arrival(), grant_of(), raw_page(ROWS))
    assert Reason.MASKING_FAILED is caught.value.reason


def test_the_door_does_not_open_on_an_item_that_cannot_be_masked() -> None:
    """Nor on two items whose masks one recipient can put together."""
    with pytest.raises(PlanError, match="expected a masked identity number"):
        Masking(ROOT, [order(item(field("social_security_no")))], TODAY)
    one = item(field("phone", Kind.STRING, Level.PARTIAL, keep_first=2, keep_last=0))
    other = item(field("phone", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=2))
    spliced = order(replace(other, code="CY-ID-03"), item_digest="e" * 64)
    with pytest.raises(PlanError, match=r"expected the same mask as of CY-ID-02\.phone"):
        Masking(ROOT, [order(one), spliced], TODAY)
    assert 2 == len(Masking(ROOT, [order(one), replace(spliced, recipient="500000/cq-other")], TODAY).plans)


def test_no_identifying_cell_leaves_as_it_came() -> None:
    """No cell of a partly shown, pseudonymous or generalised column equals its raw cell."""
    rows = rows_of(Random(2), 50, nulls=0)
    masked = masked_page(rows)
    assert set(NAMES) - {"address"} == {column.name for column in masked.page.columns}
    for each in FIELDS:
        if each.level in (Level.PARTIAL, Level.PSEUDONYM) or each.name in ("birth_date", "issue_date", "amount"):
            cells = masked.page.column(each.name).values
            assert not [at for at, row in enumerate(rows) if row[each.name] == cells[at] != "0"]


@pytest.mark.parametrize("cells", [0, 29, 31])
def test_an_operator_that_gives_another_number_of_cells_refuses_the_page(cells: int) -> None:
    """A cell too few or too many would put one person's cell into another's row (mutants 31)."""
    plan = plan_of()
    steps = dict(plan.steps)
    steps["card_no"] = replace(steps["card_no"], operator=lambda values, context: ("***",) * cells)
    with pytest.raises(Refusal, match=f"expected 30 masked cells, found {cells}") as caught:
        mask(replace(plan, steps=steps), grant_of(), raw_page(ROWS), context_of(ROWS))
    assert Reason.MASKING_FAILED is caught.value.reason
