"""The application item (应用事项) as a value: what may be asked, and how each field leaves.

Shared vocabulary of the catalogue, which loads items, and of masking and the leak guard, which compile them.
Rule: an item says everything about a field; nothing about a field is said anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a column."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DECIMAL = "decimal"
    SEALED = "sealed"


class Domain(StrEnum):
    """The eight domains in which the card serves."""

    IDENTITY = "identity"
    SOCIAL_SECURITY = "social_security"
    FUND_DISBURSEMENT = "fund_disbursement"
    TRANSPORT = "transport"
    TOURISM = "tourism"
    CULTURE = "culture"
    HEALTH = "health"
    FINANCE = "finance"


class SharingClass(StrEnum):
    """共享属性 (政务数据共享条例 art. 14). An item that is not shared is never registered."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"


class LegalClass(StrEnum):
    """What the law calls the field: PIPL art. 28 and the commercial classes of 共享条例 art. 39."""

    NONE = "none"
    GENERAL = "general"
    SENSITIVE = "sensitive"
    BUSINESS = "business"


class Level(StrEnum):
    """How a field leaves. There is no default: a field without a level does not load."""

    CLEAR = "clear"
    PARTIAL = "partial"
    GENERALISE = "generalise"
    PREDICATE = "predicate"
    PSEUDONYM = "pseudonym"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Label:
    """A name in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the answer (数据项).

    `kind` is the type in which the platform gives it; the masked column's type follows from `level` and `params`.
    `params` are the level's parameters in the order of their names, for example (("keep_first", 1), ("keep_last", 1)).
    `codes` are the shared values that the field may have; empty where it is not coded.
    """

    name: str
    label: Label
    hrss_code: str
    kind: Kind
    legal_class: LegalClass
    level: Level
    params: tuple[tuple[str, str | int], ...]
    codes: tuple[str, ...]
    source_department: str


@dataclass(frozen=True, slots=True)
class Key:
    """One key column of the question. `subject` marks the column that identifies the cardholder."""

    name: str
    label: Label
    kind: Kind
    required: bool
    subject: bool
    max_len: int


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A legal basis: whose (a province, or `000000` for the state), which text and article, and if it is a draft's."""

    province: str
    text: str
    article: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One application item with the columns of 政务数据共享条例 art. 13 and of the application list.

    `providers` and `consumers` are department types, for example `hrss`. `scenes` and `use_bases` are pairs of code
    and label. `subjects` says whether the question names cardholders, one key row each; then the answer has one row
    a subject, in order. `max_rows` bounds the rows of one answer.
    """

    code: str
    version: int
    label: Label
    domain: Domain
    description: Label
    venue: Label
    card_forms: tuple[str, ...]
    catalogue_name: str
    provider_unit: str
    data_format: str
    update_frequency: str
    sharing_class: SharingClass
    sharing_modes: tuple[str, ...]
    use_conditions: str
    grading: str
    pia_no: str
    secrecy_review_no: str
    approved_by: str
    providers: tuple[str, ...]
    consumers: tuple[str, ...]
    scenes: tuple[tuple[str, Label], ...]
    use_bases: tuple[tuple[str, Label], ...]
    legal_bases: tuple[LegalBasis, ...]
    lawful_bases: tuple[str, ...]
    keys: tuple[Key, ...]
    fields: tuple[Field, ...]
    subjects: bool
    max_rows: int

    def field(self, name: str) -> Field:
        """Return the field of that name; KeyError if the item does not declare it."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
