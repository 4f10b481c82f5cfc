"""`chuanyu audit open`: the inputs of a decision, from an entry's encrypted body; needs an approval by two persons."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gateway.cli.audit.person import ApprovalFile
from gateway.cli.calling import SECONDS, Connection, call_node, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.screen import AsJson, show_result, write_json
from gateway.ground.item import Label


@with_connection_options
def open_entry(
    index: Annotated[int, typer.Argument(metavar="INDEX", min=0, help="条目序号。The entry's index.")],
    connection: Connection,
    approval: ApprovalFile,
    as_json: AsJson = False,
) -> None:
    """打开条目正文：决定所依据的内容。Open an entry's body: what the decision rested on, checked against the entry."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.OpenBodyRequest(index=index, approval=read_file(approval, Label("批准文件", "the approval")))
    answer = call_node(
        connection,
        lambda channel: ledger_pb2_grpc.LedgerStub(channel).OpenBody(request, timeout=SECONDS),
    )
    inputs = json.loads(answer.inputs)
    if as_json:
        write_json({"index": index, "inputs": inputs})
        return
    show_result(inputs, [], title=Label(f"条目 {index} 的依据", f"the inputs of the entry {index}"), as_json=False)
