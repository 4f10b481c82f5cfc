"""Claims about the operators: safe for any input, equal for a row and for a column, and exactly what they declare."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking import generalise, predicate
from gateway.masking.context import Context
from gateway.masking.faults import MaskingError
from gateway.masking.partial import COMPOUND_SURNAMES, keep, keep_column, surname, surname_column
from tests.masking.pages import TODAY

TEXT = st.one_of(
    st.text(max_size=40),
    st.text("0123456789xX", max_size=20),
    st.text("０１２３４５６７８９王欧阳·𠮷𠀀 \u200b", max_size=20),
)
KEPT = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda kept: 1 <= sum(kept) <= 4)
DAYS = st.dates(date(1, 1, 1), TODAY)


def _survivors(value: str, masked: str) -> set[str]:
    return {value[at : at + 4] for at in range(len(value) - 3)} & {masked[at : at + 4] for at in range(len(masked) - 3)}


@given(TEXT, KEPT)
def test_no_four_characters_survive_beyond_the_declared_ends(value: str, kept: tuple[int, int]) -> None:
    """What PARTIAL shows are the declared ends and stars, whatever the value."""
    first, last = kept
    masked = keep(value, first, last)
    stripped = value.strip()
    assert masked[first : len(masked) - last].strip("*") == ""
    declared = {stripped[:first][at : at + 4] for at in range(first)} | {
        stripped[-last:][at : at + 4] for at in range(last)
    }
    assert {gram for gram in _survivors(value, masked) if gram.strip("*")} <= declared


@given(TEXT, TEXT, KEPT)
def test_the_masked_length_tells_nothing(one: str, other: str, kept: tuple[int, int]) -> None:
    """Any two values give masks of one length."""
    assert len(keep(one, *kept)) == len(keep(other, *kept)) == sum(kept) + 4


@given(TEXT, KEPT)
def test_at_most_half_of_a_value_is_shown(value: str, kept: tuple[int, int]) -> None:
    """A value shorter than twice what is kept becomes stars throughout."""
    if len(value.strip()) < 2 * sum(kept):
        assert keep(value, *kept) == "*" * (sum(kept) + 4)


@pytest.mark.parametrize(
    ("expected", "value", "first", "last"),
    [
        ("5****X", "51999919600101001X", 1, 1),
        ("5****x", "51999919600101001x", 1, 1),
        ("5****1", "519999600101001", 1, 1),
        ("T1****78", "T12345678", 2, 2),
        ("****7890", "9999981234567890", 0, 4),
        ("𠮷*****"[:5], "𠮷一", 1, 0),
        ("５****Ｘ", "５１９９９９Ｘ", 1, 1),
        ("******", "", 1, 1),
        ("******", "5", 1, 1),
        ("********", "1234567", 0, 4),
        ("******", "\ue000一二三四", 1, 1),
        ("******", "\ud800一二三四", 1, 1),
    ],
)
def test_partial_masks_awkward_values(expected: str, value: str, first: int, last: int) -> None:
    """Old and new numbers, lower-case x, full width, Extension B, short, empty, private use and lone surrogates."""
    assert expected.ljust(first + last + 4, "*") == keep(value, first, last).ljust(first + last + 4, "*")


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("王**", "王伟"),
        ("王**", "王小明"),
        ("欧阳**", "欧阳小明"),
        ("欧**", "欧阳"),
        ("歐陽**", "歐陽修"),
        ("阿**", "阿卜杜·热合曼"),
        ("司**", "司马·某"),
        ("𠮷**", "𠮷野"),
        ("J**", "John Smith"),
        ("***", "王"),
        ("***", ""),
        ("***", "\ue000一"),
        ("王**", "  王伟  "),
    ],
)
def test_a_name_shows_its_surname_alone(expected: str, name: str) -> None:
    """A compound surname is whole; a name with a separator shows its first character; a short one nothing."""
    assert expected == surname(name)


@given(st.lists(st.one_of(st.none(), TEXT), max_size=40), KEPT)
def test_a_column_is_masked_as_its_rows_are(values: list[str | None], kept: tuple[int, int]) -> None:
    """The ways for columns give what the way for one value gives, and null stays null."""
    expected = tuple(None if value is None else keep(value, *kept) for value in values)
    assert expected == keep_column(tuple(values), *kept)
    assert tuple(None if value is None else surname(value) for value in values) == surname_column(tuple(values))


@given(st.lists(st.text("王李欧阳司马东方一二", min_size=2, max_size=5), min_size=8, max_size=20))
def test_long_columns_of_names_are_masked_as_their_rows_are(names: list[str]) -> None:
    """The quick way for plain names agrees with the slow one."""
    masked = tuple(map(surname, names))
    assert masked == surname_column(tuple(names))
    assert all(each.rstrip("*") in COMPOUND_SURNAMES or len(each) == 3 for each in masked)


@given(DAYS, st.integers(1, 150))
def test_age_is_counted_in_completed_years(born: date, years: int) -> None:
    """`age_at_least` turns on the birthday, by the calendar."""
    age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
    assert (age >= years,) == predicate.age_at_least((born,), years, TODAY)


@pytest.mark.parametrize(
    ("expected", "born", "today"),
    [
        (False, date(1964, 2, 29), date(2024, 2, 28)),
        (True, date(1964, 2, 29), date(2024, 2, 29)),
        (False, date(1964, 2, 29), date(2026, 2, 28).replace(year=2023)),
        (True, date(1963, 3, 1), date(2023, 3, 1)),
        (False, date(1963, 3, 1), date(2023, 2, 28)),
        (True, date(1964, 2, 28), date(2024, 2, 29)),
        (False, date(1964, 3, 1), date(2024, 2, 29)),
    ],
)
def test_leap_days_neither_add_nor_lose_a_year(expected: bool, born: date, today: date) -> None:
    """Who was born on 29 February completes a year on 1 March of a common year."""
    assert (expected,) == predicate.age_at_least((born,), 60, today)


@given(st.lists(DAYS, min_size=16, max_size=40), st.dates(TODAY, date(2100, 1, 1)))
def test_age_bands_of_a_column_are_those_of_its_rows(born: list[date], today: date) -> None:
    """The latest dates worked out for a column give the bands that counting gives."""
    rows = tuple(generalise.age_band((each,), Context(today))[0] for each in born)
    assert rows == generalise.age_band(tuple(born), Context(today))


@pytest.mark.parametrize(
    ("expected", "age"),
    [("0-13", 0), ("0-13", 13), ("14-17", 14), ("18-59", 18), ("18-59", 59), ("60-64", 60), ("65-69", 65), ("70+", 70)],
)
def test_age_bands_turn_where_the_law_does(expected: str, age: int) -> None:
    """Under 14 is a child, 18 an adult, and 60, 65 and 70 open concessions."""
    assert (expected,) == generalise.age_band((TODAY.replace(year=TODAY.year - age),), Context(TODAY))


@pytest.mark.parametrize("operator", [generalise.age_band, lambda v, c: predicate.age_at_least(v, 60, c.today)])
@pytest.mark.parametrize("count", [1, 20])
def test_nobody_is_born_tomorrow(operator: object, count: int) -> None:
    """A birth date after today is an error, in a row and in a column."""
    with pytest.raises(MaskingError, match="expected a birth date up to today"):
        operator((TODAY + timedelta(1),) * count, Context(TODAY))  # type: ignore[operator]  # both are operators of dates


@pytest.mark.parametrize(
    ("expected", "amount"),
    [
        ("0", "0"),
        ("0", "-0.00"),
        ("0-100", "0.000001"),
        ("0-100", "99.99"),
        ("100-500", "100"),
        ("1000-2000", "1999.999999"),
        ("50000-100000", "99999.99"),
        ("100000+", "100000"),
        ("100000+", "999999999999999"),
        ("<0", "-0.01"),
    ],
)
def test_amounts_fall_into_bands(expected: str, amount: str) -> None:
    """A band holds its lower bound; nothing and debts stand apart."""
    assert (expected, None) == generalise.amount_band((amount, None), Context(TODAY))


@pytest.mark.parametrize(
    "amount", ["", "1,000", "1e3", "NaN", "inf", "１２", "1_000", "+5", ".5", "5.", " 5", "5\n", "1\n2", "9" * 16]
)
def test_what_is_no_plain_decimal_fails(amount: str) -> None:
    """No spelling that a float would take passes, alone or among others."""
    for column in ((amount,), ("1", amount, "2"), (amount, None)):
        with pytest.raises(MaskingError, match="expected plain decimals"):
            generalise.amount_band(column, Context(TODAY))


def test_dates_become_years_and_months() -> None:
    """Years have four digits, even the first."""
    days = (date(1960, 5, 1), None, date(1, 12, 31))
    assert ("1960", None, "0001") == generalise.year(days, Context(TODAY))
    assert ("1960-05", None, "0001-12") == generalise.year_month(days, Context(TODAY))


def test_predicates_answer_and_null_stays_null() -> None:
    """Only `is_present` answers for null; a blank text is not there."""
    assert (True, False, None) == predicate.is_true((True, False, None))
    assert (True, False, False, None) == predicate.is_one_of(("a", "A", "", None), {"a"})
    assert (True, False, False, False, True) == predicate.is_present(("x", "", " \u3000", None, 0))
    assert (None,) == predicate.age_at_least((None,), 60, TODAY)


@pytest.mark.parametrize("odd", [" 王一", "王一 ", "\u200b王一", "\x1b[31m王", "王\0", "", "王", None, "欧阳一明", "a"])
@pytest.mark.parametrize("place", [0, 20])
def test_one_odd_value_in_a_long_column_is_masked_as_alone(odd: str | None, place: int) -> None:
    """The quick way of a column serves no value that must be looked at by itself."""
    values: list[str | None] = ["李小明"] * 20
    values.insert(place, odd)
    column = tuple(values)
    assert tuple(None if value is None else surname(value) for value in values) == surname_column(column)
    for kept in ((1, 1), (0, 1), (1, 0)):
        assert tuple(None if value is None else keep(value, *kept) for value in values) == keep_column(column, *kept)


@pytest.mark.parametrize("count", [1, 40])
def test_a_null_among_birth_dates_stays_one(count: int) -> None:
    """In a short column as in a long one."""
    born = (None, *(date(1960, 1, 1),) * count)
    assert (None, *("65-69",) * count) == generalise.age_band(born, Context(TODAY))


@pytest.mark.parametrize("code", ["", "51010", "5101044", "510104\n", "０１２３４５", "x51010", "010104", "510104 "])
def test_what_is_no_region_code_is_not_rolled_up(code: str) -> None:
    """Whatever the table of regions would say to it."""
    with pytest.raises(MaskingError, match="six digits"):
        generalise._roll_up(("510104", None, code), lambda found: "510000")
