"""Step 4, its end: no record outside the agreement's regions goes on, and no region that nobody asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adapters.contract import Columns
from gateway.fetching.fetch import Fetching
from gateway.fetching.territory import hold_to_territory
from gateway.ground.evidence import Column, Grant, Page, RawPage, Territory
from gateway.ground.item import REGION_CODE, Kind
from gateway.ground.refusals import Reason, Refusal
from tests.fetching.test_fetch import Scripted
from tests.samples import arrival, ask, field, grant, item

HELD = item()
PLACED = replace(HELD, fields=(*HELD.fields, replace(field("region_code"), hrss_code=REGION_CODE)))
SUINING = Territory("A-SN-TN", PLACED.record_region, frozenset({"510900", "510903"}))


def narrowed(*more: str) -> Grant:
    """Make a grant of the sample's fields, and more, under an agreement."""
    made = grant(PLACED, (*grant().fields, *more))
    return replace(made, territory=SUINING)


def answer(*regions: str | None) -> Columns:
    """Make the platform's page with records of these regions."""
    rows = len(regions)
    return {"card_status": ["normal"] * rows, "valid_to": [date(2030, 1, 1)] * rows, "region_code": list(regions)}


async def fetched(of: Grant, *pages: Columns, page_rows: int = 0) -> tuple[list[RawPage], Scripted]:
    """Fetch what a platform answers."""
    platform = Scripted(*pages)
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000)
    rows = sum(len(page["region_code"]) for page in pages)
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


@pytest.mark.parametrize("region", ["511322", "510902", "500152", "", None])
@pytest.mark.parametrize("page_rows", [0, 1, 2])
async def test_a_record_outside_refuses_the_question(region: str | None, page_rows: int) -> None:
    """Of 营山, of a county that became two, of the asker's own region, without a region: by Query and by Stream."""
    with pytest.raises(Refusal) as caught:
        await fetched(narrowed(), answer(region), page_rows=page_rows)
    assert Reason.AGREEMENT_NOT_COVERED == caught.value.reason
    assert "A-SN-TN" in caught.value.detail
    assert not region or region not in caught.value.detail


async def test_one_record_outside_holds_its_whole_page() -> None:
    """No page is given on before it was held, the good record beside the other as little."""
    platform = Scripted(answer("510903"), answer("510900", "511322"))
    fetching = Fetching(platform, page_rows=500, max_page_rows=2000)
    pages = fetching.fetch(arrival(ask(subjects=3), page_rows=2), narrowed())
    assert 1 == (await anext(pages)).page.rows
    with pytest.raises(Refusal, match="AGREEMENT_NOT_COVERED"):
        await anext(pages)


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
