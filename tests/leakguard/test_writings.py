"""Dates, amounts and numbers that are written out are read as what they say, and nothing is made of other words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.leakguard.writings import amounts_in, dates_in, spelled_amount, spelled_digits, written_numbers

DAY = date(1960, 1, 2)


@pytest.mark.parametrize("text", ["1200", "a 12", "1a2", "办理业务", "1.5", ""])
def test_a_text_without_counting_signs_stays_as_it_is(text: str) -> None:
    """Nothing is read into it."""
    assert text == written_numbers(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1千2百", "1200"),
        ("1万2千3百4十5", "12345"),
        ("十", "10"),
        ("2十3", "23"),
        ("廿3", "23"),
        ("卅", "30"),
        ("1百05", "105"),
        ("3拾", "30"),
        ("2億", "200000000"),
        ("3万亿", "3000000000000"),
        ("1.25万元", "12500.00元"),
        ("5块2毛", "5元2角"),
        ("共1千2百户", "共1200户"),
    ],
)
def test_a_number_with_units_is_written_in_digits(text: str, expected: str) -> None:
    """Plain, formal and spoken units, small within large ones, and what stands around stays."""
    assert expected == written_numbers(text)


@pytest.mark.parametrize(
    "text", ["", "one two three four", "nothing of the kind at all here", "123456789", "... --- ..."]
)
def test_few_words_of_digits_spell_nothing(text: str) -> None:
    """Fewer than five are met in any sentence."""
    assert "" == spelled_digits(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three four five", "12345"),
        ("five one nine nine nine nine", "519999"),
        ("yao san ba ling ling", "13800"),
        ("double five one one one one", "551111"),
        ("one triple zero one one one", "1000111"),
        ("nineteen sixty one two three", "196123"),
        ("twenty one thirty four five six", "213456"),
        ("one two three four five twenty", "1234520"),
        ("----- .---- ..--- ...-- ....- .....", "012345"),
    ],
)
def test_words_and_morse_signs_spell_their_digits(text: str, expected: str) -> None:
    """English, pinyin, repetitions, tens and Morse."""
    assert expected == spelled_digits(text)


@pytest.mark.parametrize("text", ["", "1960-13-02", "1960-02-30", "2199-01-02", "60", "1.2", "31 feb 1960", "x602"])
def test_what_is_no_day_names_none(text: str) -> None:
    """Neither a month that is none nor a day that its month lacks is mended."""
    assert set() == dates_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "1960-01-02",
        "1960/1/2",
        "1960.01.02",
        "1960年1月2日",
        "1960 01 02",
        "19600102",
        "51999919600102001X",
        "2/1/1960",
        "1/2/1960",
        "2 Jan 1960",
        "2nd of January, 1960",
        "Jan 2, 1960",
        "January 2nd 1960",
        "1960 Jan 2",
        "60-01-02",
        "2 jan '60",
        "1960\uffff01\uffff02",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    """In each order of its parts, with the month's name or its number, also within a longer number."""
    assert DAY in dates_in(text)


def test_a_year_of_two_digits_is_of_this_century_or_the_last() -> None:
    """Both are compared."""
    assert {DAY, date(2060, 1, 2)} <= dates_in("60-01-02")


@pytest.mark.parametrize("text", ["", "元", "办理业务", "¥", "1E99999999999"])
def test_what_names_no_amount_gives_none_or_what_can_be_counted(text: str) -> None:
    """Nothing is raised for a number without end."""
    assert all(amount.is_finite() for amount, _ in amounts_in(text))


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1200", "1200", False),
        ("1,200.50", "1200.5", False),
        ("1 200", "1200", False),
        ("1200元", "1200", True),
        ("¥1200", "1200", True),
        ("RMB 1200", "1200", True),
        ("1200 yuan", "1200", True),
        ("12角", "1.2", True),
        ("12元3角4分", "12.34", True),
        ("12元05分", "12.05", True),
        ("12点5", "12.5", False),
        ("1.2E3", "1200", False),
        ("three thousand two hundred", "3200", True),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, amount: str, currency: bool) -> None:
    """End zeros do not count, parts of a yuan do, and whether a currency stands beside it is told."""
    assert (Decimal(amount).normalize(), currency) in amounts_in(text)


@pytest.mark.parametrize("text", ["", "hundred thousand", "the money", "won"])
def test_words_without_a_number_give_no_amount(text: str) -> None:
    """A scale alone is none."""
    assert 0 == spelled_amount(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (5, "five"),
        (21, "twenty one"),
        (3200, "three thousand two hundred"),
        (1_000_015, "one million fifteen"),
        (250_000, "two hundred fifty thousand"),
    ],
)
def test_english_words_give_their_amount(expected: int, text: str) -> None:
    """Hundreds scale what stands before them, thousands and millions all of it."""
    assert expected == spelled_amount(text)
