"""Answers from raw records: who matches, which record counts, and that a stranger learns nothing about a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.answers import comparable, listing_page, subject_page
from adapters.contract import FOUND, NO_MATCH, AnswerInvalid, AnswerPage, Cell, CodeUnmapped
from adapters.mapping import ANSWERED, Compare, ListingItem, Row, Rule, SubjectItem, Valid

STATES = {"1": "active", "9": "closed"}


def state(raw: object) -> Cell:
    """Read a local code of the state."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise AnswerInvalid("state: expected text")
    if raw not in STATES:
        raise CodeUnmapped("state")
    return STATES[raw]


def text(raw: object) -> Cell:
    """Read a text as it is."""
    return raw if isinstance(raw, str) else None


STATE = Rule("state", "string", "ZT", state, "none", None)
RESULT = Rule("result", "string", "", text, None, {verdict: verdict.value for verdict in ANSWERED})


def item(**states: Any) -> SubjectItem:
    """An item whose record is compared by name, and by telephone where that is given."""
    made = SubjectItem(
        code="C1",
        version=1,
        place="T",
        subject="SFZ",
        returned="SFZ",
        joins=(),
        picks=(),
        compares=(Compare("name", "XM", False), Compare("phone", "DH", True)),
        latest=None,
        valid=None,
        held=None,
        later=None,
        inapplicable=None,
        rules={"state": STATE, "result": RESULT},
    )
    return replace(made, **states)


def record(**changes: object) -> Row:
    """A record of 王一."""
    return {"XM": "王一", "DH": "10012345678", "ZT": "1", "RQ": "20250101", **changes}


def page(*records: Row, of: SubjectItem | None = None, **keys: Cell) -> AnswerPage:
    """The answer about one subject with these records."""
    asked: dict[str, Cell] = {"name": "王一", **keys}
    return subject_page(of or item(), ("state", "result"), [asked], {0: list(records)})


def answer(*records: Row, of: SubjectItem | None = None, **keys: Cell) -> list[Cell]:
    """State and result for one subject with these records; where it is not found, null and the outcome."""
    made = page(*records, of=of, **keys)
    state, result = made.columns["state"][0], made.columns["result"][0]
    assert (made.outcomes[0] == FOUND) == (result is not None)
    return [state, result or made.outcomes[0]]


def test_an_unknown_number_and_a_name_that_is_not_its_own_get_the_same_nulls() -> None:
    """Number and name are told by one outcome: who asks learns nothing of a number."""
    assert [None, "no_match"] == answer()
    assert page() == page(record(XM="李二")) == page(record(), phone="10000000000")


@pytest.mark.parametrize(
    ("asked", "held"), [("王一", "王一  "), ("阿·买", "阿．买"), ("ab", "ＡＢ"), ("阿 买", "阿买")]
)
def test_names_are_compared_in_one_form(asked: str, held: str) -> None:
    """Blanks, middle dots, width and case do not tell people apart."""
    assert "match" == answer(record(XM=held), name=asked)[1]


@pytest.mark.parametrize("held", [None, 7, "", "王一一"])
def test_a_name_that_is_missing_or_another_never_matches(held: object) -> None:
    """A null in the platform is no wildcard."""
    assert [None, "no_match"] == answer(record(XM=held))


@pytest.mark.parametrize("asked", [None, "", 7, True])
def test_a_required_key_that_is_empty_never_matches(asked: Cell) -> None:
    """Nor does an empty name equal an empty record."""
    assert "no_match" == answer(record(), name=asked)[1]


@pytest.mark.parametrize(
    ("phone", "expected"), [(None, "match"), ("", "match"), ("10012345678", "match"), ("10000000000", "no_match")]
)
def test_an_optional_key_counts_only_where_it_is_given(phone: Cell, expected: str) -> None:
    """And then it counts fully."""
    assert expected == answer(record(), phone=phone)[1]


def test_of_several_records_the_latest_that_agrees_counts() -> None:
    """One of another person does not, however new; a missing date is the oldest."""
    records = [record(RQ=None), record(RQ="20250301", ZT="9"), record(RQ="20250201"), record(RQ="20260101", XM="李二")]
    assert ["closed", "match"] == answer(*records, of=item(latest="RQ"))
    assert ["active", "match"] == answer(*records)


def test_a_record_in_another_state_is_invalid_and_its_fields_are_read() -> None:
    """As the item's mapping defines a valid one."""
    only_active = item(valid=Valid(STATE, frozenset({"active"})))
    assert ["active", "match"] == answer(record(), of=only_active)
    assert ["closed", "invalid"] == answer(record(ZT="9"), of=only_active)
    assert ["none", "match"] == answer(record(ZT=None))


@pytest.mark.parametrize(("code", "error"), [("5", CodeUnmapped), (5, AnswerInvalid)])
def test_a_code_without_a_mapping_is_an_error(code: object, error: type[Exception]) -> None:
    """Never passed through, and never a null."""
    with pytest.raises(error) as caught:
        answer(record(ZT=code))
    assert "5" not in str(caught.value)


def test_rows_stand_in_the_order_of_the_keys() -> None:
    """Whatever the order of the records."""
    found = {2: [record(XM="丙", ZT="9")], 0: [record(XM="甲")]}
    made = subject_page(item(), ("state",), [{"name": name} for name in "甲乙丙"], found)
    assert ["active", None, "closed"] == made.columns["state"]
    assert ("found", "no_match", "found") == made.outcomes


def test_a_directory_shows_every_record() -> None:
    """In the order in which they came."""
    listing = ListingItem("C2", 1, "T", "region", "DQ", "DQ", "XH", {"state": STATE})
    made = listing_page(listing, ("state",), [{"ZT": "9"}, {"ZT": "1"}])
    assert AnswerPage({"state": ["closed", "active"]}) == made


def test_a_person_without_such_a_record_is_known_but_it_is_not_held() -> None:
    """A record that is joined to a person says by one source whether it is there; a wrong name says nothing."""
    of = item(held="ZT")
    assert [None, "not_held"] == answer(record(ZT=None), of=of)
    assert [None, "not_held"] == answer(record(ZT="  "), of=of)
    assert ["active", "match"] == answer(record(ZT=None), record(), of=of)
    assert [None, "no_match"] == answer(record(ZT=None, XM="李二"), of=of)


def test_a_key_about_which_the_item_tells_may_differ_and_nothing_else_shows() -> None:
    """An account that is not the payee's is denied; a payee who is unknown is neither confirmed nor denied."""
    of = item(compares=(Compare("name", "XM", False), Compare("phone", "DH", False, told=True)))
    assert [None, "different"] == answer(record(), phone="10000000000", of=of)
    assert ["active", "match"] == answer(record(), phone="10012345678", of=of)
    assert [None, "no_match"] == answer(record(XM="李二"), phone="10012345678", of=of)


def test_where_an_item_does_not_apply_is_told_before_what_is_held() -> None:
    """By the state that the mapping names, of the person who matches alone."""
    of = item(inapplicable=Valid(STATE, frozenset({"closed"})), held="DH")
    assert [None, "not_applicable"] == answer(record(ZT="9", DH=None), of=of)
    assert [None, "no_match"] == answer(record(ZT="9", XM="李二"), of=of)


def test_records_that_cannot_be_read_now_say_from_when_on() -> None:
    """In whole seconds, the latest of the page; never that nobody has the number."""
    of = item(later="DQ")
    made = subject_page(
        of,
        ("state",),
        [{"name": "王一"}] * 3,
        {0: [record(DQ=1_000)], 1: [record(DQ=2_500)], 2: [record(DQ=None)]},
    )
    assert (("later", "later", "found"), 3) == (made.outcomes, made.later_at_s)
    assert [None, None, "active"] == made.columns["state"]
    assert ((NO_MATCH,), 0) == ((away := page(record(DQ=9, XM="李二"), of=of)).outcomes, away.later_at_s)
    with pytest.raises(AnswerInvalid, match="found no time"):
        page(record(DQ="soon"), of=of)


def test_the_comparable_form_is_stable() -> None:
    """A text in it is its own comparable form."""
    once = comparable("Ａ b\u3000・")
    assert once == comparable(once) == "AB"


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("刘䶮明", "刘\ue863明"),
        ("龴七", "\ue81e七"),
        ("\U000241fe明", "\ue855明"),
        ("ḿ", "\ue7c7"),
        ("张三", "张三\u200b"),
        ("张三", "\ufeff张三\t"),
        ("葛明", "葛\U000e0100明"),
        ("吕明", "呂明"),
        ("约翰·李", "约翰\u2219李"),
        ("约翰·李", "约翰●李"),
        ("约翰·李", "约翰李"),
        ("ＬＩ Lei", "li lei"),
    ],
)
def test_one_name_in_two_writings_compares_equal(asked: str, held: str) -> None:
    """A10: private-use twins of GB 18030-2022, signs that cannot be seen, older forms, any middle dot or none."""
    assert comparable(asked) == comparable(held)


@pytest.mark.parametrize(
    ("asked", "held"),
    [("刘䶮明", "刘龙明"), ("刘\ue863明", "刘\ue864明"), ("张三", "张山"), ("约翰·李", "李·约翰"), ("张三", "张三三")],
)
def test_two_names_stay_two(asked: str, held: str) -> None:
    """A10: nothing is folded that tells two people apart."""
    assert comparable(asked) != comparable(held)


def test_the_private_use_twins_are_those_of_the_guard() -> None:
    """A10: name comparison and leak guard read every such point alike, though they share no code."""
    from gateway.leakguard.signs import TWINS

    assert 81 == len(TWINS)
    assert [] == [point for point, sign in TWINS.items() if comparable(chr(point)) != comparable(sign)]
