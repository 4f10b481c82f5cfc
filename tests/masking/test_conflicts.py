"""What may not stand together, within an item and over all items of one recipient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.catalogue.loader import load_items
from gateway.ground.item import Field, Item, Kind, Level
from gateway.masking.conflicts import require_apart, require_unspliced
from gateway.masking.faults import PlanError
from tests.samples import field, item

NUMBER = field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1)
ONE_END = [
    field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=first, keep_last=2 - first) for first in (0, 2)
]
"""Numbers of which one end alone is shown."""
YEAR = field("birth_date", Kind.DATE, Level.GENERALISE, to="year")
CITY = field("region_code", Kind.STRING, Level.GENERALISE, to="city")
ACCOUNT = field("bank_account", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=4)
HUNDREDS = field("amount", Kind.DECIMAL, Level.ROUND, to=100)
IN_FORCE = field("card_status", Kind.STRING, Level.PREDICATE, question="is_one_of", values="active,lost")
USABLE = field("card_status", Kind.STRING, Level.PREDICATE, question="is_one_of", values="active")
COUNTY = field("region_code", Kind.STRING, Level.PREDICATE, question="is_one_of", values="510104")
SIXTY = field("birth_date", Kind.DATE, Level.PREDICATE, question="age_at_least", years=60)
BAND = field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band")
OLDER = tuple(
    field("birth_date", Kind.DATE, Level.PREDICATE, question="age_at_least", years=years) for years in (16, 65, 80)
)
PHONE = field("phone", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=2)


@pytest.mark.parametrize(
    "fields",
    [
        (NUMBER, YEAR, CITY),
        (NUMBER, field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band")),
        (NUMBER, field("birth_date", Kind.DATE, Level.PREDICATE, question="age_at_least", years=60)),
        (NUMBER, field("birth_date", Kind.DATE, Level.DATE_SHIFT, max_days=365)),
        (NUMBER, field("home_address", Kind.STRING, Level.GENERALISE, to="address_city")),
        (field("social_security_no", Kind.STRING, Level.PSEUDONYM), field("birth_date", Kind.DATE)),
        (PHONE, field("contact_phone", Kind.STRING, Level.DROP)),
        (PHONE, field("contact_phone", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=2)),
    ],
)
def test_fields_that_keep_each_others_secret_stand_together(fields: tuple[Field, ...]) -> None:
    """A coarse value beside a mask is no conflict."""
    require_apart(item(*fields))


@pytest.mark.parametrize(
    ("culprit", "fields"),
    [
        ("social_security_no", (field("social_security_no"),)),
        ("id_no", (field("id_no", Kind.STRING, Level.SUBSTITUTE, dictionary="x"),)),
        ("holder", (replace(field("holder"), hrss_code="AAC002"),)),
        ("birth_date", (NUMBER, field("birth_date", Kind.DATE))),
        *(("birth_date", (number, field("birth_date", Kind.DATE))) for number in ONE_END),
        ("birth_date", (field("birth_date", Kind.DATE, Level.GENERALISE, to="year_month"), NUMBER)),
        ("birth_date", (NUMBER, field("birth_date", Kind.DATE, Level.DATE_SHIFT, max_days=30))),
        ("born_on", (NUMBER, replace(field("born_on", Kind.DATE), hrss_code="AAC006"))),
        ("county_code", (NUMBER, field("county_code"))),
        ("region_code", (NUMBER, field("region_code", Kind.STRING, Level.PARTIAL, keep_first=2, keep_last=2))),
        ("home_address", (NUMBER, field("home_address"))),
        ("region_code", (NUMBER, COUNTY)),
        ("card_state", (replace(USABLE, hrss_code="X"), replace(IN_FORCE, name="card_state", hrss_code="X"))),
        ("born", (SIXTY, replace(OLDER[1], name="born"))),
        ("contact_phone", (PHONE, field("contact_phone"))),
        ("mobile", (PHONE, field("mobile", Kind.STRING, Level.PARTIAL, keep_first=3, keep_last=0))),
        ("guardian_id_no", (field("guardian_id_no"),)),
        ("id_number", (field("id_number"),)),
        ("cert_no", (field("cert_no"),)),
        ("dob", (NUMBER, field("dob", Kind.DATE))),
        ("child_birth_day", (NUMBER, field("child_birth_day", Kind.DATE))),
        ("contact_tel", (PHONE, field("contact_tel"))),
        ("pay_account", (ACCOUNT, field("pay_account"))),
        ("fee", (replace(HUNDREDS, hrss_code="X"), replace(field("fee", Kind.DECIMAL), hrss_code="X"))),
        (
            "fee",
            (
                replace(HUNDREDS, hrss_code="X"),
                replace(field("fee", Kind.DECIMAL, Level.ROUND, to=1000), hrss_code="X"),
            ),
        ),
        ("id_no", (NUMBER, field("id_no", Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=4))),
    ],
)
def test_a_field_that_tells_what_another_hides_is_named(culprit: str, fields: tuple[Field, ...]) -> None:
    """Before a record could meet the item."""
    with pytest.raises(PlanError) as caught:
        require_apart(item(*fields))
    assert culprit == caught.value.field


def items_of(one: Field, other: Field) -> tuple[Item, Item]:
    """Make two items of one field each."""
    return replace(item(one), code="CY-ID-91"), replace(item(other), code="CY-ID-92")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PHONE, replace(PHONE, params=(("keep_first", 2), ("keep_last", 0)))),
        (PHONE, field("phone")),
        (field("mobile"), PHONE),
        (
            field("visit_date", Kind.DATE, Level.DATE_SHIFT, max_days=30),
            field("visit_date", Kind.DATE, Level.DATE_SHIFT, max_days=31),
        ),
        (field("visit_date", Kind.DATE, Level.DATE_SHIFT, max_days=30), field("visit_date", Kind.DATE)),
        (
            field("visit_date", Kind.DATE, Level.GENERALISE, to="year"),
            field("visit_date", Kind.DATE, Level.DATE_SHIFT, max_days=30),
        ),
    ],
)
def test_two_masks_of_one_datum_for_one_recipient_are_refused(one: Field, other: Field) -> None:
    """What one item shows and what the other shows can be put together."""
    with pytest.raises(PlanError, match="expected the same mask as of"):
        require_unspliced(items_of(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (USABLE, IN_FORCE),
        (IN_FORCE, USABLE),
        (USABLE, replace(USABLE, params=(("question", "is_one_of"), ("values", "lost")))),
        (USABLE, field("card_status", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=0)),
        (COUNTY, CITY),
        (COUNTY, field("region_code", Kind.STRING, Level.GENERALISE, to="province")),
        (SIXTY, OLDER[1]),
        (OLDER[0], BAND),
        (OLDER[2], BAND),
        (SIXTY, YEAR),
        (SIXTY, field("birth_date", Kind.DATE, Level.GENERALISE, to="year_month")),
    ],
)
def test_two_questions_about_one_datum_for_one_recipient_are_refused(one: Field, other: Field) -> None:
    """Together they are a narrower question, which nobody granted; a mask that does not answer it narrows it, too."""
    with pytest.raises(PlanError, match="expected the same question as of CY-ID-91") as caught:
        require_unspliced(items_of(one, other))
    assert ("CY-ID-92", other.name) == (caught.value.item, caught.value.field)


def test_many_questions_about_one_datum_are_refused_at_the_second() -> None:
    """In one item as over several: neither active nor lost nor locked is cancelled."""
    codes = ("active", "lost", "locked")
    asked = [replace(USABLE, params=(("question", "is_one_of"), ("values", code))) for code in codes]
    of_each = [replace(item(one), code=f"CY-ID-9{at}") for at, one in enumerate(asked)]
    with pytest.raises(PlanError) as caught:
        require_unspliced(of_each)
    assert "CY-ID-91" == caught.value.item
    together = [replace(one, name=f"status_{at}", hrss_code="AAZ502") for at, one in enumerate(asked)]
    with pytest.raises(PlanError, match=r"the same question as of CY-ID-02\.status_0") as caught:
        require_apart(item(*together))
    assert "status_1" == caught.value.field


def test_two_questions_about_minors_alone_are_refused() -> None:
    """Though of others the value leaves as it stands."""
    one, other = (
        replace(field("card_status"), minor_level=Level.PREDICATE, minor_params=each.params)
        for each in (USABLE, IN_FORCE)
    )
    require_unspliced(items_of(one, one))
    with pytest.raises(PlanError, match="expected the same question as of CY-ID-91"):
        require_unspliced(items_of(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (USABLE, USABLE),
        (IN_FORCE, replace(IN_FORCE, params=(("question", "is_one_of"), ("values", "lost,active")))),
        (USABLE, field("card_status")),
        (field("card_status"), USABLE),
        (USABLE, field("card_status", Kind.STRING, Level.PREDICATE, question="is_present")),
        (USABLE, field("card_status", Kind.STRING, Level.REDACT)),
        (USABLE, replace(IN_FORCE, name="health_card_status")),
        (SIXTY, BAND),
        (BAND, OLDER[1]),
    ],
)
def test_a_question_stands_beside_itself_and_beside_what_answers_it(one: Field, other: Field) -> None:
    """Then both together tell no more than one of them."""
    require_unspliced(items_of(one, other))


def test_no_question_of_a_shipped_item_can_be_laid_on_anothers() -> None:
    """For a recipient that may ask all of them."""
    require_unspliced(load_items())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PHONE, PHONE),
        (PHONE, field("phone", Kind.STRING, Level.PSEUDONYM)),
        (PHONE, field("phone", Kind.STRING, Level.PREDICATE, question="is_present")),
        (PHONE, field("hotline")),
        (YEAR, field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band")),
    ],
)
def test_equal_masks_and_closed_ones_cannot_be_spliced(one: Field, other: Field) -> None:
    """A display mask is the same for all purposes; a token or an answer shows no part."""
    require_unspliced(items_of(one, other))


def test_a_field_that_was_not_granted_splices_nothing() -> None:
    """What the recipient cannot ask tells it nothing."""
    items = items_of(PHONE, field("phone"))
    require_unspliced(items, {"CY-ID-91": frozenset({"phone"}), "CY-ID-92": frozenset()})
    with pytest.raises(PlanError):
        require_unspliced(items, dict.fromkeys(("CY-ID-91", "CY-ID-92"), frozenset({"phone"})))
