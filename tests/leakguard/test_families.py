"""Claims about runs of digits: which are numbers of persons, and in which groups a card stands; and credit codes."""

from __future__ import annotations

from random import Random

import pytest

from gateway.leakguard.credit import holds_credit_code
from gateway.leakguard.families import holds_date, is_card_in_groups, is_luhn_card, kind_of
from gateway.leakguard.found import Detector
from tests.leakguard.corpus.people import OTHER_CREDIT, luhn
from tests.samples import NUMBER

DINERS, UNIONPAY, VISA = "30569309025904", luhn("622202123456789012"), "4111111111111111"


@pytest.mark.parametrize(
    ("expected", "digits"),
    [
        (Detector.IDENTITY_NUMBER, NUMBER),
        (Detector.MOBILE_PHONE, "8613800138000"),
        (Detector.BANK_CARD, DINERS),
        (Detector.BANK_CARD, UNIONPAY),
        (None, ""),
        (None, "1380013800"),
        (None, "30569309025905"),
        (None, "3056930902590"),
    ],
)
def test_a_run_of_digits_is_what_its_form_says(expected: Detector | None, digits: str) -> None:
    """Too short, too long or with another check digit it is nothing."""
    assert expected is kind_of(digits)


@pytest.mark.parametrize("digits", [DINERS, UNIONPAY, VISA, "378282246310005", "3530111333300000", "6011111111111117"])
def test_a_card_of_any_family_stands_in_groups_of_any_size(digits: str) -> None:
    """Two digits and more in each group but the last; one digit changed, it is none."""
    random = Random(digits)
    for _ in range(200):
        cuts = sorted(random.sample(range(2, len(digits), 2), random.randrange(1, 5)))
        bounds = list(zip([0, *cuts], [*cuts, len(digits)], strict=True))
        assert is_card_in_groups([digits[start:end] for start, end in bounds], everyday=False)
        other = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        assert not is_card_in_groups([other[start:end] for start, end in bounds], everyday=False)
    assert is_luhn_card(digits)


@pytest.mark.parametrize(
    "groups",
    [
        "3056930 9025904",
        "41 1111 1111 1111 11",
        "400 820 0000 00009",
        "36 148 900 647 186",
        "3 056 930 902 5904",
        "61637004 028 86000000",
    ],
)
def test_figures_of_other_things_are_no_card_where_blanks_alone_stand_between(groups: str) -> None:
    """The first group is of four digits or six; a service line and thousands are none, nor is one digit a group."""
    assert not is_card_in_groups(groups.split(), everyday=True)


@pytest.mark.parametrize(
    ("expected", "groups"),
    [(True, "2026 01 15"), (True, "4111 2026 1 5"), (True, "20260115 42"), (False, "2026 13 15"), (False, "26 01 15")],
)
def test_groups_that_hold_a_day_are_seen(expected: bool, groups: str) -> None:
    """In one group or three, the month and the day with or without their zeros."""
    assert expected is holds_date(groups.split())


@pytest.mark.parametrize("sign", ["", "-", " ", "/", "|", "·"])
def test_a_credit_code_is_found_in_groups_of_six(sign: str) -> None:
    """With its check character alone; not inside a longer word."""
    told = sign.join(OTHER_CREDIT[at : at + 6] for at in (0, 6, 12))
    assert holds_credit_code(told)
    assert not holds_credit_code(told[:-1] + ("0" if told[-1] != "0" else "1"))
    assert not holds_credit_code(f"A{told}")
