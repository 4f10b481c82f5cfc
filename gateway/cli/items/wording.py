"""What an item says, in the language of the run: its closed values, its masks' parameters, its catalogue's columns.

`wording.toml` is the one home of these words. An item that a node keeps itself may have codes and texts that are not
there: they are shown as the item has them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from gateway.cli.language import say
from gateway.cli.names import add_code, label_with_code
from gateway.ground.item import NO_AGE, Field, Item, Key, Label, Level
from gateway.masking.generalise import AGE_BANDS, AMOUNT_BANDS

Params = Mapping[str, str | int]

COUNTED: Final[Mapping[str, Label]] = {
    "keep_first": Label("保留首 {} 位", "first {} kept"),
    "keep_last": Label("保留末 {} 位", "last {} kept"),
    "max_days": Label("至多偏移 {} 天", "at most {} days"),
}
"""Parameters that are a number."""
WITHIN: Final = ("values", "years")
"""Parameters that stand within the words of their question."""


@cache
def read_wording() -> Mapping[str, Mapping[str, Any]]:
    """Return the file of the words."""
    return tomllib.loads(resources.files("gateway.cli.items").joinpath("wording.toml").read_text(encoding="utf-8"))


def label_code(code: str) -> Label:
    """Return the name of a closed value; a code without a name is its own, and in English its words are the name."""
    known = read_wording()["codes"]
    return Label(known.get(code, code), code.replace("_", " ") if code in known else code)


def name_code(code: str) -> str:
    """Return the name of a closed value in the language of the run."""
    return say(label_code(code))


def name_value(field: Field, value: object) -> str | None:
    """Return the name of a value of a field out of a closed set: its codes, and the bands of an age or an amount.

    None where the value is of no closed set, so that it is shown as it is.
    """
    if value in field.codes:
        return name_code(str(value))
    to = {dict(params).get("to") for params in (field.params, field.minor_params)}
    for name, bands, label in (("age_band", AGE_BANDS, _label_ages), ("amount_band", AMOUNT_BANDS, _label_amounts)):
        if name in to and value in bands:
            return say(label(str(value)))
    return None


def _label_ages(band: str) -> Label:
    first, _, last = band.removesuffix("+").partition("-")
    if first == "0":
        return Label(f"不满{int(last) + 1}周岁", band)
    return Label(f"{first}—{last}周岁" if last else f"{first}周岁以上", band)


def _label_amounts(band: str) -> Label:
    if band in ("<0", "0"):
        return Label("负数" if band == "<0" else "0元", band)
    first, _, last = band.removesuffix("+").partition("-")
    return Label(f"{_spell_yuan(first)}以上" if not last else f"{_spell_yuan(first)[:-1]}—{_spell_yuan(last)}", band)


def _spell_yuan(amount: str) -> str:
    return f"{amount.removesuffix('0000')}万元" if amount.endswith("0000") else f"{amount}元"


def list_codes(codes: Iterable[str]) -> str:
    """Return the values that a field may have, one a line, each with its code in brackets."""
    return "\n".join(add_code(name_code(code), code) for code in codes)


def label_text(text: str) -> Label:
    """Return what a column of the catalogue says, with its English."""
    return Label(text, read_wording()["english"].get(text, text))


def label_params(level: str, params: Params) -> list[Label]:
    """Return what the parameters of a level ask for, a label each; one without words is named as the item has it.

    No line says that nothing is kept at one end.
    """
    return [
        _label_param(level, params, name)
        for name, value in params.items()
        if name not in WITHIN and not (name in COUNTED and value == 0)
    ]


def describe_params(level: str, params: Params) -> list[str]:
    """Return what the parameters of a level ask for in the language of the run, a line each."""
    return [say(label) for label in label_params(level, params)]


def _label_param(level: str, params: Params, name: str) -> Label:
    value = params[name]
    if name in COUNTED:
        return Label(COUNTED[name].zh.format(value), COUNTED[name].en.format(value))
    if level == Level.ROUND and name == "to":
        return Label(f"取整到 {value}", f"to {value}")
    words = read_wording().get(name, {}).get(str(value))
    if words is None:
        return Label(f"{name}={value}", f"{name}={value}")
    names = [label_code(code) for code in str(params.get("values", "")).split(",")]
    years = params.get("years", "")
    return Label(
        _MEANT.get(name, "") + words["zh"].format(values=f"“{'、'.join(one.zh for one in names)}”", years=years),
        words["en"].format(values=", ".join(one.en for one in names), years=years),
    )


_MEANT: Final[Mapping[str, str]] = {"to": "到", "form": "格式：", "cipher": "算法：", "hash": "算法："}
"""What stands before the Chinese words of a parameter."""


def label_age_source(item: Item) -> Label:
    """Return the column that tells a person's age, as `label_column` names it."""
    if item.age_from == NO_AGE:
        return Label("不涉及个人", NO_AGE)
    return label_columns([item.age_from], (*item.keys, *item.fields))


def label_columns(names: Iterable[str], declared: Iterable[Key | Field]) -> Label:
    """Return columns by their labels, with their names in brackets."""
    labels = {one.name: one.label for one in declared}
    shown = [label_with_code(labels.get(name, Label(name, name)), name) for name in names]
    return Label("、".join(one.zh for one in shown), ", ".join(one.en for one in shown))
