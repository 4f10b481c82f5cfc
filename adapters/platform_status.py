"""How an adapter's errors travel as gRPC statuses, so that an adapter in any language can say them.

    PlatformUnavailable   UNAVAILABLE           reason UNAVAILABLE
    CodeUnmapped          FAILED_PRECONDITION   reason CODE_UNMAPPED, metadata field = the field's name
    AnswerInvalid         DATA_LOSS             reason ANSWER_INVALID
    PlatformError         INVALID_ARGUMENT      reason QUESTION_REFUSED

The reason stands in a `google.rpc.ErrorInfo` of the domain `platform.chuanyu`. The reading side believes the code, the
reason and a well-formed field name; it never repeats a sentence that came from elsewhere.
"""

from __future__ import annotations

import re
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from adapters.contract import AnswerInvalid, CodeUnmapped, PlatformError, PlatformUnavailable

DOMAIN: Final = "platform.chuanyu"
_DETAILS: Final = "grpc-status-details-bin"
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_UNAVAILABLE: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.CANCELLED,
    }
)


def to_status(error: Exception) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """Return code, sentence and trailing metadata for an error; one outside the contract shows its type alone."""
    metadata: dict[str, str] = {}
    match error:
        case CodeUnmapped():
            code, reason, sentence = grpc.StatusCode.FAILED_PRECONDITION, "CODE_UNMAPPED", str(error)
            metadata = {"field": error.field}
        case AnswerInvalid():
            code, reason, sentence = grpc.StatusCode.DATA_LOSS, "ANSWER_INVALID", str(error)
        case PlatformUnavailable():
            code, reason, sentence = grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE", str(error)
        case PlatformError():
            code, reason, sentence = grpc.StatusCode.INVALID_ARGUMENT, "QUESTION_REFUSED", str(error)
        case _:
            code, reason, sentence = grpc.StatusCode.INTERNAL, "DEFECT", f"adapter raised {type(error).__name__}"
    status = status_pb2.Status(code=code.value[0], message=sentence)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata))
    return code, sentence, ((_DETAILS, status.SerializeToString()),)


def from_status(error: grpc.aio.AioRpcError) -> PlatformError:
    """Return the error of the contract that the status means."""
    code = error.code()
    if code in _UNAVAILABLE:
        return PlatformUnavailable(f"remote platform: {code.name}")
    if code is grpc.StatusCode.FAILED_PRECONDITION:
        field = _field(error)
        if field is not None:
            return CodeUnmapped(field)
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        return PlatformError("remote platform: the question was refused")
    return AnswerInvalid(f"remote platform: {code.name}")


def _field(error: grpc.aio.AioRpcError) -> str | None:
    pairs: Any = error.trailing_metadata() or ()
    for key, value in pairs:
        if key != _DETAILS or not isinstance(value, bytes):
            continue
        try:
            return _read_unmapped_field(status_pb2.Status.FromString(value))
        except DecodeError:
            return None
    return None


def _read_unmapped_field(status: status_pb2.Status) -> str | None:
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info) and info.reason == "CODE_UNMAPPED":
            field = str(info.metadata.get("field", ""))
            return field if _FIELD.fullmatch(field) else None
    return None
