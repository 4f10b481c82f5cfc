"""Text of others is spelt before it is shown, and loses nothing by it (F3, F12)."""

from __future__ import annotations

import json
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.visible import CONTROL, spell_unseen, unseen_in


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (r"\u001b[2J\u001b]0;pwned\u0007", "\x1b[2J\x1b]0;pwned\x07"),
        (r"\u202eabc\u202c", "\u202eabc\u202c"),
        (r"\u0000", "\0"),
        (r"\u007f\u009b31m", "\x7f\x9b31m"),
        (r"a\u000d\u000ab\u0009", "a\r\nb\t"),
        (r"\ud800", "\ud800"),
        (r"\u2028\u2029", "\u2028\u2029"),
        (r"\u200b\u2066\ufeff\u00ad\u061c", "\u200b\u2066\ufeff\xad\u061c"),
        (r"\udb40\udc41", "\U000e0041"),
        ("王　一 \\u001b \ue000 𠮷", "王　一 \\u001b \ue000 𠮷"),
        ("", ""),
    ],
)
def test_signs_that_command_or_hide_are_spelt(expected: str, text: str) -> None:
    """As JSON spells them; spaces of Chinese text, rare and private characters stay."""
    assert expected == spell_unseen(text)


def test_lines_of_ours_stay_lines() -> None:
    """A line feed alone, and only where it is asked for."""
    assert "a\nb\\u000d" == spell_unseen("a\nb\r", lines=True)
    assert "a\\u000ab" == spell_unseen("a\nb")


@given(st.text(st.characters(exclude_characters='"\\')), st.booleans())
def test_nothing_unseen_is_left_and_nothing_is_lost(text: str, lines: bool) -> None:
    """And `json` reads back what was spelt."""
    spelt = spell_unseen(text, lines=lines)
    left = {category(sign) for sign in spelt.replace("\n", "" if lines else "\n")}
    assert left.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert text == json.loads('"' + spelt.replace("\n", "\\n") + '"')


def test_what_the_contract_refuses_is_never_shown() -> None:
    """Every control sign of the contract is one that is spelt."""
    control = [chr(point) for point in range(0x110000) if CONTROL.match(chr(point))]
    assert 65 + 7 + 4 + 2048 == len(control)
    assert not [sign for sign in control if CONTROL.search(spell_unseen(sign))]


@pytest.mark.parametrize(
    "text", ["", "办理 业务", "（一）窗口·代办", "A-1", "𠮷家坝社区", "Büro №1", "王·一", "\U000323af", "\U0002ebf0"]
)
def test_what_can_be_seen_passes(text: str) -> None:
    """Ordinary and rare characters, those younger than this Python too, signs and blanks between them."""
    assert None is unseen_in(text)


UNSEEN = [
    ("\u200b王一", "signs without width", "零宽字符"),
    ("王一\ufeff", "signs without width", "零宽字符"),
    ("王\u202e一", "signs without width", "零宽字符"),
    ("\x1b[31m王", "control characters", "控制字符"),
    ("王\n一", "control characters", "控制字符"),
    ("王\x85", "control characters", "控制字符"),
    ("王\u2028一", "line separators", "行分隔符"),
    ("王\u2029一", "paragraph separators", "段落分隔符"),
    ("王\ufe0f", "variation selectors", "异体选择符"),
    ("王\U000e0101", "variation selectors", "异体选择符"),
    ("王\U000e0041", "tag characters", "标签字符"),
    ("\ue000王", "private use area", "私用区字符"),
    ("\U0010fffd", "private use area", "私用区字符"),
    ("王\u0378", "Unicode does not know", "未定义"),
    ("王\U0002ffff", "Unicode does not know", "未定义"),
    ("王\ud800", "halves", "半个字符"),
    ("\u2800", "show nothing", "不显示"),
    ("王\u3164", "show nothing", "不显示"),
    ("王\ufffc", "show nothing", "不显示"),
    ("王\ufffd一", "show nothing", "不显示"),
    ("王\u180f", "", ""),
    ("  ", "nothing but blanks", "只有空白"),
    ("\u3000\u2003", "nothing but blanks", "只有空白"),
]


@pytest.mark.parametrize(("text", "en", "zh"), UNSEEN)
def test_what_cannot_be_seen_is_told_in_both_languages(text: str, en: str, zh: str) -> None:
    """F13: control signs, direction, zero width, private use, fillers and blanks alone; never the text itself."""
    found = unseen_in(text)
    assert found is not None
    assert en in found.en
    assert zh in found.zh
    assert "王" not in found.zh
