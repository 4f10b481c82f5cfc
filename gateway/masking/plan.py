"""A plan: how each field of one item leaves for one recipient, scene and epoch. Compiled once, never changed.

Rule: a plan covers every field of its item or is not made at all; nothing is decided while a record waits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from types import MappingProxyType, NoneType
from typing import Final

from gateway.item import Item, Kind, Level
from gateway.masking.conflicts import hold_apart
from gateway.masking.context import Operator
from gateway.masking.faults import PlanError
from gateway.masking.keys import MaskKeys
from gateway.masking.operators import masked_kind, operator_of

VERSION: Final = 1
"""Of the operators' meaning. A change that alters what comes out raises it, and with it every profile."""
_TYPES: Final[Mapping[Kind, type]] = MappingProxyType(
    {Kind.STRING: str, Kind.INTEGER: int, Kind.BOOLEAN: bool, Kind.DATE: date, Kind.DECIMAL: str}
)
"""The exact type of a cell of each kind that a platform gives."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one field: the kind and the types that come in, the operator, the kind that leaves.

    A dropped field has no operator: nothing of it leaves, not even a column.
    """

    kind: Kind
    types: frozenset[type]
    operator: Operator | None
    masked: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an item's fields by name. `profile` is the hex SHA-256 over all that decides what comes out.

    The profile covers the item's digest, recipient, scene, epoch, levels, parameters, and the identifiers of keys,
    never keys: equal profiles mask alike, and the audit log can name the mask without revealing anything.
    """

    item_code: str
    item_digest: str
    recipient: str
    scene: str
    epoch: str
    steps: Mapping[str, Step]
    profile: str


def compile_plan(item: Item, recipient: str, keys: MaskKeys, epoch: str, *, item_digest: str, scene: str) -> Plan:
    """Return the plan of an item for a recipient.

    Args:
        recipient: `<province>/<department>`, as in the grant.
        epoch: the period in which a value keeps its pseudonym, for example `2026`.
        item_digest: SHA-256 of the item's canonical form, in hex.
        scene: the purpose for which pseudonyms are made; another scene gives others.

    Raises:
        PlanError: a field has no class, level or operator; fields conflict; there are none, or one twice.
    """
    for what, text in (("recipient", recipient), ("epoch", epoch), ("scene", scene), ("item digest", item_digest)):
        if not text:
            raise PlanError(item.code, "", f"the {what}", "none")
    if not item.fields:
        raise PlanError(item.code, "", "at least one field", "none")
    steps: dict[str, Step] = {}
    told: list[tuple[object, ...]] = []
    for field in item.fields:
        if field.name in steps:
            raise PlanError(item.code, field.name, "distinct fields", "one twice")
        derive = partial(keys.derive, recipient=recipient, item=item.code, field=field.name, purpose=scene, epoch=epoch)
        operator, key_id = operator_of(item.code, field, derive)
        masked = field.kind if field.level is Level.DROP else masked_kind(field)
        steps[field.name] = Step(field.kind, frozenset({_TYPES[field.kind], NoneType}), operator, masked)
        told.append((field.name, field.kind, field.level, sorted(field.params), masked, key_id))
    hold_apart(item)
    profile = sha256(
        json.dumps(
            [VERSION, item.code, item.version, item_digest, recipient, scene, epoch, told],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
    ).hexdigest()
    return Plan(item.code, item_digest, recipient, scene, epoch, MappingProxyType(steps), profile)
