"""The two lists of decisions have each decision once, with its number, title and status, and a conclusion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ADR: Final = Path(__file__).parents[2] / "docs" / "adr"
LISTS: Final = {"README.md": "accepted, ", "README.zh-CN.md": "采纳，"}
"""Each list, and how it says that a decision is in force."""
DECISIONS: Final = sorted(path.name for path in ADR.glob("*.md") if path.name not in LISTS)


def listed(page: str) -> dict[str, list[str]]:
    """Return number, title, conclusion and status of each decision of a list, by its file."""
    text = (ADR / page).read_text(encoding="utf-8")
    rows = [re.match(r"\| \[(\d+)\]\((\S+)\) \| (.+) \| (.+) \| (.+) \|$", line) for line in text.splitlines()]
    found = [row.groups() for row in rows if row]
    assert len(found) == len({row[1] for row in found})
    return {row[1]: [row[0], *row[2:]] for row in found}


def of_file(name: str) -> tuple[str, str, str]:
    """Return number, title and status of a decision, as its page says them."""
    text = (ADR / name).read_text(encoding="utf-8")
    head = re.match(r"# (\d+)\. (.+)\n\nStatus: (.+)\n", text)
    assert head, f"{name}: expected a heading with its number, and a status below it"
    return head[1], head[2], head[3]


def dates(status: str) -> list[int]:
    """Return year, month and day of a status, as either language writes them."""
    return [int(number) for number in re.findall(r"\d+", status)]


@pytest.mark.parametrize("page", LISTS)
def test_no_decision_is_missing_and_none_is_listed_that_is_not_there(page: str) -> None:
    """In the order of the files, whose names begin with their numbers."""
    assert DECISIONS == list(listed(page))


@pytest.mark.parametrize("name", DECISIONS)
def test_number_title_and_status_are_those_of_the_page(name: str) -> None:
    """In English word for word; in Chinese the number and the day."""
    number, title, status = of_file(name)
    english, chinese = (listed(page)[name] for page in LISTS)
    assert int(name[:4]) == int(number)
    assert [number, title, status] == [english[0], english[1], english[3]]
    assert number == chinese[0]
    assert dates(status) == dates(chinese[3])
    for page, row in zip(LISTS, (english, chinese), strict=True):
        assert status.startswith(LISTS["README.md"]) == row[3].startswith(LISTS[page])
    assert (";" in status) == ("；" in chinese[3])


@pytest.mark.parametrize("name", DECISIONS)
def test_a_conclusion_is_a_sentence_of_its_language(name: str) -> None:
    """One or two sentences, and the Chinese title is Chinese."""
    english, chinese = (listed(page)[name] for page in LISTS)
    assert 1 <= len(re.findall(r"[.!](?: |$)", english[2])) <= 2 and english[2][0].isascii()
    assert 1 <= chinese[2].count("。") <= 2
    assert all(re.search(r"[\u4e00-\u9fff]", cell) for cell in chinese[1:])
    assert not re.search(r"[\u4e00-\u9fff]", "".join(english))
