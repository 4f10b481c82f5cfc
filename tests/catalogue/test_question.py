"""The form of a question: keys in their kinds, lengths and rows."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.catalogue.question import QuestionForm
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import packaged
from tests.ground.test_visible import UNSEEN
from tests.samples import NUMBER

TODAY = date(2026, 11, 30)
NUMBERS = Column("social_security_no", Kind.STRING, (NUMBER,))
NAMES = Column("name", Kind.STRING, ("欧阳一",))
CARDS = Column("card_no", Kind.STRING, ("T00000001",))
REGION = Column("region_code", Kind.STRING, ("510900",))


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("CY-ID-02", Page(1, (NUMBERS, NAMES))),
        ("CY-ID-02", Page(1, (NAMES, NUMBERS, CARDS))),
        ("CY-ID-02", Page(1, (NUMBERS, NAMES, Column("card_no", Kind.STRING, (None,))))),
        ("CY-TO-02", Page(1, (REGION,))),
        (
            "CY-ID-02",
            Page(
                500,
                (
                    Column("social_security_no", Kind.STRING, (NUMBER,) * 500),
                    Column("name", Kind.STRING, ("王一",) * 500),
                ),
            ),
        ),
    ],
)
def test_keys_in_form_are_accepted(code: str, keys: Page) -> None:
    """In any order, with optional keys left out or null, up to the item's bound."""
    QuestionForm(packaged(code)).require_keys(keys, TODAY)


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("CY-ID-02", Page(0, ())),
        ("CY-ID-02", Page(1, ())),
        ("CY-ID-02", Page(1, (NUMBERS,))),
        ("CY-ID-02", Page(1, (NAMES,))),
        ("CY-ID-02", Page(1, (NUMBERS, NAMES, REGION))),
        ("CY-ID-02", Page(1, (NUMBERS, NAMES, NAMES))),
        ("CY-ID-02", Page(2, (NUMBERS, NAMES))),
        ("CY-ID-02", Page(0, (Column("social_security_no", Kind.STRING, ()), Column("name", Kind.STRING, ())))),
        ("CY-ID-02", Page(1, (NUMBERS, Column("name", Kind.STRING, (None,))))),
        ("CY-ID-02", Page(1, (NUMBERS, Column("name", Kind.STRING, ("",))))),
        ("CY-ID-02", Page(1, (NUMBERS, Column("name", Kind.STRING, ("王" * 51,))))),
        ("CY-ID-02", Page(1, (Column("social_security_no", Kind.STRING, (NUMBER + "0",)), NAMES))),
        ("CY-ID-02", Page(1, (Column("social_security_no", Kind.INTEGER, (519999,)), NAMES))),
        ("CY-ID-02", Page(1, (NUMBERS, Column("name", Kind.DATE, (date(2026, 1, 1),))))),
        ("CY-ID-02", Page(1, (NUMBERS, Column("name", Kind.SEALED, (b"x",))))),
        ("CY-SS-03", Page(1, (NUMBERS, NAMES))),
        ("CY-TO-02", Page(0, ())),
        ("CY-TO-02", Page(2, (Column("region_code", Kind.STRING, ("510900", "511300")),))),
        ("CY-TO-02", Page(1, (REGION, NUMBERS))),
    ],
)
def test_keys_out_of_form_are_refused_without_a_value(code: str, keys: Page) -> None:
    """Missing, extra, doubled, null, empty, too long, of another kind, too many rows or none."""
    with pytest.raises(Refusal) as caught:
        QuestionForm(packaged(code)).require_keys(keys, TODAY)
    assert Reason.KEY_INVALID == caught.value.reason
    assert "expected" in caught.value.detail
    for value in (NUMBER, "欧阳", "王"):
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("5.19999E+17", "power of ten"),
        ("519999196001010010", "wrong check character"),
        ("519999199001010000", "as a table program rounds"),
        ("51999919600101003", "17 characters in none of the forms"),
        ("51999919600101003x", "18 characters in none of the forms"),
        ("５１９９９９１９６００１０１００３Ｘ", "18 characters in none of the forms"),
        ("519999196002300012", "birthday"),
        ("519999202612010010", "still to come"),
    ],
)
def test_a_number_that_cannot_exist_is_refused_by_its_row(number: str, found: str) -> None:
    """A6: on both roads, before an intent; the border has folded what can be folded."""
    numbers = Column("social_security_no", Kind.STRING, (NUMBER, number))
    with pytest.raises(Refusal) as caught:
        QuestionForm(packaged("CY-ID-02")).require_keys(
            Page(2, (numbers, Column("name", Kind.STRING, ("王一", "王二")))), TODAY
        )
    assert Reason.KEY_INVALID == caught.value.reason
    assert "key social_security_no: expected 18 characters with the right check character" in caught.value.detail
    assert " in row 1, found " in caught.value.detail
    assert found in caught.value.detail.partition(", found ")[2]
    assert number not in str(caught.value)


def test_a_power_of_ten_is_no_key_of_any_name() -> None:
    """A6: accounts and cards lose their last digits in the same way."""
    cards = Column("card_no", Kind.STRING, ("6.22E+17",))
    with pytest.raises(Refusal, match="power of ten"):
        QuestionForm(packaged("CY-ID-02")).require_keys(Page(1, (NUMBERS, NAMES, cards)), TODAY)


@pytest.mark.parametrize(("text", "found", "_"), UNSEEN)
@pytest.mark.parametrize("name", ["name", "card_no"])
def test_a_key_that_cannot_be_seen_is_refused(name: str, text: str, found: str, _: str) -> None:
    """F13: an answer about it would read as of an unknown person, and it might carry what nobody reads."""
    given = {"name": NAMES, "card_no": CARDS, name: Column(name, Kind.STRING, (text,))}
    with pytest.raises(Refusal) as caught:
        QuestionForm(packaged("CY-ID-02")).require_keys(Page(1, (NUMBERS, *given.values())), TODAY)
    assert Reason.KEY_INVALID == caught.value.reason
    assert f"key {name}: expected text that can be seen in row 0, found " in caught.value.detail
    assert found in caught.value.detail
    assert "王" not in str(caught.value)


@pytest.mark.parametrize("text", ["王·一", "王 一", "A. Bó", "𠮷\U000323af"])
def test_a_name_with_blanks_points_and_rare_signs_is_a_key(text: str) -> None:
    """Names of minorities and foreigners, and characters younger than this Python."""
    names = Column("name", Kind.STRING, (text,))
    QuestionForm(packaged("CY-ID-02")).require_keys(Page(1, (NUMBERS, names)), TODAY)


@pytest.mark.parametrize("number", [f"\u200b{NUMBER}", f"{NUMBER}\ufeff", f"{NUMBER[:6]}\u00ad{NUMBER[6:]}"])
def test_a_number_with_what_cannot_be_seen_is_told_as_such(number: str) -> None:
    """F13: not as a number that is one sign too long, in which nobody would see the sign."""
    with pytest.raises(Refusal, match="in row 0, found signs without width") as caught:
        QuestionForm(packaged("CY-ID-02")).require_keys(
            Page(1, (Column("social_security_no", Kind.STRING, (number,)), NAMES)), TODAY
        )
    assert NUMBER not in str(caught.value)


WHO = (NUMBERS, NAMES)


@pytest.mark.parametrize(
    ("code", "column", "found"),
    [
        ("CY-SS-03", ("insurance_type", "养老保险"), "another code"),
        ("CY-SS-03", ("insurance_type", "pension"), "another code"),
        ("CY-SS-03", ("insurance_type", "11"), "another code"),
        ("CY-SS-03", ("insurance_type", "1100"), "another code"),
        ("CY-SS-03", ("insurance_type", "310"), "a code to ask CY-HE-01 about"),
        ("CY-SS-03", ("insurance_type", "510"), "a code to ask CY-HE-01 about"),
        ("CY-TR-01", ("policy_code", "senior"), "another code"),
        ("CY-HE-01", ("visit_type", "住院"), "another code"),
    ],
)
def test_a_code_that_the_item_does_not_take_is_refused_with_those_that_it_takes(
    code: str, column: tuple[str, str], found: str
) -> None:
    """A word of everyday speech came back as nulls; the codes and their names are told, never what was asked."""
    name, value = column
    with pytest.raises(Refusal) as caught:
        QuestionForm(packaged(code)).require_keys(Page(1, (*WHO, Column(name, Kind.STRING, (value,)))), TODAY)
    allowed = next(key for key in packaged(code).keys if key.name == name).codes
    assert Reason.KEY_CODE_UNKNOWN == caught.value.reason
    assert f"{code}: key {name}: expected one of its codes in row 0, found {found}" == caught.value.detail
    assert [value for value, _ in allowed] == [one.field for one in caught.value.violations]
    assert [f"{label.zh} / {label.en}" for _, label in allowed] == [one.description for one in caught.value.violations]


@pytest.mark.parametrize(
    ("code", "name", "value", "expected"),
    [
        ("CY-ID-02", "card_no", "t00000001", "the form [0-9A-Z][0-9]{8}"),
        ("CY-ID-02", "card_no", "T0000001", "9 characters"),
        ("CY-FD-01", "bank_account", "9" * 11, "12 to 21 characters"),
        ("CY-FD-01", "bank_account", "99999800000000000A", "the form [0-9]{12,21}"),
        ("CY-FD-03", "payment_no", "ff-20260001", "the form [0-9A-Z-]{8,32}"),
        ("CY-SS-02", "transfer_no", "转移2026-0001", "the form [0-9A-Z-]{8,32}"),
    ],
)
def test_a_key_of_another_form_is_refused(code: str, name: str, value: str, expected: str) -> None:
    """Before anything is asked; what is told holds no value."""
    with pytest.raises(Refusal) as caught:
        QuestionForm(packaged(code)).require_keys(Page(1, (*WHO, Column(name, Kind.STRING, (value,)))), TODAY)
    assert Reason.KEY_INVALID == caught.value.reason
    assert f"key {name}: expected {expected} in row 0" in caught.value.detail
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["110", "120", "170", "210", "410"])
def test_a_code_of_the_item_is_taken(value: str) -> None:
    """Each of them."""
    QuestionForm(packaged("CY-SS-03")).require_keys(
        Page(1, (*WHO, Column("insurance_type", Kind.STRING, (value,)))), TODAY
    )
