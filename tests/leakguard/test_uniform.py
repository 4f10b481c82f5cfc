"""Claims about groups that one sign sets apart: which signs separate, and which count, join or list figures."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from gateway.leakguard.found import Detector
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.signs import level, numerals_as_digits
from gateway.leakguard.uniform import numbers_between_signs

SIGNS = "→◦$^%!?♥😀€°÷★☎¶§※➡"
LETTERS = ("x", "X", "a", "Z", "转", "杠", "的", "空", "苹果")


@pytest.mark.parametrize("sign", [*SIGNS, *LETTERS])
def test_one_sign_of_any_kind_separates(sign: str) -> None:
    """A mobile number, with a blank beside the sign or none, and a card; the cheap look lets neither through."""
    for gap, (expected, number) in product(
        (sign, f" {sign} "),
        ((Detector.MOBILE_PHONE, ("138", "0013", "8000")), (Detector.BANK_CARD, ("3056", "930902", "5904"))),
    ):
        text = f"备注：{gap.join(number)}。"
        assert {expected} == find_numbers(text)
        assert suspicious(text)


@pytest.mark.parametrize(
    "text",
    [
        "138\n0013\n8000",
        "138:0013-8000",
        "138♥0013—8000",
        "138→00138000",
        "1→3→8→0→0→1→3→8→0→0→0",
        "519999$850315$123",
    ],
)
def test_a_number_between_signs_is_found(text: str) -> None:
    """A line feed, several marks, two groups, digit by digit, an identity number of the old form."""
    assert numbers_between_signs(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "138→0013→8000→9",
        "1→138→0013→8000",
        "138→0013→800",
        "$138 $0013 $8000",
        "138%0013%8000%",
        "138人1234人5678",
        "138 and 1234 and 5678",
        "138,2019,2020",
        "138=2019=2020",
        "138\n2019\n2020",
        "138\n1200\n1300",
        "7\n138\n0013\n8000",
        "138\n0013\n8000\n7",
        "150x1200x2000",
        "138→20260115",
        "138 1234 = 5678",
        "138%1234，5678%",
        "139♥1200-1500",
        "4111;1111;1111;1111",
        "3056♥930902♥5905",
        "01♥02♥03♥04♥05♥06",
    ],
)
def test_what_counts_joins_or_lists_figures_separates_no_number(text: str) -> None:
    """Longer lists, units, years, tens, days, another check digit."""
    assert set() == numbers_between_signs(numerals_as_digits(level(text)))


def test_random_rows_of_figures_are_nearly_never_numbers() -> None:
    """Of 20,000 rows of three to five figures with one sign between, fewer than one in a hundred sounds."""
    random, sounding = Random(7), 0
    for _ in range(20_000):
        sign = random.choice("→/|、;，♥")
        row = sign.join(str(random.randrange(10 ** random.randrange(1, 6))) for _ in range(random.randrange(3, 6)))
        sounding += bool(numbers_between_signs(level(row)))
    assert sounding < 200
