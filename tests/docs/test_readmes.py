"""The two front pages say the same: what one language is pointed to, the other is, and every page is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.items.wording import label_code
from scripts.pictures import cast
from scripts.pictures.__main__ import front_page, recording, refresh
from scripts.pictures.words import Language

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


@pytest.mark.parametrize("language", Language)
def test_a_front_page_shows_a_run_of_the_demo_in_its_language(language: Language) -> None:
    """Word for word what was recorded; stale ones are written anew by `python -m scripts.pictures`."""
    page = front_page(language).read_text(encoding="utf-8")
    assert [cast.excerpt(recording(language).read_text(encoding="utf-8"))] == shown(page)
    assert refresh(language) == page


def test_both_languages_see_the_same_demo() -> None:
    """The same fields with the same values before and after, codes by their names; the English one has no Chinese."""
    (english,), (chinese,) = shown(ENGLISH), shown(CHINESE)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    fields, values = r"\b[a-z]+(?:_[a-z]+)+\b", r"│ (\S+) +│ (\S+) +│$"
    found, twin = ([re.findall(fields, text), re.findall(values, text, re.MULTILINE)] for text in cut(english, chinese))
    assert [9, 9] == list(map(len, found))
    named = [tuple({"yes": "是", "no": "否"}.get(one) or label_code(one).zh for one in pair) for pair in found[1]]
    assert [found[0], named] == twin


def cut(*texts: str) -> list[str]:
    """Return of each excerpt the table alone."""
    return [text.split("…")[0] for text in texts]


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


FIRST_SCREEN: Final = 45
"""Lines of a front page that a visitor sees before anything else."""


def first_screen(text: str) -> str:
    """Return what stands before the second heading, which must be at most so many lines."""
    return text.split("\n## ", 1)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ENGLISH, ("not in production", "密评", "等保", "not a new exchange platform", "X-Road", "EDC", "Envoy")),
        (CHINESE, ("未投入生产", "密评", "等保", "不是新建的数据共享交换系统", "X-Road", "EDC", "Envoy")),
    ],
    ids=["English", "Chinese"],
)
def test_the_first_screen_says_what_this_is_and_what_it_is_not(text: str, words: tuple[str, ...]) -> None:
    """Status, picture, both commands, a recorded run, four doors and a comparison of six lines, in 45 lines."""
    screen = first_screen(text)
    assert len(screen.splitlines()) <= FIRST_SCREEN
    assert [] == [word for word in words if word not in screen]
    assert "\nmake demo " in screen and "\nmake test " in screen
    assert 2 == len(re.findall(r"^!\[.+\]\(docs/pictures/\S+\.svg\)$", screen, re.MULTILINE))
    doors, compared = re.findall(r"(?:^\|.*\n)+", screen, re.MULTILINE)
    assert (4, 6) == (doors.count("\n") - 2, compared.count("\n") - 2)


FIGURES: Final = (
    ((ROOT / "docs/reference/figures.md").read_text(encoding="utf-8"), {"lower", "higher"}),
    ((ROOT / "docs/reference/figures.zh-CN.md").read_text(encoding="utf-8"), {"越小越好", "越大越好"}),
)


def test_every_figure_says_which_direction_is_better() -> None:
    """In both languages, for the same rows in the same order, with the same goals met."""
    tables = [
        [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")] for text, _ in FIGURES
    ]
    for table, (_, ways) in zip(tables, FIGURES, strict=True):
        assert len(table) > 20
        assert ways == {row[3] for row in table[1:]}
    english, chinese = (
        [(row[3] in {"lower", "越小越好"}, row[2][-1:] if row[2][-1:] in "✓✗" else "") for row in table[1:]]
        for table in tables
    )
    assert english == chinese


NEW: Final = ("policy-and-position", "classified-protection", "connect-a-service-body", "ask-from-an-application")


@pytest.mark.parametrize("name", NEW)
def test_a_law_is_named_in_its_brackets_with_its_number_at_first_mention(name: str) -> None:
    """The sharing regulation, and no province is called 省 that is none."""
    (page,) = (ROOT / "docs").rglob(f"{name}.zh-CN.md")
    text = page.read_text(encoding="utf-8")
    if "政务数据共享条例" in text:
        first = text[text.index("政务数据共享条例") - 1 :][:60]
        assert first.startswith("《政务数据共享条例》") and "国务院令第809号" in first
    assert [] == [word for word in ("本省", "两省", "对方省", "出省", "14 岁以下") if word in text]
