"""The values that travel between the rooms: one frozen piece of evidence for each step of the road.

Rules: a piece can be issued only by its room (a test walks the syntax tree); none has an optional field; none is
ever changed. Pages hide their values from `repr`, so that no log line, traceback or assertion can show one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import NewType, NoReturn

from gateway.ground.item import Gate, Item, Kind, Outcome

RequestId = NewType("RequestId", str)
"""The asking application's UUID version 7 (RFC 9562), lower case."""
NodeUri = NewType("NodeUri", str)
"""A machine's identity, as the URI SAN of its certificate."""
LeafHash = NewType("LeafHash", bytes)
"""SHA-256 of 0x00 and an audit entry (RFC 6962 section 2.1), 32 bytes."""
SubjectRef = NewType("SubjectRef", bytes)
"""Keyed reference of a cardholder within one epoch, 16 bytes; the only form in which the audit log knows a person."""

Value = str | int | bool | date | bytes | None
"""One cell: text and decimals are `str`, sealed cells are `bytes`, null is `None`."""

NO_ENTRY = -1
"""Stands where an index of the audit log would, when there is no entry."""


class RawIdentifier:
    """An identity number that nothing can show: `str`, `repr` and `format` reveal nothing or refuse.

    It does not protect against code that calls `reveal`; a test counts those callers.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the number itself."""
        return self._value

    def __repr__(self) -> str:
        return "<raw identifier>"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> NoReturn:
        raise TypeError("a raw identifier cannot be formatted")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a raw identifier cannot be serialised")


class Channel(StrEnum):
    """How the business is done (线上线下业务)."""

    ONLINE = "online"
    COUNTER = "counter"
    TERMINAL = "terminal"
    BATCH = "batch"


class LawfulBasis(StrEnum):
    """The lawful basis of processing (个人信息保护法 art. 13)."""

    CONSENT = "consent"
    STATUTORY_DUTY = "statutory_duty"
    EMERGENCY = "emergency"


class CellReason(StrEnum):
    """Why a cell is null; each null of an answer has exactly one reason, and no other cell has any."""

    NONE = "none"
    """The cell is not null."""
    AS_DECLARED = "as_declared"
    """The one reason that the field declares for a null."""
    WITHHELD_MINOR = "withheld_minor"
    """The person is under 14, or of unknown age, and the field is not shown of such a person."""
    WITHHELD_GATE = "withheld_gate"
    """A batch gate withheld it: too few persons."""
    NOT_ANSWERED = "not_answered"
    """The outcome of the row is not `found`, and says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Column:
    """One named, typed column; `values` has one cell a row, `None` where null.

    `reasons` says of each cell why it is null; empty where no cell is, and in keys and raw records, which say none.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...]
    reasons: tuple[CellReason, ...] = ()

    def __repr__(self) -> str:
        return f"<column {self.name} {self.kind} rows={len(self.values)}>"


@dataclass(frozen=True, slots=True)
class Page:
    """A table of `rows` rows; every column has exactly that many values.

    `outcomes` says what became of each row; empty where the rows are no persons': directories, and keys. `later_at_s`
    is the time from which rows of the outcome LATER can be asked again, in seconds since 1970; 0 where there are none.
    """

    rows: int
    columns: tuple[Column, ...]
    outcomes: tuple[Outcome, ...] = ()
    later_at_s: int = 0

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if the page has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def most_bytes(self) -> int:
        """The bytes that the page takes on the wire, at most: some more than it does take."""
        cells = sum(32 + len(column.name) + self.rows // 8 + _cell_bytes(column) for column in self.columns)
        return cells + sum(len(column.reasons) for column in self.columns) + len(self.outcomes) + 32


def _cell_bytes(column: Column) -> int:
    values = column.values
    match column.kind:
        case Kind.STRING | Kind.DECIMAL:
            text = "".join([value for value in values if isinstance(value, str)])
            return 4 * len(values) + (len(text) if text.isascii() else len(text.encode()))
        case Kind.SEALED:
            return 4 * len(values) + sum([len(value) for value in values if isinstance(value, bytes)])
        case _:
            return 10 * len(values)


@dataclass(frozen=True, slots=True)
class Operator:
    """The official who acts (经办人): a staff number and a unit, both empty where nobody acts in person."""

    ref: str
    unit: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, as the asking application put it; valid in form, not yet judged.

    `purpose_code` is the purpose by its code in the grant, `purpose` the same in the department's words.
    `onward_consent_no` is the number under which the provider consented to supply `end_user_org`, and `batch_no` that
    under which it approved the batch; both empty where there is none.
    """

    request_id: RequestId
    asked_at_us: int
    provider_province: str
    item_code: str
    item_version: int
    consumer_department: str
    consumer_region: str
    scene: str
    use_basis: str
    purpose: str
    business_no: str
    channel: Channel
    operator: Operator
    end_user_org: str
    lawful_basis: LawfulBasis
    consent_ref: str
    emergency_reason: str
    keys: Page
    fields: tuple[str, ...]
    purpose_code: str
    onward_consent_no: str
    batch_no: str


@dataclass(frozen=True, slots=True)
class Sender:
    """The machine at the other end of the connection, as the handshake showed it: nothing is judged yet."""

    certificate_pem: str
    tls_version: str
    address: str


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """Step 1: a question has come in. `now_us` is the one clock reading of the whole exchange.

    `octets` is the question in its canonical bytes, which both gateways hash (blinded by `salt`) into `request_hash`.
    `application` is the identity that the peer gateway vouches for; empty when the application itself is the sender.
    `salt` has 16 bytes and is never logged. `page_rows` is 0 when one page must hold the answer.
    `deadline` is a reading of the event loop's monotonic clock, in seconds. `clock_offset_us` is how far the peer's
    signed time ran ahead of ours when the question came over a link; 0 when an application asks.
    """

    ask: Ask
    octets: bytes
    sender: Sender
    application: str
    now_us: int
    deadline: float
    salt: bytes
    request_hash: bytes
    page_rows: int
    repeated: bool
    traceparent: str
    clock_offset_us: int

    def __repr__(self) -> str:
        return f"<arrival {self.ask.request_id} {self.ask.item_code}>"


@dataclass(frozen=True, slots=True)
class Caller:
    """Step 2: the caller is known. `repeat_of` is the first release where a link repeats a question, else NO_ENTRY."""

    node: NodeUri
    application: NodeUri
    province: str
    fingerprint: str
    department: str
    operator: Operator
    repeat_of: int


@dataclass(frozen=True, slots=True)
class Territory:
    """Where the records of an answer may lie: `codes` are the regions that the field `field` of a record may hold.

    `outside` are the counties that lie beyond them for certain; a code in neither set says nothing for certain.
    `agreement` names the agreement that says so. Where none narrows the grant, all four are empty and nothing is held.
    """

    agreement: str
    field: str
    codes: frozenset[str]
    outside: frozenset[str]


EVERYWHERE = Territory("", "", frozenset(), frozenset())
"""The territory of a grant that no agreement narrows."""


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """Step 3: the question is allowed: this item, these fields, for this recipient, under these documents.

    `recipient` is `<province>/<department>`. `item_digest` is hex SHA-256 of the item's canonical form. `fields` are
    those asked for, `max_rows` the most rows of the answer. `list_versions` are `<province>/<list kind>@<version>`.
    `territory` is where an agreement has records lie; `persons_day` an official's and the department's most, or 0.
    """

    item: Item
    item_digest: str
    grant_id: str
    recipient: str
    fields: tuple[str, ...]
    max_rows: int
    list_versions: tuple[str, ...]
    territory: Territory
    persons_day: tuple[int, int] = (0, 0)

    @property
    def fetched(self) -> tuple[str, ...]:
        """The fields that the platform is asked for: those needed, and the record's region where an agreement holds."""
        if not self.territory.agreement:
            return self.needed
        return tuple(dict.fromkeys((*self.needed, self.territory.field)))

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields that the rooms work on: those asked for, and beside them all columns of the gates that guard one.

        A gate decides by all its columns, so that no choice of fields changes the decision. What was not asked for is
        taken away by the gate and never leaves.
        """
        if not self.item.gates:
            return self.fields
        counted = [name for gate in self.gates for name in gate.counted]
        return tuple(dict.fromkeys((*self.fields, *counted)))

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of the item that guard a field asked for."""
        return tuple(gate for gate in self.item.gates if not set(self.fields).isdisjoint(gate.guarded))

    def __repr__(self) -> str:
        return f"<grant {self.grant_id} of {self.item.code} to {self.recipient}>"


@dataclass(frozen=True, slots=True)
class RawPage:
    """Step 4: the platform's own records, checked against the item.

    `number` counts pages from 0; `first` is the place of the page's first row in the whole answer, from 0: where the
    item names cardholders, it is the place of their key row in the question.
    """

    page: Page
    number: int
    first: int
    last: bool


@dataclass(frozen=True, slots=True)
class MaskedPage:
    """Step 5: a new page, built from the grant. `profile` is the hex digest of the plan that built it."""

    page: Page
    number: int
    last: bool
    profile: str


@dataclass(frozen=True, slots=True)
class ClearedPage:
    """Step 6: a masked page in which the leak guard found nothing."""

    page: Page
    number: int
    last: bool
    profile: str


@dataclass(frozen=True, slots=True)
class GatedPage:
    """Step 6, its end: a cleared page whose request has passed the item's batch gates, where it has any.

    It shows what the cleared page shows, less the values that a gate withheld.
    """

    page: Page
    number: int
    last: bool
    profile: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Step 7: the entry is durable. Proves by `path` and `checkpoint` that `entry` stands at `index` of `origin`."""

    origin: str
    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: bytes

    @property
    def leaf_hash(self) -> LeafHash:
        """The hash of the entry as a leaf of its log. It is always computed, so it cannot differ from the entry."""
        return LeafHash(sha256(b"\x00" + self.entry).digest())


@dataclass(frozen=True, slots=True)
class Release:
    """Step 8: the page may leave. `salt` (16 bytes) opens the entry's commitment to the rows."""

    page: GatedPage
    receipt: Receipt
    salt: bytes


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """The asker's side: a page with a receipt came over the link; nothing is verified yet."""

    page: Page
    number: int
    last: bool
    receipt: Receipt
    salt: bytes


@dataclass(frozen=True, slots=True)
class ProvenAnswer:
    """The asker's side: the receipt proves that the peer recorded this page as the answer to this question.

    `rows_root` is the root over the page's rows to which the peer's entry commits, 32 bytes in hex.
    """

    answer: PeerAnswer
    rows_root: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The asker's side: the receipt is recorded in our own log, so the application may have the page."""

    proven: ProvenAnswer
    receipt: Receipt
