"""The application item (应用事项) as a value: what may be asked, and how each field leaves.

Shared vocabulary of the catalogue, which loads items, and of masking and the leak guard, which compile them.
Rule: an item says everything about a field; nothing about a field is said anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


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
    """The class of the field in the law: PIPL art. 28 and the commercial classes of 共享条例 art. 39."""

    NONE = "none"
    GENERAL = "general"
    SENSITIVE = "sensitive"
    BUSINESS = "business"


class Level(StrEnum):
    """How a field leaves. There is no default: a field without a level does not load."""

    CLEAR = "clear"
    DROP = "drop"
    REDACT = "redact"
    PARTIAL = "partial"
    GENERALISE = "generalise"
    ROUND = "round"
    PREDICATE = "predicate"
    DATE_SHIFT = "date_shift"
    PSEUDONYM = "pseudonym"
    KEYED_HASH = "keyed_hash"
    FORMAT_PRESERVING = "format_preserving"
    ENCRYPT = "encrypt"
    SUBSTITUTE = "substitute"
    FORBID = "forbid"


class OnFailure(StrEnum):
    """The act of a batch gate that does not pass: refuse the whole request, or null the values of the small groups."""

    REFUSE = "refuse"
    SUPPRESS = "suppress"


CLOSED: Final = frozenset(
    {
        *(Level.DROP, Level.REDACT, Level.PREDICATE, Level.PSEUDONYM),
        *(Level.KEYED_HASH, Level.FORMAT_PRESERVING, Level.ENCRYPT),
    }
)
"""Levels that show no part of the value, but at most the answer to one question."""
_LEAVING: Final = frozenset(Level) - {Level.FORBID}
ALLOWED: Final[Mapping[LegalClass, frozenset[Level]]] = MappingProxyType(
    {
        LegalClass.NONE: _LEAVING,
        LegalClass.BUSINESS: _LEAVING,
        LegalClass.GENERAL: _LEAVING,
        LegalClass.SENSITIVE: _LEAVING - {Level.CLEAR},
    }
)
"""How a field of each class may leave: the one table that says so (PIPL art. 28: a sensitive field never as it is)."""
PERSONAL: Final = frozenset({LegalClass.GENERAL, LegalClass.SENSITIVE})
"""Classes of data about a person."""
ALLOWED_FOR_MINORS: Final = CLOSED | {Level.GENERALISE}
"""How a personal field of a minor may leave (PIPL arts. 28, 31: all of it is sensitive)."""
NO_AGE: Final = "none"
"""Stands where `Item.age_from` would name a column: the item holds nothing of a person."""
ADULT_YEARS: Final = 14
"""Completed years from which a person's record is no longer a minor's (个人信息保护法 art. 28)."""


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
    `minor_level` and `minor_params` say how the field of a person under 14, or of unknown age, leaves. The minor's cell
    has the column's type; `drop` means that it is null in a column that stays.
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
    minor_level: Level
    minor_params: tuple[tuple[str, str | int], ...]


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


SUBJECT_KEY: Final = "social_security_no"
"""The key that identifies the cardholder, in every item that names one."""
NO_LABEL: Final = Label("", "")
"""Stands where an item says nothing."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that must hold over all rows of a request before one of them leaves.

    `fields` are quasi-identifiers as they leave: each combination that occurs must occur of at least `k` persons
    (k-anonymity). `sensitive` is a field of which each such group must show at least `l` values (l-diversity); where
    it is empty, `l` is 1 and nothing more is asked.

    `persons` is a field as it leaves by which persons are told apart; empty where the question names them.
    `protects` says why the gate still protects persons whom the asker names himself, and so knows row by row.
    """

    fields: tuple[str, ...]
    k: int
    sensitive: str
    l: int  # noqa: E741 - the literature's name
    on_failure: OnFailure
    persons: str = ""
    protects: Label = NO_LABEL

    @property
    def guarded(self) -> tuple[str, ...]:
        """The columns whose values the gate may withhold."""
        return (*self.fields, self.sensitive) if self.sensitive else self.fields

    @property
    def counted(self) -> tuple[str, ...]:
        """The columns by which the gate decides, whichever of them were asked for."""
        return (*self.guarded, self.persons) if self.persons else self.guarded


@dataclass(frozen=True, slots=True)
class Item:
    """One application item with the columns of 政务数据共享条例 art. 13 and of the application list.

    `providers` and `consumers` are department types, for example `hrss`. `scenes` and `use_bases` are pairs of code
    and label. `subjects` says whether the question names cardholders, one key row each; then the answer has one row
    a subject, in order. `max_rows` bounds the rows of one answer. `age_from` names the column that tells a person's
    age: a field with a birth date, or a key with an identity number; `none` where nothing of a person is held.
    `gates` must all pass over the whole request. `quarantine` says whether a hit of the leak guard takes the item out
    of service on this node until an administrator lifts it.
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
    age_from: str
    gates: tuple[Gate, ...]
    quarantine: bool

    def field(self, name: str) -> Field:
        """Return the field of that name; KeyError if the item does not declare it."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


def gate_faults(item: Item, gate: Gate) -> Iterator[tuple[str, str]]:
    """Yield where a gate cannot count persons, or protects nobody: the key that is wrong, and a sentence."""
    if item.subjects:
        if not (gate.protects.zh.strip() and gate.protects.en.strip()):
            yield "protects", "expected why it still protects persons whom the asker names himself, found nothing"
        if gate.persons:
            yield "persons", f"expected none where the question names the persons, found {gate.persons}"
        return
    telling = [field.name for field in item.fields if field.level in (Level.PSEUDONYM, Level.KEYED_HASH)]
    if gate.persons not in telling:
        expected = "a pseudonym or a keyed hash, by which persons are told apart"
        yield "persons", f"expected {expected}, found {gate.persons or 'nothing'}"
