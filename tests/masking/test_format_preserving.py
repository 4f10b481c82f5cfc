"""Claims about format-preserving numbers: of the form, never a real one, one for one, and never by a small domain."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.vocabulary.names import BlockCipher, NumberForm
from gateway.masking.digits import CHECKS, check_index
from gateway.masking.faults import MaskingError
from gateway.masking.format_preserving import FormatPreserving, core
from gateway.masking.matrix import matrix_of

KEY = bytes(range(32))
MADE = {(form, cipher): FormatPreserving(form, cipher, KEY) for form in NumberForm for cipher in BlockCipher}
BODIES = {
    NumberForm.IDENTITY: st.one_of(
        st.from_regex(r"\A[0-9]{17}[0-9Xx]\Z"), st.from_regex(r"\A[0-9]{15}\Z"), st.from_regex(r"\A[０-９]{17}Ｘ\Z")
    ),
    NumberForm.BANK_CARD: st.one_of(
        st.from_regex(r"\A[0-9]{12,19}\Z"), st.from_regex(r"\A[0-9]{4} [0-9]{4} [0-9]{8}\Z")
    ),
    NumberForm.MOBILE: st.one_of(
        st.from_regex(r"\A1[0-9]{10}\Z"), st.from_regex(r"\A(\+86 ?|0086)?1[0-9]{2}-[0-9]{8}\Z")
    ),
    NumberForm.DIGITS: st.from_regex(r"\A[0-9]{6,28}\Z"),
}
CIPHERS = pytest.mark.parametrize("cipher", list(BlockCipher))
FORMS = pytest.mark.parametrize("form", list(NumberForm))
SHAPES = {
    NumberForm.IDENTITY: re.compile("9[0-9]{16}[0-9X]"),
    NumberForm.BANK_CARD: re.compile("999999[0-9]{6,13}"),
    NumberForm.MOBILE: re.compile("2[0-9]{10}"),
    NumberForm.DIGITS: re.compile("[0-9]{5,27}[a-j]"),
}


@FORMS
@CIPHERS
@given(data=st.data())
def test_a_column_gives_what_its_rows_give_and_nothing_real(
    form: NumberForm, cipher: BlockCipher, data: st.DataObject
) -> None:
    """Mixed spellings and widths, nulls among them: row by row the same, of the shape that no real number has."""
    values = tuple(data.draw(st.lists(st.one_of(st.none(), BODIES[form]), max_size=80)))
    mask = MADE[form, cipher]
    masked = mask(values)
    assert tuple(mask((value,))[0] for value in values) == masked == mask(values)
    for value, cell in zip(values, masked, strict=True):
        assert (value is None) is (cell is None)
        if cell is not None:
            assert SHAPES[form].fullmatch(cell)
            assert form is not NumberForm.IDENTITY or CHECKS[check_index(cell[:17])] != cell[17]


@FORMS
@CIPHERS
def test_plain_columns_of_one_width_give_what_their_rows_give(form: NumberForm, cipher: BlockCipher) -> None:
    """The way for columns without care, with line feeds and more than one chunk's rows."""
    width = {NumberForm.IDENTITY: 18, NumberForm.BANK_CARD: 19, NumberForm.MOBILE: 11, NumberForm.DIGITS: 9}[form]
    values = tuple(f"1{at * 7919:0{width - 1}d}" for at in range(20_000))
    masked = MADE[form, cipher](values)
    assert 20_000 == len(set(masked))
    for at in (0, 1, 16_383, 16_384, 19_999):
        assert MADE[form, cipher]((values[at],)) == (masked[at],)


@FORMS
def test_no_two_bodies_share_a_number(form: NumberForm) -> None:
    """A permutation: among cards, of one issuer."""
    width = {NumberForm.IDENTITY: 17, NumberForm.BANK_CARD: 16, NumberForm.MOBILE: 10, NumberForm.DIGITS: 6}[form]
    head = {NumberForm.IDENTITY: "", NumberForm.BANK_CARD: "999998", NumberForm.MOBILE: "1", NumberForm.DIGITS: ""}[
        form
    ]
    tail = "0" if form is NumberForm.IDENTITY else ""
    free = width - len(head) if form is NumberForm.BANK_CARD else width
    values = tuple(f"{head}{at:0{free}d}{tail}" for at in range(50_000))
    assert len(values) == len(set(MADE[form, BlockCipher.AES](values)))


def test_the_old_and_the_new_number_of_a_person_give_one() -> None:
    """15 digits lie in the 1900s; case, width and outer space do not count."""
    spellings = (
        "519999600101001",
        "519999196001010012",
        "51999919600101001X",
        "51999919600101001x",
        " ５１９９９９１９６００１０１００１Ｘ ",
    )
    assert 1 == len(set(MADE[NumberForm.IDENTITY, BlockCipher.AES](spellings)))


def test_cards_of_two_issuers_are_permuted_apart() -> None:
    """The issuer's digits are the tweak: the same account number gives two numbers."""
    one, other = MADE[NumberForm.BANK_CARD, BlockCipher.AES](("9999981234567890", "9999971234567890"))
    assert one != other


def test_another_key_and_another_cipher_give_other_numbers() -> None:
    """Two recipients have two keys: nothing that one gets is what the other gets."""
    values = tuple(f"5199991960010{at:04d}0" for at in range(200))
    made = [
        set(FormatPreserving(NumberForm.IDENTITY, cipher, key)(values))
        for cipher in BlockCipher
        for key in (KEY, bytes(32))
    ]
    assert 4 * 200 == len(set().union(*made))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        *(
            (NumberForm.IDENTITY, value)
            for value in ("", "5", "51999919600101001", "51999919600101001Y", "51999919600101001XX")
        ),
        *(
            (NumberForm.IDENTITY, value)
            for value in ("X1999919600101001X", "51999919 600101001X", "张三", "一" * 18, "٣" * 18)
        ),
        *(
            (NumberForm.BANK_CARD, value)
            for value in ("", "99999812345", "9" * 20, "9999981234567890a", "9999_9812_3456")
        ),
        *(
            (NumberForm.MOBILE, value)
            for value in ("", "10000000000x", "1000000000", "20000000000", "+1 10000000000", "1\n0000000000")
        ),
        *(
            (NumberForm.DIGITS, value)
            for value in ("", "12345", "1" * 29, "12345a", "1 23456", "123456\n7", "²" * 6 + "x")
        ),
        *((form, "\ud800" * 18) for form in NumberForm),
        *((form, "1" * 100_000) for form in NumberForm),
    ],
)
def test_what_has_not_the_form_fails_without_telling_it(form: NumberForm, value: str) -> None:
    """Alone and in a long column; the error holds no part of the value."""
    good = {
        NumberForm.IDENTITY: "519999196001010010",
        NumberForm.BANK_CARD: "9" * 16,
        NumberForm.MOBILE: "10000000000",
        NumberForm.DIGITS: "1" * 9,
    }[form]
    for column in ((value,), (good,) * 40 + (value,)):
        with pytest.raises(MaskingError, match="found another form") as caught:
            MADE[form, BlockCipher.AES](column)
        assert not value or value not in str(caught.value)


@given(BODIES[NumberForm.MOBILE])
def test_a_mobile_number_is_one_with_and_without_its_country(value: str) -> None:
    """+86, 0086, blanks and hyphens do not count."""
    assert 10 == len(core(NumberForm.MOBILE, value))


@given(st.lists(st.text(max_size=8), max_size=20))
def test_a_matrix_holds_columns_of_one_width_alone(values: list[str]) -> None:
    """Whatever else, line feeds and lone surrogates included, has no matrix."""
    matrix = matrix_of(values)
    plain = bool(values) and all(v.isascii() and "\n" not in v and len(v) == len(values[0]) for v in values)
    assert plain is (matrix is not None)
