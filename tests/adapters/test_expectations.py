"""The suite expects what the item's file says, and refuses a sample that does not fit it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.conformance.expectations import ItemsInvalid, read_items
from tests.adapters.stand_ins import ITEMS, expectations

CODE = "CY-ID-02"


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Make a directory with one item."""
    shutil.copy(Path(ITEMS) / f"{CODE}.toml", tmp_path)
    return tmp_path


def test_a_directory_without_items_is_refused(tmp_path: Path) -> None:
    """Nothing expected would be nothing found."""
    with pytest.raises(ItemsInvalid, match="at least one TOML file, found none"):
        read_items(tmp_path, {})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "expected a sample row, found none"),
        ({CODE: {}}, "with the item's keys, found others"),
        ({CODE: {"name": "a"}}, "with the item's keys, found others"),
        ({CODE: {"social_security_no": "1", "name": "a", "more": "b"}}, "with the item's keys, found others"),
    ],
)
def test_a_sample_that_does_not_fit_the_item_is_refused(one: Path, rows: dict[str, Any], said: str) -> None:
    """Without a required key, or with one that the item does not have."""
    with pytest.raises(ItemsInvalid, match=said):
        read_items(one, rows)


def test_the_unknown_subject_is_nobody_and_no_row_shows() -> None:
    """Every item about people asks for a number that the generator never gives."""
    for item in expectations("sichuan"):
        assert item.known.keys() == item.unknown.keys()
        assert item.known != item.unknown
        assert not [value for value in item.known.values() if str(value) in repr(item)]


def test_an_item_is_expected_as_its_file_says(one: Path) -> None:
    """Code and keys."""
    (item,) = read_items(one, {expected.code: expected.known for expected in expectations("sichuan")})
    assert CODE == item.code
    assert {"social_security_no", "name"} <= {name for name, _ in item.keys}
