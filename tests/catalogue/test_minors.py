"""An item says by what the age is told, and lets nothing of a minor leave that the law does not allow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.catalogue.minors import judge_minors, minor_default
from gateway.catalogue.schema import Faults, Table
from gateway.ground.item import CLOSED, PERSONAL, Field, Item, Kind, LegalClass, Level
from tests.samples import field, item

BORN = field("birth_date", Kind.DATE, Level.GENERALISE, to="year_month")


def _faults(of: Item) -> list[str]:
    faults = Faults()
    judge_minors(of, Table("x.toml", "", {}, faults))
    return [fault.path for fault in faults.found]


def _minor(of: Field, level: Level, **params: str | int) -> Item:
    return item(replace(of, minor_level=level, minor_params=tuple(sorted(params.items()))))


@pytest.mark.parametrize(
    "of",
    [
        replace(item(), age_from="none"),
        replace(item(), age_from="name"),
        replace(item(), age_from="never_declared"),
        replace(item(), age_from=""),
        replace(item(), age_from="card_status"),
        replace(item(), age_from="valid_to"),
        replace(item(), keys=tuple(replace(key, subject=False) for key in item().keys)),
        replace(item(field("birth_date")), age_from="birth_date"),
    ],
    ids=["none", "another key", "nothing", "empty", "text", "another date", "no subject", "birth as text"],
)
def test_a_personal_item_must_say_by_what_the_age_is_told(of: Item) -> None:
    """Neither silence nor a column that does not tell it will do: every record would count as an adult's."""
    assert ["age_from"] == _faults(of)


@pytest.mark.parametrize(
    "of",
    [
        item(),
        replace(item(BORN), age_from="birth_date"),
        replace(item(replace(BORN, name="day", hrss_code="AAC006")), age_from="day"),
        replace(item(replace(field("venue"), legal_class=LegalClass.NONE, minor_level=Level.CLEAR)), age_from="none"),
    ],
    ids=["identity number", "birth date", "birth by its code", "nothing personal"],
)
def test_an_item_that_says_it_has_no_fault(of: Item) -> None:
    """An identity number, a birth date by name or by code, or nothing personal at all."""
    assert [] == _faults(of)


@pytest.mark.parametrize(
    "of",
    [
        _minor(field("card_status"), Level.CLEAR),
        _minor(field("card_status"), Level.PARTIAL, keep_first=1, keep_last=0),
        _minor(field("day", Kind.DATE, Level.DATE_SHIFT, max_days=30), Level.DATE_SHIFT, max_days=30),
        _minor(field("amount", Kind.DECIMAL, Level.ROUND, to=10), Level.ROUND, to=100),
        _minor(BORN, Level.GENERALISE, to="year_month"),
        _minor(field("birth_date", Kind.DATE, Level.GENERALISE, to="year"), Level.GENERALISE, to="year_month"),
        _minor(field("card_status", level=Level.DROP), Level.REDACT),
        _minor(field("day", Kind.DATE), Level.REDACT),
        _minor(field("card_status"), Level.GENERALISE, to="never_declared"),
        _minor(field("card_status"), Level.KEYED_HASH, hash="md5"),
        _minor(field("card_status"), Level.FORBID),
    ],
    ids=["clear", "partial", "shift", "round", "same", "finer", "dropped", "kind", "unknown", "parameter", "forbidden"],
)
def test_a_level_that_is_not_stricter_for_a_minor_is_refused(of: Item) -> None:
    """It shows less than an adult's, is of the column's kind, and is a mask that there is."""
    assert "fields[0].minor" in _faults(of)


@pytest.mark.parametrize(
    "of",
    [
        _minor(field("card_status"), Level.DROP),
        _minor(field("card_status"), Level.REDACT),
        _minor(BORN, Level.GENERALISE, to="year"),
        _minor(field("region_code"), Level.GENERALISE, to="city"),
        _minor(replace(field("venue"), legal_class=LegalClass.BUSINESS), Level.CLEAR),
    ],
    ids=["withheld", "closed", "coarser", "coarser than clear", "not personal"],
)
def test_a_stricter_level_for_a_minor_has_no_fault(of: Item) -> None:
    """Withheld, closed, or coarser; what is not about a person leaves as it does of anybody."""
    assert [] == _faults(of)


@pytest.mark.parametrize("level", sorted(set(Level) - CLOSED))
@pytest.mark.parametrize("legal_class", sorted(PERSONAL))
def test_a_personal_field_of_a_minor_is_withheld_where_the_item_says_nothing(
    legal_class: LegalClass, level: Level
) -> None:
    """Whatever an adult's does, unless its level is closed."""
    assert (Level.DROP, ()) == minor_default(legal_class, level, (("to", "year"),))


@pytest.mark.parametrize("level", sorted(CLOSED))
def test_a_closed_level_is_a_minors_too(level: Level) -> None:
    """Its parameters stay with it."""
    assert (level, (("a", 1),)) == minor_default(LegalClass.SENSITIVE, level, (("a", 1),))


@pytest.mark.parametrize("legal_class", sorted(set(LegalClass) - PERSONAL))
def test_a_field_that_is_not_about_a_person_leaves_as_it_does(legal_class: LegalClass) -> None:
    """The rule is for personal information."""
    assert (Level.CLEAR, ()) == minor_default(legal_class, Level.CLEAR, ())
