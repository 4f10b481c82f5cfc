"""Numbers of persons: one writing, and the forms that a number can have."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity_number import check_digit, modern
from gateway.ground.identity_numbers import POWER, fault_of, fold, is_power

TODAY = date(2026, 11, 30)
DIGITS = st.text("0123456789", min_size=17, max_size=17)


@pytest.mark.parametrize(
    "number",
    [
        "519999196001010013",
        "51999919600101003X",
        "999999196001010004",
        "810000199408230021",
        "830000197508230015",
        "911124198108030024",
        "519999600101001",
        "USA000000E12345678",
        "KOR0000000M1234567",
        "USA510090010101",
        "HKG00000H123456701",
    ],
)
def test_a_number_in_one_of_the_forms_can_exist(number: str) -> None:
    """A6: citizens, residents from Hong Kong and Taiwan, foreigners with a card of 2023, a passport or an old card."""
    assert None is fault_of(number, TODAY)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "0 characters"),
        ("51999919600101001", "17 characters"),
        ("5199991960010100133", "19 characters"),
        ("51999960010100", "14 characters"),
        ("019999196001010013", "18 characters"),
        ("51999919600101001x", "18 characters"),
        ("５19999196001010013", "18 characters"),
        ("519999 19600101001", "18 characters"),
        ("51999919600101X013", "18 characters"),
        ("519999196001010014", "wrong check character"),
        ("519999199001010000", "as a table program rounds"),
        ("519999196002300012", "birthday"),
        ("519999196013010012", "birthday"),
        ("519999099901010012", "birthday"),
        ("519999000230001", "birthday"),
        ("519999001301001", "birthday"),
        ("5.1E+17", "power of ten"),
        ("5.19999E+17", "power of ten"),
        ("5,1E+17", "power of ten"),
        ("USA", "3 characters"),
        ("USA000000000000000", "18 characters"),
        ("US0000000E12345678", "18 characters"),
        ("USA51009001010", "14 characters"),
        ("A12345678", "9 characters"),
        ("王一", "2 characters"),
    ],
)
def test_a_number_in_none_of_the_forms_cannot_exist(number: str, said: str) -> None:
    """A6: what is wrong is told in both languages, the number is not."""
    fault = fault_of(number, TODAY)
    assert fault is not None
    assert said in fault.en
    assert fault.zh
    assert not number or number not in fault.en + fault.zh


@given(DIGITS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first: str, place: int, shift: int) -> None:
    """A6: MOD 11-2 finds every single error, and a number of another form is none."""
    number = f"5{first[1:6]}19600101{first[14:]}"
    number += check_digit(number)
    assert None is fault_of(number, TODAY)
    other = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert None is not fault_of(other, TODAY)


@given(st.text(max_size=25))
def test_what_can_exist_is_folded_already(text: str) -> None:
    """A6: no text of a key ends in an exception, and what passes has its one writing."""
    assert fault_of(text, TODAY) is not None or text == fold(text)


@pytest.mark.parametrize(
    "written",
    ["51999919600101003x", "５１９９９９１９６００１０１００３Ｘ", " 51999919600101003X\u3000", "51999919600101003ｘ"],
)
def test_small_x_full_width_and_outer_blanks_are_folded(written: str) -> None:
    """A6: counters type all of them."""
    assert "51999919600101003X" == fold(written)


def test_both_rooms_know_one_check_character() -> None:
    """A6: adapters and gateway compute it each for itself."""
    for serial in range(200):
        short = f"519999600101{serial:03d}"
        assert None is fault_of(short, TODAY)
        assert None is fault_of(modern(short), TODAY)


@pytest.mark.parametrize("text", ["5.1E+17", "1e+5", "6.22Ｅ＋18", "-1E+02"])
def test_a_power_of_ten_is_known(text: str) -> None:
    """A6: in any key."""
    assert is_power(text)
    assert POWER.zh
    assert POWER.en


@pytest.mark.parametrize("text", ["", "E+17", "5.1E17", "A1E+17", "5E", "王+1", "622202E12345"])
def test_other_texts_are_no_power_of_ten(text: str) -> None:
    """A6: a code may hold an E between digits."""
    assert not is_power(text)


@pytest.mark.parametrize(
    ("first", "born"),
    [
        ("51999920261130001", True),
        ("51999920261201001", False),
        ("51999920990307001", False),
        ("81000020270101001", False),
    ],
)
def test_nobody_is_born_after_today(first: str, born: bool) -> None:
    """A6: today's newborn has a number, tomorrow's has none; the check character is judged first."""
    number = first + check_digit(first)
    fault = fault_of(number, TODAY)
    assert born == (fault is None)
    assert born or (fault is not None and "still to come" in fault.en)
    assert None is fault_of(number, date(2100, 1, 1))
    wrong = fault_of(first + ("X" if number[17] != "X" else "1"), TODAY)
    assert wrong is not None
    assert "wrong check character" in wrong.en
