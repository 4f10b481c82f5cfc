"""Each claim of the security pages stands there word for word, and each names tests that attack it and that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference"
TESTS: Final = Path(__file__).parents[1]
PAGES: Final = ("claims.md", "claims.zh-CN.md")


class Claim(NamedTuple):
    """A row: the page from which it comes, and its cells."""

    page: Path
    words: str
    attack: str
    tests: tuple[str, ...]
    left: str


def read(name: str) -> Iterator[Claim]:
    """Yield the rows of a page of claims."""
    page = REFERENCE
    for line in (REFERENCE / name).read_text(encoding="utf-8").splitlines():
        if found := re.match(r"(?:From|出自).*\]\((\S+\.md)\)", line):
            page = (REFERENCE / found[1]).resolve()
        elif line.startswith("| ") and not line.startswith(("| claim", "| 承诺")):
            words, attack, tests, left = re.split(r" \| ", line[2:-2])
            yield Claim(page, words, attack, tuple(re.findall(r"`([^`]+)`", tests)), left)


CLAIMS: Final = {name: list(read(name)) for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_each_claim_stands_on_its_page_and_says_what_was_tried_and_what_is_left(name: str) -> None:
    """A page that was reworded needs its claim, and the attack on it, looked at again."""
    assert len(CLAIMS[name]) > 40
    for claim in CLAIMS[name]:
        assert claim.words in claim.page.read_text(encoding="utf-8"), claim.words
        assert claim.attack and claim.left and claim.tests


def test_each_test_that_is_named_is_there() -> None:
    """By its file, and by its function where one is named."""
    for claim in CLAIMS[PAGES[0]]:
        for place in claim.tests:
            path, _, function = place.partition("::")
            assert (TESTS / path).exists(), place
            if function:
                tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
                assert function in {getattr(node, "name", "") for node in tree.body}, place
            elif path.endswith(".py"):
                assert "def test_" in (TESTS / path).read_text(encoding="utf-8"), place
            else:
                assert list((TESTS / path).glob("test_*.py")), place


def test_both_languages_name_the_same_tests_in_the_same_order() -> None:
    """So that nothing is claimed in one language alone."""
    english, chinese = (CLAIMS[name] for name in PAGES)
    assert [claim.tests for claim in english] == [claim.tests for claim in chinese]


def _sentences(page: str, heading: str) -> list[str]:
    """Return the points or the rows below a heading."""
    text = (REFERENCE / page).resolve().read_text(encoding="utf-8")
    part = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith(("- ", "| ")) and not line.startswith("| ---")]
    return rows[1:] if rows and rows[0].startswith("| ") else rows


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("../../SECURITY.md", "What is a vulnerability here"),
        ("../../SECURITY.md", "What a reviewer can verify alone"),
        ("../threat-model.md", "Who could do harm, and what stops it"),
        ("../threat-model.md", "Stores, and who could harm you by changing them"),
    ],
)
def test_no_point_of_these_pages_is_without_a_claim(page: str, heading: str) -> None:
    """A new row of the threat model needs an attack that was tried."""
    claimed = [claim.words for claim in CLAIMS[PAGES[0]] if claim.page == (REFERENCE / page).resolve()]
    points = _sentences(page, heading)
    assert len(points) > 5
    assert [] == [point for point in points if not any(words in point for words in claimed)]
