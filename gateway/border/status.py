"""A refusal as a status on the wire, and back: google.rpc.Status with its details (googleapis `error_details.proto`).

Rules: `ErrorInfo` carries the reason, the detail, the request id and, where one was written, the audit entry; two
`LocalizedMessage`s carry fact and next step in Chinese and English; `BadRequest` every violation that fits;
`RetryInfo` a wait that helps; `QuotaFailure` says that a limit of the party or a budget of persons was met. A status
stays under the 8 KiB that a gRPC client takes of trailers, base64 included. Every text passes the leak guard's scanner
once more. A text of the other side is bounded and stripped of control characters.

Not guaranteed: that a status tells the truth. It is the peer's word until its receipt proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from gateway.ground.refusals import DOMAIN, TABLE, Reason, Refusal, Sentence, Violation
from gateway.leakguard.text import withheld

NO_RECEIPT: Final = ("", -1)
"""Origin and index of a refusal that no audit entry records."""
DETAIL_CHARACTERS: Final = 200
"""Longest detail on the wire; it stands twice, in the message and in `ErrorInfo`."""
VIOLATION_BYTES: Final = 2400
"""Most bytes of violations: with all the rest and base64 a status stays under 8 KiB."""
MOST_SECONDS: Final = 3600.0
"""Longest wait that we believe a peer."""

_MORE: Final = Violation("", "more violations; the rest are not listed")


def _pack(detail: Message) -> Packed:
    packed = Packed()
    packed.Pack(detail)
    return packed


def _localize(sentence: Sentence) -> tuple[Packed, Packed]:
    zh = error_details_pb2.LocalizedMessage(locale="zh-CN", message=f"{sentence.zh}。{sentence.next_zh}。")
    en = error_details_pb2.LocalizedMessage(locale="en-US", message=f"{sentence.en}. {sentence.next_en}.")
    return _pack(zh), _pack(en)


def _write_quota(subject: str, sentence: Sentence) -> Packed:
    quota = error_details_pb2.QuotaFailure()
    quota.violations.add(subject=subject, description=sentence.en)
    return _pack(quota)


_NUMBER: Final = {reason: code_pb2.Code.Value(sentence.code) for reason, sentence in TABLE.items()}
_SENTENCES: Final = {reason: _localize(sentence) for reason, sentence in TABLE.items()}
_QUOTA: Final = {
    reason: _write_quota(subject, TABLE[reason])
    for reason, subject in ((Reason.RATE_LIMITED, "party"), (Reason.PERSON_BUDGET_SPENT, "persons"))
}
_READ: Final[dict[str, type[Message]]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo)
}
_BY_CODE: Final = {
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED: Reason.CANCELLED,
    grpc.StatusCode.UNIMPLEMENTED: Reason.ROLE_NOT_ALLOWED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reason.OVERLOADED,
}


def to_status(refusal: Refusal, *, origin: str = "", index: int = -1, request_id: str = "") -> status_pb2.Status:
    """Return a refusal as a status; `origin` and `index` name its audit entry where one was written."""
    reason, detail = refusal.reason, withheld(refusal.detail)[:DETAIL_CHARACTERS]
    text = f"{reason}: {TABLE[reason].en}; {detail}" if detail else f"{reason}: {TABLE[reason].en}"
    metadata = {"request_id": request_id} if request_id else {}
    if detail:
        metadata["detail"] = detail
    if index >= 0:
        metadata.update(origin=origin, index=str(index))
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)
    status = status_pb2.Status(code=_NUMBER[reason], message=text)
    status.details.add().Pack(info)
    status.details.extend(_SENTENCES[reason])
    if refusal.violations:
        status.details.add().Pack(_bad_request(refusal.violations))
    if refusal.retry_after > 0:
        wait = Duration()
        wait.FromNanoseconds(int(refusal.retry_after * 1e9))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=wait))
    if reason in _QUOTA:
        status.details.append(_QUOTA[reason])
    return status


def _bad_request(violations: tuple[Violation, ...]) -> error_details_pb2.BadRequest:
    request = error_details_pb2.BadRequest()
    room = VIOLATION_BYTES
    for violation in violations:
        room -= len(violation.field.encode()) + len(violation.description.encode()) + 6
        fits = room >= 0
        listed = violation if fits else _MORE
        request.field_violations.add(field=withheld(listed.field), description=withheld(listed.description))
        if not fits:
            break
    return request


def from_status(status: status_pb2.Status) -> Refusal:
    """Return the refusal that a status carries; PEER_ANSWER_INVALID where it carries none that we know."""
    reason, detail, retry_after = Reason.PEER_ANSWER_INVALID, "expected a reason of the contract, found none", 0.0
    violations: tuple[Violation, ...] = ()
    for part in _unpack(status.details):
        match part:
            case error_details_pb2.ErrorInfo():
                known = part.domain == DOMAIN and part.reason in Reason.__members__
                reason = Reason(part.reason) if known else Reason.PEER_ANSWER_INVALID
                detail = (
                    _clean(part.metadata["detail"]) if known else "expected a reason of the contract, found another"
                )
            case error_details_pb2.BadRequest():
                listed = part.field_violations[:51]
                violations = tuple(Violation(_clean(one.field), _clean(one.description)) for one in listed)
            case error_details_pb2.RetryInfo():
                retry_after = min(max(part.retry_delay.ToNanoseconds() / 1e9, 0.0), MOST_SECONDS)
    return Refusal(reason, detail, violations=violations, retry_after=retry_after)


def read_receipt(status: status_pb2.Status) -> tuple[str, int]:
    """Return origin and index of the refusal's audit entry; NO_RECEIPT where the status names none."""
    for part in _unpack(status.details):
        if isinstance(part, error_details_pb2.ErrorInfo) and part.domain == DOMAIN:
            index = part.metadata["index"]
            if index.isdecimal() and index.isascii() and len(index) < 20 and part.metadata["origin"]:
                return _clean(part.metadata["origin"]), int(index)
    return NO_RECEIPT


def from_rpc_error(error: grpc.aio.AioRpcError) -> Refusal:
    """Return the refusal of a failed call; one without details follows from its gRPC code, which the detail names."""
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):
        return Refusal(Reason.PEER_ANSWER_INVALID, f"{error.code().name} with details that contradict it")
    if status is not None and status.details:
        return from_status(status)
    reason = _BY_CODE.get(error.code(), Reason.PEER_UNAVAILABLE)
    return Refusal(reason, _clean(f"{error.code().name}: {error.details() or 'no details'}"))


def _unpack(details: Iterable[Packed]) -> Iterator[Message]:
    """Yield the details that we read; one that is malformed or of another type is passed over."""
    for packed in details:
        kind = _READ.get(packed.TypeName())
        if kind is not None:
            try:
                yield kind.FromString(packed.value)
            except DecodeError:
                continue


def _clean(text: str) -> str:
    """Bound a text of the other side, and drop what is no printable character of it."""
    cut = text[:DETAIL_CHARACTERS]
    return cut if cut.isprintable() else "".join(character for character in cut if character.isprintable())
