"""A plan: how each field of one item leaves for one recipient, scene and epoch. Compiled once, never changed.

Rule: a plan covers every field of its item, for a minor's record too, or is not made at all; nothing is decided while a
record waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from types import MappingProxyType, NoneType
from typing import Final

from gateway.ground.evidence import Page
from gateway.ground.item import (
    ALLOWED,
    ALLOWED_FOR_MINORS,
    NO_AGE,
    OF_MINORS,
    PERSONAL,
    Field,
    Item,
    Kind,
    Outcome,
    gate_faults,
)
from gateway.ground.vocabulary.masks import masked_kind
from gateway.masking.ages import Minors, minors_by
from gateway.masking.conflicts import require_apart
from gateway.masking.context import Context, Operator
from gateway.masking.faults import PlanError
from gateway.masking.keys import MaskKeys
from gateway.masking.manifest import MAX_BYTES, FieldMask, profile_of, render
from gateway.masking.operators import Material, operator_of
from gateway.masking.places import NO_PLACES, Places

_TYPES: Final[Mapping[Kind, type]] = MappingProxyType(
    {Kind.STRING: str, Kind.INTEGER: int, Kind.BOOLEAN: bool, Kind.DATE: date, Kind.DECIMAL: str}
)
"""The exact type of a cell of each kind that a platform gives."""


@dataclass(frozen=True, slots=True)
class Step:
    """The step of one field: the kind and the types that come in, the operators, the kind that leaves.

    A dropped field has no operator: nothing of it leaves, not even a column. `minor` makes the cells of minors; where
    it is nothing while the field leaves, their cells are null. `alike` says that one operator makes all cells.
    """

    kind: Kind
    types: frozenset[type]
    operator: Operator | None
    minor: Operator | None
    alike: bool
    masked: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an item's fields by name. `profile` is the hex SHA-256 of `manifest`, which tells what is done.

    The manifest covers the item's digest, recipient, scene, epoch, levels, parameters, and the identifiers of keys,
    never keys: equal profiles mask alike, and the audit log can name the mask without revealing anything.
    `sealing_key` is the public key to which pages are sealed; empty where no field is encrypted. `minors` finds the
    minors of a raw page, and `by_key` says that it does so by what was asked, whoever is known; `of_minors` is the
    outcome of their whole rows, FOUND where their fields say what is answered.
    """

    item_code: str
    item_digest: str
    recipient: str
    scene: str
    epoch: str
    sealing_key: bytes
    steps: Mapping[str, Step]
    minors: Callable[[Page, Context], Minors]
    by_key: bool
    of_minors: Outcome
    manifest: bytes
    profile: str


def compile_plan(
    item: Item,
    recipient: str,
    keys: MaskKeys,
    epoch: str,
    *,
    item_digest: str,
    scene: str,
    sealing_key: bytes = b"",
    places: Places = NO_PLACES,
) -> Plan:
    """Return the plan of an item for a recipient.

    Args:
        recipient: `<province>/<department>`, as in the grant.
        epoch: the period in which a value keeps its pseudonym, for example `2026`.
        item_digest: SHA-256 of the item's canonical form, in hex.
        scene: the purpose for which pseudonyms are made; another scene gives others.
        sealing_key: the consuming department's public key, 32 bytes, where a field is encrypted.
        places: the regions, by which codes and addresses are generalised.

    Raises:
        PlanError: a field has no class, level or operator, or a looser level than its class allows; fields conflict;
            there are none, or one twice; nothing tells the age of the people; a gate counts no persons.
    """
    _require_given(item, {"recipient": recipient, "epoch": epoch, "scene": scene, "item digest": item_digest})
    shift = partial(keys.derive, recipient=recipient, item="", field="", purpose="", epoch="")
    steps: dict[str, Step] = {}
    field_masks: list[FieldMask] = []
    for field in item.fields:
        _require_new(item, field, steps)
        derive = partial(keys.derive, recipient=recipient, item=item.code, field=field.name, purpose=scene, epoch=epoch)
        steps[field.name], field_mask = _step_of(item, field, Material(derive, shift, sealing_key, places))
        field_masks.append(field_mask)
    require_apart(item)
    require_persons(item)
    manifest = render(
        item,
        tuple(field_masks),
        item_digest=item_digest,
        recipient=recipient,
        scene=scene,
        epoch=epoch,
        regions=places.digest,
    )
    _require_short(item, manifest)
    return Plan(
        item_code=item.code,
        item_digest=item_digest,
        recipient=recipient,
        scene=scene,
        epoch=epoch,
        sealing_key=sealing_key if any(step.masked is Kind.SEALED for step in steps.values()) else b"",
        steps=MappingProxyType(steps),
        minors=minors_by(item),
        by_key=any(key.name == item.age_from and key.subject for key in item.keys),
        of_minors=OF_MINORS[item.minors],
        manifest=manifest,
        profile=profile_of(manifest),
    )


def _require_given(item: Item, texts: Mapping[str, str]) -> None:
    for what, text in texts.items():
        if not text:
            raise PlanError(item.code, "", f"the {what}", "none")
    if not item.fields:
        raise PlanError(item.code, "", "at least one field", "none")


def _require_new(item: Item, field: Field, steps: Mapping[str, Step]) -> None:
    if field.name in steps:
        raise PlanError(item.code, field.name, "distinct fields", "one twice")


def _require_short(item: Item, manifest: bytes) -> None:
    if len(manifest) > MAX_BYTES:
        raise PlanError(item.code, "", f"a manifest of at most {MAX_BYTES} bytes", str(len(manifest)))


def _step_of(item: Item, field: Field, material: Material) -> tuple[Step, FieldMask]:
    operator, key_id = operator_of(item.code, field, material)
    require_class(item, field)
    as_minor = replace(field, level=field.minor_level, params=field.minor_params)
    alike = (field.level, field.params) == (as_minor.level, as_minor.params)
    minor, minor_key_id = (operator, key_id) if alike else operator_of(item.code, as_minor, material)
    masked = field.kind if operator is None else masked_kind(field)
    if minor is not None and (operator is None or masked_kind(as_minor) is not masked):
        raise PlanError(item.code, field.name, f"a minor's cell of the kind {masked}", str(as_minor.level))
    types = frozenset({_TYPES[field.kind], NoneType})
    return Step(field.kind, types, operator, minor, alike, masked), FieldMask(field, masked, key_id, minor_key_id)


def require_persons(item: Item) -> None:
    """Return if each gate of an item counts persons, and says why it protects those whom the asker names.

    Raises:
        PlanError: one does not.
    """
    for gate in item.gates:
        for key, fault in gate_faults(item, gate):
            expected, _, found = fault.removeprefix("expected ").rpartition(", found ")
            raise PlanError(item.code, gate.fields[0], f"a gate's {key}: {expected}", found)


def require_class(item: Item, field: Field) -> None:
    """Return if a field leaves no looser than its class allows, for anybody and for minors.

    Raises:
        PlanError: it does.
    """
    if field.level not in ALLOWED[field.legal_class]:
        raise PlanError(
            item.code, field.name, f"a masking level for a {field.legal_class} field (PIPL art. 28)", str(field.level)
        )
    if field.legal_class not in PERSONAL:
        return
    if item.age_from == NO_AGE:
        raise PlanError(item.code, field.name, "what tells the age of whom a personal field is about", "none")
    if field.minor_level not in ALLOWED_FOR_MINORS:
        raise PlanError(
            item.code,
            field.name,
            f"one of {', '.join(sorted(ALLOWED_FOR_MINORS))} for a minor (PIPL arts. 28, 31)",
            str(field.minor_level),
        )
