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


class SharingMode(StrEnum):
    """共享方式 (政务数据共享条例 art. 22): 服务接口, 批量交换, 文件下载, 推送."""

    API = "api"
    BATCH = "batch"
    FILE = "file"
    PUSH = "push"


class Outcome(StrEnum):
    """What became of one person's row, as far as the item says it."""

    FOUND = "found"
    NO_MATCH = "no_match"
    NOT_HELD = "not_held"
    NOT_APPLICABLE = "not_applicable"
    WITHHELD_MINOR = "withheld_minor"
    WITHHELD_GATE = "withheld_gate"
    LATER = "later"


class MinorRule(StrEnum):
    """What becomes of the row of a person under 14: its fields say it, it is withheld, or the item is about adults."""

    ANSWER = "answer"
    WITHHOLD = "withhold"
    NOT_APPLICABLE = "not_applicable"


OF_MINORS: Final[Mapping[MinorRule, Outcome]] = MappingProxyType(
    {
        MinorRule.ANSWER: Outcome.FOUND,
        MinorRule.WITHHOLD: Outcome.WITHHELD_MINOR,
        MinorRule.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    }
)
"""The outcome of a minor's whole row; FOUND where the fields say what is answered."""


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


NO_LABEL: Final = Label("", "")
"""Stands where an item says nothing."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which the item is shared, and the rows of one request in it.

    `min_rows` keeps an exchange in batches from being used for single look-ups. `case_only` says that the question is
    asked within a case that both sides hold, and not otherwise. `operator_day` and `department_day` are the most
    persons whom an official and a department may look at in a day by this item; 0 where the node's own budgets alone
    hold.
    """

    mode: SharingMode
    max_rows: int
    min_rows: int = 1
    case_only: bool = False
    operator_day: int = 0
    department_day: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of a number, as decimal text, empty where open; `scale`: its decimal places."""

    least: str = ""
    most: str = ""
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the answer (数据项).

    `kind` is the type in which the platform gives it; the masked column's type follows from `level` and `params`.
    `params` are the level's parameters in the order of their names, for example (("keep_first", 1), ("keep_last", 1)).
    `codes` are the shared values that the field may have, `code_names` their names; empty where it is not coded.
    `pattern`, `max_len` (characters; 0 where it is not said) and `range` are the shape of the platform's value, and
    `region` says that it is a code of GB/T 2260 that is, or was, in force. `null_when` is the only reason for which a
    cell of a person who was found is null; where it says nothing, the cell is never null.
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
    code_names: tuple[Label, ...] = ()
    pattern: str = ""
    max_len: int = 0
    range: Range | None = None
    region: bool = False
    null_when: Label = NO_LABEL


@dataclass(frozen=True, slots=True)
class Key:
    """One key column of the question. `subject` marks the column that identifies the cardholder.

    `pattern`, `min_len`, `max_len` and `range` are its shape; an empty pattern and no range ask nothing. `codes` are
    the only values that it may have, with their names; empty where it is not coded. `elsewhere` names the item that is
    to be asked about other values of the same code set.
    """

    name: str
    label: Label
    kind: Kind
    required: bool
    subject: bool
    max_len: int
    hrss_code: str = ""
    pattern: str = ""
    min_len: int = 1
    range: Range | None = None
    codes: tuple[tuple[str, Label], ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A legal basis: whose (a province, or `000000` for the state), which text and article, and if it is a draft's."""

    province: str
    text: str
    article: str
    draft: bool


REGION_CODE: Final = "AAB301"
"""The code of the data element 行政区划代码, by which a record tells its region: of issue, or of insurance."""
SUBJECT_KEY: Final = "social_security_no"
"""The key that identifies the cardholder, in every item that names one."""


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
    """One application item, the same in every province, with the columns of the application list.

    What a province itself says of it (its unit, its approvals, its conditions) is in the province's profile.
    `providers` and `consumers` are department types, for example `hrss`. `scenes` and `use_bases` are pairs of code
    and label. `subjects` says whether the question names cardholders, one key row each; then the answer has one row
    a subject, in order. `modes` are the ways in which it is shared, each once. `outcomes` are those that a row may
    show; none where nobody is named. `minors` is what is done with the row of a person under 14. `age_from` names the
    column that tells a person's age: a field with a birth date, or a key with an identity number; `none` where nothing
    of a person is held.
    `gates` must all pass over the whole request. `quarantine` says whether a hit of the leak guard takes the item out
    of service on this node until an administrator lifts it. `agreement` says whether it is asked across provinces under
    an agreement of two places alone.
    """

    code: str
    version: int
    label: Label
    domain: Domain
    description: Label
    venue: Label
    card_forms: tuple[str, ...]
    catalogue_name: str
    data_format: str
    sharing_class: SharingClass
    modes: tuple[Mode, ...]
    use_conditions: str
    grading: str
    providers: tuple[str, ...]
    consumers: tuple[str, ...]
    scenes: tuple[tuple[str, Label], ...]
    use_bases: tuple[tuple[str, Label], ...]
    legal_bases: tuple[LegalBasis, ...]
    lawful_bases: tuple[str, ...]
    keys: tuple[Key, ...]
    fields: tuple[Field, ...]
    subjects: bool
    outcomes: tuple[Outcome, ...]
    minors: MinorRule
    age_from: str
    gates: tuple[Gate, ...]
    quarantine: bool
    agreement: bool = False

    @property
    def record_region(self) -> str:
        """The name of the field that tells a record's region (AAB301 行政区划代码); empty where the item has none."""
        return next((field.name for field in self.fields if field.hrss_code == REGION_CODE), "")

    @property
    def max_rows(self) -> int:
        """The most rows of one request, in whichever mode allows the most."""
        return max((mode.max_rows for mode in self.modes), default=0)

    def mode(self, sought: SharingMode) -> Mode | None:
        """Return the mode as the item declares it; None where it is not shared in it."""
        for mode in self.modes:
            if mode.mode is sought:
                return mode
        return None

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
