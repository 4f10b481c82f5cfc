"""A gateway's refusal as a person reads it: the reason, what to do, the request id and, behind them, the details."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gateway.cli.details import put_detail
from gateway.cli.screen import NEXT, Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    import grpc
    from google.rpc.status_pb2 import Status

REASON: Final = Label("原因", "reason")
REQUEST: Final = Label("请求编号", "request id")
ENTRY: Final = Label("审计条目", "audit entry")
DETAILS: Final = Label("详情", "details")
_FACTS: Final = ("request_id", "origin", "index")
_EXPECTED: Final = Label("网关接受的请求", "a call that the gateway accepts")


class RefusalProblem(Problem):
    """A call that a gateway refused; exit code 3.

    For a program `found` holds the reason with its details; a person reads them apart.
    """

    title = Label("网关拒绝了请求", "the gateway refused")

    def __init__(self, reason: Label, remedy: Label, details: Label, more: dict[Label, str]) -> None:
        found = Label(_join(reason.zh, "：", details.zh), _join(reason.en, ": ", details.en))
        super().__init__(found, _EXPECTED, remedy, exit_code=3)
        self._reason = reason
        self._details = details
        self._more = more

    def list_parts(self) -> list[tuple[Label, Label]]:
        """Return reason, next step, request id, audit entry and details; those that there are."""
        parts = [(REASON, self._reason), (NEXT, self.remedy)]
        parts += [(name, Label(text, text)) for name, text in self._more.items() if text]
        return parts + ([(DETAILS, self._details)] if self._details.en else [])


def read_status(error: grpc.RpcError) -> Status | None:
    """Return the status in the details of a failed call; nothing where there is none, or none that can be read."""
    from google.protobuf.message import DecodeError
    from grpc_status import rpc_status

    try:
        status: Status | None = rpc_status.from_call(error)
    except (ValueError, DecodeError, AttributeError):  # an error that is no call has no details
        return None
    return status


def read_refusal(error: grpc.RpcError) -> RefusalProblem | None:
    """Return the refusal that a failed call carries; None where it carries none whose reason is known."""
    from google.protobuf.message import DecodeError
    from google.rpc import error_details_pb2

    from gateway.ground.refusals import TABLE, Reason

    status = read_status(error)
    info, violations = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details if status is not None else ():
        with suppress(DecodeError):
            detail.Unpack(info)
            detail.Unpack(violations)
    if info.reason not in Reason.__members__:
        return None
    sentence, told = TABLE[Reason(info.reason)], dict(info.metadata)
    details = [put_detail(told["detail"])] if told.get("detail") else []
    for wrong in violations.field_violations:
        said = put_detail(wrong.description)
        details.append(Label(_join(wrong.field, "：", said.zh), _join(wrong.field, ": ", said.en)))
    entry = f"{told['origin']} #{told['index']}" if {"origin", "index"} <= told.keys() else ""
    problem = RefusalProblem(
        Label(f"{sentence.zh}（{info.reason}）", f"{sentence.en} ({info.reason})"),
        Label(sentence.next_zh, sentence.next_en),
        Label("；".join(one.zh for one in details), "; ".join(one.en for one in details)),
        {REQUEST: told.get("request_id", ""), ENTRY: entry},
    )
    problem.facts = {"reason": info.reason, **{name: told[name] for name in _FACTS if told.get(name)}}
    return problem


def _join(first: str, mark: str, second: str) -> str:
    return first + mark + second if first and second else first or second
