"""Claims about plans: every field is decided before a record comes, or there is no plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.catalogue.levels import level_faults
from gateway.ground.item import NO_LABEL, Field, Gate, Kind, LegalClass, Level, OnFailure
from gateway.ground.vocabulary.masks import masked_kind
from gateway.ground.vocabulary.names import ASKED_AGES
from gateway.masking.faults import PlanError
from gateway.masking.plan import compile_plan
from tests.masking.pages import FIELDS, ITEM, ROOT, plan_of
from tests.samples import LABEL, field, item

SENSITIVE = replace(field("account_state"), legal_class=LegalClass.SENSITIVE)
CODED: tuple[tuple[Level, dict[str, str]], ...] = (
    (Level.PSEUDONYM, {}),
    (Level.KEYED_HASH, {}),
    (Level.FORMAT_PRESERVING, {"form": "digits"}),
    (Level.SUBSTITUTE, {"dictionary": "employer"}),
)
"""Levels under which a code would only get another name."""
IDENTITY = field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1)


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        ("a masking level for a sensitive field", SENSITIVE),
        ("a legal class", replace(field("a"), legal_class="general")),  # type: ignore[arg-type]  # what is refused
        ("a level", replace(field("a"), level=None)),  # type: ignore[arg-type]  # what is refused
        ("a kind", replace(field("a"), kind="string")),  # type: ignore[arg-type]  # what is refused
        ("a kind that a platform gives", field("a", Kind.SEALED)),
        ("no other parameter", field("a", Kind.STRING, Level.CLEAR, keep_first=1)),
        ("no other parameter", field("a", Kind.STRING, Level.DROP, keep_first=1)),
        ("no other parameter", field("a", Kind.STRING, Level.PSEUDONYM, salt="s")),
        ("no other parameter", field("a", Kind.STRING, Level.PARTIAL, keep_first=1, mask="#")),
        ("1 to 4 characters kept", field("a", Kind.STRING, Level.PARTIAL)),
        ("1 to 4 characters kept", field("a", Kind.STRING, Level.PARTIAL, keep_first=3, keep_last=4)),
        ("keep_first to be 0 to 4", field("a", Kind.STRING, Level.PARTIAL, keep_first=6, keep_last=0)),
        ("keep_first to be 0 to 4", field("a", Kind.STRING, Level.PARTIAL, keep_first="1")),
        ("keep_last to be 0 to 4", field("a", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=-1)),
        ("keep_first to be 1 to 1", field("a", Kind.STRING, Level.PARTIAL, unit="surname", keep_first=2)),
        ("keep_last to be 0 to 0", field("a", Kind.STRING, Level.PARTIAL, unit="surname", keep_last=1)),
        ("unit to be one of", field("a", Kind.STRING, Level.PARTIAL, unit="byte")),
        ("the kind string", field("a", Kind.INTEGER, Level.PARTIAL, keep_first=1)),
        ("the kind string", field("a", Kind.DATE, Level.PSEUDONYM)),
        ("to to be one of", field("a", Kind.DATE, Level.GENERALISE)),
        ("to to be one of", field("a", Kind.DATE, Level.GENERALISE, to="day")),
        ("the kind date", field("a", Kind.STRING, Level.GENERALISE, to="year")),
        ("the kind decimal", field("a", Kind.INTEGER, Level.GENERALISE, to="amount_band")),
        ("question to be one of", field("a", Kind.BOOLEAN, Level.PREDICATE)),
        ("question to be one of", field("a", Kind.BOOLEAN, Level.PREDICATE, question="what")),
        ("the kind boolean", field("a", Kind.STRING, Level.PREDICATE, question="is_true")),
        ("years to be 14 to 80", field("a", Kind.DATE, Level.PREDICATE, question="age_at_least")),
        ("years to be 14 to 80", field("a", Kind.DATE, Level.PREDICATE, question="age_at_least", years=0)),
        *(
            ("years to be one of", field("a", Kind.DATE, Level.PREDICATE, question="age_at_least", years=years))
            for years in (15, 17, 19, 59, 61, 66, 71, 79)
        ),
        *(
            ("a value that is no code", replace(field("a", Kind.STRING, level, **params), codes=("x", "y")))
            for level, params in CODED
        ),
        ("values to be text", field("a", Kind.STRING, Level.PREDICATE, question="is_one_of")),
        ("values parted", field("a", Kind.STRING, Level.PREDICATE, question="is_one_of", values="a,,b")),
        ("no other parameter", field("a", Kind.BOOLEAN, Level.PREDICATE, question="is_true", years=60)),
    ],
)
def test_a_field_that_no_operator_takes_has_no_plan(expected: str, wrong: Field) -> None:
    """Class, level, kind and parameters are held when the plan is made; the error says what was expected."""
    with pytest.raises(PlanError) as caught:
        plan_of(item(field("plain"), wrong))
    assert (expected, wrong.name) == (caught.value.expected[: len(expected)], caught.value.field)
    assert "CY-ID-02" == caught.value.item


@pytest.mark.parametrize(
    "beside",
    [
        field("birth_date", Kind.DATE),
        field("birth_date", Kind.DATE, Level.GENERALISE, to="year_month"),
        replace(field("born", Kind.DATE), hrss_code="AAC006"),
        field("region_code"),
        field("home_county", Kind.STRING, Level.PARTIAL, keep_first=4),
        replace(field("place"), hrss_code="AAB301"),
    ],
)
def test_a_shown_identity_number_stands_beside_nothing_that_fills_it_in(beside: Field) -> None:
    """Birth date finer than a year, and county, are refused beside a partly shown number, in either order."""
    for fields in ((IDENTITY, beside), (beside, IDENTITY), (replace(IDENTITY, name="id", hrss_code="AAC002"), beside)):
        with pytest.raises(PlanError, match="beside the partly shown") as caught:
            plan_of(item(*fields))
        assert beside.name == caught.value.field


@pytest.mark.parametrize(
    "beside",
    [
        field("birth_date", Kind.DATE, Level.GENERALISE, to="year"),
        field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band"),
        field("region_code", Kind.STRING, Level.GENERALISE, to="city"),
        field("valid_to", Kind.DATE),
    ],
)
def test_a_shown_identity_number_stands_beside_what_is_coarse(beside: Field) -> None:
    """A year, a band or a prefecture leaves enough candidates."""
    assert {"social_security_no", beside.name} == set(plan_of(item(IDENTITY, beside)).steps)


def test_an_identity_number_is_never_clear() -> None:
    """Who asks has it already."""
    with pytest.raises(PlanError, match="expected a masked identity number, found clear"):
        plan_of(item(field("social_security_no")))


def test_no_fields_and_one_field_twice_are_refused() -> None:
    """An empty list refuses."""
    with pytest.raises(PlanError, match="expected at least one field, found none"):
        plan_of(replace(ITEM, fields=()))
    with pytest.raises(PlanError, match="expected distinct fields"):
        plan_of(item(field("a"), field("a")))


@pytest.mark.parametrize("empty", ["recipient", "epoch", "item_digest", "scene"])
def test_a_plan_is_for_somebody_and_something(empty: str) -> None:
    """No key is derived for an empty recipient, epoch, digest or scene."""
    arguments = {"recipient": "r", "epoch": "2026", "item_digest": "d", "scene": "s"} | {empty: ""}
    with pytest.raises(PlanError, match="found none"):
        compile_plan(
            ITEM,
            arguments["recipient"],
            ROOT,
            arguments["epoch"],
            item_digest=arguments["item_digest"],
            scene=arguments["scene"],
        )


def test_a_profile_names_all_that_decides_and_no_key() -> None:
    """Equal plans have equal profiles; another recipient, scene, parameter or version has another."""
    profile = plan_of().profile
    assert (64, profile) == (len(profile), plan_of().profile)
    others = {
        plan_of(recipient="500000/other").profile,
        plan_of(scene="other").profile,
        plan_of(replace(ITEM, version=2)).profile,
        plan_of(replace(ITEM, fields=FIELDS[:-1])).profile,
    }
    assert 4 == len(others - {profile})


@pytest.mark.parametrize("each", [each for each in FIELDS if each.level is not Level.DROP], ids=lambda each: each.name)
def test_the_masked_kind_follows_from_the_level(each: Field) -> None:
    """Clear keeps its kind, a predicate is a truth value, all else is text."""
    expected = {Level.CLEAR: each.kind, Level.PREDICATE: Kind.BOOLEAN}.get(each.level, Kind.STRING)
    assert expected is masked_kind(each) is plan_of().steps[each.name].masked


def test_a_dropped_field_has_no_kind() -> None:
    """Nothing of it leaves, so there is no column to speak of."""
    with pytest.raises(ValueError, match="found the level drop"):
        masked_kind(field("a", Kind.STRING, Level.DROP))


@pytest.mark.parametrize("years", range(1, 121))
def test_masking_and_catalogue_ask_for_the_same_ages(years: int) -> None:
    """Two rooms, one vocabulary: what loads compiles, and what does not load does not compile."""
    asked = field("senior", Kind.DATE, Level.PREDICATE, question="age_at_least", years=years)
    loads = not list(level_faults(asked))
    assert loads is (years in ASKED_AGES)
    if loads:
        assert Kind.BOOLEAN is plan_of(item(asked)).steps["senior"].masked
        return
    with pytest.raises(PlanError, match="expected years to be"):
        plan_of(item(asked))


@pytest.mark.parametrize(
    ("expected", "subjects", "changes"),
    [
        ("a gate's protects: why", True, {"protects": NO_LABEL}),
        ("a gate's persons: none", True, {"persons": "b"}),
        ("a gate's persons: a pseudonym", False, {}),
        ("a gate's persons: a pseudonym", False, {"persons": "b"}),
    ],
)
def test_a_gate_that_counts_no_persons_or_protects_nobody_compiles_to_no_plan(
    expected: str, subjects: bool, changes: dict[str, Any]
) -> None:
    """F1: whatever the catalogue let in; an item that says why, or tells persons apart, has its plan."""
    gate = Gate(("a",), 3, "", 1, OnFailure.SUPPRESS, protects=LABEL)
    held = item(field("a"), field("b"), field("p", level=Level.KEYED_HASH), subjects=subjects)
    good = replace(gate, persons="" if subjects else "p")
    assert plan_of(replace(held, gates=(good,))).profile
    with pytest.raises(PlanError, match=expected):
        plan_of(replace(held, gates=(replace(gate, **changes),)))
