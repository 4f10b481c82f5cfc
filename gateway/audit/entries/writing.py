"""Encodes entries from evidence; a `Header` gathers once what all entries of an exchange have in common.

Pure: time, event ids, salts and keys are given in. The inputs of the decision go into the body of one entry of the
exchange, encrypted. Codes that the asker chose are checked before they are known to be codes: one that has as many
digits in a row as a personal number does not enter the log.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from gateway.audit.entries.bodies import seal
from gateway.audit.entries.commitments import rows_root
from gateway.audit.entries.entry import ANSWER_VERSION, SHARED_VERSION, VERSION, Cell, Phase, Result, encode
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.inputs import WITHHELD, Authorisation, inputs_of
from gateway.audit.entries.references import References, epoch_of
from gateway.ground.evidence import NO_ENTRY, Arrival, Caller, GatedPage, Grant, ProvenAnswer, Receipt
from gateway.ground.outcomes import count_outcomes
from gateway.ground.refusals import TABLE, Reason, Refusal

_LIKE_A_NUMBER: Final = re.compile(r"[0-9](?:[-_.]?[0-9]){10}")
_FAULTS: Final = frozenset({"INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """The constants of a log: its origin, its node, its references and the keys of the months."""

    origin: str
    node: str
    references: References
    epochs: Epochs


class Header(NamedTuple):
    """The fields that all entries of one exchange have, and the source of its body; `fields` is never changed.

    A named tuple, as `EncodedEntry` is: an exchange makes several, and a frozen dataclass costs four times as much.
    """

    fields: dict[str, Cell]
    arrival: Arrival
    authorisation: Authorisation | None


class EncodedEntry(NamedTuple):
    """An entry's bytes, and what the log keeps beside them.

    `body` is its sealed body, `wrapped` the wrapped data key of that and `epoch` the month of the key that wraps it,
    all empty where it has no body.
    """

    octets: bytes
    body: bytes = b""
    wrapped: bytes = b""
    epoch: str = ""


def start_header(identity: LogIdentity, arrival: Arrival) -> Header:
    """Begin an exchange: what the question says of itself, before anything of it is judged."""
    ask, now_us = arrival.ask, arrival.now_us
    references = identity.references
    codes = [ask.item_code, ask.consumer_department, ask.scene, ask.use_basis]
    if _LIKE_A_NUMBER.search(" ".join(codes)):
        codes = [WITHHELD if _LIKE_A_NUMBER.search(code) else code for code in codes]
    item_code, department, scene, use_basis = codes
    fields: dict[str, Cell] = {
        "v": SHARED_VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": ask.request_id,
        "action": "stream" if arrival.page_rows else "query",
        "consumer_department": department,
        "item_code": item_code,
        "item_version": ask.item_version,
        "scene": scene,
        "use_basis": use_basis,
        "request_hash": arrival.request_hash.hex(),
        "operator_ref": references.operator(ask.operator.ref, ask.operator.unit, now_us),
        "key_epoch": references.epoch(now_us),
    }
    return Header(fields, arrival, None)


def authorise_header(header: Header, caller: Caller, grant: Grant) -> Header:
    """Add who asks and what was granted."""
    arrival = header.arrival
    fields: dict[str, Cell] = {
        **header.fields,
        "province_pair": f"{caller.province}-{arrival.ask.provider_province}",
        "provider": grant.provider,
        "data_level": grant.item.grading,
    }
    if caller.repeat_of != NO_ENTRY:
        fields["repeat_of"] = caller.repeat_of
    return Header(fields, arrival, (caller, grant))


def _with_body(
    identity: LogIdentity,
    header: Header,
    fields: dict[str, Cell],
    random: Callable[[int], bytes],
) -> EncodedEntry:
    """Return the one entry of the exchange that has the body; `fields` is filled."""
    arrival = header.arrival
    epoch = str(fields["key_epoch"])
    sealed = seal(
        inputs_of(arrival, header.authorisation),
        identity.epochs.key(epoch),
        origin=identity.origin,
        event_id=str(fields["event_id"]),
        random=random,
    )
    fields["v"] = VERSION
    fields["commit"], fields["body_digest"], fields["wrap_digest"] = sealed[2:]
    fields["business_ref"] = identity.references.business(
        arrival.ask.business_no, arrival.ask.consumer_department, arrival.now_us
    )
    fields["clock_offset_us"] = arrival.clock_offset_us
    fields["trace_id"] = arrival.traceparent[3:35]
    if header.authorisation is not None:
        caller = header.authorisation[0]
        fields["peer_node"], fields["tls_peer_fp"] = caller.node, caller.fingerprint
    return EncodedEntry(encode(fields), sealed.octets, sealed.wrapped, epoch)


def encode_intent(
    identity: LogIdentity,
    header: Header,
    subjects: bytes,
    *,
    event_id: str,
    time_us: int,
    random: Callable[[int], bytes],
    consumer_ref: str = "",
) -> EncodedEntry:
    """Return the entry that an exchange was allowed and begins.

    `header` has the authorisation; `subjects` are the references of the cardholders asked about, end to end.
    `consumer_ref` is the reference of the application that asks.

    Raises:
        Refusal: AUDIT_NOT_DURABLE when the key of the month is not at hand.
    """
    fields: dict[str, Cell] = {
        **header.fields,
        "phase": Phase.INTENT,
        "result": Result.PERMIT,
        "page": 0,
        "consumer_ref": consumer_ref,
        "subject_tokens": b64encode(subjects).decode(),
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return _with_body(identity, header, fields, random)


def encode_more_subjects(
    header: Header, subjects: bytes, *, page: int, prev_event: str, event_id: str, time_us: int
) -> EncodedEntry:
    """Return an intent without a body that follows the first one and names more cardholders than that one could."""
    fields: dict[str, Cell] = {
        **header.fields,
        "phase": Phase.INTENT,
        "result": Result.PERMIT,
        "page": page,
        "subject_tokens": b64encode(subjects).decode(),
        "prev_event": prev_event,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))


def encode_release(
    header: Header,
    gated: GatedPage,
    subjects: bytes,
    *,
    salt: bytes,
    prev_event: str,
    event_id: str,
    time_us: int,
) -> EncodedEntry:
    """Return the entry that a page leaves: the commitment to its rows, how many there are and of which outcomes, and
    the profile of their masks.

    `fields` are the names of the page's columns, in their order. `prev_event` is the event id of the intent: its index
    is not known before it is durable, and both may become durable together.
    """
    page = gated.page
    fields: dict[str, Cell] = {
        **header.fields,
        "v": ANSWER_VERSION,
        "phase": Phase.RELEASE,
        "result": Result.PERMIT,
        "page": gated.number,
        "last": gated.last,
        "fields": [column.name for column in page.columns],
        "masking_profile": gated.profile,
        "record_count": page.rows,
        "outcomes": [*count_outcomes(page)],
        "rows_root": rows_root(salt, page, ANSWER_VERSION).hex(),
        "subject_tokens": b64encode(subjects).decode(),
        "prev_event": prev_event,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))


def encode_refusal(
    identity: LogIdentity,
    header: Header,
    refused: Refusal,
    *,
    page: int,
    prev_event: str,
    event_id: str,
    time_us: int,
    random: Callable[[int], bytes],
    subjects: bytes = b"",
    peer: Receipt | None = None,
) -> EncodedEntry:
    """Return the entry that nothing leaves. A find of the leak guard is named by column and detector, never by value.

    `prev_event` is the event id of the intent; where there is none, this entry has the body. `subjects` are the
    references of the cardholders of whom nothing leaves, end to end; it names none where the question did not. `peer`
    is the proven receipt of the peer's refusal, when it was the peer that refused.
    """
    code = TABLE[refused.reason].code
    fields: dict[str, Cell] = {
        **header.fields,
        "phase": Phase.REFUSAL,
        "result": Result.ERROR if code in _FAULTS else Result.DENY,
        "reason_code": refused.reason.value,
        "page": page,
        "prev_event": prev_event,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    if refused.reason is Reason.LEAK_BLOCKED and refused.violations:
        fields["column"] = refused.violations[0].field
        fields["detector"] = refused.violations[0].description
    if peer is not None:
        fields["peer_leaf"] = _leaf(peer)
    if subjects:
        fields["subject_tokens"] = b64encode(subjects).decode()
    return EncodedEntry(encode(fields)) if prev_event else _with_body(identity, header, fields, random)


def _leaf(theirs: Receipt) -> dict[str, str | int]:
    return {"origin": theirs.origin, "index": theirs.index, "leaf_hash": theirs.leaf_hash.hex()}


def encode_outcome(
    identity: LogIdentity,
    *,
    exchange_id: str,
    peer_node: str,
    page: int,
    origin: str,
    index: int,
    leaf_hash: bytes,
    reason: str,
    prev: int,
    event_id: str,
    time_us: int,
) -> EncodedEntry:
    """Return the entry that the asker has recorded a page (`reason` empty) or refused its receipt.

    `prev` is the index of our release.
    """
    fields: dict[str, Cell] = {
        "v": SHARED_VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": exchange_id,
        "action": "acknowledge",
        "phase": Phase.OUTCOME,
        "result": Result.DENY if reason else Result.PERMIT,
        "reason_code": reason,
        "page": page,
        "peer_node": peer_node,
        "peer_leaf": {"origin": origin, "index": index, "leaf_hash": leaf_hash.hex()},
        "prev": prev,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))


def encode_receipt(
    header: Header, proven: ProvenAnswer, subjects: bytes, *, prev_event: str, event_id: str, time_us: int
) -> EncodedEntry:
    """Return the asker's entry of a proven page, which commits to the peer's entry and to the proven rows."""
    answer = proven.answer
    fields: dict[str, Cell] = {
        **header.fields,
        "v": ANSWER_VERSION,
        "phase": Phase.RECEIPT,
        "result": Result.PERMIT,
        "page": answer.number,
        "last": answer.last,
        "fields": [column.name for column in answer.page.columns],
        "record_count": answer.page.rows,
        "outcomes": [*count_outcomes(answer.page)],
        "rows_root": proven.rows_root,
        "peer_leaf": _leaf(answer.receipt),
        "subject_tokens": b64encode(subjects).decode(),
        "prev_event": prev_event,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))


def encode_act(
    identity: LogIdentity,
    *,
    action: str,
    subject: str,
    result: Result,
    event_id: str,
    time_us: int,
    actor: str = "",
    details: Mapping[str, Cell] = MappingProxyType({}),
) -> EncodedEntry:
    """Return the entry of an act of an administrator or of the node: `action` is its code, `subject` its object.

    Both are codes, digests or names of ours, never free text. `actor` is a certificate's identity, or `local:` and the
    number of a user of the node's machine. `details` are the further fields that acts of this kind have, an exchange
    id among them where the index of exchanges must find the act.
    """
    fields: dict[str, Cell] = {
        **details,
        "v": VERSION if details else SHARED_VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": details.get("exchange_id", ""),
        "actor": actor,
        "action": action,
        "subject": subject,
        "phase": Phase.ADMIN,
        "result": result,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    if details.get("subject_tokens"):
        fields.setdefault("key_epoch", epoch_of(time_us))
    return EncodedEntry(encode(fields))


def encode_manifest(identity: LogIdentity, text: str, *, profile: str, event_id: str, time_us: int) -> EncodedEntry:
    """Return the entry with the masks of a profile: the manifest whose digest the profile is, without a value."""
    fields: dict[str, Cell] = {
        "v": SHARED_VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": "",
        "actor": "",
        "action": "masking_manifest",
        "subject": profile,
        "manifest": text,
        "phase": Phase.ADMIN,
        "result": Result.PERMIT,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))
