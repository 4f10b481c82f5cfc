"""Legal bases are cited as the law writes its articles, in each language."""

from __future__ import annotations

import pytest

from gateway.cli.items.citation import cite, spell_article
from gateway.ground.item import LegalBasis


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("2", "二"),
        ("10", "十"),
        ("18", "十八"),
        ("20", "二十"),
        ("31", "三十一"),
        ("100", "一百"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("1001", "一千零一"),
        ("1034", "一千零三十四"),
    ],
)
def test_an_article_is_written_as_chinese_law_writes_it(number: str, written: str) -> None:
    """In Chinese numerals."""
    assert written == spell_article(number)


def test_a_number_beyond_the_numerals_stays_as_it_is() -> None:
    """It is not written wrongly, and an item that names it can still be shown."""
    assert "10000" == spell_article("10000")


@pytest.mark.parametrize(
    ("draft", "zh", "en"),
    [
        (False, "《政务数据共享条例》第二十条", "《政务数据共享条例》 art. 20"),
        (True, "《政务数据共享条例》第二十条（条号据草案，待核）", "《政务数据共享条例》 art. 20 (draft)"),
    ],
)
def test_a_citation_says_whether_the_article_is_a_drafts(draft: bool, zh: str, en: str) -> None:
    """So that nobody quotes it as law."""
    found = cite(LegalBasis("000000", "政务数据共享条例", "20", draft))
    assert (zh, en) == (found.zh, found.en)
