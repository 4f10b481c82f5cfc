"""The synthetic person of an explanation: values of the right form that are nobody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.catalogue.loader import load_items
from gateway.cli.items.sample import ADULT_BORN, CHILD_AGE, choose_child_birthday, make_number, make_sample
from gateway.ground.evidence import Value
from gateway.ground.item import Field, Item, Kind, Level
from tests.samples import field

TYPES: dict[Kind, type] = {Kind.STRING: str, Kind.INTEGER: int, Kind.BOOLEAN: bool, Kind.DATE: date, Kind.DECIMAL: str}


@pytest.mark.parametrize("item", load_items(), ids=lambda item: item.code)
def test_every_field_of_a_shipped_item_has_a_value_of_its_kind(item: Item) -> None:
    """No example of an explanation is empty, and a code is one of the field's own."""
    for one in item.fields:
        sample = make_sample(one, ADULT_BORN)
        assert TYPES[one.kind] is type(sample), one.name
        assert not one.codes or sample in one.codes


@pytest.mark.parametrize(("born", "day"), [(ADULT_BORN, "19600515"), (date(2016, 2, 29), "20160229")])
def test_a_number_is_of_a_region_that_is_assigned_to_nobody(born: date, day: str) -> None:
    """It bears the birthday, and its check digit holds (GB 11643)."""
    number = make_number(born)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True)) % 11
    assert ("519999", day) == (number[:6], number[6:14])
    assert "10X98765432"[remainder] == number[17]


def test_the_child_is_under_fourteen_all_the_year() -> None:
    """Whatever day the command is run."""
    for today in (date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)):
        born = choose_child_birthday(today)
        assert CHILD_AGE == today.year - born.year
        assert CHILD_AGE < 14


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (field("birth_date", Kind.DATE), ADULT_BORN),
        (field("valid_to", Kind.DATE), date(2015, 10, 1)),
        (field("id_no"), make_number(ADULT_BORN)),
        (field("diagnosis", to="icd_chapter"), "J18.900"),
        (field("phone"), "10012345678"),
        (field("bank_account"), "9999980012345678901"),
        (field("remark"), "样例说明"),
        (field("level_of_care"), "样例值"),
        (field("months", Kind.INTEGER), 186),
        (replace(field("sex"), codes=("2", "1")), "2"),
        (replace(field("paid", Kind.INTEGER, Level.CLEAR), codes=("5",)), "5"),
    ],
    ids=lambda value: value.name if isinstance(value, Field) else None,
)
def test_a_sample_is_what_the_field_tells(one: Field, expected: Value) -> None:
    """By its codes first, then by its kind, then by its datum."""
    assert expected == make_sample(one, ADULT_BORN)
