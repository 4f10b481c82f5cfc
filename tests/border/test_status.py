"""A refusal survives the wire with its reason, sentences and violations, and a strange status is never believed."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from hypothesis import given
from hypothesis import strategies as st

from gateway.border.status import NO_RECEIPT, from_rpc_error, from_status, read_receipt, to_status
from gateway.ground.refusals import DOMAIN, TABLE, Reason, Refusal, Violation

REQUEST_ID = "01980000-0000-7000-8000-000000000001"


def parts(status: status_pb2.Status, kind: type[Any]) -> list[Any]:
    found = []
    for packed in status.details:
        part = kind()
        if packed.Unpack(part):
            found.append(part)
    return found


def failed(status: status_pb2.Status) -> grpc.aio.AioRpcError:
    """The error that a client sees when a call ends with a status."""
    ended: Any = rpc_status.to_status(status)
    trailing = grpc.aio.Metadata(*ended.trailing_metadata)
    return grpc.aio.AioRpcError(ended.code, grpc.aio.Metadata(), trailing, details=ended.details)


def bare(code: grpc.StatusCode, details: str = "") -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=details)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_travels_with_its_code_and_both_sentences(reason: Reason) -> None:
    """Code, reason, domain, and fact with next step in both languages, for each reason."""
    status = to_status(Refusal(reason, "found 3"), request_id=REQUEST_ID, origin="log", index=7)
    sentence = TABLE[reason]
    assert sentence.code == code_pb2.Code.Name(status.code)
    assert grpc.StatusCode[sentence.code].value[0] == status.code
    assert f"{reason}: {sentence.en}; found 3" == status.message
    (info,) = parts(status, error_details_pb2.ErrorInfo)
    assert (str(reason), DOMAIN) == (info.reason, info.domain)
    assert {"request_id": REQUEST_ID, "detail": "found 3", "origin": "log", "index": "7"} == dict(info.metadata)
    zh, en = parts(status, error_details_pb2.LocalizedMessage)
    assert ("zh-CN", f"{sentence.zh}。{sentence.next_zh}。") == (zh.locale, zh.message)
    assert ("en-US", f"{sentence.en}. {sentence.next_en}.") == (en.locale, en.message)
    assert [] == parts(status, error_details_pb2.RetryInfo)
    limited = {Reason.RATE_LIMITED, Reason.PERSON_BUDGET_SPENT}
    assert (reason in limited) == bool(parts(status, error_details_pb2.QuotaFailure))
    assert (reason, "found 3") == (from_status(status).reason, from_status(status).detail)
    assert ("log", 7) == read_receipt(status)


def test_a_refusal_without_detail_or_entry_says_nothing_of_them() -> None:
    """No empty metadata and no dangling punctuation."""
    status = to_status(Refusal(Reason.DRAINING))
    assert f"DRAINING: {TABLE[Reason.DRAINING].en}" == status.message
    (info,) = parts(status, error_details_pb2.ErrorInfo)
    assert {} == dict(info.metadata)
    assert NO_RECEIPT == read_receipt(status)


def test_violations_and_the_wait_come_back() -> None:
    """The asker reads every violation and how long to wait."""
    violations = (Violation("ask.scene", "expected the form x"), Violation("ask.keys", "expected a value, found none"))
    refusal = Refusal(Reason.REQUEST_INVALID, violations=violations, retry_after=1.5)
    back = from_rpc_error(failed(to_status(refusal)))
    assert (Reason.REQUEST_INVALID, violations, 1.5) == (back.reason, back.violations, back.retry_after)


def test_a_status_stays_under_what_a_client_takes_of_trailers() -> None:
    """The longest refusal fits 8 KiB in base64 with its message, and says that violations are left out."""
    violations = tuple(Violation(f"ask.keys.columns[{n}].name", "expected the form " + "x" * 80) for n in range(51))
    status = to_status(
        Refusal(Reason.REQUEST_INVALID, "错" * 1000, violations=violations, retry_after=9.0),
        origin="o" * 128, index=2**62, request_id=REQUEST_ID,
    )  # fmt: skip
    base64 = len(status.SerializeToString()) * 4 / 3
    percent_encoded = sum(1 if character.isascii() else 9 for character in status.message)
    assert base64 + percent_encoded < 8192
    told = from_status(status).violations
    assert violations[: len(told) - 1] == told[:-1]
    assert "more violations" in told[-1].description


@pytest.mark.parametrize(
    ("domain", "reason"),
    [(DOMAIN, "NEW_REASON"), (DOMAIN, ""), ("other", "LEAK_BLOCKED"), (DOMAIN, "leak_blocked"), ("", "")],
)
def test_an_unknown_reason_is_an_answer_that_breaks_the_contract(domain: str, reason: str) -> None:
    """Neither another domain's reason nor one that we do not know is taken for one of ours."""
    status = status_pb2.Status(code=7)
    info = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata={"detail": "x"})
    status.details.add().Pack(info)
    back = from_status(status)
    assert (Reason.PEER_ANSWER_INVALID, "expected a reason of the contract, found another") == (
        back.reason,
        back.detail,
    )


def test_a_status_without_details_is_an_answer_that_breaks_the_contract() -> None:
    """A peer gives a reason, always."""
    assert Reason.PEER_ANSWER_INVALID is from_status(status_pb2.Status(code=7, message="LEAK_BLOCKED")).reason


def test_malformed_details_are_passed_over() -> None:
    """Bytes that are no detail do not raise."""
    broken = Packed(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff\xff")
    status = status_pb2.Status(code=7, details=[broken, Packed(type_url="x/y", value=b"z")])
    assert Reason.PEER_ANSWER_INVALID is from_status(status).reason
    assert NO_RECEIPT == read_receipt(status)


@pytest.mark.parametrize("index", ["-1", "", "1.0", "٣", "9" * 20, "x"])
def test_an_index_that_is_none_is_no_receipt(index: str) -> None:
    """Only a position in a log is one."""
    status = status_pb2.Status()
    info = error_details_pb2.ErrorInfo(domain=DOMAIN, metadata={"index": index, "origin": "log"})
    status.details.add().Pack(info)
    assert NO_RECEIPT == read_receipt(status)


@given(st.text(max_size=2000))
def test_a_peers_words_are_bounded_and_printable(words: str) -> None:
    """What a peer writes cannot break a line of our log."""
    status = status_pb2.Status(code=7)
    try:
        info = error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"detail": words})
    except UnicodeEncodeError:
        return
    status.details.add().Pack(info)
    back = from_status(status)
    assert len(back.detail) <= 200
    assert back.detail.isprintable()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, Reason.PEER_UNAVAILABLE),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Reason.DEADLINE_EXCEEDED),
        (grpc.StatusCode.CANCELLED, Reason.CANCELLED),
        (grpc.StatusCode.UNKNOWN, Reason.PEER_UNAVAILABLE),
        (grpc.StatusCode.INTERNAL, Reason.PEER_UNAVAILABLE),
    ],
)
def test_an_error_without_details_is_told_by_its_code(code: grpc.StatusCode, reason: Reason) -> None:
    """gRPC's own failures become a reason, and the code is named."""
    back = from_rpc_error(bare(code, "Socket closed"))
    assert (reason, f"{code.name}: Socket closed") == (back.reason, back.detail)


def test_details_that_contradict_the_call_are_not_believed() -> None:
    """A status whose code differs from the call's is refused."""
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", to_status(Refusal(Reason.INTERNAL)).SerializeToString()))
    error = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailing, details="x")
    assert Reason.PEER_ANSWER_INVALID is from_rpc_error(error).reason
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", b"\xff\xff"))
    error = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailing, details="x")
    assert Reason.PEER_ANSWER_INVALID is from_rpc_error(error).reason
