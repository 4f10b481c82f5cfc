"""Claims about whom the guard takes for a minor: everybody of whom nothing tells that fourteen years are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.ground.evidence import Column, Page, RawPage, Value
from gateway.ground.item import Kind
from gateway.leakguard.minors import minors_of
from tests.masking.pages import TODAY
from tests.samples import NUMBER, field, item

BORN = replace(item(field("birth_date", Kind.DATE), field("card_status")), age_from="birth_date")
GROWN = date(1960, 1, 1)


def page(*names: str, rows: int = 2, cell: Value = GROWN) -> Page:
    """Make a page of so many equal rows."""
    return Page(rows, tuple(Column(name, Kind.DATE, (cell,) * rows) for name in names))


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ((False, False), page("birth_date")),
        ((True, True), page("card_status")),
        ((True, True), page()),
        ((True, True), replace(page("birth_date"), rows=2, columns=page("birth_date", rows=1).columns)),
        ((True, True), page("birth_date", cell=None)),
    ],
    ids=["told", "without the column", "without columns", "short", "empty"],
)
def test_where_the_age_is_not_told_everybody_counts_as_a_minor(expected: tuple[bool, ...], given: Page) -> None:
    """A page without the column of the age, or with fewer cells than rows, is nobody's of full age (mutants 19)."""
    assert expected == minors_of(BORN, page(), RawPage(given, 0, 0, last=True), TODAY)


def test_a_question_without_the_key_that_tells_the_age_is_about_minors() -> None:
    """The same where the number that was asked for tells it."""
    keys = Page(2, (Column("social_security_no", Kind.STRING, (NUMBER,) * 2),))
    raw = RawPage(page("card_status"), 0, 0, last=True)
    assert (False, False) == minors_of(item(), keys, raw, TODAY)
    assert (True, True) == minors_of(item(), replace(keys, columns=()), raw, TODAY)
    assert (True, True) == minors_of(item(), keys, replace(raw, first=1), TODAY)
