"""The part of the page on application items that lists what is shipped, made from the items themselves.

Names are those of the items and of the command line (`gateway.cli.names`); English shows codes, Chinese shows the
official name with the code in brackets where a reader may have to type it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from gateway.catalogue.items import CardForm
from gateway.catalogue.loader import load_items
from gateway.catalogue.parties import DepartmentType
from gateway.cli.items.citation import cite
from gateway.cli.items.wording import label_code, label_params
from gateway.cli.language import Language
from gateway.cli.names import NAMES
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import (
    Domain,
    Field,
    Gate,
    Item,
    Key,
    Kind,
    Label,
    LegalClass,
    Level,
    Mode,
    OnFailure,
    SharingClass,
    SharingMode,
)

HEADINGS: Final = {Language.EN: "## The items that are shipped", Language.ZH: "## 随附的事项"}
"""Where the part begins; it goes to the page's end."""
TABLE_HEADS: Final = {
    Language.EN: "| code | item | domain | class | providers | consumers |",
    Language.ZH: "| 编码 | 事项 | 领域 | 共享属性 | 提供方 | 需求方 |",
}
FIELD_HEADS: Final = {
    Language.EN: "| field | name | kind | class | level | codes | HRSS |",
    Language.ZH: "| 数据项 | 名称 | 类型 | 类别 | 级别 | 代码 | 人社指标 |",
}


def render(language: Language) -> str:
    """Return the part in one language: a table of all items, then a section on each."""
    items = sorted(load_items(), key=lambda item: item.code)
    rows = [_row(item, language) for item in items]
    table = "\n".join([TABLE_HEADS[language], "|---|---|---|---|---|---|", *rows])
    sections = ("\n".join(_section(item, language)) for item in items)
    return "\n\n".join([HEADINGS[language], table, *sections]) + "\n"


def heading(item: Item, language: Language) -> str:
    """Return the heading of an item's section, without its signs."""
    return f"{item.code} {_say(item.label, language)}"


def _say(label: Label, language: Language) -> str:
    return label.zh if language is Language.ZH else label.en


def _name(kind: type[StrEnum], code: str, language: Language) -> str:
    """Return the name alone, for a table's cell."""
    return _say(NAMES[kind][code], language)


def _named(kind: type[StrEnum], codes: Iterable[str], language: Language) -> str:
    """Return names with their codes, for a sentence."""
    if language is Language.EN:
        return ", ".join(f"{NAMES[kind][code].en} (`{code}`)" for code in codes)
    return "、".join(f"{NAMES[kind][code].zh}（`{code}`）" for code in codes)


def _anchor(item: Item, language: Language) -> str:
    return re.sub(r"[^\w\- ]", "", heading(item, language).lower()).replace(" ", "-")


def _row(item: Item, language: Language) -> str:
    between = "、" if language is Language.ZH else ", "
    cells = [
        f"[{item.code}](#{_anchor(item, language)})",
        _say(item.label, language),
        _name(Domain, item.domain, language),
        _name(SharingClass, item.sharing_class, language),
        between.join(_name(DepartmentType, one, language) for one in item.providers),
        between.join(_name(DepartmentType, one, language) for one in item.consumers),
    ]
    return f"| {' | '.join(cells)} |"


def _section(item: Item, language: Language) -> Iterator[str]:
    yield f"### {heading(item, language)}\n"
    lines = _describe_zh(item) if language is Language.ZH else _describe_en(item)
    yield "\n".join(f"- {line}" for line in lines)
    yield f"\n{FIELD_HEADS[language]}"
    yield "|---|---|---|---|---|---|---|"
    for field in item.fields:
        yield _field_row(field, language)


def _describe_en(item: Item) -> Iterator[str]:
    yield f"Description: {item.description.en}."
    yield (
        f"Domain: {_named(Domain, [item.domain], Language.EN)}; version {item.version}; "
        f"{_named(SharingClass, [item.sharing_class], Language.EN)}; "
        f"modes {_named(SharingMode, [one.mode for one in item.modes], Language.EN)}; "
        f"card forms {_named(CardForm, item.card_forms, Language.EN)}."
    )
    yield (
        f"Provided by {_named(DepartmentType, item.providers, Language.EN)}; "
        f"asked by {_named(DepartmentType, item.consumers, Language.EN)}; "
        f"lawful bases {_named(LawfulBasis, item.lawful_bases, Language.EN)}."
    )
    yield f"Scenes: {'; '.join(f'`{code}` {label.en}' for code, label in item.scenes)}."
    yield f"Use bases: {'; '.join(f'`{code}` {label.en}' for code, label in item.use_bases)}."
    yield f"Legal bases: {'; '.join(cite(one).en for one in item.legal_bases)}."
    rows = ", ".join(f"`{one.mode}` {_span(one)}" for one in item.modes)
    yield f"Rows of a request: {rows}{'; one a subject' if item.subjects else ' of one region'}."
    yield f"Keys: {'; '.join(_key(one, Language.EN) for one in item.keys)}."
    for field in _sealed(item):
        yield f"The grant names the consuming department's `sealing_key`: `{field.name}` leaves encrypted."
    for gate in item.gates:
        yield (
            f"Gate: at least {gate.k} persons for each combination of {_columns(gate, Language.EN)} over the whole "
            f"request, else `{gate.on_failure}`. What it is for: {gate.protects.en}."
        )


def _describe_zh(item: Item) -> Iterator[str]:
    yield f"业务场景说明：{item.description.zh}。"
    yield (
        f"领域：{_named(Domain, [item.domain], Language.ZH)}；版本：{item.version}；"
        f"共享属性：{_named(SharingClass, [item.sharing_class], Language.ZH)}；"
        f"共享方式：{_named(SharingMode, [one.mode for one in item.modes], Language.ZH)}；"
        f"用卡形式：{_named(CardForm, item.card_forms, Language.ZH)}。"
    )
    yield (
        f"提供方：{_named(DepartmentType, item.providers, Language.ZH)}；"
        f"需求方：{_named(DepartmentType, item.consumers, Language.ZH)}；"
        f"处理依据：{_named(LawfulBasis, item.lawful_bases, Language.ZH)}。"
    )
    yield f"应用场景：{'；'.join(f'{label.zh}（`{code}`）' for code, label in item.scenes)}。"
    yield f"使用依据：{'；'.join(f'{label.zh}（`{code}`）' for code, label in item.use_bases)}。"
    yield f"法律依据：{'；'.join(cite(one).zh for one in item.legal_bases)}。"
    rows = "、".join(f"{NAMES[SharingMode][one.mode].zh} {_span(one)} 行" for one in item.modes)
    yield f"每次行数：{rows}，{'每人一行' if item.subjects else '限一个地区'}。"
    yield f"查询键：{'；'.join(_key(one, Language.ZH) for one in item.keys)}。"
    for field in _sealed(item):
        yield f"共享授权中写明需求部门的 `sealing_key`：`{field.name}` 加密后提供。"
    for gate in item.gates:
        yield (
            f"批量最小群体校验：整个请求中 {_columns(gate, Language.ZH)} 的每种组合至少 {gate.k} 人，"
            f"不足的按“{_named(OnFailure, [gate.on_failure], Language.ZH)}”处理。该校验的作用：{gate.protects.zh}。"
        )


def _span(one: Mode) -> str:
    return f"{one.min_rows}" if one.min_rows == one.max_rows else f"{one.min_rows}-{one.max_rows}"


def _sealed(item: Item) -> list[Field]:
    return [field for field in item.fields if field.level is Level.ENCRYPT]


def _columns(gate: Gate, language: Language) -> str:
    return ("、" if language is Language.ZH else ", ").join(f"`{name}`" for name in gate.fields)


def _key(key: Key, language: Language) -> str:
    if language is Language.ZH:
        what = f"`{key.name}` {key.label.zh}，{NAMES[Kind][key.kind].zh}，至多 {key.max_len} 个字符"
        return what + ("，本人标识" if key.subject else "") + ("" if key.required else "，可不填")
    what = f"`{key.name}` {key.label.en}, {key.kind}, at most {key.max_len}"
    return what + (", subject" if key.subject else "") + ("" if key.required else ", optional")


def _name_codes(field: Field) -> str:
    return "、".join(f"{label_code(code).zh}（{code}）" for code in field.codes)


def _field_row(field: Field, language: Language) -> str:
    level = " ".join([f"`{field.level}`", *(f"{name}={value}" for name, value in field.params)])
    if language is Language.ZH:
        asked = "，".join(label.zh for label in label_params(field.level, dict(field.params)))
        level = f"{NAMES[Level][field.level].zh}（{level}）" + (f"：{asked}" if asked else "")
    cells = [
        f"`{field.name}`",
        _say(field.label, language),
        _name(Kind, field.kind, language),
        _name(LegalClass, field.legal_class, language),
        level,
        ", ".join(field.codes) or "-" if language is Language.EN else _name_codes(field) or "-",
        field.hrss_code or "-",
    ]
    return f"| {' | '.join(cells)} |"
