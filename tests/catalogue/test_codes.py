"""Code sets: what is shipped reads, and whatever is wrong with one, or with an item's choice of one, is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.catalogue.codes import CODE_SETS, choose, code_sets, read_code_set
from gateway.catalogue.schema import Faults, Table
from gateway.ground.item import Label
from tests.catalogue.documents import ITEMS, spoilt


def _set() -> dict[str, Any]:
    return {
        "name": "CS-ONE",
        "label": {"zh": "一", "en": "one"},
        "source": "样例",
        "codes": [
            {"value": "a", "label": {"zh": "甲", "en": "first"}, "confirmed": True},
            {"value": "b", "label": {"zh": "乙", "en": "second"}, "confirmed": False, "elsewhere": "CY-HE-01"},
        ],
    }


def test_every_set_that_is_shipped_reads_and_bears_the_name_of_its_file() -> None:
    """A set is found by the name that items use."""
    assert {path.stem for path in CODE_SETS.glob("*.toml")} == set(code_sets())


def test_every_code_has_its_own_name_in_both_languages() -> None:
    """Two codes of one name could not be told apart on a screen."""
    for one in code_sets().values():
        assert (
            len(one.codes) == len({code.label.zh for code in one.codes}) == len({code.label.en for code in one.codes})
        )


def test_the_item_named_elsewhere_is_shipped() -> None:
    """Whoever is sent on finds something."""
    shipped = {item.code for item in ITEMS}
    assert {code.elsewhere for one in code_sets().values() for code in one.codes} - {""} <= shipped


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["name"], "CS-TWO", "name"),
        (["name"], "INS", "name"),
        (["label"], ..., "label"),
        (["label", "en"], "", "label.en"),
        (["source"], ..., "source"),
        (["hrss_code"], "aae140", "hrss_code"),
        (["codes"], [], "codes"),
        (["codes", 1, "value"], "a", "codes"),
        (["codes", 1, "label", "zh"], "甲", "codes"),
        (["codes", 0, "value"], "a,b", "codes[0].value"),
        (["codes", 0, "value"], "", "codes[0].value"),
        (["codes", 0, "confirmed"], ..., "codes[0].confirmed"),
        (["codes", 0, "elsewhere"], "over there", "codes[0].elsewhere"),
        (["colour"], "red", "colour"),
    ],
)
def test_a_spoilt_set_is_named_where_it_is_wrong(path: Sequence[str | int], value: object, fault: str) -> None:
    """Nothing is guessed."""
    faults = Faults()
    read_code_set("CS-ONE.toml", spoilt(_set(), path, value), faults)
    assert fault in [found.path for found in faults.found]


def _chosen(text: object) -> tuple[list[str], object]:
    faults = Faults()
    chosen = choose(Table("x.toml", "", {"codes": text}, faults), "codes")
    return [found.path for found in faults.found], chosen


def test_a_choice_has_names_and_says_where_the_others_are_asked() -> None:
    """In the order of the item; medical insurance is asked of those who have it."""
    faults, chosen = _chosen("CS-INS:210,110")
    labels = {code.value: code.label for code in code_sets()["CS-INS"].codes}
    assert [] == faults
    assert (("210", labels["210"]), ("110", labels["110"])) == chosen.codes  # type: ignore[attr-defined]
    assert {"310", "330", "390", "510"} == {value for value, _ in chosen.elsewhere}  # type: ignore[attr-defined]
    assert Label("失业保险", "unemployment insurance") == labels["210"]


@pytest.mark.parametrize(
    "text", ["CS-NONE:a", "CS-INS", "CS-INS:", "CS-INS:110,", "CS-INS:999", "CS-INS:110,110", "110", "", 7]
)
def test_a_choice_that_no_set_has_is_a_fault(text: object) -> None:
    """A value that is misspelt would refuse everybody."""
    faults, chosen = _chosen(text)
    assert ["codes"] == faults
    assert () == chosen.codes  # type: ignore[attr-defined]
