"""Core and profile: what a province says of an item, held to the item, to the roster, and to the keys that sign."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from gateway.catalogue.digest import digest
from gateway.catalogue.drafts import (
    DEMO,
    draft_profile,
    find_provider,
    name_file,
    practice_profile,
    practice_profiles,
    write_practice,
)
from gateway.catalogue.files import Verifiers
from gateway.catalogue.loader import load_profiles
from gateway.catalogue.profiles import (
    AREAS,
    Profile,
    Profiles,
    judge_keys,
    judge_profile,
    read_profile,
    render_profile,
    require_of_profile,
)
from gateway.catalogue.schema import CatalogueError, Faults
from gateway.ground.item import Domain
from keys.trust import is_practice, name_list_key
from tests.catalogue.documents import (
    CHONGQING,
    ITEMS,
    PARTIES,
    PROFILES,
    SICHUAN,
    grant_document,
    packaged,
    spoilt,
)
from tests.catalogue.test_loader import SIGNERS, VERIFIERS, Files

ITEM, FUND = packaged("CY-ID-02"), packaged("CY-FD-01")
PROVINCES = (SICHUAN, CHONGQING)
EARNEST: Verifiers = {
    province: [replace(signer.verifier, name=name_list_key(province))] for province, signer in SIGNERS.items()
}


def profile(code: str = "CY-ID-02", province: str = SICHUAN) -> Profile:
    """Return a synthetic profile."""
    return PROFILES.of((code, 1))[province]


def judged(made: Profile, *, practice: bool = True) -> list[str]:
    """Return the columns at which a profile is faulty."""
    faults = Faults()
    judge_profile("p.toml", made, packaged(made.code), PARTIES, faults, practice=practice)
    return [one.path for one in faults.found]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A directory in which everything is good."""
    return Files(tmp_path)


def put(files: Files, made: Profile) -> None:
    """Write a profile over the one of the sample."""
    path = files.root / "profile" / made.province / name_file(made.code, 1)
    path.write_bytes(render_profile(made))


@pytest.mark.parametrize("made", [*PROFILES], ids=lambda made: f"{made.code}-{made.province}")
def test_a_practice_profile_is_sound_and_says_so(made: Profile) -> None:
    """It reads back as it was written, and every column that a province alone could fill says DEMO."""
    faults = Faults()
    assert made == read_profile("p.toml", tomllib.loads(render_profile(made).decode()), faults)
    assert [] == faults.found
    assert [] == judged(made)
    columns = ("provider_unit", "responsible_office", "approved_by", "catalogue_code", "registration_no", "pia_no")
    told = [getattr(made, name) for name in (*columns, "secrecy_review_no", "use_conditions")]
    told += made.subsidy_codes
    assert made.synthetic
    assert all(text.startswith(DEMO) for text in told)
    assert all(text.startswith(DEMO) for text in (made.paying_rule, made.penalty_basis) if text)


def test_the_same_item_gives_the_same_bytes() -> None:
    """So that two nodes of practice hold the same without an exchange."""
    first, second = (render_profile(one) for _ in "ab" if (one := practice_profile(ITEM, SICHUAN, PARTIES)))
    assert first == second


def test_a_synthetic_profile_is_refused_outside_practice(files: Files) -> None:
    """No setting lets it in: the name of every key that signs would have to be another."""
    assert ["synthetic"] == judged(profile(), practice=False)
    assert [] == judged(replace(profile(), synthetic=False), practice=False)
    for signed in ("lists", "grants"):
        for path in (files.root / signed).iterdir():
            path.unlink()  # what is left is profiles alone, under keys in earnest
    with pytest.raises(CatalogueError) as caught:
        files.load(EARNEST)
    assert {"synthetic"} == {one.path for one in caught.value.faults}
    assert len([*PROFILES]) == len(caught.value.faults)


@pytest.mark.parametrize(
    ("verifiers", "practice", "faults"),
    [
        (VERIFIERS, True, 0),
        (EARNEST, False, 0),
        ({**VERIFIERS, SICHUAN: EARNEST[SICHUAN]}, False, 1),
        ({**EARNEST, SICHUAN: [*EARNEST[SICHUAN], *VERIFIERS[SICHUAN]]}, False, 1),
        ({}, False, 0),
    ],
)
def test_one_earnest_key_makes_a_place_earnest(verifiers: Verifiers, practice: bool, faults: int) -> None:
    """And a key of practice beside it is a fault: made-up data never meet a province's."""
    found = Faults()
    assert practice is judge_keys(verifiers, found)
    assert faults == len(found.found)


@pytest.mark.parametrize("province", PROVINCES)
def test_the_name_of_a_key_says_what_it_is(province: str) -> None:
    """The id of a key binds its name, so that a key in earnest cannot be taken for the other."""
    assert not is_practice(name_list_key(province))
    assert is_practice(name_list_key(province, practice=True))
    assert EARNEST[province][0].key_id != VERIFIERS[province][0].key_id


@pytest.mark.parametrize(
    ("code", "changes", "columns"),
    [
        ("CY-ID-02", {"core_digest": "0" * 64}, ["core_digest"]),
        ("CY-ID-02", {"provider_department": "cq-hrss"}, ["provider_department"]),
        ("CY-ID-02", {"provider_department": "sc-finance"}, ["provider_department"]),
        ("CY-ID-02", {"province": CHONGQING}, ["provider_department"]),
        ("CY-ID-02", {"use_conditions": ""}, ["use_conditions"]),
        ("CY-ID-02", {"subsidy_codes": ("A1",)}, ["subsidy_codes"]),
        ("CY-ID-02", {"paying_department": "sc-finance"}, ["paying_department"]),
        ("CY-ID-02", {"paying_rule": "某规则"}, ["paying_rule"]),
        ("CY-FD-01", {"subsidy_codes": ()}, ["subsidy_codes"]),
        ("CY-FD-01", {"paying_rule": ""}, ["paying_rule"]),
        ("CY-FD-01", {"paying_department": ""}, ["paying_department"]),
        ("CY-FD-01", {"paying_department": "cq-finance"}, ["paying_department"]),
        ("CY-TO-02", {"use_conditions": ""}, []),
    ],
)
def test_a_profile_is_held_to_its_item_and_its_province(
    code: str, changes: dict[str, object], columns: list[str]
) -> None:
    """Core, provider, conditions and money."""
    assert columns == judged(replace(profile(code), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("provider_unit", ""),
        ("approved_by", ""),
        ("pia_no", ""),
        ("secrecy_review_no", ""),
        ("update_frequency", "有时"),
        ("update_frequency", ""),
        ("core_digest", "0"),
        ("synthetic", "no"),
        ("synthetic", ...),
        ("province", "51"),
        ("subsidy_codes", ["a b"]),
        ("colour", "red"),
    ],
)
def test_what_a_province_must_say_is_never_empty(column: str, value: object) -> None:
    """A wrong form is a fault at its column."""
    faults = Faults()
    read_profile("p.toml", spoilt(tomllib.loads(render_profile(profile()).decode()), [column], value), faults)
    assert {one.path.split("[")[0] for one in faults.found} == {column}


@pytest.mark.parametrize("item", [ITEM, FUND], ids=["plain", "fund"])
def test_a_draft_does_not_load_before_it_is_filled_in(item: object) -> None:
    """What the province alone can say is empty in it, and nothing in it is invented."""
    of = packaged("CY-ID-02") if item is ITEM else FUND
    faults = Faults()
    made = read_profile("p.toml", tomllib.loads(draft_profile(of, SICHUAN, PARTIES).decode()), faults)
    assert {"provider_unit", "approved_by", "pia_no", "secrecy_review_no", "update_frequency"} == {
        one.path for one in faults.found
    }
    assert (digest(of), False, "sc-hrss") == (made.core_digest, made.synthetic, made.provider_department)


def test_an_item_without_a_profile_is_not_in_force(files: Files) -> None:
    """It is shipped, and nobody can ask it; the grant that names it says what to do."""
    path = files.root / "profile" / SICHUAN / name_file("CY-ID-02", 1)
    path.unlink()
    assert [
        "grants/G-2026-001.toml: item_code: expected the profile of 510000 of CY-ID-02 v1, found none: "
        "draft one with chuanyu items draft"
    ] == files.faults()
    (files.root / "profile" / CHONGQING / path.name).unlink()
    for one in (files.root / "grants").iterdir():
        one.unlink()
    made = files.load()
    assert ("CY-ID-02", 1) not in made.items
    assert len(ITEMS) - 1 == len(made.items)


def test_without_profiles_nothing_is_in_force(files: Files) -> None:
    """Neither by lists nor by the items that are shipped."""
    for one in (files.root / "grants").iterdir():
        one.unlink()
    (files.root / "profile").rename(files.root / "elsewhere")
    assert {} == dict(files.load().items)


def test_a_profile_in_another_provinces_directory_is_refused(files: Files) -> None:
    """Where it stands and what it says are the same."""
    path = files.root / "profile" / CHONGQING / "mine.toml"
    path.write_bytes(render_profile(profile()))
    assert [f"profile/{CHONGQING}/mine.toml: province: expected {CHONGQING}, as its directory, found {SICHUAN}"] == (
        files.faults()
    )


def test_one_profile_stands_once(files: Files) -> None:
    """Two files would be two truths."""
    path = files.root / "profile" / SICHUAN / "again.toml"
    path.write_bytes(render_profile(profile()))
    (fault,) = files.faults()
    assert "expected a profile of its own, found CY-ID-02 v1 twice" in fault


def test_a_profile_of_no_item_is_refused(files: Files) -> None:
    """It would say something of nothing."""
    put(files, replace(profile(), code="CY-ID-02", version=9))
    assert any("expected an item that exists, found CY-ID-02 v9" in fault for fault in files.faults())


def test_a_changed_profile_no_longer_stands_on_the_list(files: Files) -> None:
    """The list that was signed binds it."""
    put(files, replace(profile(), use_conditions="另一条件"))
    made = files.load()
    assert () == made.granted_and_listed(grant_document().valid_from)


def test_a_grant_is_of_the_provider_that_the_profile_names() -> None:
    """Another department of the right type is not enough."""
    faults = Faults()
    require_of_profile("g", grant_document(), PROFILES, faults)
    assert [] == faults.found
    require_of_profile("g", grant_document(provider_department="sc-transport"), PROFILES, faults)
    require_of_profile("g", grant_document(), Profiles(), faults)
    assert ["provider_department", "item_code"] == [one.path for one in faults.found]


def test_profiles_are_written_and_read(tmp_path: Path) -> None:
    """As many as the provinces have departments for; where there is no directory, none."""
    assert () == load_profiles(tmp_path / "profile")
    made = practice_profiles(ITEMS, PROVINCES, PARTIES)
    assert len(made) == write_practice(tmp_path / "profile", made)
    assert {render_profile(one) for one in made} == {render_profile(one) for one in load_profiles(tmp_path / "profile")}
    (tmp_path / "profile" / SICHUAN / "bad.toml").write_bytes(b"province = ")
    with pytest.raises(CatalogueError, match=r"bad\.toml"):
        load_profiles(tmp_path / "profile")


def test_a_province_without_the_department_has_no_profile() -> None:
    """Nothing is made up for an office that nobody registered."""
    assert find_provider(ITEM, "530000", PARTIES) is None
    assert practice_profile(ITEM, "530000", PARTIES) is None
    assert () == practice_profiles([ITEM], ["530000"], PARTIES)


def test_every_column_that_may_differ_has_its_area() -> None:
    """The other columns say which profile it is."""
    naming = {"province", "code", "version", "core_digest", "synthetic"}
    assert {one.name for one in fields(Profile)} - naming == set(AREAS)


def test_the_demo_differs_where_the_laws_do() -> None:
    """An item of money in all four areas."""
    ours, theirs = profile("CY-FD-01"), profile("CY-FD-01", CHONGQING)
    assert Domain.FUND_DISBURSEMENT is FUND.domain
    differing = {AREAS[name] for name in AREAS if getattr(ours, name) != getattr(theirs, name)}
    assert {"duties", "lists", "funds", "penalties"} == differing
