"""Claims about landlines: brackets, codes and separators of any kind, local numbers by their word, and offices."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.leakguard.called import LOCAL, OFFICE, TELEPHONES
from gateway.leakguard.found import Detector
from gateway.leakguard.landlines import holds_landline, may_hold_landline
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.signs import level, numerals_as_digits

BRACKETS = ("()", "[]", "{}", "<>", "【】", "〔〕", "「」", "『』", "《》", "〈〉", "（）", "［］")
WORDS = ("电话", "座机", "固话", "宅电", "家庭电话", "住宅电话", "固定电话", "Tel", "home phone", "TEL", "telephone")


@pytest.mark.parametrize(("brackets", "area"), list(product(BRACKETS, ("023", "0831"))))
def test_brackets_of_any_kind_stand_round_an_area_code(brackets: str, area: str) -> None:
    """The cheap look lets none of them through."""
    text = f"{brackets[0]}{area}{brackets[1]}6312345{'6' if area == '023' else ''}"
    assert {Detector.LANDLINE} == find_numbers(text)
    assert suspicious(text)


@pytest.mark.parametrize(("sign", "code"), list(product("-/·_*#♥→—~:", ("0", "+86-", "0086 ", "(86)", "+86(0)"))))
def test_any_sign_stands_behind_an_area_code_and_any_code_before(sign: str, code: str) -> None:
    """The country's code is written in several ways."""
    assert {Detector.LANDLINE} == find_numbers(f"{code}28{sign}86123456")


@pytest.mark.parametrize(("word", "link"), list(product(WORDS, ("", "：", " ", "号码：", "（家）：", "号码是 ", ": "))))
def test_a_local_number_is_found_behind_the_word_for_a_telephone(word: str, link: str) -> None:
    """Of seven digits and of eight, in one piece and in two."""
    for number in ("86123456", "8612 3456", "8612-3456", "2345678", "234-5678"):
        text = f"{word}{link}{number}"
        plain = numerals_as_digits(level(text))
        assert holds_landline(plain), text
        assert may_hold_landline(plain)


@pytest.mark.parametrize("text", ["+852 9123 4567", "00853-66123456", "+886 912 345 678", "+886-2-2345-6789"])
def test_a_number_of_hong_kong_macau_or_taiwan_is_found_behind_its_code(text: str) -> None:
    """It needs its code: without it, it is eight figures."""
    assert holds_landline(text)
    assert not holds_landline(text.lstrip("+0")[4:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "86123456",
        "办公电话 86123456",
        "局里座机86123456",
        "电话 86123000",
        "电话 86123456 转 2",
        "电话 20260115",
        "电话费 86123456 元",
        "手机 2345678 部",
        "hotel 86123456",
        "电话：12345678",
        "电话：861234567",
        "tel 400-8200-000",
        "028x86123456",
        "028,86123456",
        "[028]86123000",
        "028-20260115",
        "7\n028\n86123456",
        "028\n86123456\n7",
        "02886123456",
        "+1 415 555 0100",
    ],
)
def test_what_is_no_persons_landline_passes(text: str) -> None:
    """Offices, switchboards, extensions, days, counts, words that end so, columns, other countries."""
    assert not holds_landline(text)


def test_the_words_are_patterns_that_an_empty_text_does_not_meet() -> None:
    """A list with an empty word would call everything a telephone."""
    import re

    assert all(re.search(words, "") is None for words in (LOCAL, TELEPHONES, OFFICE.pattern))
