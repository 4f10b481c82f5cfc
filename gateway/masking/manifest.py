"""The manifest of a plan: what is done to each field, without a value and without a key.

Canonical form: JSON, names sorted, no white space, UTF-8 (RFC 8785 for the kinds of value that occur here). Its
SHA-256 is the masking profile that each release entry names, so that a reviewer who has the manifest knows by which
masks a page was made, and equal profiles mask alike. Keys stand in it by identifier only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.ground.item import Field, Gate, Item, Kind, Level

VERSION: Final = 4
"""Of the operators' meaning. A change that alters what comes out raises it, and with it every profile."""
MAX_BYTES: Final = 20_480
"""Longest manifest: as text within an entry of the audit log its quotes are escaped."""


@dataclass(frozen=True, slots=True)
class FieldMask:
    """One field, the kind that leaves of it, and the identifiers of its keys, empty where it has none."""

    field: Field
    masked: Kind
    key_id: str
    minor_key_id: str


def render(
    item: Item,
    field_masks: tuple[FieldMask, ...],
    *,
    item_digest: str,
    recipient: str,
    scene: str,
    epoch: str,
    regions: str,
) -> bytes:
    """Return the canonical manifest; `regions` is the digest of the regions by which places are generalised."""
    return json.dumps(
        {
            "manifest": VERSION,
            "item": item.code,
            "item_version": item.version,
            "item_digest": item_digest,
            "recipient": recipient,
            "scene": scene,
            "key_epoch": epoch,
            "age_from": item.age_from,
            "minors": item.minors,
            "regions": regions,
            "fields": [_describe_field(field_mask) for field_mask in field_masks],
            "gates": [_describe_gate(gate) for gate in item.gates],
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def profile_of(manifest: bytes) -> str:
    """Return the masking profile: SHA-256 of the manifest, in hex."""
    return sha256(manifest).hexdigest()


def _describe_field(field_mask: FieldMask) -> dict[str, object]:
    field = field_mask.field
    described: dict[str, object] = {
        "name": field.name,
        "class": field.legal_class,
        "kind": field.kind,
        "leaves": "" if field.level is Level.DROP else field_mask.masked,
        "operator": field.level,
        "params": dict(field.params),
        "key_id": field_mask.key_id,
    }
    if (field.minor_level, field.minor_params) != (field.level, field.params):
        described["minor"] = {
            "operator": field.minor_level,
            "params": dict(field.minor_params),
            "key_id": field_mask.minor_key_id,
        }
    return described


def _describe_gate(gate: Gate) -> dict[str, object]:
    return {
        "fields": gate.fields,
        "k": gate.k,
        "sensitive": gate.sensitive,
        "l": gate.l,
        "on_failure": gate.on_failure,
        "persons": gate.persons,
    }
