"""`chuanyu audit emergencies` and `close-emergency`: what was asked in emergencies, and the end of its review.

A reviewer lists what is open, looks at its questions (`audit search`, and `audit open` for the reason that the official
gave), and closes it with an approval that a security administrator has signed, too.
"""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.audit.person import ApprovalFile
from gateway.cli.calling import SECONDS, Connection, call_node, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.screen import AsJson, show_result, write_json
from gateway.cli.times import show_microseconds
from gateway.ground.item import Label


@with_connection_options
def emergencies(connection: Connection, as_json: AsJson = False) -> None:
    """列出尚未复核办结的紧急使用，调用计入审计日志。
    List the emergencies whose review is open; the call is an audit entry.
    """
    from gateway.cli.language import word
    from gateway.cli.table import show_table
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    answer = call_node(
        connection,
        lambda channel: ledger_pb2_grpc.LedgerStub(channel).ListEmergencies(
            ledger_pb2.ListEmergenciesRequest(), timeout=SECONDS
        ),
    )
    if as_json:
        found = [
            {
                "emergency": one.emergency,
                "item": one.item_code,
                "recipient": one.recipient,
                "operator_ref": one.operator_ref,
                "request_ids": list(one.request_ids),
                "opened_us": one.opened_us,
                "ends_us": one.ends_us,
                "due_us": one.due_us,
            }
            for one in answer.emergencies
        ]
        write_json({"emergencies": found})
        return
    heads = (
        (word("编号", "emergency"),),
        (word("事项、部门与经办人", "item, department, official"),),
        (word("查询数", "questions"),),
        (word("起始与复核期限", "began, review due"),),
    )
    rows = [
        (
            (one.emergency,),
            (one.item_code, one.recipient, one.operator_ref),
            (str(len(one.request_ids)),),
            tuple(map(show_microseconds, (one.opened_us, one.due_us))),
        )
        for one in answer.emergencies
    ]
    show_table(word(f"待复核的紧急使用 {len(rows)} 起", f"{len(rows)} emergencies to review"), heads, rows)


@with_connection_options
def close_emergency(
    emergency: Annotated[str, typer.Argument(metavar="NAME", help="紧急使用的编号。The emergency's name.")],
    connection: Connection,
    approval: ApprovalFile,
    as_json: AsJson = False,
) -> None:
    """凭双人审批，办结一起紧急使用的复核。Close the review of an emergency, under an approval."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.CloseEmergencyRequest(
        emergency=emergency, approval=read_file(approval, Label("批准文件", "the approval"))
    )
    answer = call_node(
        connection, lambda channel: ledger_pb2_grpc.LedgerStub(channel).CloseEmergency(request, timeout=SECONDS)
    )
    result = {"emergency": emergency, "entry": answer.index}
    show_result(result, [], title=Label("复核已办结", "the review is closed"), as_json=as_json)
