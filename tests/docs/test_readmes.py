"""The two front pages say the same: what one language is pointed to, the other is, and every page is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
ENGLISH: Final = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE: Final = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def pages(text: str) -> list[str]:
    """The pages that a front page links to, but the other front page, in order; of a translated page the original."""
    found = re.findall(r"\]\(([^)#]+)", text)
    return [page.replace(".zh-CN", "") for page in found if not page.startswith("README")]


def shown(text: str) -> list[str]:
    """What the demo prints, as the page shows it."""
    return re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_both_languages_are_pointed_to_the_same_pages_in_the_same_order() -> None:
    """A row that one page has, the other has."""
    assert pages(ENGLISH) == pages(CHINESE)
    assert ENGLISH.count("\n| ") == CHINESE.count("\n| ")


def test_both_languages_see_the_same_demo() -> None:
    """It prints both languages at once."""
    assert shown(ENGLISH)
    assert shown(ENGLISH) == shown(CHINESE)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_every_page_that_is_pointed_to_is_there(text: str) -> None:
    """Files and directories."""
    linked = re.findall(r"\]\(([^)#]+)", text)
    assert len(linked) > 15
    assert [] == [page for page in linked if not (ROOT / page).exists()]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.name))
def test_every_page_that_a_page_points_to_is_there(page: Path) -> None:
    """Between the pages themselves; addresses elsewhere are not asked."""
    linked = [target for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")) if ":" not in target]
    assert [] == [target for target in linked if not (page.parent / target).exists()]
