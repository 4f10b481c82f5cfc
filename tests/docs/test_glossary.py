"""The glossary: each word once, with its source, and with a name that the code has; each code by one official name."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.language import Language
from gateway.cli.names import NAMES
from scripts.pages.glossary import refresh_codes

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = {Language.EN: "docs/glossary.md", Language.ZH: "docs/glossary.zh-CN.md"}
OWN: Final = {Language.EN: "own term", Language.ZH: "本项目用语"}
STANDARD: Final = re.compile(r"GB/T \d+|RFC \d+|C2SP tlog-\w+|NIST SP 800-38G|AA[BZ]\d{3}")
READ: Final = {"四川省社会保障卡一卡通条例": {"2", "4", "5"}, "重庆市社会保障卡一卡通条例": set[str]()}
"""Articles whose enacted text is known; every other article of the two regulations is a draft's."""


def rows(language: Language) -> list[list[str]]:
    """Return the rows of the glossary's words: word, source, English with identifier, meaning."""
    page = (ROOT / PAGES[language]).read_text(encoding="utf-8")
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    return [row for row in found if len(row) == 4 and row[0] != "法定词" and set(row[0]) != {"-"}]


ENGLISH: Final = rows(Language.EN)
CHINESE: Final = rows(Language.ZH)


@cache
def words_of_the_code() -> frozenset[str]:
    """Return every word of the product's code and of its contract."""
    files = [path for top in ("gateway", "adapters", "keys") for path in (ROOT / top).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in (*files, *(ROOT / "proto").rglob("*.proto"))]
    folders = {part for path in files for part in path.relative_to(ROOT).parts}
    return frozenset(folders.union(*(re.findall(r"\w+", text) for text in texts)))


def test_a_word_stands_once() -> None:
    """One word for one thing: no word twice, neither the Chinese nor the English one."""
    assert len(CHINESE) > 100
    for column in (0, 2):
        assert {} == {word: count for word, count in Counter(row[column] for row in CHINESE).items() if count > 1}


def test_both_pages_have_the_same_words_in_the_same_order() -> None:
    """With the same English and the same identifiers; source and meaning are in the page's language."""
    assert [(row[0], row[2]) for row in ENGLISH] == [(row[0], row[2]) for row in CHINESE]


@pytest.mark.parametrize("row", CHINESE, ids=lambda row: row[0])
def test_a_word_is_chinese_and_has_a_meaning(row: list[str]) -> None:
    """The first column is what an official reads, the fourth is a sentence of the language of the page."""
    assert re.fullmatch(r"[\u4e00-\u9fff]+", row[0])
    assert re.search(r"[\u4e00-\u9fff]", row[3])


@pytest.mark.parametrize("language", PAGES)
def test_every_word_has_a_source_or_is_our_own(language: Language) -> None:
    """A law in its brackets, or a standard by its number."""
    sources = {row[1] for row in rows(language)}
    assert set() == {one for one in sources if one != OWN[language] and "《" not in one and not STANDARD.search(one)}


def test_both_pages_name_the_same_sources() -> None:
    """The same laws and standards, and own terms alike; `test_twins` compares the articles."""

    def named(source: str) -> list[str]:
        return re.findall(r"《[^》]+》", source) or STANDARD.findall(source)

    assert [named(row[1]) for row in ENGLISH] == [named(row[1]) for row in CHINESE]


def test_an_article_of_a_draft_is_marked_as_one() -> None:
    """Of the two provinces' regulations only the articles that were read are cited as enacted."""
    cited = [re.match(r"《(.+?)》 arts?\. ([\d, ]*\d)( \(draft\))?", row[1]) for row in ENGLISH]
    provincial = [one for one in cited if one and one[1] in READ]
    assert provincial
    for one in provincial:
        assert bool(one[3]) == bool(set(one[2].split(", ")) - READ[one[1]]), one[0]


def identifiers() -> list[tuple[str, str]]:
    """Return each word with each identifier that the glossary gives it."""
    return [(row[0], name) for row in CHINESE for name in re.findall(r"`([^`]+)`", row[2])]


@pytest.mark.parametrize(("word", "name"), identifiers(), ids=lambda each: each)
def test_an_identifier_exists_in_the_code(word: str, name: str) -> None:
    """A file, a word of the code, or a member of an enumeration, whose official name is the glossary's word."""
    owner, _, member = name.partition(".")
    kinds = {kind.__name__: kind for kind in NAMES}
    if member == "py":
        assert (ROOT / "gateway" / name).is_file()
    elif member and owner in kinds:
        assert word == NAMES[kinds[owner]][kinds[owner][member]].zh
    else:
        assert set(filter(None, (owner, member))) <= words_of_the_code()


@pytest.mark.parametrize("kind", NAMES, ids=lambda kind: kind.__name__)
def test_every_code_has_one_official_name_of_its_own(kind: type[StrEnum]) -> None:
    """None is left out, and no two codes of a kind share a name."""
    assert set(kind) == set(NAMES[kind])
    assert {} == {zh: n for zh, n in Counter(label.zh for label in NAMES[kind].values()).items() if n > 1}


def test_an_official_name_that_is_a_word_of_the_glossary_means_that_code() -> None:
    """A name on the screen and a word on the page do not mean two things."""
    members = {row[0]: re.findall(r"`(\w+)\.(\w+)`", row[2]) for row in CHINESE}
    clashes = [
        (kind.__name__, label.zh)
        for kind, names in NAMES.items()
        for code, label in names.items()
        if label.zh in members and (kind.__name__, kind(code).name) not in members[label.zh]
    ]
    assert [] == clashes


def test_a_page_without_the_table_of_codes_is_refused() -> None:
    """A heading that was changed is not passed over."""
    with pytest.raises(ValueError, match="expected one table"):
        refresh_codes("# Glossary\n", Language.EN)
