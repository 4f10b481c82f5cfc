"""An item that the law does not allow has a fault at the place that breaks it; one that it allows has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.catalogue.rules import judge
from gateway.catalogue.schema import Faults, Table
from gateway.ground.item import (
    NO_LABEL,
    Field,
    Gate,
    Item,
    Kind,
    Label,
    LegalClass,
    Level,
    OnFailure,
    SharingClass,
)
from tests.samples import LABEL, field, item

PLAIN = item()
KEY, NAME = PLAIN.keys
OPEN = replace(
    PLAIN,
    sharing_class=SharingClass.UNCONDITIONAL,
    subjects=False,
    outcomes=(),
    age_from="none",
    keys=(replace(KEY, name="region_code", subject=False),),
    fields=(replace(field("venue"), legal_class=LegalClass.NONE, minor_level=Level.CLEAR),),
)
"""An item about no person, open to every department."""


def _paths(of: Item) -> list[str]:
    faults = Faults()
    judge(of, Table("x.toml", "", {}, faults))
    return [fault.path for fault in faults.found]


def _gated(*gates: Gate) -> Item:
    return replace(item(field("a"), field("b"), field("c"), field("gone", level=Level.DROP)), gates=gates)


def _gate(*fields: str, k: int = 5, sensitive: str = "", l: int = 1) -> Gate:  # noqa: E741 - the literature's name
    return Gate(fields, k, sensitive, l, OnFailure.REFUSE, protects=LABEL)


@pytest.mark.parametrize(
    "name",
    ["pin", "user_password", "face_photo", "photo_url", "iris", "trips", "key_id", "card_uid", "transit_records"],
)
@pytest.mark.parametrize("level", [Level.CLEAR, Level.DROP, Level.ENCRYPT])
def test_a_field_that_may_never_be_registered_is_refused_at_every_level(name: str, level: Level) -> None:
    """Not even dropped or encrypted does a credential, a biometric or a whereabout stand in an item."""
    assert "fields[0].name" in _paths(item(field(name, level=level)))


@pytest.mark.parametrize("name", ["pinyin", "keyboard", "surface", "stripe", "secretary_name"])
def test_a_word_within_another_word_is_no_such_name(name: str) -> None:
    """A name is judged word by word."""
    assert [] == _paths(item(field(name)))


def test_a_code_that_may_never_be_registered_is_refused_under_whatever_name() -> None:
    """卡识别码 is one by its indicator."""
    assert ["fields[0].hrss_code"] == _paths(item(replace(field("anything"), hrss_code="AAZ501")))


def test_a_sensitive_field_never_leaves_as_it_stands() -> None:
    """PIPL art. 28; a closed level may."""
    sensitive = replace(field("account"), legal_class=LegalClass.SENSITIVE)
    closed = replace(field("account", level=Level.REDACT), legal_class=LegalClass.SENSITIVE)
    assert ["fields[0].level"] == _paths(item(sensitive))
    assert [] == _paths(item(closed))


def test_a_forbidden_field_does_not_load() -> None:
    """The level takes no kind at all."""
    assert "fields[0].params" in _paths(item(field("anything", level=Level.FORBID)))


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("fields[0].codes", replace(field("born_on", Kind.DATE), codes=("1",))),
        ("fields[0].params", field("card_no", level=Level.PARTIAL, keep_first=9, keep_last=9)),
        ("fields[0].params", field("card_no", Kind.SEALED)),
    ],
)
def test_a_field_whose_mask_cannot_take_it_is_refused(path: str, changed: Field) -> None:
    """Codes stand on text, parameters within their bounds, and a platform gives nothing sealed."""
    assert path in _paths(item(changed))


def test_a_date_is_shifted_only_where_the_item_names_cardholders() -> None:
    """The shift is one person's."""
    shifted = field("visit", Kind.DATE, Level.DATE_SHIFT, max_days=30)
    assert "fields[0].level" in _paths(replace(OPEN, fields=(shifted,)))
    assert [] == _paths(item(shifted))


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("use_conditions", replace(PLAIN, use_conditions="")),
        ("subjects", replace(OPEN, subjects=True)),
        ("fields[0].legal_class", replace(OPEN, fields=(field("venue"),))),
        ("fields[0].legal_class", replace(OPEN, fields=(replace(field("a"), legal_class=LegalClass.SENSITIVE),))),
        ("keys", replace(OPEN, keys=(replace(KEY, name="region_code"),))),
        ("keys", replace(PLAIN, keys=(KEY,))),
        ("keys", replace(PLAIN, keys=(NAME,))),
        ("keys", replace(PLAIN, keys=(KEY, replace(NAME, required=False)))),
        ("keys", replace(PLAIN, keys=(replace(KEY, required=False), NAME))),
        ("keys", replace(PLAIN, keys=(KEY, replace(NAME, subject=True)))),
        ("keys", replace(PLAIN, keys=(replace(KEY, subject=False), NAME))),
        ("keys", replace(PLAIN, keys=())),
        ("keys[1].kind", replace(PLAIN, keys=(KEY, replace(NAME, kind=Kind.SEALED)))),
        ("keys", replace(PLAIN, keys=(KEY, NAME, NAME))),
        ("fields", item(field("a"), field("a"))),
        ("scenes", replace(PLAIN, scenes=(("s", LABEL), ("s", LABEL)))),
        ("use_bases", replace(PLAIN, use_bases=(("u", LABEL), ("u", LABEL)))),
    ],
)
def test_an_item_that_breaks_a_rule_of_sharing_has_a_fault_there(path: str, of: Item) -> None:
    """Conditions of use, nothing personal in the open, the keys that name a cardholder, and names that are distinct."""
    assert path in _paths(of)


@pytest.mark.parametrize(
    ("path", "gates"),
    [
        ("gates[0].fields", (_gate("never_declared"),)),
        ("gates[0].fields", (_gate("gone"),)),
        ("gates[0].fields", (_gate("a", sensitive="gone", l=2),)),
        ("gates[0].sensitive", (_gate("a", sensitive="a", l=2),)),
        ("gates[0].l", (_gate("a", sensitive="b"),)),
        ("gates[0].l", (_gate("a", l=2),)),
        ("gates[0].l", (_gate("a", k=2, sensitive="b", l=3),)),
        ("gates[1].fields", (_gate("a"), _gate("a", "b"))),
        ("gates[1].fields", (_gate("a", sensitive="c", l=2), _gate("c"))),
    ],
)
def test_a_gate_that_cannot_hold_is_refused(path: str, gates: tuple[Gate, ...]) -> None:
    """It is about fields that leave, each in one gate, with a sensitive field and l together, and l at most k."""
    assert path in _paths(_gated(*gates))


LISTED = replace(
    item(
        replace(field("a"), legal_class=LegalClass.NONE, minor_level=Level.CLEAR),
        replace(field("p", level=Level.KEYED_HASH), legal_class=LegalClass.NONE),
    ),
    subjects=False,
    outcomes=(),
    age_from="none",
    keys=(NAME,),
)
"""A list whose rows are told apart by a column."""


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("gates[0].protects", _gated(replace(_gate("a"), protects=NO_LABEL))),
        ("gates[0].protects", _gated(replace(_gate("a"), protects=Label("个案", " ")))),
        ("gates[1].protects", _gated(_gate("a"), replace(_gate("b"), protects=NO_LABEL))),
        ("gates[0].persons", _gated(replace(_gate("a"), persons="b"))),
        ("gates[0].persons", replace(LISTED, gates=(_gate("a"),))),
        ("gates[0].persons", replace(LISTED, gates=(replace(_gate("a"), persons="a"),))),
        ("gates[0].persons", replace(LISTED, gates=(replace(_gate("a"), persons="never_declared"),))),
    ],
)
def test_a_gate_that_counts_no_persons_or_protects_nobody_is_refused(path: str, of: Item) -> None:
    """F1: the asker who names the persons knows each row, so the item says why its gate protects them all the same; of
    a list a pseudonym tells who is who."""
    assert [path] == _paths(of)


def test_a_gate_over_a_list_counts_by_a_column() -> None:
    """Nobody is named there, and nothing more needs to be said."""
    assert [] == _paths(replace(LISTED, gates=(replace(_gate("a"), persons="p", protects=NO_LABEL),)))


@pytest.mark.parametrize("of", [PLAIN, OPEN, _gated(_gate("a"), _gate("b", sensitive="c", l=2)), _gated()])
def test_an_item_that_keeps_the_rules_has_no_fault(of: Item) -> None:
    """With cardholders and without, with gates and without."""
    assert [] == _paths(of)
