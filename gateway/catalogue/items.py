"""Reads one application item from its parsed TOML file.

Rules: every column of 政务数据共享条例 art. 13 and of the application list is mandatory. These alone may be left out,
which means none: `gates`; of a mode `min_rows`, `case_only`, `operator_day` and `department_day`; of a key `hrss_code`,
`pattern`, `min_len`, `range` and `codes`; of a field `hrss_code`, `params`, `codes`, its shape and `minor`, for which
it means the strictest level that fits; `outcomes` where the question names nobody; `agreement`. Whether the law allows
the item is `rules`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.catalogue.codes import choose
from gateway.catalogue.minors import minor_default
from gateway.catalogue.modes import read_counted_mode
from gateway.catalogue.parties import DepartmentType
from gateway.catalogue.rules import judge
from gateway.catalogue.schema import CODE, FIELD, SLUG, Faults, Table
from gateway.catalogue.shapes import read_key_codes, read_pattern, read_range
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
    MinorRule,
    OnFailure,
    Outcome,
    SharingClass,
)

MAX_TEXT: Final = 4096
"""Characters of a value at most."""
UPGRADE: Final = "docs/how-to/upgrade-a-node.md"
"""The page that says how an item of an earlier release is written anew."""
MAX_K: Final = 1000
"""Greatest group, in persons, and greatest number of values in a group, that a gate may ask for."""


class CardForm(StrEnum):
    """用卡形式."""

    PHYSICAL = "physical"
    ELECTRONIC = "electronic"


def read_item(file: str, data: Mapping[str, object], faults: Faults) -> Item:
    """Return the item of a file; whatever is wrong with it, in form or in law, is added to `faults`."""
    table = Table(file, "", data, faults)
    _refuse_unsharable(table)
    _refuse_earlier(table)
    item = Item(
        code=table.text("code", CODE),
        version=table.integer("version", 1, 9999),
        label=table.label("label"),
        domain=table.choice("domain", Domain),
        description=table.label("description"),
        venue=table.label("venue"),
        card_forms=table.choices("card_forms", CardForm),
        catalogue_name=table.text("catalogue_name"),
        provider_unit=table.text("provider_unit"),
        data_format=table.text("data_format"),
        update_frequency=table.text("update_frequency"),
        sharing_class=_sharing_class(table),
        modes=tuple(read_counted_mode(entry) for entry in table.tables("modes")),
        use_conditions=table.text("use_conditions", empty=True),
        grading=table.text("grading"),
        pia_no=table.text("pia_no"),
        secrecy_review_no=table.text("secrecy_review_no"),
        approved_by=table.text("approved_by"),
        providers=table.choices("providers", DepartmentType),
        consumers=table.choices("consumers", DepartmentType),
        scenes=read_labelled(table, "scenes"),
        use_bases=read_labelled(table, "use_bases"),
        legal_bases=tuple(read_legal_basis(entry) for entry in table.tables("legal_bases")),
        lawful_bases=table.choices("lawful_bases", LawfulBasis),
        keys=tuple(_key(entry) for entry in table.tables("keys")),
        fields=tuple(_field(entry) for entry in table.tables("fields")),
        subjects=table.boolean("subjects"),
        outcomes=_outcomes(table),
        minors=table.choice("minors", MinorRule),
        age_from=table.text("age_from", FIELD),
        gates=tuple(_gate(entry) for entry in table.tables("gates", empty=True)),
        quarantine=table.boolean("quarantine"),
        agreement=table.boolean("agreement", absent=False),
    )
    table.close()
    judge(item, table)
    return item


def _refuse_unsharable(table: Table) -> None:
    if table.boolean("contains_secret"):
        table.fault("contains_secret", "expected false, found true: a secret is not government data (共享条例 art. 2)")


def _refuse_earlier(table: Table) -> None:
    for key in ("sharing_modes", "max_rows"):
        if table.has(key):
            table.take(key, "")
            table.fault(key, f"expected modes with their rows, found {key} of an earlier release: {UPGRADE}")


def _outcomes(table: Table) -> tuple[Outcome, ...]:
    if not table.has("outcomes") or table.has_empty("outcomes"):
        table.texts("outcomes", empty=True)
        return ()
    return table.choices("outcomes", Outcome)


def _sharing_class(table: Table) -> SharingClass:
    if table.has("sharing_class") and table.take("sharing_class", "") == "not_shared":
        table.fault("sharing_class", "expected an item that is shared, found not_shared, which is never registered")
        return SharingClass.CONDITIONAL
    return table.choice("sharing_class", SharingClass)


def read_labelled(table: Table, key: str) -> tuple[tuple[str, Label], ...]:
    """Return the pairs of code and label of an array of tables."""
    return tuple((entry.text("code", SLUG), entry.label("label")) for entry in table.tables(key))


def read_legal_basis(table: Table) -> LegalBasis:
    """Return the legal basis of one table."""
    return LegalBasis(
        province=table.text("province", "000000|[1-9][0-9]0000"),
        text=table.text("text"),
        article=table.text("article", r"[1-9][0-9]*"),
        draft=table.boolean("draft"),
    )


def _key(table: Table) -> Key:
    chosen = read_key_codes(table)
    return Key(
        name=table.text("name", FIELD),
        label=table.label("label"),
        kind=table.choice("kind", Kind),
        required=table.boolean("required"),
        subject=table.boolean("subject"),
        max_len=table.integer("max_len", 1, MAX_TEXT),
        hrss_code=_hrss_code(table),
        pattern=read_pattern(table),
        min_len=table.integer("min_len", 1, MAX_TEXT, absent=1),
        range=read_range(table),
        codes=chosen.codes,
        elsewhere=chosen.elsewhere,
    )


def _field(table: Table) -> Field:
    if table.has("legal_class") and table.take("legal_class", "") == "credential":
        table.fault("legal_class", "expected a class of data, found credential, which is never registered")
        legal_class = LegalClass.SENSITIVE
    else:
        legal_class = table.choice("legal_class", LegalClass)
    level, params = table.choice("level", Level), table.scalars("params")
    codes, code_names = _field_codes(table)
    minor_level, minor_params = _minor(table, legal_class, level, params)
    return Field(
        name=table.text("name", FIELD),
        label=table.label("label"),
        hrss_code=_hrss_code(table),
        kind=table.choice("kind", Kind),
        legal_class=legal_class,
        level=level,
        params=params,
        codes=codes,
        source_department=table.choice("source_department", DepartmentType),
        minor_level=minor_level,
        minor_params=minor_params,
        code_names=code_names,
        pattern=read_pattern(table),
        max_len=table.integer("max_len", 1, MAX_TEXT, absent=0),
        range=read_range(table),
        region=table.boolean("region", absent=False),
        null_when=table.label("null_when") if table.has("null_when") else NO_LABEL,
    )


def _hrss_code(table: Table) -> str:
    return table.text("hrss_code", "[A-Z0-9]{3,12}", empty=True)


def _field_codes(table: Table) -> tuple[tuple[str, ...], tuple[Label, ...]]:
    if not table.is_text("codes"):
        return table.texts("codes", empty=True), ()
    chosen = choose(table, "codes").codes
    return tuple(value for value, _ in chosen), tuple(label for _, label in chosen)


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
        protects=table.label("protects") if table.has("protects") else NO_LABEL,
    )
