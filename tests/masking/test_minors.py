"""Claims about records of people under 14, and of unknown age: the stricter level, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Column, Page, Value
from gateway.ground.item import NO_AGE, Field, Kind, LegalClass, Level
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.inspection import Guard
from gateway.leakguard.minors import minors_of
from gateway.masking.ages import by_birth_date, by_number
from gateway.masking.apply import mask
from gateway.masking.context import Context
from gateway.masking.faults import PlanError
from tests.masking.pages import (
    FIELDS,
    ITEM,
    TODAY,
    context_of,
    grant_of,
    identity_number,
    keys_of,
    masked_page,
    plan_of,
    raw_page,
    rows_of,
)
from tests.samples import field, item

Row = dict[str, Value]
FOURTEEN = date(2012, 11, 23)
"""The birthday of who turned 14 the day before `TODAY`: the youngest that is no minor."""
ADULTS = rows_of(Random(7), 6, nulls=0)
WITHHELD = tuple(each.name for each in FIELDS if each.minor_level is Level.DROP and each.level is not Level.DROP)


def born(day: date) -> Row:
    """Make a row of the sample item about somebody born on a day."""
    number = identity_number(Random(1), day)
    return ADULTS[0] | {"person_ref": number, "social_security_no": number, "birth_date": day, "senior": day}


@pytest.mark.parametrize(
    ("minor", "number"),
    [
        (False, "519999201211230010"),
        (True, "519999201211240010"),
        (True, "519999201211250010"),
        (False, "51999919600101001x"),
        (False, "519999600101001"),
        (False, "519999991231001"),
        (True, "519999202711250010"),
        (True, "519999201302300010"),
        (True, "519999196013010010"),
        (True, "5199991960010100"),
        (True, "５１９９９９１９６００１０１００１０"),
        (True, "519999196001010O10"),
        (True, "51999919600101001"),
        (True, "999999999999999999"),
        (True, "519999000001010010"),
        (True, " 519999196001010013"),
        (True, ""),
        (True, None),
    ],
)
def test_who_cannot_be_shown_to_be_fourteen_is_a_minor(minor: bool, number: str | None) -> None:
    """A12d: the day of the fourteenth birthday is a minor's; another form tells no age. Both rooms agree."""
    assert ((minor,) if minor else ()) == by_number((number,), TODAY)
    keys = Page(1, (Column("social_security_no", Kind.STRING, (number,)),))
    assert (minor,) == minors_of(item(), keys, raw_page([{"card_status": "x", "valid_to": None}], item().fields), TODAY)


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_both_rooms_agree_on_every_birthday(birth: date, today: date) -> None:
    """The twenty-ninth of February too."""
    of = replace(item(field("birth_date", Kind.DATE), subjects=False), age_from="birth_date", keys=())
    raw = raw_page([{"birth_date": birth}], of.fields)
    theirs = minors_of(of, Page(1, ()), raw, today)
    assert theirs == (by_birth_date((birth,), today) or (False,))
    number = identity_number(Random(1), birth)
    assert theirs == (by_number((number,), today) or (False,))


def test_a_page_without_minors_says_so_at_once() -> None:
    """Nothing is decided row by row then."""
    assert () == by_number(tuple(str(row["person_ref"]) for row in ADULTS), TODAY)
    assert () == by_birth_date((FOURTEEN, date(1930, 1, 1)), TODAY)
    assert (False, True, True) == by_birth_date((FOURTEEN, FOURTEEN + timedelta(1), None), TODAY)


def test_a_minors_cells_are_withheld_beside_the_cells_of_others() -> None:
    """Row by row in one page: what is open is null, what is closed is as it is of anybody."""
    rows: list[Row] = [*ADULTS[:3], born(FOURTEEN + timedelta(1)), *ADULTS[3:]]
    page = masked_page(rows).page
    others = masked_page([row for at, row in enumerate(rows) if at != 3]).page
    alone = masked_page([rows[3]]).page
    for column in page.columns:
        assert others.column(column.name).values == column.values[:3] + column.values[4:]
        assert alone.column(column.name).values == (column.values[3],)
        assert (column.name in WITHHELD) is (column.values[3] is None)
    assert {"name", "remark", "region_code", "birth_date"} <= set(WITHHELD)
    assert {"phone", "eligible", "contact"}.isdisjoint(WITHHELD)


def test_a_minors_own_level_is_used_where_the_item_has_one() -> None:
    """Coarser than for others, in a column of the same kind."""
    region = replace(field("region_code"), minor_level=Level.GENERALISE, minor_params=(("to", "city"),))
    of = item(region)
    numbers = ("519999196001010013", "519999202001010010")
    rows: list[Row] = [{"region_code": "510104", "person_ref": number} for number in numbers]
    raw = raw_page(rows, of.fields)
    masked = mask(plan_of(of), grant_of(of), raw, context_of(rows))
    assert ("510104", "510100") == masked.page.columns[0].values
    assert masked.page == Guard(of).inspect(grant_of(of), keys_of(rows), raw, masked, TODAY).page


def test_a_page_about_nobody_that_is_known_is_a_minors_throughout() -> None:
    """Without the column or the keys that tell the age, nobody's is known."""
    of = replace(item(field("state"), field("birth_date", Kind.DATE)), age_from="birth_date")
    raw = raw_page([{"state": "active"}], of.fields[:1])
    masked = mask(plan_of(of), grant_of(replace(of, fields=of.fields[:1])), raw, Context(TODAY))
    assert (None,) == masked.page.columns[0].values
    by_key = item(field("state"))
    masked = mask(plan_of(by_key), grant_of(by_key), raw_page([{"state": "active"}], by_key.fields), Context(TODAY))
    assert (None,) == masked.page.columns[0].values


def test_what_is_nobodys_leaves_alike() -> None:
    """A directory has no minors; a field that is not about the person is not withheld."""
    public = replace(field("venue_name"), legal_class=LegalClass.NONE, minor_level=Level.CLEAR)
    directory = replace(item(public, subjects=False), age_from=NO_AGE)
    raw = raw_page([{"venue_name": "样例馆"}], directory.fields)
    assert ("样例馆",) == mask(plan_of(directory), grant_of(directory), raw, Context(TODAY)).page.columns[0].values


@pytest.mark.parametrize(
    ("expected", "wrong", "age_from"),
    [
        ("what tells the age", field("state"), NO_AGE),
        ("one of drop", replace(field("state"), minor_level=Level.CLEAR), "social_security_no"),
        (
            "one of drop",
            replace(field("state"), minor_level=Level.PARTIAL, minor_params=(("keep_first", 1), ("keep_last", 1))),
            "social_security_no",
        ),
        (
            "a minor's cell of the kind string",
            replace(field("state"), minor_level=Level.PREDICATE, minor_params=(("question", "is_present"),)),
            "social_security_no",
        ),
        (
            "a minor's cell of the kind string",
            replace(field("state", Kind.STRING, Level.DROP), minor_level=Level.PSEUDONYM),
            "social_security_no",
        ),
    ],
)
def test_a_plan_that_does_not_protect_minors_is_none(expected: str, wrong: Field, age_from: str) -> None:
    """It does not compile, so that the node does not start."""
    with pytest.raises(PlanError, match=expected):
        plan_of(replace(item(wrong), age_from=age_from))


@pytest.mark.parametrize("name", WITHHELD)
def test_the_guard_blocks_what_is_withheld_of_a_minor(name: str) -> None:
    """Even in a form that would be right for anybody else."""
    rows: list[Row] = [*ADULTS[:2], born(FOURTEEN + timedelta(1))]
    raw, masked = raw_page(rows), masked_page(rows)
    as_others = masked_page([ADULTS[0] | {"person_ref": "519999196001010013"}]).page.column(name).values
    columns = tuple(
        replace(column, values=column.values[:2] + as_others) if column.name == name else column
        for column in masked.page.columns
    )
    leaky = replace(masked, page=replace(masked.page, columns=columns))
    with pytest.raises(LeakFound) as caught:
        Guard(ITEM).inspect(grant_of(), keys_of(rows), raw, leaky, TODAY)
    assert (name, Detector.MINOR) == (caught.value.column, caught.value.detector)


def test_the_guard_blocks_what_is_withheld_of_others() -> None:
    """A clear cell that is null though the person is no minor was altered."""
    masked = masked_page(ADULTS)
    columns = tuple(
        replace(column, values=(None, *column.values[1:])) if column.name == "state" else column
        for column in masked.page.columns
    )
    with pytest.raises(LeakFound, match="column state: altered"):
        Guard(ITEM).inspect(
            grant_of(),
            keys_of(ADULTS),
            raw_page(ADULTS),
            replace(masked, page=replace(masked.page, columns=columns)),
            TODAY,
        )


def test_masked_pages_with_minors_are_cleared() -> None:
    """The guard works out the same rows by itself."""
    random = Random(11)
    for _ in range(200):
        rows = rows_of(random, random.randrange(1, 8))
        for at in range(len(rows)):
            if random.random() < 0.4:
                rows[at] = born(FOURTEEN + timedelta(random.randrange(-3, 4)))
        cleared = Guard(ITEM).inspect(grant_of(), keys_of(rows), raw_page(rows), masked_page(rows), TODAY)
        assert masked_page(rows).page == cleared.page


@given(
    st.lists(
        st.sampled_from(
            (
                "519999196001010013",
                "51999919600101001x",
                "519999600101001",
                "",
                None,
                "519999202001010010",
                "519999196013010010",
                "５19999196001010013",
            )
        ),
        max_size=6,
    )
)
def test_a_column_of_numbers_is_judged_as_its_rows_are(numbers: list[str | None]) -> None:
    """A row is a minor's whatever stands beside it."""
    alone = tuple(by_number((number,), TODAY) == (True,) for number in numbers)
    assert (alone if True in alone else ()) == by_number(tuple(numbers), TODAY)
