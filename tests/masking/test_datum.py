"""A field tells one datum of a person: its code decides before its name, and its name before its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.ground.item import Kind
from gateway.masking.datum import Datum, datum_of, same_datum
from tests.samples import field


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("card_status", Kind.STRING),
        ("id", Kind.STRING),
        ("no", Kind.STRING),
        ("nomobile", Kind.STRING),
        ("birthplace", Kind.STRING),
        ("birth_place", Kind.STRING),
        ("valid_to", Kind.DATE),
        ("region_since", Kind.DATE),
        ("account_count", Kind.INTEGER),
        ("id_no_known", Kind.BOOLEAN),
        ("", Kind.STRING),
    ],
)
def test_a_field_that_is_none_of_the_data_is_other(name: str, kind: Kind) -> None:
    """A word within a word, a word on another kind and half of a pair of words say nothing."""
    assert Datum.OTHER is datum_of(field(name, kind))


def test_codes_of_a_field_make_its_words_say_nothing_but_a_region() -> None:
    """A coded account state is no account; a coded county is one all the same."""
    assert Datum.OTHER is datum_of(replace(field("account_state"), codes=("normal", "closed")))
    assert Datum.REGION is datum_of(replace(field("home_county"), codes=("510104",)))


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("AAC002", "card_no", Datum.IDENTITY),
        ("AAE005", "name", Datum.PHONE),
        ("AAC004", "remark", Datum.SEX),
        ("XXX999", "sex", Datum.SEX),
        ("aac002", "sex", Datum.SEX),
        ("", "mobile", Datum.PHONE),
    ],
)
def test_a_known_code_decides_before_the_name(code: str, name: str, expected: Datum) -> None:
    """An unknown one decides nothing."""
    assert expected is datum_of(replace(field(name), hrss_code=code))


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("social_security_no", Kind.STRING, Datum.IDENTITY),
        ("cert_no", Kind.STRING, Datum.IDENTITY),
        ("payee_id_no", Kind.STRING, Datum.IDENTITY),
        ("id_number", Kind.STRING, Datum.IDENTITY),
        ("birthday", Kind.STRING, Datum.BIRTH),
        ("holder_dob", Kind.DATE, Datum.BIRTH),
        ("region_code", Kind.STRING, Datum.REGION),
        ("home_address", Kind.STRING, Datum.ADDRESS),
        ("payee_tel", Kind.STRING, Datum.PHONE),
        ("payee_account", Kind.STRING, Datum.ACCOUNT),
        ("card_no", Kind.STRING, Datum.CARD),
        ("visit_note", Kind.STRING, Datum.FREE_TEXT),
        ("region_address", Kind.STRING, Datum.REGION),
    ],
)
def test_a_name_or_its_first_telling_word_decides(name: str, kind: Kind, expected: Datum) -> None:
    """However the item calls the field, it is the one datum."""
    assert expected is datum_of(field(name, kind))


@pytest.mark.parametrize(
    ("first", "second"), [("home_address", "work_address"), ("region_code", "county_code"), ("note_a", "note_b")]
)
def test_two_places_and_two_texts_of_a_person_are_not_the_same(first: str, second: str) -> None:
    """One person has many of them, so that only their code or name joins them."""
    assert (first, second) == (same_datum(field(first)), same_datum(field(second)))
    assert (
        "AAE006"
        == same_datum(replace(field(first), hrss_code="AAE006"))
        == same_datum(replace(field(second), hrss_code="AAE006"))
    )


@pytest.mark.parametrize(
    ("first", "second"), [("phone", "contact_phone"), ("id_no", "payee_cert_no"), ("bank_account", "payee_account")]
)
def test_fields_that_tell_one_datum_share_its_key(first: str, second: str) -> None:
    """Their masks are compared over all items."""
    assert same_datum(field(first)) == same_datum(field(second))
