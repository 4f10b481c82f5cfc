"""Text of others is spelt before it is shown, and loses nothing by it (F3, F12)."""

from __future__ import annotations

import json
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.visible import CONTROL, spell_unseen


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
