"""A refusal as a status on the wire, and back: google.rpc.Status with its details.

`ErrorInfo` carries the reason, the request id and where one was written the audit entry; two `LocalizedMessage`s carry
fact and next step in Chinese and English; `BadRequest` every violation; `RetryInfo` when a retry helps.
"""

from __future__ import annotations

from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from gateway.refusals import DOMAIN, TABLE, Reason, Refusal, Violation

_CODES: Final = {reason: code_pb2.Code.Value(sentence.code) for reason, sentence in TABLE.items()}
_BY_CODE: Final = {
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED: Reason.CANCELLED,
    grpc.StatusCode.UNIMPLEMENTED: Reason.ROLE_NOT_ALLOWED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reason.OVERLOADED,
}


def grpc_code(reason: Reason) -> grpc.StatusCode:
    """Return the status code of a reason."""
    return grpc.StatusCode[TABLE[reason].code]


def to_status(refusal: Refusal, *, origin: str = "", index: int = -1, request_id: str = "") -> status_pb2.Status:
    """Return a refusal as a status; `origin` and `index` name its audit entry where one was written."""
    sentence = TABLE[refusal.reason]
    text = f"{refusal.reason}: {sentence.en}" + (f"; {refusal.detail}" if refusal.detail else "")
    status = status_pb2.Status(code=_CODES[refusal.reason], message=text)
    metadata = {"request_id": request_id} if request_id else {}
    if refusal.detail:
        metadata["detail"] = refusal.detail
    if index >= 0:
        metadata.update(origin=origin, index=str(index))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=metadata))
    for locale, fact, following in (
        ("zh-CN", sentence.zh, sentence.next_zh),
        ("en-US", sentence.en, sentence.next_en),
    ):
        message = f"{fact}。{following}。" if locale == "zh-CN" else f"{fact}. {following}."
        status.details.add().Pack(error_details_pb2.LocalizedMessage(locale=locale, message=message))
    if refusal.violations:
        wrong = error_details_pb2.BadRequest()
        for violation in refusal.violations:
            wrong.field_violations.add(field=violation.field, description=violation.description)
        status.details.add().Pack(wrong)
    if refusal.retry_after > 0:
        delay = Duration()
        delay.FromNanoseconds(int(refusal.retry_after * 1e9))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    if refusal.reason is Reason.RATE_LIMITED:
        quota = error_details_pb2.QuotaFailure()
        quota.violations.add(subject="party", description=sentence.en)
        status.details.add().Pack(quota)
    return status


def from_status(status: status_pb2.Status) -> Refusal:
    """Return the refusal that a status carries; PEER_ANSWER_INVALID where it carries none that we know."""
    reason, detail, retry_after = Reason.PEER_ANSWER_INVALID, "", 0.0
    violations: tuple[Violation, ...] = ()
    for packed in status.details:
        info, wrong, retry = (
            error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        )  # fmt: skip
        if packed.Unpack(info):
            known = info.domain == DOMAIN and info.reason in Reason.__members__
            reason = Reason(info.reason) if known else Reason.PEER_ANSWER_INVALID
            detail = info.metadata.get("detail", "")[:500] if known else "expected a reason of the contract"
        elif packed.Unpack(wrong):
            violations = tuple(Violation(v.field[:200], v.description[:200]) for v in wrong.field_violations[:50])
        elif packed.Unpack(retry):
            retry_after = retry.retry_delay.ToNanoseconds() / 1e9
    return Refusal(reason, detail, violations=violations, retry_after=retry_after)


def read_receipt(status: status_pb2.Status) -> tuple[str, int]:
    """Return origin and index of the refusal's audit entry; an empty origin and -1 where none was written."""
    for packed in status.details:
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info) and info.metadata.get("index", "").isdecimal():
            return info.metadata.get("origin", ""), int(info.metadata["index"])
    return "", -1


def from_rpc_error(error: grpc.aio.AioRpcError) -> Refusal:
    """Return the refusal of a failed call; one without details is told by its code."""
    status = rpc_status.from_call(error)
    if status is not None and status.details:
        return from_status(status)
    reason = _BY_CODE.get(error.code(), Reason.PEER_UNAVAILABLE)
    return Refusal(reason, f"{error.code().name}: {error.details()}")
