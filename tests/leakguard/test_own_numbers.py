"""A number of a record is found in a text in every form that gives it back, and not by what many numbers share."""

from __future__ import annotations

import pytest

from gateway.leakguard.found import Detector
from gateway.leakguard.own_numbers import OwnNumber
from gateway.leakguard.view import View
from tests.samples import NUMBER

CARD = "6259071384206951"
OWN = OwnNumber(CARD)
CITIZEN = OwnNumber(NUMBER)


def _found(own: OwnNumber, text: str, *, near: bool = True) -> Detector | None:
    return own.found_in(View(text), near=near)


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        f"卡号 {CARD}。",
        " ".join(CARD),
        "6259-0713-8420-6951",
        "六二五九零七一三八四二零六九五一",
        "59071384",
        f"尾 {CARD[-8:]}",
        CARD[::-1],
        "6259 then 0713 then 84 and 206951",
        "6951 8420 0713 6259",
        "".join(str((int(sign) + 3) % 10) for sign in CARD),
        "".join(str(9 - int(sign)) for sign in CARD),
        "".join(CARD[at : at + 2][::-1] for at in range(0, 16, 2)),
        CARD[::2] + CARD[1::2],
        f"{int(CARD):X}",
        f"{int(CARD):o} base 8",
        "six two five nine zero seven one three eight four two zero six nine five one",
    ],
)
def test_a_number_comes_back(text: str) -> None:
    """Whole, in part, parted, turned, in groups, shifted, in another base or in words."""
    assert Detector.RAW_VALUE is _found(OWN, text)


@pytest.mark.parametrize(
    ("own", "text"),
    [
        (OWN, "62590****206951"),
        (OWN, "625 *** 6951"),
        (OWN, "6259071******"),
        (OWN, "6259****6951"),
        (OWN, "62590***********"),
        (CITIZEN, "519999********003X"),
        (CITIZEN, "5199****003X"),
        (CITIZEN, "519999************"),
        (OwnNumber("T123456789"), "T123****789"),
    ],
)
def test_a_mask_that_shows_too_much_is_a_bad_mask(own: OwnNumber, text: str) -> None:
    """More than four characters around hidden ones tell whose number it is."""
    assert Detector.BAD_MASK is _found(own, text)


@pytest.mark.parametrize(
    ("own", "text"),
    [
        (OWN, ""),
        (OWN, "办理业务"),
        (OWN, "6259"),
        (OWN, "6259071"),
        (OWN, "62**********51"),
        (OWN, "6251****9999"),
        (OWN, "1111222233334444"),
        (CITIZEN, "519999"),
        (CITIZEN, "51999919"),
        (CITIZEN, "5199991960"),
        (CITIZEN, "519999***"),
        (CITIZEN, "519999198812129999"),
    ],
)
def test_what_many_numbers_share_is_no_number_of_this_record(own: OwnNumber, text: str) -> None:
    """A region, a century, seven digits, or a mask that keeps four are not enough to know one by."""
    assert None is _found(own, text)


@pytest.mark.parametrize("near", [True, False])
def test_eight_in_a_row_count_only_where_they_may_not_stand(near: bool) -> None:
    """An item may show them on purpose; the whole number in groups is found all the same."""
    assert near is (_found(OWN, CARD[4:12], near=near) is not None)
    assert Detector.RAW_VALUE is _found(OWN, CARD, near=near)


def test_eight_digits_within_a_long_run_are_met_by_chance() -> None:
    """A clock's run of many digits is not the number; ten of it are."""
    assert None is _found(OWN, f"17{CARD[4:12]}4455")
    assert Detector.RAW_VALUE is _found(OWN, f"17{CARD[4:14]}44")


def test_a_number_that_only_repeats_or_counts_is_known_whole() -> None:
    """Its windows are everybody's, so that none of them counts."""
    own = OwnNumber("12345678")
    assert frozenset() == own.grams
    assert Detector.RAW_VALUE is _found(own, "号 12345678。")
    assert None is _found(own, "2345678")


@pytest.mark.parametrize("signs", [NUMBER, NUMBER[:17], "519999600101001"])
def test_no_window_of_an_identity_number_lies_in_its_region_and_century(signs: str) -> None:
    """Of either generation: a window reaches beyond what a county and a decade share."""
    own = OwnNumber(signs)
    assert own.grams
    assert signs[:8] not in own.grams
    assert signs[-8:] in own.grams
