"""One entry of the audit log: its schema, its bytes, and the strict way back.

Pure. An entry is one JSON object with sorted keys, no spaces, UTF-8; its values are strings, integers, booleans, lists
of strings and one flat object (`peer_leaf`). The header can be read: parties, item, codes, counts and
commitments, never free text, an identifier of a person, or a value of a record; persons stand in it only as keyed
references. The inputs of the decision stand encrypted in a body beside the entry (see `bodies`), to which the entry
commits. One entry of an exchange has a body: its intent, or the refusal of a question that never had one; every other
entry names that intent by `prev_event`.

Version 1 had no body and told more in its header; version 2 held its body in itself. Version 4 is that of releases and
receipts alone: they count the outcomes of their rows, and their root covers what each row and each null says of itself.
Older releases and receipts are read, never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.ground.item import Outcome

VERSION: Final = 3
"""The version of the schema that is written, field `v`, where an entry has a field that came with it."""
SHARED_VERSION: Final = 2
"""The version of entries that have no such field."""
ANSWER_VERSION: Final = 4
"""The version of releases and receipts."""
MAX_ENTRY_BYTES: Final = 32_768
"""Longest entry; it must fit a receipt."""

Cell = str | int | bool | list[str] | dict[str, str | int]
"""The kinds of value that a field may hold."""


class EntryInvalid(Exception):
    """Bytes are no entry of this schema, or an entry would be too long."""


class Phase(StrEnum):
    """The event that an entry records.

    On the side that holds the data: an exchange begins (`intent`), a page leaves (`release`), nothing leaves
    (`refusal`), and the asker has recorded what it got (`outcome`). On the side that asks: `intent`, `receipt`,
    `refusal`. `admin` is an act of an administrator or of the node itself.
    """

    INTENT = "intent"
    RELEASE = "release"
    REFUSAL = "refusal"
    OUTCOME = "outcome"
    RECEIPT = "receipt"
    ADMIN = "admin"


class Result(StrEnum):
    """The result: allowed, refused by rule, or prevented by a fault."""

    PERMIT = "permit"
    DENY = "deny"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was read and fits the schema."""

    phase: Phase
    exchange_id: str
    fields: Mapping[str, Cell]

    def text(self, name: str) -> str:
        """Return a string field; empty where the entry has none."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Return an integer field; -1 where the entry has none."""
        value = self.fields.get(name, -1)
        return value if isinstance(value, int) else -1

    def names(self, name: str) -> tuple[str, ...]:
        """Return a list field; empty where the entry has none."""
        value = self.fields.get(name, ())
        return tuple(value) if isinstance(value, list) else ()

    @property
    def has_body(self) -> bool:
        """Whether inputs of a decision belong to this entry, in a body beside it or, in version 2, within it."""
        return "commit" in self.fields


Check = Callable[[Any], object]
"""Returns something true for a value that a field may hold; else something false, or raises TypeError."""


def _matches(pattern: str) -> Check:
    """A text that is wholly of a pattern; the bound method itself, since an entry has some forty fields."""
    return re.compile(pattern).fullmatch


def _count(value: object) -> bool:
    return type(value) is int and -1 <= value < 1 << 63


def _whole(value: object) -> bool:
    return type(value) is int and -(1 << 63) <= value < 1 << 63


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) and len(part) <= 256 for part in value)


def _listed(check: Check) -> Check:
    """A list whose parts all hold to a check."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def _size(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _leaf(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"index", "leaf_hash", "origin"}:
        return False
    return bool(_count(value["index"]) and _HASH(value["leaf_hash"]) and _TEXT(value["origin"]))


_TEXT: Final = _matches(r"(?s:.{0,512})")
_HASH: Final = _matches(r"[0-9a-f]{64}")
_REF: Final = _matches(r"([0-9a-f]{32})?")
_BASE64: Final = _matches(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_UUID7: Final = _matches(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_EVENT: Final = _matches(r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})?")
_REGION: Final = _matches(r"([1-9][0-9]{5})?")
_MONTH: Final = _matches(r"[0-9]{4}-[0-9]{2}")
_LINE: Final = _matches(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,512}")

SCHEMA: Final[Mapping[str, Check]] = {
    "action": _matches(r"[a-z][a-z_]{1,31}"),
    "actor": _TEXT,
    "application": _TEXT,
    "approval": _HASH,
    "body": _BASE64,
    "body_digest": _HASH,
    "business_ref": _REF,
    "caller_fp": _HASH,
    "changes": _listed(_LINE),
    "channel": _matches(r"online|counter|terminal|batch"),
    "clock_offset_us": _whole,
    "column": _TEXT,
    "commit": _HASH,
    "consumer": _TEXT,
    "consumer_department": _TEXT,
    "consumer_ref": _REF,
    "consumer_region": _REGION,
    "data_level": _TEXT,
    "detector": _TEXT,
    "documents": _list,
    "event_id": _UUID7,
    "exchange_id": _matches(r"([0-9a-f-]{36})?"),
    "fields": _list,
    "grant_id": _TEXT,
    "item_code": _TEXT,
    "item_digest": _HASH,
    "item_version": _count,
    "key_epoch": _MONTH,
    "last": _flag,
    "lawful_basis": _matches(r"consent|statutory_duty|emergency"),
    "list_versions": _list,
    "manifest": _matches(r"\{[^\x00-\x1f]{2,20478}\}"),
    "masking_profile": _matches(r"[0-9a-f]{0,64}"),
    "node": _TEXT,
    "operator_ref": _REF,
    "origin": _TEXT,
    "outcomes": _listed(_matches(rf"({'|'.join(Outcome)}):[1-9][0-9]{{0,4}}")),
    "page": _count,
    "peer_leaf": _leaf,
    "peer_node": _TEXT,
    "phase": _matches("|".join(Phase)),
    "prev": _count,
    "prev_event": _EVENT,
    "provider": _TEXT,
    "provider_province": _REGION,
    "province_pair": _matches(r"[1-9][0-9]{5}-[1-9][0-9]{5}"),
    "reason": _LINE,
    "reason_code": _matches(r"([A-Z][A-Z_]{2,63})?"),
    "record_count": _count,
    "repeat_of": _count,
    "request_hash": _HASH,
    "result": _matches("|".join(Result)),
    "rows_root": _HASH,
    "scene": _TEXT,
    "seal_end": _size,
    "seal_first": _size,
    "seal_months": _listed(_MONTH),
    "seal_pairs": _size,
    "seal_root": _HASH,
    "signers": _listed(_HASH),
    "subject": _TEXT,
    "subject_tokens": _BASE64,
    "target_commit": _HASH,
    "time_utc_us": _count,
    "tls_peer_fp": _matches(r"([0-9a-f]{64})?"),
    "trace_id": _matches(r"([0-9a-f]{32})?"),
    "use_basis": _TEXT,
    "v": _count,
    "wrap_digest": _HASH,
}
"""Every field, and what it may hold."""

_OLD: Final = frozenset(
    {
        "application",
        "channel",
        "consumer",
        "consumer_region",
        "grant_id",
        "item_digest",
        "lawful_basis",
        "list_versions",
        "provider_province",
    }
)
_SINCE_2: Final = frozenset({"actor", "body", "commit", "documents", "manifest"})
_DIGESTS: Final = frozenset({"body_digest", "wrap_digest"})
_OF_ACTS: Final = frozenset(
    {
        "approval",
        "caller_fp",
        "changes",
        "reason",
        "seal_end",
        "seal_first",
        "seal_months",
        "seal_pairs",
        "seal_root",
        "signers",
        "target_commit",
    }
)
"""Since version 3, and of acts alone."""
_SINCE_3: Final = _DIGESTS | _OF_ACTS | {"consumer_ref"}
_SINCE_4: Final = frozenset({"outcomes"})
FIELDS: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset(SCHEMA) - _SINCE_2 - _SINCE_3 - _SINCE_4,
    2: frozenset(SCHEMA) - _OLD - _SINCE_3 - _SINCE_4,
    3: frozenset(SCHEMA) - _OLD - {"body"} - _SINCE_4,
    4: frozenset(SCHEMA) - _OLD - {"body"} - _SINCE_3,
}
"""The fields that an entry of a version may have."""

_ALWAYS: Final = frozenset(
    {"v", "origin", "event_id", "exchange_id", "phase", "time_utc_us", "node", "action", "result"}
)
_ASKED: Final = frozenset({"item_code", "item_version", "request_hash", "key_epoch", "page"})
_GRANTED: Final = frozenset({"fields", "province_pair", "subject_tokens"})
_GRANTED_OLD: Final = _GRANTED | {"item_digest", "grant_id", "list_versions"}
_PAGE: Final = frozenset({"prev_event", "rows_root", "record_count", "last"})


def _required(intent: frozenset[str], granted: frozenset[str], act: frozenset[str]) -> Mapping[Phase, frozenset[str]]:
    return {
        Phase.INTENT: _ALWAYS | _ASKED | intent,
        Phase.RELEASE: _ALWAYS | _ASKED | granted | _PAGE | {"masking_profile"},
        Phase.REFUSAL: _ALWAYS | _ASKED | {"reason_code", "prev_event"},
        Phase.OUTCOME: _ALWAYS | {"page", "prev", "peer_leaf", "peer_node"},
        Phase.RECEIPT: _ALWAYS | _ASKED | granted | _PAGE | {"peer_leaf"},
        Phase.ADMIN: _ALWAYS | {"subject"} | act,
    }


_PHASES: Final = {str(phase): phase for phase in Phase}
REQUIRED: Final[Mapping[int, Mapping[Phase, frozenset[str]]]] = {
    1: _required(_GRANTED_OLD, _GRANTED_OLD, frozenset()),
    2: _required(_GRANTED - {"fields"}, _GRANTED, frozenset({"actor"})),
    3: _required(_GRANTED - {"fields"}, _GRANTED, frozenset({"actor"})),
    4: {
        phase: names | _SINCE_4
        for phase, names in _required(_GRANTED - {"fields"}, _GRANTED, frozenset()).items()
        if phase in (Phase.RELEASE, Phase.RECEIPT)
    },
}
"""The fields without which an entry of a version and phase is none."""


def encode(fields: Mapping[str, Cell]) -> bytes:
    """Return the canonical bytes of an entry; whether it fits the schema, `decode` checks.

    Raises:
        EntryInvalid: when it would be longer than an entry may be.
    """
    octets = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    if len(octets) > MAX_ENTRY_BYTES:
        raise EntryInvalid(f"expected an entry of at most {MAX_ENTRY_BYTES} bytes, found {len(octets)}")
    return octets


def decode(octets: bytes) -> Entry:
    """Read an entry.

    Raises:
        EntryInvalid: when it is too long, not canonical, or does not fit the schema. The message holds no value.
    """
    if len(octets) > MAX_ENTRY_BYTES:
        raise EntryInvalid(f"expected an entry of at most {MAX_ENTRY_BYTES} bytes, found {len(octets)}")
    try:
        fields = orjson.loads(octets)
    except orjson.JSONDecodeError:
        raise EntryInvalid("expected a JSON object") from None
    if not isinstance(fields, dict) or orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) != octets:
        raise EntryInvalid("expected a JSON object in its canonical form")
    for name, value in fields.items():
        check = SCHEMA.get(name)
        if check is None:
            raise EntryInvalid("found a field that the schema does not have")
        try:
            good = check(value)
        except TypeError:
            good = False
        if not good:
            raise EntryInvalid(f"the field {name} does not hold what it must")
    return Entry(_require_version(fields), fields["exchange_id"], fields)


def _require_version(fields: Mapping[str, Cell]) -> Phase:
    """Hold the whole of an entry to its version: what it must have, what it must not, and where its inputs stand.

    Returns:
        Its phase.
    """
    version = fields.get("v")
    if not isinstance(version, int) or version not in FIELDS:
        raise EntryInvalid(f"expected an entry of version {' or '.join(map(str, FIELDS))}")
    if "phase" not in fields:
        raise EntryInvalid("expected a phase")
    phase, names = _PHASES[str(fields["phase"])], fields.keys()
    if phase not in REQUIRED[version]:
        raise EntryInvalid(f"an entry of phase {phase} is not of version {version}")
    if not names >= REQUIRED[version][phase]:
        missing = REQUIRED[version][phase] - names
        raise EntryInvalid(f"an entry of phase {phase} lacks {', '.join(sorted(missing))}")
    if not names <= FIELDS[version]:
        foreign = names - FIELDS[version]
        raise EntryInvalid(f"an entry of version {version} does not have {', '.join(sorted(foreign))}")
    if phase is not Phase.ADMIN and not _OF_ACTS.isdisjoint(fields):
        raise EntryInvalid(f"an entry of phase {phase} does not have {', '.join(sorted(_OF_ACTS & fields.keys()))}")
    if version > 1:
        _require_inputs(phase, fields, _DIGESTS if version > 2 else {"body"})
    return phase


def _require_inputs(phase: Phase, fields: Mapping[str, Cell], of_body: Set[str]) -> None:
    """`of_body` are the fields, beside the commitment, that an entry of this version has for its body."""
    own, elsewhere = "commit" in fields, fields.get("prev_event", "")
    if {name for name in of_body if fields.get(name)} != (of_body if own else set()):
        raise EntryInvalid("expected a body and its commitment, found one of them")
    if phase in (Phase.OUTCOME, Phase.ADMIN):
        if own:
            raise EntryInvalid(f"an entry of phase {phase} has no body")
    elif own == bool(elsewhere):
        raise EntryInvalid("expected the inputs in a body or in that of the event before, not in both or neither")
    elif own and phase in (Phase.RELEASE, Phase.RECEIPT):
        raise EntryInvalid(f"an entry of phase {phase} has no body: that of its intent holds the inputs")
