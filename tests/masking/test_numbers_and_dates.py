"""Claims about ROUND, DATE_SHIFT, REDACT, SUBSTITUTE and the chapters of ICD-10."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.masking import rounding
from gateway.masking.context import Context
from gateway.masking.date_shift import FIRST, LAST, STAND_INS, date_shift, days
from gateway.masking.diagnosis import CHAPTERS, icd_chapter
from gateway.masking.faults import MaskingError
from gateway.masking.redact import redact
from gateway.masking.substitute import DICTIONARIES, substitute
from tests.masking.pages import TODAY

KEY = bytes(range(32))
HERE = Context(TODAY)
TO = st.sampled_from([10, 100, 1_000, 10_000])
DECIMALS = st.decimals(-(10**15) + 1, 10**15 - 1, places=6).map(lambda value: f"{value:f}")
PERSON = "51999919600101001X"


@given(st.lists(st.one_of(st.none(), DECIMALS), max_size=20), TO)
def test_decimals_are_rounded_to_the_nearest_multiple(values: list[str | None], to: int) -> None:
    """Halves away from zero, as decimal arithmetic has it; no sign before nothing."""
    expected = tuple(
        None if value is None else str(int((Decimal(value) / to).quantize(Decimal(1), ROUND_HALF_UP)) * to)
        for value in values
    )
    assert expected == rounding.decimals(tuple(values), to)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=20), TO)
def test_whole_numbers_are_rounded_alike(values: list[int | None], to: int) -> None:
    """At most half a step away, and always a multiple."""
    for value, rounded in zip(values, rounding.integers(tuple(values), to), strict=True):
        assert (value is None) is (rounded is None)
        assert value is None or rounded is None or (rounded % to == 0 and abs(rounded - value) <= to // 2)


@pytest.mark.parametrize("value", ["", "1e3", "１２", "NaN", "12 ", "1,000", "张三", "1" * 16])
def test_what_is_no_plain_decimal_is_not_rounded(value: str) -> None:
    """No spelling passes that only looks like a number."""
    with pytest.raises(MaskingError, match="expected plain decimals"):
        rounding.decimals((value,), 10)


@given(st.text("0123456789xX张", min_size=1, max_size=20), st.integers(30, 365))
def test_a_person_moves_by_some_days_within_the_bound(subject: str, most: int) -> None:
    """Never 0, never further than the bound, always the same."""
    moved = days(KEY, most, subject).days
    assert 1 <= abs(moved) <= most
    assert moved == days(KEY, most, subject).days


@given(st.lists(st.dates(FIRST, LAST), max_size=10))
def test_the_dates_of_a_person_keep_their_distances(dates: list[date]) -> None:
    """One shift for one person: what was ten days later stays so."""
    moved = date_shift(KEY, 100)(tuple(dates), Context(TODAY, (), (PERSON,) * len(dates)))
    shift = days(KEY, 100, PERSON)
    assert tuple(None if each in STAND_INS else each + shift for each in dates) == moved


def test_every_shift_occurs_on_both_sides() -> None:
    """Over many people all days but 0 are met, none far more than another."""
    met = [days(KEY, 30, f"person {at}").days for at in range(6_000)]
    assert {*range(-30, 0), *range(1, 31)} == set(met)
    assert max(map(met.count, set(met))) < 200


def test_a_person_is_known_by_the_old_number_and_in_any_spelling() -> None:
    """15 digits, lower-case x, full width and outer blanks move by the same days; another key does not always."""
    spellings = ("519999600101001", "51999919600101001x", "５１９９９９１９６００１０１００１Ｘ", f" {PERSON} ")
    assert {days(KEY, 365, PERSON)} == {days(KEY, 365, each) for each in spellings}
    people = [f"person {at}" for at in range(50)]
    assert [days(KEY, 365, each) for each in people] != [days(bytes(32), 365, each) for each in people]


@pytest.mark.parametrize(
    "stand_in", [date.min, date.max, date(9999, 12, 31), date(1849, 12, 31), date(2151, 1, 1), *STAND_INS]
)
def test_days_that_stand_for_none_do_not_tell_the_shift(stand_in: date) -> None:
    """A day that everybody knows, moved, would give the shift away: it comes out as null."""
    assert (None, None) == date_shift(KEY, 30)((stand_in, None), Context(TODAY, (), (PERSON, PERSON)))


@pytest.mark.parametrize("subjects", [(), (PERSON,), (PERSON, ""), (PERSON, " \u3000")])
def test_dates_without_a_subject_fail(subjects: tuple[str, ...]) -> None:
    """Too few subjects, or one without a name."""
    with pytest.raises(MaskingError, match="expected"):
        date_shift(KEY, 30)((TODAY, TODAY), Context(TODAY, (), subjects))


@given(st.lists(st.one_of(st.none(), st.text(), st.integers(), st.dates(), st.booleans()), max_size=20))
def test_redacted_cells_are_all_alike(values: list[object]) -> None:
    """Null as well: not even the absence of a value is told."""
    assert ("***",) * len(values) == redact(tuple(values), HERE)


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=30), st.sampled_from(sorted(DICTIONARIES)))
def test_substitutes_come_from_the_list_and_are_steady(values: list[str | None], dictionary: str) -> None:
    """Each is an entry of its list, the same for the same value, row by row as in the column."""
    made = substitute(KEY, dictionary)
    masked = made(tuple(values))
    assert tuple(made((value,))[0] for value in values) == masked
    assert [value is None for value in values] == [cell is None for cell in masked]
    assert {cell for cell in masked if cell is not None} <= set(DICTIONARIES[dictionary])


def test_every_entry_of_a_list_says_that_it_is_made_up() -> None:
    """Each holds a word for sample, and none stands twice."""
    for entries in DICTIONARIES.values():
        assert len(entries) == len(set(entries)) >= 32
        assert all(set("样例示范") & set(entry) for entry in entries)


def test_a_list_that_is_not_known_is_a_fault() -> None:
    """There is no empty list to fall back on."""
    with pytest.raises(KeyError):
        substitute(KEY, "other")


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        *(("I", "A00"), ("I", "b99.9"), ("II", "D48"), ("III", "D50.0"), ("V", "F32.901"), ("X", "J18.900x001")),
        *(("XIX", "S72"), ("XIX", "T98"), ("XX", "V01"), ("XX", "Y98"), ("XXI", "Z99"), ("XXII", "U07.1")),
        *(("XIII", "M05.3†"), ("IX", "I52.8*"), ("IX", " Ｉ１０ "), ("VII", "H59"), ("VIII", "H60")),
    ],
)
def test_a_diagnosis_becomes_its_chapter(expected: str, code: str) -> None:
    """Subcategories, clinical extensions, marks, width and case do not count."""
    assert (expected, None) == icd_chapter((code, None), HERE)


@pytest.mark.parametrize(
    "code",
    ["", "A", "A0", "D49", "D90", "E91", "T99", "V00", "Y99", "H96", "A000", "肺炎", "10A", "A00\nB00", "A00" * 99],
)
def test_what_is_no_code_of_a_chapter_fails(code: str) -> None:
    """Gaps between the chapters, words, and whatever is too long."""
    with pytest.raises(MaskingError, match=r"expected a code of ICD-10"):
        icd_chapter((code,), HERE)


def test_the_chapters_stand_in_order_and_apart() -> None:
    """Twenty-two chapters, none reaching into the next."""
    assert 22 == len({chapter for _, _, chapter in CHAPTERS})
    flat = [bound for first, last, _ in CHAPTERS for bound in (first, last)]
    assert sorted(flat) == flat
