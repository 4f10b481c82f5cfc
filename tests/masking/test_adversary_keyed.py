"""Claims against somebody who holds hashed, permuted, shifted, rounded and sealed columns."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Value
from gateway.ground.item import Field, Kind, Level
from gateway.masking.context import Context
from gateway.masking.date_shift import STAND_INS
from gateway.masking.faults import MaskingError
from gateway.masking.sealed import Opener, encrypt, envelope
from tests.masking.attack import NASTY, OTHER, masked, numbers_of, operator, rises
from tests.masking.pages import TODAY, identity_number
from tests.samples import field

ASSIGNED = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82}
"""First two digits of the regions of GB/T 2260."""


def fpe(form: str, cipher: str = "aes") -> Field:
    """Make a format-preserving field."""
    return field("number", Kind.STRING, Level.FORMAT_PRESERVING, form=form, cipher=cipher)


def _valid_identity(text: str) -> bool:
    """Tell whether a text can be a number of GB 11643, in or out of force, or one of its kin that begin with 8 or 9."""
    if len(text) != 18 or not text[:17].isdigit() or identity_check(text[:17]) != text[17].upper():
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return text[0] in "89"
    return int(text[:2]) in ASSIGNED or text[0] in "89"


def identity_check(head: str) -> str:
    """Return the check character of GB 11643."""
    return "10X98765432"[sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(head)) % 11]


REAL = {
    "identity": _valid_identity,
    "mobile": lambda text: re.fullmatch(r"1[0-9]{10}", text) is not None,
    "bank_card": lambda text: not text.startswith("999999"),
    "digits": str.isdigit,
}
SAMPLES = {
    "identity": lambda random: identity_number(random, date(1930, 1, 1) + timedelta(random.randrange(30_000))),
    "mobile": lambda random: f"100{random.randrange(10**8):08}",
    "bank_card": lambda random: f"999998{random.randrange(10**13):013}",
    "digits": lambda random: f"{random.randrange(10**9):09}",
}


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
@pytest.mark.parametrize("form", list(REAL))
def test_no_format_preserving_output_is_a_real_number(form: str, cipher: str) -> None:
    """5,000 numbers of each form: none of the outputs can be anybody's, and no two are equal."""
    random = Random(43)
    numbers = sorted({SAMPLES[form](random) for _ in range(5_000)})
    cells = masked(fpe(form, cipher), *numbers)
    assert [] == [cell for cell in cells if REAL[form](cell)]
    assert len(numbers) == len(set(cells))


@pytest.mark.parametrize("form", list(REAL))
def test_format_preserving_outputs_share_digits_with_their_sources_by_chance_only(form: str) -> None:
    """Place by place a digit is that of its source one time in ten, and the order of sources is not kept."""
    random = Random(44)
    numbers = sorted({SAMPLES[form](random) for _ in range(4_000)})
    cells = masked(fpe(form), *numbers)
    tail = 5
    same = sum(
        a == b
        for one, other in zip(numbers, cells, strict=True)
        for a, b in zip(one[-tail:-2], other[-tail:-2], strict=True)
    )
    assert abs(same / (len(numbers) * (tail - 2)) - 0.1) < 0.015
    assert abs(rises(cells) - 0.5) < 4 * 0.5 / len(cells) ** 0.5


@pytest.mark.parametrize("form", list(REAL))
def test_two_recipients_get_format_preserving_numbers_without_a_link(form: str) -> None:
    """Of 4,000 numbers no more outputs are equal than chance allows."""
    random = Random(45)
    numbers = sorted({SAMPLES[form](random) for _ in range(4_000)})
    here, there = masked(fpe(form), *numbers), masked(fpe(form), *numbers, recipient=OTHER)
    assert 1 >= sum(a == b for a, b in zip(here, there, strict=True))


@pytest.mark.parametrize("form", list(REAL))
@given(value=NASTY)
def test_what_is_no_number_of_the_form_is_refused_and_not_repeated(form: str, value: str) -> None:
    """A malformed value never passes: it raises, and the error does not hold it."""
    try:
        (cell,) = masked(fpe(form), value)
    except MaskingError as error:
        assert len(value) < 4 or value not in str(error)
    else:
        assert not REAL[form](cell)


@pytest.mark.parametrize("which", ["sha256", "sm3"])
def test_a_keyed_hash_is_no_hash_that_anybody_can_make(which: str) -> None:
    """Not that of the value alone, whatever the algorithm, and another one for another recipient."""
    of = field("phone", Kind.STRING, Level.KEYED_HASH, hash=which)
    numbers = numbers_of(500)
    here, there = masked(of, *numbers), masked(of, *numbers, recipient=OTHER)
    letters = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
    open_hashes = {
        hashlib.new(name, number.encode()).hexdigest()[:32].translate(letters)
        for name in ("md5", "sha1", "sha256", "sha512", "sm3")
        for number in numbers
    }
    assert 1_000 == len({*here, *there})
    assert set() == open_hashes & {*here, *there}


SUBJECTS = tuple(numbers_of(400))
SHIFT = field("issue_date", Kind.DATE, Level.DATE_SHIFT, max_days=90)


def shifts(values: tuple[date, ...], *, recipient: str = "500000/cq-hrss") -> list[int]:
    """Return by how many days the dates of 400 people are shifted."""
    cells = operator(SHIFT, recipient=recipient)(values, Context(TODAY, range(len(values)), SUBJECTS[: len(values)]))
    return [(cell - value).days for cell, value in zip(cells, values, strict=True) if isinstance(cell, date)]


def test_a_shifted_date_is_never_the_true_one_and_shifts_are_spread_over_both_sides() -> None:
    """400 people: never 0, at most 90 days, as many forwards as back, and at least 100 different shifts."""
    found = shifts((date(2015, 6, 1),) * 400)
    assert 400 == len(found)
    assert 0 not in found
    assert 90 >= max(map(abs, found))
    assert 140 < sum(shift > 0 for shift in found) < 260
    assert 100 < len(set(found))


def test_shifts_of_two_recipients_have_nothing_in_common() -> None:
    """Equal shifts for a person are as rare as chance makes them: of 400, about 2."""
    day = (date(2015, 6, 1),) * 400
    assert 12 > sum(a == b for a, b in zip(shifts(day), shifts(day, recipient=OTHER), strict=True))


TRUE_DATES = st.dates(date(1900, 1, 1), TODAY).filter(lambda day: day not in STAND_INS)
"""A date that stands for none, such as 1970-01-01, is shifted to nothing."""


@given(TRUE_DATES, TRUE_DATES)
def test_a_person_has_one_shift_whatever_the_date(one: date, other: date) -> None:
    """So that intervals stay true, and asking again tells nothing new."""
    assert shifts((one,)) == shifts((other,))


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_a_date_at_the_edge_of_the_calendar_never_comes_out_as_it_is(edge: date) -> None:
    """It is refused, or shifted; never left."""
    try:
        cells = operator(SHIFT)((edge,) * 50, Context(TODAY, range(50), SUBJECTS[:50]))
    except MaskingError:
        return
    assert edge not in cells


@pytest.mark.parametrize("to", [10, 100, 1000, 10000])
@given(cents=st.integers(-(10**12), 10**12))
def test_a_rounded_amount_is_a_multiple_and_rounding_it_again_changes_nothing(to: int, cents: int) -> None:
    """Nothing below the step is told, and no noise that repeated questions would average away."""
    of = field("amount", Kind.DECIMAL, Level.ROUND, to=to)
    text = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
    (cell,) = masked(of, text)
    assert 0 == Decimal(cell) % to
    assert abs(Decimal(cell) - Decimal(text)) <= Decimal(to) / 2
    assert [cell] == masked(of, cell)


@given(st.lists(st.none() | NASTY, max_size=30))
def test_redaction_makes_every_cell_equal_null_included(values: list[str | None]) -> None:
    """Neither presence, length nor equality is told."""
    of = field("note", Kind.STRING, Level.REDACT)
    assert ["***"] * len(values) == masked(of, *values)


KEY = X25519PrivateKey.generate()
PRIVATE, PUBLIC = KEY.private_bytes_raw(), KEY.public_key().public_bytes_raw()


def sealed(*values: Value, first: int = 0) -> list[bytes]:
    """Return the cells of a page sealed afresh."""
    page = envelope(PUBLIC, "CY-ID-02", "request-1")
    cells = encrypt("note")(values, Context(TODAY, range(first, first + len(values)), (), page))
    return [cell for cell in cells if isinstance(cell, bytes)]


def opened(
    cell: bytes, *, item: str = "CY-ID-02", request: str = "request-1", name: str = "note", row: int = 0
) -> Value:
    """Open a cell as the department does."""
    return Opener(PRIVATE).open(cell, item=item, request_id=request, field=name, row=row)


@given(st.lists(st.none() | NASTY | st.dates() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=12))
def test_sealed_cells_of_a_page_have_one_length_and_open_to_what_was_sealed(values: list[Value]) -> None:
    """Null, empty, short and long are not told apart, and no two cells are equal, whatever the values."""
    cells = sealed(*values)
    assert 1 == len({len(cell) for cell in cells})
    assert len(values) == len(set(cells))
    assert values == [opened(cell, row=row) for row, cell in enumerate(cells)]


@pytest.mark.parametrize("one", [None, "", "张岁安", "519999196207230011", date(1962, 7, 23), 0])
def test_two_pages_of_short_values_have_cells_of_one_length(one: Value) -> None:
    """A page of one row does not tell a name from a number, nor a null from either."""
    assert len(sealed("阿依努尔·买合苏提")[0]) == len(sealed(one)[0])


def test_equal_values_in_two_pages_share_nothing() -> None:
    """Asked again, a page is sealed under another key: no run of eight bytes occurs in both."""
    one, other = sealed("张岁安")[0], sealed("张岁安")[0]
    assert set() == {one[at : at + 8] for at in range(len(one) - 7)} & {
        other[at : at + 8] for at in range(len(other) - 7)
    }


@pytest.mark.parametrize(
    "place",
    [{"item": "CY-ID-03"}, {"request": "request-2"}, {"name": "phone"}, {"row": 1}],
    ids=lambda place: next(iter(place)),
)
def test_a_sealed_cell_that_was_moved_does_not_open(place: dict[str, Any]) -> None:
    """To another item, request, field or row."""
    with pytest.raises(MaskingError):
        opened(sealed("张岁安")[0], **place)


def test_a_sealed_cell_with_any_byte_changed_does_not_open() -> None:
    """Every byte, head and tag included."""
    (cell,) = sealed("张岁安")
    for at in range(len(cell)):
        with pytest.raises(MaskingError):
            opened(cell[:at] + bytes([cell[at] ^ 1]) + cell[at + 1 :])
