"""What the law and the form ask of an item: each broken rule is a fault that says where and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest

from gateway.catalogue.digest import canonical, digest
from gateway.catalogue.items import read_item
from gateway.catalogue.schema import CatalogueError, Faults
from tests.catalogue.documents import ITEMS, item_data, packaged, spoilt

Path = Sequence[str | int]


def faults_of(data: dict[str, object]) -> list[str]:
    """Return the paths of the faults of an item's parsed file."""
    faults = Faults()
    read_item("x.toml", data, faults)
    return [fault.path for fault in faults.found]


MANDATORY = [
    *("code", "version", "label", "domain", "description", "venue", "card_forms", "catalogue_name"),
    *("data_format", "sharing_class", "modes", "grading", "contains_secret"),
    *("providers", "consumers", "scenes", "use_bases", "legal_bases"),
    *("lawful_bases", "keys", "fields", "subjects", "outcomes", "minors"),
]


@pytest.mark.parametrize("column", MANDATORY)
def test_every_column_of_the_catalogue_is_mandatory(column: str) -> None:
    """共享条例 art. 13: an item without one of its columns does not load."""
    assert column in faults_of(spoilt(item_data(), [column], ...))


@pytest.mark.parametrize("column", ["card_forms", "modes", "outcomes", "providers", "consumers", "lawful_bases"])
def test_an_empty_list_is_refused(column: str) -> None:
    """Nobody reads an empty list as everybody."""
    assert [column] == faults_of(spoilt(item_data(), [column], []))


@pytest.mark.parametrize("column", ["scenes", "use_bases", "legal_bases", "keys", "fields"])
def test_an_empty_array_of_tables_is_refused(column: str) -> None:
    """An item has at least one of each."""
    assert column in faults_of(spoilt(item_data(), [column], []))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["sharing_class"], "not_shared", "sharing_class"),
        (["sharing_class"], "open", "sharing_class"),
        (["contains_secret"], True, "contains_secret"),
        (["contains_secret"], "no", "contains_secret"),
        (["use_conditions"], "", "use_conditions"),
        (["code"], "cy id", "code"),
        (["version"], 0, "version"),
        (["version"], True, "version"),
        (["version"], "1", "version"),
        (["max_rows"], 500, "max_rows"),
        (["sharing_modes"], ["api"], "sharing_modes"),
        (["provider_unit"], "某厅", "provider_unit"),
        (["pia_no"], "PIA-2025-01", "pia_no"),
        (["modes", 0, "max_rows"], 1_000_000, "modes[0].max_rows"),
        (["modes", 0, "max_rows"], ..., "modes[0].max_rows"),
        (["modes", 0, "mode"], "fax", "modes[0].mode"),
        (["modes", 0, "rows"], 1, "modes[0].rows"),
        (["modes", 1, "mode"], "api", "modes"),
        (["modes", 1, "min_rows"], 501, "modes[1].min_rows"),
        (["modes", 0, "case_only"], "yes", "modes[0].case_only"),
        (["outcomes"], ["found"], "outcomes"),
        (["outcomes"], ["no_match"], "outcomes"),
        (["outcomes"], ["found", "no_match", "lost"], "outcomes"),
        (["minors"], "ask", "minors"),
        (["minors"], ..., "minors"),
        (["domain"], "weather", "domain"),
        (["providers"], ["bank"], "providers"),
        (["consumers"], ["hrss", "hrss"], "consumers"),
        (["lawful_bases"], ["interest"], "lawful_bases"),
        (["colour"], "red", "colour"),
        (["label", "fr"], "carte", "label.fr"),
        (["label"], "card", "label"),
        (["scenes", 0, "code"], "Card Service", "scenes[0].code"),
        (["scenes", 1, "code"], "card-service", "scenes"),
        (["legal_bases", 0, "draft"], ..., "legal_bases[0].draft"),
        (["legal_bases", 0, "province"], "51", "legal_bases[0].province"),
        (["keys", 0, "kind"], "sealed", "keys[0].kind"),
        (["keys", 0, "max_len"], 0, "keys[0].max_len"),
        (["keys", 0, "subject"], False, "keys"),
        (["keys", 1, "subject"], True, "keys"),
        (["keys", 1, "required"], False, "keys"),
        (["keys", 1, "name"], "social_security_no", "keys"),
        (["fields", 0, "name"], "card_no", "fields"),
        (["fields", 0, "kind"], "sealed", "fields[0].params"),
        (["fields", 0, "legal_class"], ..., "fields[0].legal_class"),
        (["fields", 0, "legal_class"], "credential", "fields[0].legal_class"),
        (["fields", 0, "legal_class"], "sensitive", "fields[0].level"),
        (["fields", 0, "level"], ..., "fields[0].level"),
        (["fields", 0, "level"], "hide", "fields[0].level"),
        (["fields", 0, "params"], {"keep_first": 1}, "fields[0].params"),
        (["fields", 0, "params"], {"keep": True}, "fields[0].params"),
        (["fields", 0, "source_department"], "bank", "fields[0].source_department"),
        (["fields", 6, "codes"], ["a"], "fields[6].codes"),
        (["fields", 0, "hrss_code"], "AAZ501", "fields[0].hrss_code"),
        (["fields"], "none", "fields"),
        (["fields", 0, "level"], "forbid", "fields[0].params"),
        (["age_from"], ..., "age_from"),
        (["age_from"], "none", "age_from"),
        (["age_from"], "name", "age_from"),
        (["age_from"], "issue_date", "age_from"),
        (["quarantine"], ..., "quarantine"),
        (["agreement"], "yes", "agreement"),
        (["fields", 0, "minor"], {"level": "clear"}, "fields[0].minor"),
        (["fields", 0, "minor"], {"level": "partial", "params": {"keep_first": 1, "keep_last": 1}}, "fields[0].minor"),
        (["fields", 0, "minor"], {"level": "predicate", "params": {"question": "is_present"}}, "fields[0].minor"),
        (["fields", 0, "minor"], {"level": "drop", "why": "x"}, "fields[0].minor.why"),
        (["fields", 0, "minor"], "drop", "fields[0].minor"),
        (["fields", 6, "minor"], {"level": "generalise", "params": {"to": "year"}}, "fields[6].minor"),
        (["gates"], [{"fields": ["nobody"], "k": 5, "on_failure": "refuse"}], "gates[0].fields"),
        (["gates"], [{"fields": ["region_code"], "k": 1, "on_failure": "refuse"}], "gates[0].k"),
        (["gates"], [{"fields": ["region_code"], "k": 5, "on_failure": "pass"}], "gates[0].on_failure"),
        (["gates"], [{"fields": ["region_code"], "k": 5, "on_failure": "refuse"}], "gates[0].protects"),
        (
            ["gates"],
            [{"fields": ["region_code"], "k": 5, "on_failure": "refuse", "protects": {"zh": "个案"}}],
            "gates[0].protects.en",
        ),
        (["gates"], [{"fields": ["region_code"], "k": 5, "l": 2, "on_failure": "refuse"}], "gates[0].l"),
        (
            ["gates"],
            [{"fields": ["region_code"], "k": 2, "sensitive": "card_form", "l": 3, "on_failure": "refuse"}],
            "gates[0].l",
        ),
        (
            ["gates"],
            [{"fields": ["region_code"], "k": 5, "sensitive": "region_code", "l": 2, "on_failure": "refuse"}],
            "gates[0].sensitive",
        ),
        (
            ["gates"],
            [
                {"fields": ["region_code"], "k": 5, "on_failure": "refuse"},
                {"fields": ["issue_date", "region_code"], "k": 5, "on_failure": "suppress"},
            ],
            "gates[1].fields",
        ),
    ],
)
def test_a_broken_rule_is_named_where_it_is_broken(path: Path, value: object, fault: str) -> None:
    """The fault names the key; the loader adds the file."""
    assert fault in faults_of(spoilt(item_data(), path, value))


@pytest.mark.parametrize(
    "name",
    [
        *("card_uid", "photo", "face_photo", "photo_url", "fingerprint", "fingerprint_template", "pin", "pin_block"),
        *("password", "sign_no", "card_key", "trip_records", "diagnosis", "iris"),
    ],
)
def test_credentials_and_biometrics_are_unregistrable_by_name(name: str) -> None:
    """Whatever class or level is claimed for them."""
    for level in ("clear", "drop"):
        data = spoilt(spoilt(item_data(), ["fields", 0, "name"], name), ["fields", 0, "level"], level)
        assert "fields[0].name" in faults_of(data)


@pytest.mark.parametrize("name", ["pinyin_name", "spin_no", "monkey_count"])
def test_a_name_is_judged_by_whole_words(name: str) -> None:
    """A word inside another word is not that word."""
    assert [] == faults_of(spoilt(item_data(), ["fields", 0, "name"], name))


@pytest.mark.parametrize("legal_class", ["general", "sensitive"])
def test_an_unconditional_item_holds_nothing_personal(legal_class: str) -> None:
    """共享条例 art. 14: what is open to every department is a directory."""
    assert "fields[0].legal_class" in faults_of(
        spoilt(item_data("CY-TO-02"), ["fields", 0, "legal_class"], legal_class)
    )


def test_an_unconditional_item_has_no_subjects() -> None:
    """A question about a person is never unconditional."""
    assert "subjects" in faults_of(spoilt(item_data("CY-TO-02"), ["subjects"], True))


def test_a_directory_takes_no_subject_key() -> None:
    """Where subjects is false no key may name a cardholder."""
    assert ["keys"] == faults_of(spoilt(item_data("CY-TO-02"), ["keys", 0, "subject"], True))


def test_all_faults_of_an_item_are_told_at_once() -> None:
    """One run names everything, each with file, path, expected and found."""
    data = spoilt(
        spoilt(spoilt(item_data(), ["catalogue_name"], ""), ["colour"], "red"), ["fields", 0, "level"], "none"
    )
    faults = Faults()
    read_item("CY-ID-02.toml", data, faults)
    with pytest.raises(CatalogueError) as caught:
        faults.settle()
    assert 3 == len(caught.value.faults)
    for fault in caught.value.faults:
        assert str(fault).startswith(f"CY-ID-02.toml: {fault.path}: expected ")
        assert ", found " in str(fault)


def test_an_item_without_faults_settles() -> None:
    """The data that the negative cases spoil is good."""
    assert [] == faults_of(item_data())


def test_each_item_has_a_digest_of_its_own() -> None:
    """The same each time, SHA-256 of the canonical form."""
    assert len(ITEMS) == len({digest(one) for one in ITEMS})
    again = read_item("x", item_data(), Faults())
    assert digest(packaged("CY-ID-02")) == digest(again) == sha256(canonical(again)).hexdigest()


def test_the_canonical_form_leaves_nothing_out_and_holds_no_space() -> None:
    """Every column of the record stands in it, sorted, without white space."""
    octets = canonical(packaged("CY-ID-02"))
    assert octets.startswith(b'{"age_from":"social_security_no","agreement":false,"card_forms":["')
    assert b'"codes":["physical","electronic","both"]' in octets
    assert b'"params":[["keep_first",2],["keep_last",2]]' in octets
    assert "发卡日期".encode() in octets


def test_an_item_that_needs_an_agreement_has_the_region_to_which_it_is_held() -> None:
    """CY-ID-01 says nothing of where a card was issued."""
    faults = Faults()
    read_item("x", spoilt(item_data("CY-ID-01"), ["agreement"], True), faults)
    read_item("x", spoilt(item_data("CY-ID-02"), ["agreement"], True), faults)
    assert ["agreement"] == [fault.path for fault in faults.found]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["fields", 5, "params"], {"keep_first": 2, "keep_last": 1}),
        (["fields", 5, "level"], "pseudonym"),
        (["fields", 4, "minor"], {"level": "generalise", "params": {"to": "city"}}),
        (["gates"], [{"fields": ["region_code"], "k": 5, "on_failure": "refuse"}]),
        (["quarantine"], True),
        (["agreement"], True),
        (["scenes", 0, "label", "en"], "other"),
        (["use_conditions"], "另一条件"),
        (["legal_bases", 0, "draft"], True),
    ],
)
def test_any_change_changes_the_digest(path: Path, value: object) -> None:
    """So a signed list binds masks, scenes and legal bases alike."""
    data = spoilt(item_data(), path, value)
    assert digest(packaged("CY-ID-02")) != digest(read_item("x", data, Faults()))
