"""What an answer may say of a row and of an empty cell: one outcome, one reason, and what its item shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.ground.evidence import CellReason, Column, Page
from gateway.ground.item import Gate, Item, Kind, Level, OnFailure, Outcome
from gateway.ground.outcomes import MERGED, count_outcomes, faults_of, shown_as
from tests.samples import LABEL, field, item

NONE, DECLARED, MINOR, GATE, UNANSWERED = CellReason
FOUND, NO_MATCH = Outcome.FOUND, Outcome.NO_MATCH
GATED = Gate(("state",), 2, "", 1, OnFailure.SUPPRESS, protects=LABEL)
ITEM = item(field("state"), replace(field("sum", Kind.INTEGER), minor_level=Level.PREDICATE))


def page(*rows: tuple[Outcome, str | None, CellReason], later_at_s: int = 0) -> Page:
    """Make a page of one column: of each row its outcome, its cell, and why that is null."""
    outcomes, cells, reasons = zip(*rows, strict=True)
    column = Column("state", Kind.STRING, cells, reasons if None in cells else ())
    return Page(len(rows), (column,), outcomes, later_at_s)


def faults(of: Page, under: Item = ITEM) -> list[str]:
    """All that is wrong with a page."""
    return [*faults_of(under, of)]


def test_a_page_that_says_what_its_item_lets_it_say_is_in_order() -> None:
    """Found, found without a value, found and withheld of a minor, not found, later."""
    rows = (
        (FOUND, "a", NONE),
        (FOUND, None, DECLARED),
        (FOUND, None, MINOR),
        (NO_MATCH, None, UNANSWERED),
        (Outcome.LATER, None, UNANSWERED),
    )
    assert [] == faults(page(*rows, later_at_s=1))
    assert [] == faults(page((FOUND, "a", NONE)))
    assert [] == faults(Page(1, (Column("state", Kind.STRING, ("a",)),)), item(field("state"), subjects=False))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (Page(1, (Column("state", Kind.STRING, ("a",)),)), "older release"),
        (replace(page((FOUND, "a", NONE)), outcomes=(FOUND, FOUND)), "expected 1 outcomes"),
        (page((NO_MATCH, "a", NONE)), "for each null"),
        (page((NO_MATCH, None, DECLARED)), "not_answered"),
        (page((FOUND, None, UNANSWERED)), "not_answered"),
        (page((FOUND, None, NONE)), "for nothing else"),
        (page((FOUND, None, GATE)), "that the item gives"),
        (page((FOUND, "a", NONE), later_at_s=1), "a time exactly"),
        (page((Outcome.LATER, None, UNANSWERED)), "a time exactly"),
        (Page(1, (Column("state", Kind.STRING, (None,)),), (FOUND,)), "a reason for each null"),
        (Page(1, (Column("state", Kind.STRING, (None,)),), (NO_MATCH,)), "a reason for each null"),
        (Page(1, (Column("state", Kind.STRING, ("a",), (DECLARED,)),), (FOUND,)), "for nothing else"),
        (Page(1, (Column("state", Kind.STRING, (None,), (DECLARED, NONE)),), (FOUND,)), "expected 1 reasons"),
        (Page(1, (Column("sum", Kind.INTEGER, (None,), (MINOR,)),), (FOUND,)), "that the item gives"),
        (Page(1, (Column("other", Kind.STRING, (None,), (MINOR,)),), (FOUND,)), "that the item gives"),
    ],
)
def test_a_page_that_says_another_thing_is_named_by_it(said: Page, fault: str) -> None:
    """By column and rule, never by value."""
    (found,) = faults(said)
    assert fault in found


def test_what_an_item_does_not_show_is_a_fault_and_what_a_gate_guards_may_be_withheld() -> None:
    """By the item alone."""
    shy = replace(ITEM, outcomes=(FOUND, NO_MATCH), gates=(GATED,))
    assert [] == faults(page((FOUND, None, GATE)), shy)
    assert "shows, found another" in faults(page((Outcome.NOT_HELD, None, UNANSWERED)), shy)[0]


def test_a_directory_has_no_outcomes() -> None:
    """Its rows are nobody's."""
    assert "expected 0 outcomes" in faults(page((FOUND, "a", NONE)), item(field("state"), subjects=False))[0]


def test_an_outcome_that_is_not_shown_becomes_one_that_says_less() -> None:
    """Never found, and never from "cannot say now" to "nobody"."""
    shy = replace(ITEM, outcomes=(FOUND, NO_MATCH))
    assert {NO_MATCH} == {shown_as(shy, said) for said in (NO_MATCH, Outcome.NOT_HELD, Outcome.NOT_APPLICABLE)}
    assert (FOUND, None) == (shown_as(shy, FOUND), shown_as(shy, Outcome.LATER))
    assert all(said is shown_as(ITEM, said) for said in Outcome)
    assert FOUND not in MERGED.values()


def test_outcomes_are_counted_in_their_order() -> None:
    """What no row has is left out."""
    rows = [(NO_MATCH, None, UNANSWERED), (FOUND, "a", NONE), (NO_MATCH, None, UNANSWERED)]
    assert ("found:1", "no_match:2") == count_outcomes(page(*rows))
    assert () == count_outcomes(Page(2, ()))
