"""Rows that are not found have no cell, minors have the row that their item gives, and the guard sees any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.ground.evidence import CellReason, MaskedPage, Page, RawPage, Value
from gateway.ground.item import Field, Item, Kind, Level, MinorRule, Outcome
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.inspection import Guard
from gateway.leakguard.outcomes import PAGE, answered_rows, require_reasons
from gateway.masking.apply import mask
from tests.masking.pages import TODAY, context_of, grant_of, keys_of, plan_of, raw_page
from tests.samples import field, item

ADULT, CHILD, OTHER = "519999196001010013", "519999201506010039", "519999199001010011"
FIELDS: tuple[Field, ...] = (
    field("usable", Kind.BOOLEAN, Level.PREDICATE, question="is_true"),
    field("state"),
    field("held", Kind.STRING, Level.PREDICATE, question="is_present"),
)
FOUND, NO_MATCH = Outcome.FOUND, Outcome.NO_MATCH
Row = dict[str, Value]


def rows() -> list[Row]:
    """An adult, a child, and a third person."""
    return [{"person_ref": number, "usable": True, "state": "a", "held": None} for number in (ADULT, CHILD, OTHER)]


def way(
    *outcomes: Outcome, minors: MinorRule = MinorRule.ANSWER, fields: tuple[Field, ...] = FIELDS
) -> tuple[Item, RawPage, MaskedPage]:
    """Mask the three rows of these outcomes; a row that is not found has no raw cell."""
    of = replace(item(*fields), minors=minors)
    given = [
        row if said is FOUND else {**row, **dict.fromkeys(("usable", "state", "held"))}
        for row, said in zip(rows(), outcomes, strict=True)
    ]
    raw = raw_page(given, fields)
    later = 9 if Outcome.LATER in outcomes else 0
    raw = replace(raw, page=replace(raw.page, outcomes=outcomes, later_at_s=later))
    return of, raw, mask(plan_of(of), grant_of(of), raw, context_of(rows()))


def cleared(of: Item, raw: RawPage, masked: MaskedPage) -> Page:
    """Have the guard look at it."""
    return Guard(of).inspect(grant_of(of), keys_of(rows()), raw, masked, TODAY).page


def test_a_row_that_is_not_found_has_no_cell_of_any_mask() -> None:
    """Also of one that answers a null with a value: `is_present` would say that nothing is there."""
    of, raw, masked = way(FOUND, FOUND, NO_MATCH)
    page = cleared(of, raw, masked)
    assert (FOUND, FOUND, NO_MATCH) == page.outcomes
    assert [(True, True, None), ("a", None, None), (False, False, None)] == [one.values for one in page.columns]
    none, unanswered = CellReason.NONE, CellReason.NOT_ANSWERED
    expected = (none, CellReason.WITHHELD_MINOR, unanswered)
    assert [(none, none, unanswered), expected, (none, none, unanswered)] == [one.reasons for one in page.columns]


def test_a_wrong_name_and_an_unknown_number_are_equal_but_for_the_key() -> None:
    """Whatever else is in the page."""
    _, _, one = way(FOUND, NO_MATCH, NO_MATCH)
    assert 1 == len({(column.values[1], column.reasons[1]) for column in one.page.columns})


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [(MinorRule.WITHHOLD, Outcome.WITHHELD_MINOR), (MinorRule.NOT_APPLICABLE, Outcome.NOT_APPLICABLE)],
)
@pytest.mark.parametrize("said", [FOUND, NO_MATCH, Outcome.NOT_HELD, Outcome.LATER])
def test_an_item_that_is_not_about_minors_tells_nothing_of_them(
    rule: MinorRule, outcome: Outcome, said: Outcome
) -> None:
    """Whether the platform knows the child makes no difference: the row is the same."""
    page = cleared(*way(FOUND, said, FOUND, minors=rule))
    assert (FOUND, outcome, FOUND) == page.outcomes
    assert 0 == page.later_at_s
    assert {(None, CellReason.NOT_ANSWERED)} == {(one.values[1], one.reasons[1]) for one in page.columns}


@pytest.mark.parametrize("said", [FOUND, NO_MATCH])
def test_a_question_for_nothing_that_is_shown_of_minors_is_withheld_whole(said: Outcome) -> None:
    """So it does not tell that number and name agree."""
    page = cleared(*way(FOUND, said, FOUND, fields=FIELDS[1:2]))
    assert (FOUND, Outcome.WITHHELD_MINOR, FOUND) == page.outcomes


def test_a_null_of_a_found_person_says_that_it_is_as_declared() -> None:
    """And one that is withheld of a minor never tells whether there was a value."""
    fields = (field("usable", Kind.BOOLEAN, Level.PREDICATE, question="is_true"), field("state"))
    of = item(*fields)
    given: list[Row] = [{**row, "state": None} for row in rows()]
    raw = raw_page(given, fields)
    page = cleared(of, raw, mask(plan_of(of), grant_of(of), raw, context_of(given)))
    declared, minor = CellReason.AS_DECLARED, CellReason.WITHHELD_MINOR
    assert (declared, minor, declared) == page.column("state").reasons


def test_the_guard_blocks_a_row_that_says_another_thing() -> None:
    """Another outcome, time or reason, and a value in a row that is not answered."""
    of, raw, masked = way(FOUND, FOUND, Outcome.LATER)
    state, later = masked.page.column("state"), masked.page.later_at_s
    assert 9 == later

    def other(**changes: object) -> MaskedPage:
        return replace(masked, page=replace(masked.page, **changes))  # type: ignore[arg-type]  # fields of Page

    def told(**changes: object) -> MaskedPage:
        columns = tuple(
            replace(one, **changes) if one.name == "state" else one  # type: ignore[arg-type]  # fields of Column
            for one in masked.page.columns
        )
        return other(columns=columns)

    wrong = [
        (other(outcomes=(FOUND, FOUND, NO_MATCH), later_at_s=0), PAGE),
        (other(outcomes=()), PAGE),
        (other(later_at_s=10), PAGE),
        (told(reasons=()), "state"),
        (told(reasons=(*state.reasons[:1], CellReason.AS_DECLARED, *state.reasons[2:])), "state"),
        (told(reasons=(*state.reasons[:2], CellReason.AS_DECLARED)), "state"),
        (told(values=(*state.values[:2], "b")), "state"),
    ]
    for leaky, column in wrong:
        with pytest.raises(LeakFound) as caught:
            cleared(of, raw, leaky)
        assert (column, Detector.OUTCOME) == (caught.value.column, caught.value.detector)


def test_without_outcomes_nothing_about_people_is_cleared() -> None:
    """A platform that says none is no reason to take all for found."""
    of, raw, masked = way(FOUND, FOUND, FOUND)
    silent = replace(raw, page=replace(raw.page, outcomes=()))
    with pytest.raises(LeakFound):
        answered_rows(of, silent.page, masked.page, (), withholds_all=False)
    with pytest.raises(LeakFound):
        cleared(of, silent, replace(masked, page=replace(masked.page, outcomes=())))


def test_a_column_without_nulls_gives_no_reason() -> None:
    """One that does could say anything."""
    state = way(FOUND, FOUND, FOUND)[2].page.column("usable")
    require_reasons(state, (), ())
    with pytest.raises(LeakFound):
        require_reasons(replace(state, reasons=(CellReason.NONE,) * 3), (), ())


@pytest.mark.parametrize(
    ("today", "minor"),
    [
        (date(2026, 2, 27), True),
        (date(2026, 2, 28), True),
        (date(2026, 3, 1), True),
        (date(2026, 3, 2), False),
        (date(2028, 2, 29), False),
    ],
)
def test_who_was_born_on_29_february_is_fourteen_from_2_march_on(today: date, minor: bool) -> None:
    """In a common year the birthday falls on 1 March, and the day itself is still a minor's (`ground.clock`)."""
    number = "519999201202290094"
    of, asked = item(*FIELDS), [{**rows()[0], "person_ref": number}]
    raw = raw_page(asked, FIELDS)
    masked = mask(plan_of(of), grant_of(of), raw, replace(context_of(asked), today=today))
    page = Guard(of).inspect(grant_of(of), keys_of(asked), raw, masked, today).page
    assert ((CellReason.WITHHELD_MINOR,) if minor else ()) == page.column("state").reasons
