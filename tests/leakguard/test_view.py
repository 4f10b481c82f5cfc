"""A text is given in every form in which it is searched, each made from the signs that a reader takes it for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.leakguard.signs import BREAK
from gateway.leakguard.view import Group, View, steps_of


def test_an_empty_text_has_nothing_in_any_form() -> None:
    """No form invents a sign."""
    view = View("")
    assert ("", "", "", "", "") == (view.letters, view.signs, view.digits, view.han, view.steps)
    assert ((), (), (), frozenset()) == (view.streams, view.groups, view.masked, view.grams)
    assert (False, False) == (view.mixed, view.latin)


@pytest.mark.parametrize("text", ["1234567", "abc 12", "王 1"])
def test_fewer_than_eight_signs_make_no_stream(text: str) -> None:
    """So few are met by chance."""
    assert () == View(text).streams


def test_a_full_stop_parts_what_stands_near() -> None:
    """So do more than ten other signs; a few do not."""
    assert f"王{BREAK}伟" == View("王。伟").near
    assert f"王{BREAK}伟" == View("王 12345678901 伟").near
    assert "王伟" == View("王 - 伟").near


def test_a_token_of_digits_alone_is_no_masked_one() -> None:
    """It hides nothing; one with hiding signs is given whole."""
    assert () == View("12345678").masked
    assert ("1234****5678",) == View("卡 1234****5678。").masked


def test_a_text_beyond_ascii_is_no_host_name() -> None:
    """Nor is one without a letter."""
    assert not View("a王").latin
    assert not View("123").latin
    assert View("xn--a").latin


def test_groups_are_the_runs_of_digits_where_they_stand() -> None:
    """An X ends one only where no word begins with it, and the digits leave it out."""
    view = View("ab 12 34x, 5Xy")
    assert (Group("12", 3, 5), Group("34X", 6, 9), Group("5", 11, 12)) == view.groups
    assert "12345" == view.digits


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        ("1234-5678", "12345678"),
        ("一二三四五六七八", "12345678"),
        ("１２３４５６７８", "12345678"),
        ("87654321", "12345678"),
        ("IZ34S67B", "12345678"),
        ("one two three four five six seven eight", "12345678"),
        ("1千2百3十4万5千6百7十8", "12345678"),
        ("1: 5, 2: 1, 3: 9, 4: 9, 5: 9, 6: 9, 7: 1, 8: 9", "51999919"),
    ],
)
def test_a_number_stands_in_one_piece_in_some_stream(text: str, stream: str) -> None:
    """Parted, in numerals, wide, backwards, in look-alikes, spelled, counted, or with the place of each digit."""
    view = View(text)
    assert any(stream in one for one in view.streams)
    assert stream in view.grams


def test_the_steps_of_a_number_are_the_same_however_its_digits_are_shifted() -> None:
    """They are taken modulo ten; one digit has none."""
    assert "129" == steps_of("0132")
    assert steps_of("0132") == steps_of("8910")
    assert "" == steps_of("7")
    assert "129" == View("0-1-3-2").steps


def test_words_are_given_in_upper_case_with_and_without_their_inner_points() -> None:
    """So that a.b-c is found as abc."""
    assert {"A", "B", "C", "ABC", "D1"} == View("a.b-c d1").words


def test_days_and_amounts_are_those_of_every_reading() -> None:
    """Numerals are read, too."""
    assert date(1960, 1, 2) in View("一九六〇年一月二日").days
    assert (Decimal("1200").normalize(), True) in View("一千二百元").amounts


@pytest.mark.parametrize(("mixed", "text"), [(False, "12345678"), (False, "a1"), (True, "12ab34cd"), (True, "1" * 19)])
def test_a_number_in_another_base_is_looked_for_only_where_it_may_stand(mixed: bool, text: str) -> None:
    """It has letters, or very many digits."""
    assert mixed is View(text).mixed


@pytest.mark.parametrize(("only", "text"), [(True, "王伟，你好"), (False, "王伟1"), (False, "王a"), (False, "王一")])
def test_chinese_characters_alone_are_known_as_such(only: bool, text: str) -> None:
    """A digit, a numeral and a letter are others."""
    assert only is View(text).only_han
