"""Reads one application item from its parsed TOML file.

Rules: every column of 政务数据共享条例 art. 13 and of the application list is mandatory; only `gates`, and of a field
`hrss_code`, `params`, `codes` and `minor`, may be left out, which means none, and for `minor` the strictest level that
fits. Whether the law allows the item is `rules`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.catalogue.minors import minor_default
from gateway.catalogue.parties import DepartmentType
from gateway.catalogue.rules import judge
from gateway.catalogue.schema import CODE, FIELD, SLUG, Faults, Table
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import (
    NO_LABEL,
    Domain,
    Field,
    Gate,
    Item,
    Key,
    Kind,
    Label,
    LegalBasis,
    LegalClass,
    Level,
    OnFailure,
    SharingClass,
)

MAX_K: Final = 1000
"""Greatest group, in persons, and greatest number of values in a group, that a gate may ask for."""


class CardForm(StrEnum):
    """用卡形式."""

    PHYSICAL = "physical"
    ELECTRONIC = "electronic"


class SharingMode(StrEnum):
    """共享方式 (政务数据共享条例 art. 22): 服务接口, 批量交换, 文件下载."""

    API = "api"
    BATCH = "batch"
    FILE = "file"


def read_item(file: str, data: Mapping[str, object], faults: Faults) -> Item:
    """Return the item of a file; whatever is wrong with it, in form or in law, is added to `faults`."""
    table = Table(file, "", data, faults)
    _refuse_unsharable(table)
    item = Item(
        code=table.text("code", CODE),
        version=table.integer("version", 1, 9999),
        label=_label(table, "label"),
        domain=table.choice("domain", Domain),
        description=_label(table, "description"),
        venue=_label(table, "venue"),
        card_forms=table.choices("card_forms", CardForm),
        catalogue_name=table.text("catalogue_name"),
        provider_unit=table.text("provider_unit"),
        data_format=table.text("data_format"),
        update_frequency=table.text("update_frequency"),
        sharing_class=_sharing_class(table),
        sharing_modes=table.choices("sharing_modes", SharingMode),
        use_conditions=table.text("use_conditions", empty=True),
        grading=table.text("grading"),
        pia_no=table.text("pia_no"),
        secrecy_review_no=table.text("secrecy_review_no"),
        approved_by=table.text("approved_by"),
        providers=table.choices("providers", DepartmentType),
        consumers=table.choices("consumers", DepartmentType),
        scenes=_read_labelled(table, "scenes"),
        use_bases=_read_labelled(table, "use_bases"),
        legal_bases=tuple(_legal_basis(entry) for entry in table.tables("legal_bases")),
        lawful_bases=table.choices("lawful_bases", LawfulBasis),
        keys=tuple(_key(entry) for entry in table.tables("keys")),
        fields=tuple(_field(entry) for entry in table.tables("fields")),
        subjects=table.boolean("subjects"),
        max_rows=table.integer("max_rows", 1, 100_000),
        age_from=table.text("age_from", FIELD),
        gates=tuple(_gate(entry) for entry in table.tables("gates", empty=True)),
        quarantine=table.boolean("quarantine"),
    )
    table.close()
    judge(item, table)
    return item


def _refuse_unsharable(table: Table) -> None:
    if table.boolean("contains_secret"):
        table.fault("contains_secret", "expected false, found true: a secret is not government data (共享条例 art. 2)")


def _sharing_class(table: Table) -> SharingClass:
    if table.has("sharing_class") and table.take("sharing_class", "") == "not_shared":
        table.fault("sharing_class", "expected an item that is shared, found not_shared, which is never registered")
        return SharingClass.CONDITIONAL
    return table.choice("sharing_class", SharingClass)


def _label(table: Table, key: str) -> Label:
    inner = table.table(key)
    label = Label(inner.text("zh"), inner.text("en"))
    inner.close()
    return label


def _read_labelled(table: Table, key: str) -> tuple[tuple[str, Label], ...]:
    return tuple((entry.text("code", SLUG), _label(entry, "label")) for entry in table.tables(key))


def _legal_basis(table: Table) -> LegalBasis:
    return LegalBasis(
        province=table.text("province", "000000|[1-9][0-9]0000"),
        text=table.text("text"),
        article=table.text("article", r"[1-9][0-9]*"),
        draft=table.boolean("draft"),
    )


def _key(table: Table) -> Key:
    return Key(
        name=table.text("name", FIELD),
        label=_label(table, "label"),
        kind=table.choice("kind", Kind),
        required=table.boolean("required"),
        subject=table.boolean("subject"),
        max_len=table.integer("max_len", 1, 4096),
    )


def _field(table: Table) -> Field:
    if table.has("legal_class") and table.take("legal_class", "") == "credential":
        table.fault("legal_class", "expected a class of data, found credential, which is never registered")
        legal_class = LegalClass.SENSITIVE
    else:
        legal_class = table.choice("legal_class", LegalClass)
    level, params = table.choice("level", Level), table.scalars("params")
    minor_level, minor_params = _minor(table, legal_class, level, params)
    return Field(
        name=table.text("name", FIELD),
        label=_label(table, "label"),
        hrss_code=table.text("hrss_code", "[A-Z0-9]{3,12}", empty=True),
        kind=table.choice("kind", Kind),
        legal_class=legal_class,
        level=level,
        params=params,
        codes=table.texts("codes", empty=True),
        source_department=table.choice("source_department", DepartmentType),
        minor_level=minor_level,
        minor_params=minor_params,
    )


def _minor(
    table: Table, legal_class: LegalClass, level: Level, params: tuple[tuple[str, str | int], ...]
) -> tuple[Level, tuple[tuple[str, str | int], ...]]:
    if not table.has("minor"):
        return minor_default(legal_class, level, params)
    inner = table.table("minor")
    made = inner.choice("level", Level), inner.scalars("params")
    inner.close()
    return made


def _gate(table: Table) -> Gate:
    return Gate(
        fields=table.texts("fields", FIELD),
        k=table.integer("k", 2, MAX_K),
        sensitive=table.text("sensitive", FIELD, empty=True),
        l=table.integer("l", 1, MAX_K) if table.has("l") else 1,
        on_failure=table.choice("on_failure", OnFailure),
        persons=table.text("persons", FIELD, empty=True),
        protects=_label(table, "protects") if table.has("protects") else NO_LABEL,
    )
