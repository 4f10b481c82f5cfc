"""A field's kind, codes and parameters are held to its mask, and each mismatch says what was expected and found."""

from __future__ import annotations

import pytest

from gateway.ground.item import Kind, Level
from gateway.ground.vocabulary.checks import mismatches, unwritten_params
from gateway.ground.vocabulary.masks import RECORDS, record_of
from gateway.ground.vocabulary.records import MaskRecord, Mismatch

Given = dict[str, str | int]


def _found(level: Level, params: Given, kind: Kind = Kind.STRING, codes: tuple[str, ...] = ()) -> list[Mismatch]:
    return list(mismatches(record_of(level, params), kind, params, codes))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_forbidden_level_takes_no_kind(kind: Kind) -> None:
    """It is named as what is never registered."""
    assert [("a field that may leave", "forbid, which is never registered")] == _found(Level.FORBID, {}, kind)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.name)
def test_no_mask_takes_a_sealed_field(record: MaskRecord) -> None:
    """A platform gives none, so that none can be masked."""
    assert Kind.SEALED not in record.kinds


@pytest.mark.parametrize(
    ("level", "params", "kind", "said"),
    [
        (Level.ROUND, {"to": 10}, Kind.STRING, ("the kind decimal, integer for the level round", "string")),
        (Level.DATE_SHIFT, {"max_days": 30}, Kind.STRING, ("the kind date for the level date_shift", "string")),
        (Level.PSEUDONYM, {}, Kind.INTEGER, ("the kind string for the level pseudonym", "integer")),
        (Level.ENCRYPT, {}, Kind.BOOLEAN, ("the kind date, decimal, integer, string for the level encrypt", "boolean")),
    ],
)
def test_a_mask_on_a_kind_that_it_cannot_take_is_a_mismatch(
    level: Level, params: Given, kind: Kind, said: Mismatch
) -> None:
    """The kinds that it takes are named."""
    assert [said] == _found(level, params, kind)


@pytest.mark.parametrize(
    ("level", "params", "expected", "found"),
    [
        (Level.ROUND, {}, "to to be", "none"),
        (Level.ROUND, {"to": "10"}, "to to be", "'10'"),
        (Level.ROUND, {"to": True}, "to to be", "True"),
        (Level.ROUND, {"to": 11}, "to to be one of", "11"),
        (Level.ROUND, {"to": 0}, "to to be", "0"),
        (Level.KEYED_HASH, {"hash": "md5"}, "hash to be one of", "'md5'"),
        (Level.KEYED_HASH, {"hash": 1}, "hash to be one of", "1"),
        (Level.PSEUDONYM, {"cipher": ""}, "cipher to be one of", "''"),
        (Level.PARTIAL, {"keep_first": 0, "keep_last": 0}, "1 to 4 characters kept", "0"),
        (Level.PARTIAL, {"keep_first": 4, "keep_last": 1}, "1 to 4 characters kept", "5"),
        (Level.PARTIAL, {"keep_first": 5, "keep_last": 0}, "keep_first to be 0 to 4", "5"),
        (Level.PARTIAL, {"keep_first": -1, "keep_last": 1}, "keep_first to be 0 to 4", "-1"),
        (Level.PREDICATE, {"question": "is_one_of"}, "values to be text", "none"),
        (Level.PREDICATE, {"question": "is_one_of", "values": ""}, "values to be text", "''"),
        (Level.CLEAR, {"to": "year"}, "no other parameter for the level clear", "to"),
    ],
)
def test_a_parameter_beyond_its_bounds_is_a_mismatch(level: Level, params: Given, expected: str, found: str) -> None:
    """A missing one, another type, and a truth value in place of a number are too; an unknown one is never ignored."""
    kind = Kind.INTEGER if level is Level.ROUND else Kind.STRING
    (mismatch,) = _found(level, params, kind)
    assert mismatch[0].startswith(expected)
    assert found == mismatch[1]


@pytest.mark.parametrize("level", [Level.PSEUDONYM, Level.KEYED_HASH])
def test_codes_are_not_relabelled(level: Level) -> None:
    """How often each occurs would tell which is which."""
    ((expected, _),) = _found(level, {}, codes=("1", "2"))
    assert f"a value that is no code for the level {level}" == expected


@pytest.mark.parametrize(
    ("level", "params", "said"),
    [
        (Level.ROUND, {}, ("the parameters to", "none")),
        (Level.ROUND, {"to": 10, "more": 1}, ("the parameters to", "to, more")),
        (Level.PARTIAL, {"keep_first": 1}, ("the parameters keep_first, keep_last", "keep_first")),
        (Level.PARTIAL, {"unit": "surname", "keep_first": 1}, ("the parameters unit", "unit, keep_first")),
        (Level.PSEUDONYM, {"to": "x"}, ("the parameters none and perhaps cipher", "to")),
    ],
)
def test_an_item_writes_all_parameters_that_it_must_and_none_that_it_may_not(
    level: Level, params: Given, said: Mismatch
) -> None:
    """What stands by default is not written, so that two items cannot say one thing in two ways."""
    assert [said] == list(unwritten_params(record_of(level, params), params))


@pytest.mark.parametrize(
    ("level", "params", "kind"),
    [
        (Level.CLEAR, {}, Kind.BOOLEAN),
        (Level.ROUND, {"to": 10}, Kind.DECIMAL),
        (Level.PARTIAL, {"keep_first": 1, "keep_last": 3}, Kind.STRING),
        (Level.PARTIAL, {"unit": "surname"}, Kind.STRING),
        (Level.PSEUDONYM, {"cipher": "aes"}, Kind.STRING),
        (Level.PSEUDONYM, {}, Kind.STRING),
    ],
)
def test_a_field_that_its_mask_takes_has_no_mismatch(level: Level, params: Given, kind: Kind) -> None:
    """At the bounds, too, and with a default in place of what is not written."""
    assert [] == _found(level, params, kind)
    assert [] == list(unwritten_params(record_of(level, params), params))
