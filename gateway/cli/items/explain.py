"""`chuanyu items explain`: the fields of an item as one recipient gets them, and how many people they may be about.

It needs no node and no key: examples are those of a synthetic adult and a synthetic child, made with a key of their
own, so that their tokens are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.assembly.build import places_of
from gateway.catalogue.digest import digest
from gateway.catalogue.loader import load_regions
from gateway.cli.codes import suggest
from gateway.cli.details import put_detail
from gateway.cli.items.sample import ADULT_BORN, choose_child_birthday, make_number, make_sample
from gateway.cli.items.wording import describe_params, label_age_source, label_columns, name_value
from gateway.cli.language import say, word
from gateway.cli.names import NAMES, name_of, name_over_code
from gateway.cli.screen import Problem
from gateway.ground.clock import china_day
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Field, Gate, Item, Label, LegalClass, Level, OnFailure, Outcome
from gateway.masking.apply import masked_page
from gateway.masking.candidates import count_remaining, disclosure_of
from gateway.masking.context import NO_ENVELOPE, Context
from gateway.masking.faults import PlanError
from gateway.masking.keys import MaskKeys
from gateway.masking.plan import Plan, compile_plan
from gateway.masking.plans import epoch_of
from gateway.masking.sealed import envelope

RECIPIENT: Final = re.compile("[1-9][0-9]0000/[a-z0-9][a-z0-9-]{1,63}")
_EXAMPLE_ROOT: Final = b"a root for examples, for nobody's data"


def explain(item: Item, recipient: str, scene: str) -> dict[str, Any]:
    """Return what `recipient` gets of an item in a scene, as plain values.

    Raises:
        Problem: the recipient or the scene is not of the form or of the item, or the item cannot be masked.
    """
    _require_asked(item, recipient, scene)
    today = china_day(int(datetime.now(UTC).timestamp() * 1_000_000))
    plan = _compile_plan(item, recipient, scene or item.scenes[0][0], today)
    borns = (ADULT_BORN, choose_child_birthday(today))
    raw = Page(
        len(borns),
        tuple(
            Column(field.name, field.kind, tuple(make_sample(field, born) for born in borns)) for field in item.fields
        ),
        (Outcome.FOUND,) * len(borns) if item.subjects else (),
    )
    names = tuple(field.name for field in item.fields)
    sealed = envelope(plan.sealing_key, item.code, "example") if plan.sealing_key else NO_ENVELOPE
    subjects = tuple(map(make_number, borns)) if item.subjects else ()
    masked = masked_page(plan, names, raw, Context(today, range(len(borns)), subjects, sealed))
    return {
        "item": item.code,
        "item_version": item.version,
        "recipient": recipient,
        "scene": plan.scene,
        "key_epoch": plan.epoch,
        "age_from": item.age_from,
        "minors": item.minors,
        "candidates_left": count_remaining(disclosure_of(item, today)),
        "candidates_left_minor": count_remaining(disclosure_of(item, today, minor=True)),
        "fields": [_explain_field(field, raw, masked, plan) for field in item.fields],
        "gates": [_explain_gate(gate) for gate in item.gates],
    }


def _require_asked(item: Item, recipient: str, scene: str) -> None:
    if not RECIPIENT.fullmatch(recipient):
        raise Problem(
            Label(f"接收方 {recipient} 的写法不对", f"the recipient {recipient} is not written as one"),
            Label("省级区划代码/部门，例如 500000/cq-hrss", "<province>/<department>, for example 500000/cq-hrss"),
            Label("改正 --recipient", "correct --recipient"),
            exit_code=2,
        )
    scenes = dict(item.scenes)
    if scene and scene not in scenes:
        named = "、".join(f"{label.zh}（{code}）" for code, label in scenes.items())
        raise Problem(
            Label(f"{item.code} 没有场景 {scene}", f"the scene {scene} is none of {item.code}"),
            Label(f"{item.code} 的场景之一：{named}", f"one of the scenes {', '.join(scenes)}"),
            suggest(scene, scenes, Label("改正 --scene", "correct --scene")),
            exit_code=2,
        )


def _compile_plan(item: Item, recipient: str, scene: str, today: date) -> Plan:
    try:
        return compile_plan(
            item,
            recipient,
            MaskKeys(_EXAMPLE_ROOT),
            epoch_of(today),
            item_digest=digest(item),
            scene=scene,
            sealing_key=_make_example_key(),
            places=places_of(load_regions(), today),
        )
    except PlanError as error:
        page = "docs/how-to/write-an-items-masks"
        raise Problem(
            Label(f"{item.code} 不能脱敏：{put_detail(error).zh}", f"the item cannot be masked: {error}"),
            Label("每个数据项都有合法且互不冲突的级别", "a lawful level of every field, none in conflict"),
            Label(f"按 {page}.zh-CN.md 改正", f"correct it as {page}.md says"),
        ) from error


def _make_example_key() -> bytes:
    """Make a public key to which an example is sealed; nobody has the private one."""
    return X25519PrivateKey.generate().public_key().public_bytes_raw()


def _explain_field(field: Field, raw: Page, masked: Page, plan: Plan) -> dict[str, Any]:
    leaves = field.level is not Level.DROP
    held = raw.column(field.name).values
    cells = masked.column(field.name).values if leaves else (None, None)
    return {
        "name": field.name,
        "label": {"zh": field.label.zh, "en": field.label.en},
        "class": field.legal_class,
        "operator": field.level,
        "params": dict(field.params),
        "kind": plan.steps[field.name].masked if leaves else "",
        "example": {"held": _describe_cell(held[0]), "left": _describe_cell(cells[0])},
        "minor": {
            "operator": field.minor_level,
            "params": dict(field.minor_params),
            "example": {"held": _describe_cell(held[1]), "left": _describe_cell(cells[1])},
        },
    }


def _describe_cell(value: object) -> Any:
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _explain_gate(gate: Gate) -> dict[str, Any]:
    return {
        **{"fields": gate.fields, "k": gate.k, "sensitive": gate.sensitive, "l": gate.l, "on_failure": gate.on_failure},
        "persons": gate.persons,
        "protects": {"zh": gate.protects.zh, "en": gate.protects.en},
    }


def list_heads() -> tuple[str, ...]:
    """Return the heads of the table of fields."""
    return (
        word("数据项", "field"),
        word("方法", "operator"),
        word("平台原值\n（示例）", "held\n(example)"),
        word("实际提供\n（示例）", "leaves\n(example)"),
        word("不满十四周岁\n（示例）", "under 14\n(example)"),
    )


def describe_title(item: Item, explanation: dict[str, Any]) -> str:
    """Return the line above the table: the item, who gets it, and the scene."""
    scene = say(dict(item.scenes)[explanation["scene"]])
    return f"{item.code} v{item.version} {say(item.label)} → {explanation['recipient']} · {scene}"


def make_rows(item: Item, explanation: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    """Yield the rows of the table of fields."""
    for field in explanation["fields"]:
        own, minor = _describe_operator(field), _describe_operator(field["minor"])
        keyed = field["operator"] in KEYED or field["minor"]["operator"] in KEYED
        epoch = f"{word('密钥期', 'epoch')} {explanation['key_epoch']}"
        dropped = field["operator"] == Level.DROP
        declared = item.field(field["name"])
        left = "—" if dropped else _spell_value(field["example"]["left"], declared)
        small = "—" if dropped else _spell_value(field["minor"]["example"]["left"], declared)
        label = word(field["label"]["zh"], field["label"]["en"])
        yield (
            f"{label}\n{field['name']}\n{name_of(LegalClass, field['class'])}",
            f"{own}\n{epoch}" if keyed else own,
            _spell_value(field["example"]["held"], declared),
            left,
            f"{word('同左', 'same') if own == minor else minor}\n{small}",
        )


KEYED: Final = frozenset({Level.PSEUDONYM, Level.KEYED_HASH, Level.FORMAT_PRESERVING, Level.SUBSTITUTE})
"""Levels with a key that turns with the epoch."""


def _describe_operator(explanation: dict[str, Any]) -> str:
    return "\n".join(
        [
            name_over_code(Level, explanation["operator"]),
            *describe_params(explanation["operator"], explanation["params"]),
        ]
    )


def _spell_value(value: object, declared: Field) -> str:
    if (name := name_value(declared, value)) is not None:
        return name
    if isinstance(value, bool):
        return word("是", "yes") if value else word("否", "no")
    return word("空", "null") if value is None else str(value)


def describe_rest(item: Item, explanation: dict[str, Any]) -> list[str]:
    """Return the lines below the table: candidates left, the source of the age, the gates."""
    adult, minor = (f"{explanation[name]:,}" for name in ("candidates_left", "candidates_left_minor"))
    age = label_age_source(item)
    lines = [
        word(
            f"余下候选：{adult} 个公民身份号码与所提供内容相符；不满十四周岁 {minor} 个",
            f"candidates left: {adult} identity numbers fit what leaves; {minor} fit what leaves of a person under 14",
        ),
        word(f"年龄依据：{age.zh}", f"age from: {age.en}"),
    ]
    for gate in explanation["gates"]:
        lines.append(say(_describe_gate(item, gate)))
        if gate["protects"]["zh"]:
            zh, en = gate["protects"]["zh"], gate["protects"]["en"]
            lines.append(word(f"该校验的作用：{zh}", f"what the gate is for: {en}"))
    return lines


def _describe_gate(item: Item, gate: dict[str, Any]) -> Label:
    fields = label_columns(gate["fields"], item.fields)
    zh, en = f"最小群体校验：{fields.zh}：k = {gate['k']}", f"gate: {fields.en}: k = {gate['k']}"
    if gate["sensitive"]:
        sensitive = label_columns([gate["sensitive"]], item.fields)
        zh, en = f"{zh}，按{sensitive.zh} l = {gate['l']}", f"{en}, l = {gate['l']} ({sensitive.en})"
    if gate["persons"]:
        persons = label_columns([gate["persons"]], item.fields)
        zh, en = f"{zh}，按{persons.zh}区分个人", f"{en}, persons by {persons.en}"
    failure = NAMES[OnFailure][gate["on_failure"]]
    return Label(f"{zh}，{failure.zh}", f"{en}, {failure.en}")
