"""The region codes of an answer (gateway.catalogue.answer): abolished ones stay, ones that never were are found."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.catalogue.answer import unknown_region
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from tests.catalogue.documents import REGIONS, packaged

ITEM = packaged("CY-ID-02")
TODAY = date(2026, 11, 30)


def _found(*codes: str | None, altered: frozenset[str] = frozenset()) -> tuple[str, int] | None:
    page = Page(len(codes), (Column("region_code", Kind.STRING, codes),))
    return unknown_region(ITEM, page, REGIONS, TODAY, altered)


@pytest.mark.parametrize("code", ["510000", "510100", "500112", "500105", "500157", "440305", None])
def test_a_code_that_is_or_was_in_force_is_one(code: str | None) -> None:
    """渝北 was abolished and is told as it was recorded; of other provinces nothing is known here."""
    assert _found("510100", code) is None


@pytest.mark.parametrize("code", ["519999", "510199", "500199", "500999"])
def test_a_code_that_never_was_is_found_by_its_row(code: str) -> None:
    """Whichever of the two provinces it would lie in."""
    assert ("region_code", 2) == _found("510100", None, code, "510100", code)


def test_a_code_is_none_before_its_day() -> None:
    """两江新区 began in November 2025."""
    page = Page(1, (Column("region_code", Kind.STRING, ("500157",)),))
    assert ("region_code", 0) == unknown_region(ITEM, page, REGIONS, date(2025, 1, 1))
    assert unknown_region(ITEM, page, REGIONS, TODAY) is None


def test_a_column_that_was_altered_or_is_no_region_is_passed_over() -> None:
    """What a mask made of a code is no code."""
    assert _found("519999", altered=frozenset({"region_code"})) is None
    page = Page(1, (Column("card_no", Kind.STRING, ("519999",)),))
    assert unknown_region(ITEM, page, REGIONS, TODAY) is None
