"""The border: the only module where generated messages and evidence meet.

Rules: a message is validated before it comes here (`gateway.border.validation`). A message that leaves is built afresh
from evidence, never copied from a message, so that an unknown field cannot pass; the one exception is the question,
whose canonical bytes are at hand and travel as they were hashed. Dates travel as days since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from secrets import token_bytes
from typing import Any, Final, cast

from gateway.ground.evidence import (
    Arrival,
    Ask,
    Caller,
    CellReason,
    Channel,
    Column,
    Delivery,
    LawfulBasis,
    Operator,
    Page,
    PeerAnswer,
    Receipt,
    Release,
    RequestId,
    Value,
)
from gateway.ground.identity_numbers import IDENTITY_KEYS, fold
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.leakguard.questions import repeats_key
from gateway.telemetry.tracing import begin_trace
from gateway.wire.v1 import ask_pb2, exchange_pb2, page_pb2, peer_pb2

_EPOCH: Final = date(1970, 1, 1).toordinal()
_HEAD: Final = 80
"""Bytes that the sealed cells of a page share (`gateway.masking.sealed`)."""
_EMPTY: Final[dict[Kind, Value]] = {
    Kind.STRING: "",
    Kind.INTEGER: 0,
    Kind.BOOLEAN: False,
    Kind.DATE: 0,
    Kind.DECIMAL: "",
    Kind.SEALED: b"",
}
_ONEOF: Final[dict[Kind, str]] = {
    Kind.STRING: "strings",
    Kind.INTEGER: "integers",
    Kind.BOOLEAN: "booleans",
    Kind.DATE: "dates",
    Kind.DECIMAL: "decimals",
    Kind.SEALED: "sealed",
}
_KIND: Final[dict[str, Kind]] = {name: kind for kind, name in _ONEOF.items()}
_OUTCOME: Final[dict[Any, Outcome]] = {
    page_pb2.RowOutcome.Value(f"ROW_OUTCOME_{outcome.name}"): outcome for outcome in Outcome
}
_OUTCOME_NUMBER: Final[dict[Outcome, Any]] = {outcome: number for number, outcome in _OUTCOME.items()}
_REASON: Final[dict[Any, CellReason]] = {
    page_pb2.CELL_REASON_UNSPECIFIED: CellReason.NONE,
    **{
        page_pb2.CellReason.Value(f"CELL_REASON_{reason.name}"): reason
        for reason in CellReason
        if reason is not CellReason.NONE
    },
}
_REASON_NUMBER: Final[dict[CellReason, Any]] = {reason: number for number, reason in _REASON.items()}
_CHANNEL: Final[dict[int, Channel]] = {
    ask_pb2.CHANNEL_ONLINE: Channel.ONLINE,
    ask_pb2.CHANNEL_COUNTER: Channel.COUNTER,
    ask_pb2.CHANNEL_TERMINAL: Channel.TERMINAL,
    ask_pb2.CHANNEL_BATCH: Channel.BATCH,
}
_BASIS: Final[dict[int, LawfulBasis]] = {
    ask_pb2.LAWFUL_BASIS_CONSENT: LawfulBasis.CONSENT,
    ask_pb2.LAWFUL_BASIS_STATUTORY_DUTY: LawfulBasis.STATUTORY_DUTY,
    ask_pb2.LAWFUL_BASIS_EMERGENCY: LawfulBasis.EMERGENCY,
}


def _with_nulls(values: Sequence[Value], nulls: bytes) -> tuple[Value, ...]:
    if not nulls:
        return tuple(values)
    cells = list(values)
    for row in range(len(cells)):
        if nulls[row >> 3] >> (row & 7) & 1 if row >> 3 < len(nulls) else 0:
            cells[row] = None
    return tuple(cells)


def read_page(message: page_pb2.Page) -> Page:
    """Read a page that has been validated.

    Raises:
        ValueError: a column has no values, or a date is out of the calendar.
    """
    columns = []
    for column in message.columns:
        which = column.WhichOneof("values")
        if which is None:
            raise ValueError("expected a column with typed values, found one without")
        kind = _KIND[which]
        cells: Sequence[Value] = getattr(column, which).values
        if kind is Kind.DATE:
            cells = [date.fromordinal(cast("int", days) + _EPOCH) for days in cells]
        elif kind is Kind.SEALED and column.sealed.head:
            head = column.sealed.head
            cells = [head + cell for cell in column.sealed.values]
        reasons = tuple([_REASON[reason] for reason in column.reasons])
        columns.append(Column(column.name, kind, _with_nulls(cells, column.nulls), reasons))
    outcomes = tuple([_OUTCOME[outcome] for outcome in message.outcomes])
    return Page(message.rows, tuple(columns), outcomes, message.later_at_s)


def _write_column(column: Column, into: page_pb2.Column) -> None:
    into.name = column.name
    values: Sequence[Any] = column.values
    if None in values:
        nulls = bytearray((len(values) + 7) // 8)
        for row, value in enumerate(values):
            if value is None:
                nulls[row >> 3] |= 1 << (row & 7)
        into.nulls = bytes(nulls)
    if column.kind is Kind.DATE:
        values = [0 if value is None else value.toordinal() - _EPOCH for value in values]
    elif into.nulls:
        empty = _EMPTY[column.kind]
        values = [empty if value is None else value for value in values]
    typed = getattr(into, _ONEOF[column.kind])
    typed.SetInParent()
    if column.kind is Kind.SEALED:
        head = _head(column.values)
        typed.head = head
        values = [cell[len(head) :] for cell in values]
    typed.values.extend(values)
    into.reasons.extend([_REASON_NUMBER[reason] for reason in column.reasons])


def _head(cells: Sequence[Any]) -> bytes:
    """Return the beginning that all sealed cells of a page share; nothing where they differ or one is too short."""
    heads = {cell[:_HEAD] for cell in cells if cell is not None}
    shortest = min((len(cell) for cell in cells if cell is not None), default=0)
    return bytes(heads.pop()) if len(heads) == 1 and shortest > _HEAD else b""


def write_page(page: Page, into: page_pb2.Page) -> None:
    """Write a page, column by column, into a fresh message."""
    into.rows = page.rows
    into.outcomes.extend([_OUTCOME_NUMBER[outcome] for outcome in page.outcomes])
    into.later_at_s = page.later_at_s
    for column in page.columns:
        _write_column(column, into.columns.add())


def read_ask(message: ask_pb2.Ask) -> Ask:
    """Read a question that has been validated; numbers of persons are folded to one writing.

    So every room meets a number as GB 11643 writes it. The canonical bytes, which both gateways hash, stay as sent.

    Raises:
        Refusal: KEY_INVALID when a key column has no values or no such date, or keys say what only an answer
            says; FREE_TEXT_LEAK when the request id, which
            stands in logs and entries, holds a number of a person.
    """
    try:
        keys = read_page(message.keys)
    except (ValueError, OverflowError) as error:
        raise Refusal(Reason.KEY_INVALID, "expected typed key columns with dates of the calendar") from error
    if keys.outcomes or keys.later_at_s or any(column.reasons for column in keys.columns):
        raise Refusal(Reason.KEY_INVALID, "expected keys alone, found outcomes or reasons of an answer")
    if repeats_key(message.request_id, keys):
        named = Violation("ask.request_id", "expected a UUID drawn by chance, found a personal number in it")
        raise Refusal(Reason.FREE_TEXT_LEAK, "request_id", violations=(named,))
    return Ask(
        request_id=RequestId(message.request_id),
        asked_at_us=message.asked_at_us,
        provider_province=message.provider_province,
        item_code=message.item_code,
        item_version=message.item_version,
        consumer_department=message.consumer_department,
        consumer_region=message.consumer_region,
        scene=message.scene,
        use_basis=message.use_basis,
        purpose=message.purpose,
        business_no=message.business_no,
        channel=_CHANNEL[message.channel],
        operator=Operator(message.operator.ref, message.operator.unit),
        end_user_org=message.end_user_org,
        lawful_basis=_BASIS[message.lawful_basis],
        consent_ref=message.consent_ref,
        emergency_reason=message.emergency_reason,
        keys=_fold_numbers(keys),
        fields=tuple(message.fields),
        purpose_code=message.purpose_code,
        onward_consent_no=message.onward_consent_no,
        batch_no=message.batch_no,
    )


def _fold_numbers(keys: Page) -> Page:
    columns = tuple(
        replace(column, values=tuple(fold(value) if isinstance(value, str) else value for value in column.values))
        if column.name in IDENTITY_KEYS
        else column
        for column in keys.columns
    )
    return Page(keys.rows, columns)


def read_trace(traceparent: str, keys: Page) -> str:
    """Return the trace context under which a question goes on: a new one where a number of a person stands in it."""
    return str(begin_trace(token_bytes(24))) if repeats_key(traceparent, keys) else traceparent


def encode_ask(message: ask_pb2.Ask) -> bytes:
    """Return the canonical bytes of a question, which both gateways hash: its fields in the order of their numbers.

    Validation has refused a question with an unknown field before, so none is in it.
    """
    return message.SerializeToString(deterministic=True)


def write_link_ask(arrival: Arrival, caller: Caller) -> peer_pb2.LinkAsk:
    """Write all of a link's question but the question itself, whose canonical bytes the link adds when it sends.

    The link sets the deadline then too.
    """
    return peer_pb2.LinkAsk(
        application=caller.application,
        traceparent=arrival.traceparent,
        page_rows=arrival.page_rows,
        salt=arrival.salt,
    )


def read_receipt(message: ask_pb2.Receipt, checkpoint: bytes) -> Receipt:
    """Read a receipt; `checkpoint` is the frame's own. Nothing is verified here."""
    return Receipt(
        origin=message.origin,
        index=message.index,
        entry=message.entry,
        path=tuple(message.path),
        checkpoint=message.checkpoint or checkpoint,
    )


def write_receipt(receipt: Receipt, into: ask_pb2.Receipt, *, with_checkpoint: bool) -> None:
    """Write a receipt; in a link frame the checkpoint stands once for all answers."""
    into.origin = receipt.origin
    into.index = receipt.index
    into.entry = receipt.entry
    into.path.extend(receipt.path)
    if with_checkpoint:
        into.checkpoint = receipt.checkpoint


def read_answer(message: peer_pb2.LinkAnswer, checkpoint: bytes) -> PeerAnswer:
    """Read an answer with a page; nothing is verified here.

    Raises:
        Refusal: PEER_ANSWER_INVALID when it has no page, or the page cannot be read.
    """
    try:
        page = read_page(message.page)
    except (ValueError, OverflowError) as error:
        raise Refusal(Reason.PEER_ANSWER_INVALID, "expected typed columns with dates of the calendar") from error
    receipt = read_receipt(message.receipt, checkpoint)
    return PeerAnswer(page, message.number, message.last, receipt, message.salt)


def write_release(release: Release, request_id: str) -> peer_pb2.LinkAnswer:
    """Write a release for a link; the frame carries the checkpoint."""
    gated = release.page
    message = peer_pb2.LinkAnswer(request_id=request_id, number=gated.number, last=gated.last, salt=release.salt)
    write_page(gated.page, message.page)
    write_receipt(release.receipt, message.receipt, with_checkpoint=False)
    return message


def write_release_response(release: Release) -> exchange_pb2.QueryResponse:
    """Write a release for an application of the same province."""
    message = exchange_pb2.QueryResponse(salt=release.salt)
    write_page(release.page.page, message.page)
    write_receipt(release.receipt, message.receipt, with_checkpoint=True)
    return message


def write_delivery_response(delivery: Delivery) -> exchange_pb2.QueryResponse:
    """Write the answer of the other province for an application of ours, with its receipt and our own."""
    answer = delivery.proven.answer
    message = exchange_pb2.QueryResponse(salt=answer.salt)
    write_page(answer.page, message.page)
    write_receipt(answer.receipt, message.receipt, with_checkpoint=True)
    write_receipt(delivery.receipt, message.own_receipt, with_checkpoint=True)
    return message
