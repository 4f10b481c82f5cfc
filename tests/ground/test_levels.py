"""Every level that is a mask by itself has one record, and what it says is learnt is not less than what it shows."""

from __future__ import annotations

import pytest

from gateway.ground.item import Kind, Level
from gateway.ground.vocabulary.levels import CIPHER, LEVELS
from gateway.ground.vocabulary.records import Leaves
from gateway.ground.vocabulary.tells import EVERYTHING, NOTHING

CHOSEN = {Level.GENERALISE, Level.PREDICATE, Level.FORMAT_PRESERVING}
BY_NAME = {record.name: record for record in LEVELS}


def test_no_level_is_without_a_record_and_none_has_two() -> None:
    """Those whose masks an item chooses stand elsewhere."""
    assert len(BY_NAME) == len(LEVELS)
    assert set(Level) - CHOSEN == {record.level for record in LEVELS}


def test_a_forbidden_field_has_no_kind_and_no_column() -> None:
    """Whatever its kind."""
    record = BY_NAME["forbid"]
    assert (frozenset(), Leaves.NOTHING, NOTHING) == (record.kinds, record.leaves, record.tells)


@pytest.mark.parametrize("name", ["drop", "redact", "encrypt", "forbid"])
def test_a_level_that_shows_nothing_tells_nothing(name: str) -> None:
    """Not even whether there is a value."""
    assert NOTHING is BY_NAME[name].tells


def test_only_a_field_in_the_clear_tells_everything() -> None:
    """Every other level takes something away."""
    assert ["clear"] == [name for name, record in BY_NAME.items() if record.tells is EVERYTHING]


@pytest.mark.parametrize("name", ["pseudonym", "keyed_hash", "substitute"])
def test_a_level_that_gives_each_value_another_name_relabels(name: str) -> None:
    """Codes may not stand under it; no other level relabels."""
    assert BY_NAME[name].relabels
    assert {"pseudonym", "keyed_hash", "substitute"} == {one for one, record in BY_NAME.items() if record.relabels}


@pytest.mark.parametrize(
    ("name", "kind", "leaving"),
    [
        ("drop", Kind.STRING, None),
        ("clear", Kind.DATE, Kind.DATE),
        ("redact", Kind.DATE, Kind.STRING),
        ("round", Kind.INTEGER, Kind.INTEGER),
        ("encrypt", Kind.DATE, Kind.SEALED),
        ("date_shift", Kind.DATE, Kind.DATE),
    ],
)
def test_a_column_leaves_as_its_level_says(name: str, kind: Kind, leaving: Kind | None) -> None:
    """As it came, as text, sealed, or not at all."""
    assert leaving is BY_NAME[name].leaving_kind(kind)


def test_a_cipher_that_is_not_written_is_aes() -> None:
    """The national one is chosen by its name."""
    assert {"cipher": "aes"} == BY_NAME["pseudonym"].complete({})
    assert {"cipher": "sm4"} == BY_NAME["pseudonym"].complete({"cipher": "sm4"})
    assert ("aes", "sm4") == tuple(map(str, CIPHER.known))
