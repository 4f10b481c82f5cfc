"""Writes entries from evidence: what is the same in all entries of an exchange is gathered once, in a `Header`.

Pure: time, event ids and salts are given in. Codes that the asker chose are checked before they are known to be codes:
one that has as many digits in a row as a personal number does not enter the log.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from gateway.audit.commitments import rows_root
from gateway.audit.entry import VERSION, Cell, Phase, Result, encode
from gateway.audit.references import References
from gateway.evidence import NO_ENTRY, Arrival, Caller, GatedPage, Grant, ProvenAnswer, Receipt
from gateway.refusals import TABLE, Reason, Refusal

_LIKE_A_NUMBER: Final = re.compile(r"[0-9](?:[-_.]?[0-9]){10}")
_WITHHELD: Final = "withheld"
_FAULTS: Final = frozenset({"INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Book:
    """What is constant of a log: its origin, its node's identity, and its references."""

    origin: str
    node: str
    references: References


@dataclass(frozen=True, slots=True)
class Header:
    """What the entries of one exchange have in common; `fields` is never changed."""

    fields: dict[str, Cell]


def asked(book: Book, arrival: Arrival) -> Header:
    """Begin an exchange: what the question says of itself, before anything of it is judged."""
    ask, now_us = arrival.ask, arrival.now_us
    references = book.references
    codes = [ask.item_code, ask.consumer_department, ask.scene, ask.use_basis]
    if _LIKE_A_NUMBER.search(" ".join(codes)):
        codes = [_WITHHELD if _LIKE_A_NUMBER.search(code) else code for code in codes]
    item_code, department, scene, use_basis = codes
    return Header(
        {
            "v": VERSION,
            "origin": book.origin,
            "node": book.node,
            "exchange_id": ask.request_id,
            "action": "stream" if arrival.page_rows else "query",
            "provider_province": ask.provider_province,
            "consumer_department": department,
            "consumer_region": ask.consumer_region,
            "item_code": item_code,
            "item_version": ask.item_version,
            "scene": scene,
            "use_basis": use_basis,
            "lawful_basis": ask.lawful_basis.value,
            "channel": ask.channel.value,
            "request_hash": arrival.request_hash.hex(),
            "operator_ref": references.operator(ask.operator.ref, ask.operator.unit, now_us),
            "business_ref": references.business(ask.business_no, ask.consumer_department, now_us),
            "key_epoch": references.epoch(now_us),
            "clock_offset_us": arrival.clock_offset_us,
            "trace_id": arrival.traceparent[3:35],
        }
    )


def judged(header: Header, arrival: Arrival, caller: Caller, grant: Grant, subjects: bytes) -> Header:
    """Add who asks and what was granted; `subjects` are the references of the cardholders asked about, end to end."""
    item = grant.item
    fields: dict[str, Cell] = {
        **header.fields,
        "application": caller.application,
        "peer_node": caller.node,
        "tls_peer_fp": caller.fingerprint,
        "province_pair": f"{caller.province}-{arrival.ask.provider_province}",
        "provider": item.provider_unit,
        "consumer": grant.recipient,
        "item_digest": grant.item_digest,
        "data_level": item.grading,
        "grant_id": grant.grant_id,
        "list_versions": list(grant.list_versions),
        "fields": list(grant.fields),
        "subject_tokens": b64encode(subjects).decode(),
    }
    if caller.repeat_of != NO_ENTRY:
        fields["repeat_of"] = caller.repeat_of
    return Header(fields)


def about(header: Header, subjects: bytes) -> Header:
    """Name other cardholders than the header does: those of one page."""
    return Header({**header.fields, "subject_tokens": b64encode(subjects).decode()})


def intent(header: Header, *, event_id: str, time_us: int, page: int = 0) -> bytes:
    """An exchange was allowed and begins. `header` is `judged`; `page` counts where the subjects need several
    entries.
    """
    return encode(
        {
            **header.fields,
            "phase": Phase.INTENT,
            "result": Result.PERMIT,
            "page": page,
            "event_id": event_id,
            "time_utc_us": time_us,
        }
    )


def release(header: Header, cleared: GatedPage, *, salt: bytes, prev_event: str, event_id: str, time_us: int) -> bytes:
    """A page leaves: the commitment to its rows, their number, and by which masks they were made.

    `fields` are the names of the page's columns, in their order. `prev_event` is the event id of the intent: its index
    is not known before it is durable, and both may become durable together.
    """
    page = cleared.page
    return encode(
        {
            **header.fields,
            "phase": Phase.RELEASE,
            "result": Result.PERMIT,
            "page": cleared.number,
            "last": cleared.last,
            "fields": [column.name for column in page.columns],
            "masking_profile": cleared.profile,
            "record_count": page.rows,
            "rows_root": rows_root(salt, page).hex(),
            "prev_event": prev_event,
            "event_id": event_id,
            "time_utc_us": time_us,
        }
    )


def refusal(
    header: Header,
    refused: Refusal,
    *,
    page: int,
    prev_event: str,
    event_id: str,
    time_us: int,
    peer: Receipt | None = None,
) -> bytes:
    """Nothing leaves. Where the leak guard found something, its column and detector are named, never what it found.

    `peer` is the proven receipt of the peer's refusal, when it was the peer that refused.
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
    return encode(fields)


def _leaf(theirs: Receipt) -> dict[str, str | int]:
    return {"origin": theirs.origin, "index": theirs.index, "leaf_hash": theirs.leaf_hash.hex()}


def outcome(
    book: Book,
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
) -> bytes:
    """The asker says that it has recorded a page (`reason` empty) or refused its receipt; `prev` is our release."""
    fields: dict[str, Cell] = {
        "v": VERSION,
        "origin": book.origin,
        "node": book.node,
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
    return encode(fields)


def receipt(header: Header, proven: ProvenAnswer, *, prev_event: str, event_id: str, time_us: int) -> bytes:
    """The asking side has a page whose receipt proves: our entry commits to the peer's, and to the same rows."""
    answer = proven.answer
    return encode(
        {
            **header.fields,
            "phase": Phase.RECEIPT,
            "result": Result.PERMIT,
            "page": answer.number,
            "last": answer.last,
            "fields": [column.name for column in answer.page.columns],
            "record_count": answer.page.rows,
            "rows_root": rows_root(answer.salt, answer.page).hex(),
            "peer_leaf": _leaf(answer.receipt),
            "prev_event": prev_event,
            "event_id": event_id,
            "time_utc_us": time_us,
        }
    )


def admin(
    book: Book, *, action: str, subject: str, result: Result, event_id: str, time_us: int, actor: str = ""
) -> bytes:
    """An act of an administrator, or of the node itself: `action` is its code, `subject` what it was done to.

    Both are codes, digests or names of ours, never free text. `actor` is the administrator's certificate identity.
    """
    return encode(
        {
            "v": VERSION,
            "origin": book.origin,
            "node": book.node,
            "exchange_id": "",
            "application": actor,
            "action": action,
            "subject": subject,
            "phase": Phase.ADMIN,
            "result": result,
            "event_id": event_id,
            "time_utc_us": time_us,
        }
    )
