"""The items that are shipped: eight domains, both directions, every level, and no article that nobody has read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.catalogue.loader import PACKAGED, load_items
from gateway.catalogue.modes import require_mode
from gateway.cli.items.wording import label_params
from gateway.cli.names import NAMES
from gateway.ground.item import Domain, Item, Label, LegalClass, Level, SharingClass
from gateway.ground.refusals import Reason, Refusal
from scripts.pages.__main__ import refresh
from tests.catalogue.documents import CHONGQING, ITEMS, PARTIES, SICHUAN

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PROPOSED = [
    *("CY-ID-01", "CY-ID-02", "CY-SS-01", "CY-SS-02", "CY-SS-03", "CY-SS-05", "CY-FD-01", "CY-FD-03", "CY-FD-04"),
    *("CY-TR-01", "CY-TR-02"),
    *("CY-ID-03", "CY-SS-06", "CY-SS-07", "CY-SS-10", "CY-SS-11"),
    *("CY-TO-01", "CY-TO-02", "CY-CU-01", "CY-CU-02", "CY-HE-01", "CY-HE-02", "CY-FI-01", "CY-FI-02"),
]
READ = {("510000", "2"), ("510000", "4"), ("510000", "5")}
"""Enacted articles of the two regulations whose text is known."""
DRAFT = {("510000", "11"), ("510000", "18")} | {("500000", article) for article in ("4", "5", "6", "13", "15", "19")}
"""Articles known from the drafts alone."""

each = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)


def test_the_proposed_items_are_all_there() -> None:
    """Each in its own file, named by its code."""
    assert sorted(PROPOSED) == [item.code for item in ITEMS]
    assert sorted(PROPOSED) == sorted(path.stem for path in (PACKAGED / "items").glob("*.toml"))


@pytest.mark.parametrize("domain", Domain)
@pytest.mark.parametrize(("provider", "consumer"), [(SICHUAN, CHONGQING), (CHONGQING, SICHUAN)])
def test_each_domain_has_an_item_in_each_direction(domain: Domain, provider: str, consumer: str) -> None:
    """A province provides an item, and the other asks it, where each has a department of the type."""
    types = {
        province: {one.type for one in PARTIES.departments if one.province == province}
        for province in (SICHUAN, CHONGQING)
    }
    assert [
        item.code
        for item in ITEMS
        if item.domain is domain and set(item.providers) & types[provider] and set(item.consumers) & types[consumer]
    ]


@each
def test_each_item_cites_both_provinces_and_the_state(item: Item) -> None:
    """Each names a legal basis on either side, and one of the state."""
    assert {SICHUAN, CHONGQING, "000000"} == {basis.province for basis in item.legal_bases}


@each
def test_no_item_cites_an_article_that_nobody_has_read(item: Item) -> None:
    """Article numbers known from a draft alone are marked as a draft's."""
    for basis in item.legal_bases:
        if basis.province != "000000":
            assert (basis.province, basis.article) in (DRAFT if basis.draft else READ)


@each
def test_the_answer_never_echoes_the_identity_number(item: Item) -> None:
    """The asker holds it already."""
    assert not {"social_security_no", "id_no"} & {field.name for field in item.fields}


@each
def test_a_person_is_asked_about_by_number_and_name(item: Item) -> None:
    """And a directory by a region."""
    if item.sharing_class is SharingClass.CONDITIONAL:
        assert item.subjects
        assert ["social_security_no", "name"] == [key.name for key in item.keys[:2]]
    else:
        assert ["region_code"] == [key.name for key in item.keys]
        assert {LegalClass.NONE, LegalClass.BUSINESS} >= {field.legal_class for field in item.fields}


@pytest.mark.parametrize("code", ["CY-ID-03", "CY-SS-06", "CY-SS-07", "CY-SS-10", "CY-SS-11"])
def test_what_is_pushed_or_of_a_case_is_registered_and_refused_by_name(code: str) -> None:
    """It stands on lists like any other, and no question can be put to it until pushing and cases exist."""
    (item,) = [one for one in ITEMS if one.code == code]
    for mode in item.modes:
        with pytest.raises(Refusal) as caught:
            require_mode(item, mode.mode, 1)
        assert (Reason.MODE_NOT_SERVED, True) == (caught.value.reason, caught.value.detail.startswith(code))


@each
def test_a_shipped_item_holds_no_invented_number(item: Item) -> None:
    """Neither of an office nor of an assessment: those are of a province's profile."""
    text = (PACKAGED / "items" / f"{item.code}.toml").read_text(encoding="utf-8")
    assert not [word for word in ("PIA-", "BM-", "provider_unit", "approved_by", "DEMO") if word in text]


def test_every_plain_mask_is_used_somewhere() -> None:
    """So the demonstration shows each."""
    fields = [field for item in ITEMS for field in item.fields]
    plain = {Level.CLEAR, Level.DROP, Level.PARTIAL, Level.GENERALISE, Level.PREDICATE, Level.PSEUDONYM, Level.ENCRYPT}
    assert plain <= {field.level for field in fields}
    generalised = {dict(field.params)["to"] for field in fields if field.level is Level.GENERALISE}
    assert {"year", "year_month", "age_band", "city", "amount_band"} == generalised
    asked = {dict(field.params)["question"] for field in fields if field.level is Level.PREDICATE}
    assert {"is_true", "age_at_least", "is_one_of", "is_present"} == asked


def test_one_field_name_means_one_thing() -> None:
    """A name has one kind everywhere."""
    kinds = Counter({(field.name, field.kind) for item in ITEMS for field in item.fields})
    names = Counter(name for name, _ in kinds)
    assert {} == {name: count for name, count in names.items() if count > 1}


@each
@pytest.mark.parametrize(("page", "zh"), [("items.md", False), ("items.zh-CN.md", True)])
def test_each_item_has_its_heading_in_the_reference(item: Item, page: str, zh: bool) -> None:
    """With its name, its fields and their levels, in the language of the page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    heading = f"### {item.code} {item.label.zh if zh else item.label.en}\n"
    assert heading in text
    section = text.split(heading)[1].split("\n### ")[0]

    def say(label: Label) -> str:
        return label.zh if zh else label.en

    for field in item.fields:
        level = " ".join([f"`{field.level}`", *(f"{name}={value}" for name, value in field.params)])
        kind, law = (say(NAMES[type(one)][one]) for one in (field.kind, field.legal_class))
        asked = "，".join(label.zh for label in label_params(field.level, dict(field.params)))
        level = f"{NAMES[Level][field.level].zh}（{level}）{asked and f'：{asked}'}" if zh else level
        named = field.label.zh if zh else field.label.en
        assert f"| `{field.name}` | {named} | {kind} | {law} | {level} |" in section
    for scene, _ in item.scenes:
        assert f"`{scene}`" in section


@pytest.mark.parametrize("page", ["items.md", "items.zh-CN.md"])
def test_the_reference_lists_the_items_as_they_are(page: str) -> None:
    """A stale page is written anew by `python -m scripts.pages`."""
    assert refresh(DOCS / page) == (DOCS / page).read_text(encoding="utf-8")


def test_loading_twice_gives_equal_items() -> None:
    """Nothing depends on the order of a directory."""
    assert ITEMS == load_items()
