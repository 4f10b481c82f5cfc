"""A page and its Chinese twin say the same: blocks, tables, lists, numbers and codes; links stay in one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from scripts.pages.__main__ import paths, refresh

ROOT: Final = Path(__file__).parents[2]
MARK: Final = ".zh-CN"
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def _all_pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


TWINS: Final = [page for page in _all_pages() if MARK in page.name]
"""The Chinese page of each pair."""
ALONE: Final[set[str]] = set()
"""Pages in English alone; decisions are in Chinese by title and conclusion. The list only shrinks."""
SPEAKING: Final = {
    "README", "docs/architecture", "docs/how-to/connect-a-service-body", "docs/reference/cli", "docs/threat-model",
}  # fmt: skip
"""Pages whose blocks show what a run says, or a drawing with words, in the page's language."""
FOLLOWED: Final = {
    "docs/tutorial",
    *(
        f"docs/how-to/{name}"
        for name in (
            "a-reviewers-first-day", "read-the-audit-log", "say-who-looked", "watch-a-log", "write-an-items-masks",
        )
    ),
}  # fmt: skip
"""Pages that tests follow in both languages: what a run says there is of the page's language."""
_HASH: Final = r"(?:^|[ \t]+)#.*$"
COMMENTS: Final = {
    "sh": _HASH,
    "toml": _HASH,
    "python": rf'{_HASH}|^[ \t]*"""[^"]+"""$',
    "javascript": r"(?:^|[ \t]+)//.*$",
}
"""What a comment is in each kind of block; a docstring is one too."""
_DIGITS: Final = "〇一二三四五六七八九"
_MEASURES: Final = {"万": 4, "亿": 8, "million": 6, "billion": 9}


def english_of(page: Path) -> Path:
    """Return the twin of a Chinese page."""
    return page.with_name(page.name.replace(MARK, ""))


def name_of(page: Path) -> str:
    """Return a page's path from the root, without the end of its name."""
    return str(english_of(page).relative_to(ROOT)).removesuffix(".md")


def without_blocks(text: str) -> str:
    """Return a page without its blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def shape(text: str) -> list[str]:
    """Return what each line is: heading with its level, row with its columns, list, picture, block with its kind."""
    found = []
    for line in re.sub(r"(?<=^```)(\w*)\n.*?^```$", r"\1", text, flags=re.DOTALL | re.MULTILINE).splitlines():
        if mark := re.match(r"#+ |- |\d+\. |!\[|```\w*|\|", line):
            cells = re.sub(r"\\\||`[^`]*`", "", line).count("|")
            found.append(f"row of {cells - 1}" if mark[0] == "|" else mark[0])
    return found


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the blocks of a page, each with its kind."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def uncommented(text: str, *, told: bool = False) -> list[tuple[str, str]]:
    """Return the blocks of a page with a mark where a comment stood: its words are of the page's language.

    Args:
        text: the page.
        told: whether a run is followed in both languages, so that of what it says each line keeps its numbers alone.
    """
    return [(kind, _without_words(kind, block, told=told)) for kind, block in blocks(text)]


def _without_words(kind: str, block: str, *, told: bool) -> str:
    if kind in COMMENTS:
        return re.sub(COMMENTS[kind], "#", block, flags=re.MULTILINE)
    if kind == "text" and told:
        return "\n".join(" ".join(re.findall(r"\d+", line)) for line in block.splitlines())
    return block


def comments(text: str) -> list[str]:
    """Return the comments in the blocks of a page."""
    found = (re.finditer(COMMENTS[kind], block, re.MULTILINE) for kind, block in blocks(text) if kind in COMMENTS)
    return [comment[0].strip() for each in found for comment in each]


def codes(text: str) -> set[str]:
    """Return the code spans of a page."""
    return set(re.findall(r"`([^`\n]+)`", without_blocks(text)))


def numbers(text: str) -> set[str]:
    """Return the numbers of two digits and more, and decimals, in whatever form a language writes them.

    Chinese law writes articles and ages in Chinese numerals, English parts thousands by commas, and each has its words
    for large ones. A number of one digit may be a word in either language and is not compared.
    """
    text = re.sub(r"\]\([^)]*\)", "]", without_blocks(text))
    text = re.sub(r"(?<=第)[一二三四五六七八九十]+|[一二三四五六七八九十]+(?=周岁)", _read_numeral, text)
    text = re.sub(r"(\d{4}) ?年 ?(\d{1,2}) ?月(?: ?(\d{1,2}) ?日)?", _read_date, text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?) ?(万|亿|million\b|billion\b)", _read_measure, text)
    return {number for number in re.findall(r"\d+(?:\.\d+)?", text) if len(number) > 1}


def _read_numeral(found: re.Match[str]) -> str:
    tens, ten, ones = found[0].rpartition("十")
    return str((_DIGITS.index(tens) if tens else bool(ten)) * 10 + (_DIGITS.index(ones) if ones else 0))


def _read_date(found: re.Match[str]) -> str:
    return "-".join([found[1], *(part.zfill(2) for part in found.groups()[1:] if part)])


def _read_measure(found: re.Match[str]) -> str:
    return str(round(float(found[1]) * 10 ** _MEASURES[found[2]]))


SAME: Final[dict[str, Callable[[str], object]]] = {"shape": shape, "codes": codes, "numbers": numbers}


@pytest.mark.parametrize("what", SAME)
@pytest.mark.parametrize("page", TWINS, ids=name_of)
def test_twins_have_the_same_shape_codes_and_numbers(page: Path, what: str) -> None:
    """What one language has, the other has, in tables, lists, headings, blocks and pictures, and in figures."""
    english, chinese = (SAME[what](each.read_text(encoding="utf-8")) for each in (english_of(page), page))
    assert english == chinese


@pytest.mark.parametrize("page", TWINS, ids=name_of)
def test_twins_have_the_same_blocks(page: Path) -> None:
    """Word for word, comments aside, but on pages that show what a run says."""
    if name_of(page) not in SPEAKING:
        told = name_of(page) in FOLLOWED
        english, chinese = (
            uncommented(each.read_text(encoding="utf-8"), told=told) for each in (english_of(page), page)
        )
        assert english == chinese


@pytest.mark.parametrize("page", TWINS, ids=name_of)
def test_a_comment_of_a_chinese_page_is_chinese(page: Path) -> None:
    """A reader of the page reads its blocks too."""
    assert [] == [one for one in comments(page.read_text(encoding="utf-8")) if not CHINESE.search(one)]


@pytest.mark.parametrize("page", TWINS, ids=name_of)
def test_twins_point_to_each_other(page: Path) -> None:
    """By a link at the top."""
    twin = english_of(page)
    assert f"[中文]({page.name})" in twin.read_text(encoding="utf-8")
    assert f"[English]({twin.name})" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", _all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_leads_on_in_its_own_language(page: Path) -> None:
    """A link to a page that has a twin goes to the twin of the reader's language, the switch of language aside."""
    wrong = []
    for label, target in re.findall(r"\[([^\]]*)\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8")):
        aimed = page.parent / target
        other = aimed.with_name(aimed.name.replace(MARK, "") if MARK in aimed.name else f"{aimed.stem}{MARK}.md")
        if label not in ("中文", "English") and other.exists() and (MARK in target) != (MARK in page.name):
            wrong.append(target)
    assert [] == wrong


def test_every_page_has_a_twin_or_is_known_to_have_none() -> None:
    """A new page is written in both languages."""
    english = {page for page in _all_pages() if MARK not in page.name}
    alone = {str(page.relative_to(ROOT)) for page in english - {english_of(page) for page in TWINS}}
    assert set(ALONE) == {page for page in alone if not re.match(r"docs/adr/\d{4}-", page)}


@pytest.mark.parametrize("page", paths(), ids=lambda page: str(page.name))
def test_what_a_page_takes_from_the_code_is_fresh(page: Path) -> None:
    """A stale page is written anew by `python -m scripts.pages`."""
    assert refresh(page) == page.read_text(encoding="utf-8")


REFERENCE: Final = ("alarms", "config", "items", "masks", "refusals")


@pytest.mark.parametrize("name", REFERENCE)
def test_the_english_reference_is_in_english(name: str) -> None:
    """Laws aside, whose names stand in their brackets, and the link to the twin."""
    text = (ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8")
    kept = re.sub(r"《[^》]*》|法释〔\d+〕\d+号|\[中文\]\([^)]*\)", "", text)
    assert [] == [line for line in kept.splitlines() if CHINESE.search(line)]


@pytest.mark.parametrize(
    ("same", "text", "twin"),
    [
        (True, "under article 28, aged 14", "第二十八条，十四周岁"),
        (True, "3,317 of 2025-08-01, or 5.2 million", "3317，2025年8月1日，520 万"),
        (True, "350 million", "3.5 亿"),
        (False, "at most 500 rows", "至多 5000 行"),
        (False, "article 28", "第二十九条"),
        (False, "1.5 times", "1.6 倍"),
    ],
)
def test_numbers_are_read_in_both_languages(text: str, twin: str, same: bool) -> None:
    """An article, an age, a date and a large number agree in their forms; another number does not."""
    assert same == (numbers(text) == numbers(twin))


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("| a | b |\n", "| a |\n"),
        ("- a\n- b\n", "- a\n"),
        ("## a\n", "### a\n"),
        ("```sh\na\n```\n", "```text\na\n```\n"),
    ],
)
def test_another_shape_is_seen(text: str, twin: str) -> None:
    """A column, an item of a list, a level of a heading, a kind of block."""
    assert shape(text) != shape(twin)


@pytest.mark.parametrize(
    ("same", "block", "twin"),
    [
        (True, "sh\na b  # says so\n", "sh\na b    # 只作说明\n"),
        (True, "toml\n# why\na = 1\n", "toml\n# 理由\na = 1\n"),
        (True, 'python\n    """Say so."""\n', 'python\n    """说明。"""\n'),
        (True, "javascript\na; // so\n", "javascript\na; // 如此\n"),
        (False, "sh\na b  # says so\n", "sh\na c  # says so\n"),
        (False, "sh\na b  # says so\n", "sh\na b\n"),
        (False, "sh\necho $#a\n", "sh\necho $#b\n"),
        (False, 'python\nx = """a"""\n', 'python\nx = """b"""\n'),
        (False, "text\na # b\n", "text\na # c\n"),
    ],
)
def test_comments_alone_may_differ(same: bool, block: str, twin: str) -> None:
    """A command, a value, a printed text and whether there is a comment are held."""
    assert same == (uncommented(f"```{block}```\n") == uncommented(f"```{twin}```\n"))


def test_each_comment_is_found() -> None:
    """After a command, on a line of its own, in a function, and none in what a run prints."""
    page = '```sh\na  # one\n# two\n```\n\n```python\n    """Three."""\n```\n\n```text\n# no\n```\n'
    assert ["# one", "# two", '"""Three."""'] == comments(page)
