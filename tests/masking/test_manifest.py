"""A manifest says what is done to each field, in one canonical form, and shows no key."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from gateway.ground.item import Field, Gate, Item, Kind, Level, OnFailure
from gateway.masking.manifest import MAX_BYTES, FieldMask, profile_of, render
from tests.masking.pages import plan_of
from tests.samples import field, item

CARD = field("card_no", level=Level.PARTIAL, keep_first=1, keep_last=2)
SAID = {"item_digest": "d" * 64, "recipient": "r", "scene": "s", "epoch": "2026-11", "regions": "e" * 64}


def _manifest(of: Item, **changes: str) -> bytes:
    masks = tuple(FieldMask(one, one.kind, "k1", "k2") for one in of.fields)
    return render(of, masks, **{**SAID, **changes})


def _field(of: Field) -> dict[str, Any]:
    read = json.loads(_manifest(item(of)))["fields"]
    assert 1 == len(read)
    return dict(read[0])


@pytest.mark.parametrize("name", sorted(SAID))
def test_another_circumstance_is_another_profile(name: str) -> None:
    """Recipients, scenes, months, items and regions are not masked alike."""
    assert profile_of(_manifest(item(CARD))) != profile_of(_manifest(item(CARD), **{name: "other"}))


@pytest.mark.parametrize(
    "changed",
    [
        replace(CARD, level=Level.REDACT, params=()),
        replace(CARD, params=(("keep_first", 2), ("keep_last", 2))),
        replace(CARD, minor_level=Level.REDACT),
        replace(CARD, name="other_no"),
    ],
)
def test_another_mask_is_another_profile(changed: Field) -> None:
    """Of a minor, too."""
    assert profile_of(_manifest(item(CARD))) != profile_of(_manifest(item(changed)))


def test_a_dropped_field_leaves_nothing() -> None:
    """It stands in the manifest all the same."""
    assert "" == _field(field("gone", Kind.DATE, Level.DROP))["leaves"]


def test_a_minor_stands_apart_only_where_the_mask_differs() -> None:
    """The key is the minor's own."""
    assert "minor" not in _field(field("card_no", level=Level.REDACT))
    assert {"operator": "drop", "params": {}, "key_id": "k2"} == _field(CARD)["minor"]


def test_a_field_is_described_by_its_mask_and_its_key_by_its_identifier() -> None:
    """No value and no key is among what is said."""
    described = _field(CARD)
    assert {"name", "class", "kind", "leaves", "operator", "params", "key_id", "minor"} == described.keys()
    assert ({"keep_first": 1, "keep_last": 2}, "k1") == (described["params"], described["key_id"])


def test_a_gate_is_described_whole() -> None:
    """Each of its numbers decides what leaves."""
    of = replace(item(CARD), gates=(Gate(("card_no",), 5, "x", 2, OnFailure.SUPPRESS),))
    gate = {"fields": ["card_no"], "k": 5, "sensitive": "x", "l": 2, "on_failure": "suppress", "persons": ""}
    assert [gate] == json.loads(_manifest(of))["gates"]


def test_the_form_is_canonical_and_the_profile_its_digest() -> None:
    """Names in order, no white space, UTF-8 as it is: a reader who renders it anew gets the same bytes."""
    manifest = _manifest(item(CARD), scene="川渝")
    again = json.dumps(json.loads(manifest), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert again == manifest
    assert "川渝".encode() in manifest
    assert sha256(manifest).hexdigest() == profile_of(manifest)


def test_the_manifest_of_a_plan_fits_an_entry() -> None:
    """With every sort of mask in it."""
    assert MAX_BYTES > len(plan_of().manifest)
