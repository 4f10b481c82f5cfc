"""Step 4, its end: nothing of a record outside the agreement's regions goes on, and no region that nobody asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adapters.contract import AnswerPage, Columns
from gateway.fetching.fetch import Fetching
from gateway.fetching.territory import hold_to_territory
from gateway.ground.evidence import Column, Grant, Page, RawPage, Territory
from gateway.ground.item import REGION_CODE, Kind, Outcome
from gateway.ground.refusals import Reason, Refusal
from tests.answers import all_found
from tests.fetching.test_fetch import Scripted
from tests.samples import arrival, ask, field, grant, item

HELD = item()
PLACED = replace(HELD, fields=(*HELD.fields, replace(field("region_code"), hrss_code=REGION_CODE)))
YINGSHAN, TONGNAN = "511322", "500152"
SUINING = Territory(
    "A-SN-TN", PLACED.record_region, frozenset({"510900", "510903"}), frozenset({YINGSHAN, TONGNAN, "500153"})
)
NULLS = [None, None]


def narrowed(*more: str) -> Grant:
    """Make a grant of the sample's fields, and more, under an agreement."""
    made = grant(PLACED, (*grant().fields, *more))
    return replace(made, territory=SUINING)


def answer(*regions: str | None) -> Columns:
    """Make the platform's page with records of these regions."""
    rows = len(regions)
    return {"card_status": ["normal"] * rows, "valid_to": [date(2030, 1, 1)] * rows, "region_code": list(regions)}


async def fetched(of: Grant, *pages: AnswerPage | Columns, page_rows: int = 0) -> tuple[list[RawPage], Scripted]:
    """Fetch what a platform answers."""
    platform = Scripted(*pages)
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000)
    rows = sum(len(all_found(page).columns["region_code"]) for page in pages)
    asked = arrival(ask(subjects=rows), page_rows=page_rows)
    return [raw async for raw in fetching.fetch(asked, of)], platform


@pytest.mark.parametrize("page_rows", [0, 2])
async def test_records_within_go_on_without_the_region_that_nobody_asked_for(page_rows: int) -> None:
    """The platform is asked for it, and masking never sees it."""
    found, platform = await fetched(narrowed(), answer("510900", "510903"), page_rows=page_rows)
    assert ("card_status", "valid_to", "region_code") == platform.questions[0].fields
    assert [("card_status", "valid_to")] == [tuple(one.name for one in raw.page.columns) for raw in found]
    assert 2 == found[0].page.rows


async def test_a_region_that_was_asked_for_stays() -> None:
    """Then it is a field as any other, and asked for once."""
    found, platform = await fetched(narrowed("region_code"), answer("510903"))
    assert ("card_status", "valid_to", "region_code") == platform.questions[0].fields
    assert ("510903",) == found[0].page.column("region_code").values


@pytest.mark.parametrize("region", [YINGSHAN, TONGNAN])
@pytest.mark.parametrize("page_rows", [0, 1, 2])
async def test_nothing_of_a_record_outside_goes_on(region: str, page_rows: int) -> None:
    """Of 营山, or of the asker's own region: the item does not apply, and the row is as empty as anybody's."""
    (raw,), _ = await fetched(narrowed(), answer(region), page_rows=page_rows)
    assert (Outcome.NOT_APPLICABLE,) == raw.page.outcomes
    assert {"card_status": (None,), "valid_to": (None,)} == {one.name: one.values for one in raw.page.columns}
    (raw,), _ = await fetched(narrowed("region_code"), answer(region), page_rows=page_rows)
    assert (None,) == raw.page.column("region_code").values


async def test_each_row_stands_for_itself_on_whichever_page() -> None:
    """The good record keeps its cells beside the other's nulls."""
    found, _ = await fetched(narrowed(), answer("510903", YINGSHAN), answer(YINGSHAN, "510900"), page_rows=2)
    assert [("found", "not_applicable"), ("not_applicable", "found")] == [raw.page.outcomes for raw in found]
    assert [("normal", None), (None, "normal")] == [raw.page.column("card_status").values for raw in found]


async def test_a_row_that_is_not_found_has_no_region_and_stays_as_it_is() -> None:
    """Nobody's record lies nowhere; what the platform said of the person is what goes on."""
    said = ("found", "no_match", "not_held", "not_applicable", "later")
    nobody: Columns = {name: [cells[0], *NULLS, *NULLS] for name, cells in answer(YINGSHAN).items()}
    (raw,), _ = await fetched(narrowed(), AnswerPage(nobody, said, later_at_s=1))
    assert ("not_applicable", *said[1:]) == raw.page.outcomes
    assert (None,) * 5 == raw.page.column("card_status").values
    assert 1 == raw.page.later_at_s


@pytest.mark.parametrize(
    ("shows", "seen"),
    [
        ((Outcome.FOUND, Outcome.NO_MATCH, Outcome.NOT_HELD), Outcome.NOT_HELD),
        ((Outcome.FOUND, Outcome.NO_MATCH), Outcome.NO_MATCH),
        ((Outcome.FOUND,), None),
    ],
)
async def test_an_item_that_does_not_show_it_says_less_or_refuses(
    shows: tuple[Outcome, ...], seen: Outcome | None
) -> None:
    """As for what the platform itself says."""
    shy = replace(narrowed(), item=replace(PLACED, outcomes=shows))
    if seen is not None:
        (raw,), _ = await fetched(shy, answer(YINGSHAN))
        assert (seen,) == raw.page.outcomes
        return
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        await fetched(shy, answer(YINGSHAN))


@pytest.mark.parametrize("region", ["510902", "511300", "510000", "519999", "", None])
@pytest.mark.parametrize("page_rows", [0, 1, 2])
async def test_a_record_of_which_it_is_not_certain_refuses_the_question(region: str | None, page_rows: int) -> None:
    """Of a county that became two, of a city, of a province, of no place, without a region: by Query and by Stream."""
    with pytest.raises(Refusal) as caught:
        await fetched(narrowed(), answer(region), page_rows=page_rows)
    assert Reason.AGREEMENT_NOT_COVERED == caught.value.reason
    assert "A-SN-TN" in caught.value.detail
    assert not region or region not in caught.value.detail


async def test_one_uncertain_record_holds_its_whole_page() -> None:
    """No page is given on before it was held, the good record beside the other as little."""
    platform = Scripted(answer("510903"), answer("510900", YINGSHAN, "510902"))
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000)
    pages = fetching.fetch(arrival(ask(subjects=4), page_rows=3), narrowed())
    assert 1 == (await anext(pages)).page.rows
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        await anext(pages)


async def test_a_directory_has_no_row_that_could_say_so() -> None:
    """An entry outside refuses the question; those within go on."""
    venues = replace(narrowed(), item=replace(PLACED, subjects=False))
    within, _ = await fetched(venues, AnswerPage(answer("510903")), page_rows=2)
    assert [1] == [raw.page.rows for raw in within]
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        await fetched(venues, AnswerPage(answer("510903", YINGSHAN)), page_rows=2)


async def test_an_answer_without_a_record_has_the_columns_asked_for() -> None:
    """Nobody's region is held where there is nobody."""
    empty = replace(PLACED, subjects=False)
    found, _ = await fetched(replace(narrowed(), item=empty), page_rows=2)
    assert [(0, 2)] == [(raw.page.rows, len(raw.page.columns)) for raw in found]


def test_a_grant_that_no_agreement_narrows_is_held_to_none() -> None:
    """The page is the same page, and the platform is asked for no more."""
    page = Page(1, (Column("card_status", Kind.STRING, ("normal",)),))
    assert page is hold_to_territory(page, grant())
    assert grant().needed == grant().fetched
