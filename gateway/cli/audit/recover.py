"""`chuanyu audit recover`: the value behind a pseudonym of a release; needs an approval by two persons."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.audit.person import ApprovalFile
from gateway.cli.audit.pseudonym_token import FieldName, TokenFile, read_token
from gateway.cli.calling import WALK_SECONDS, Connection, call_node, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.screen import AsJson, show_result
from gateway.ground.item import Label


@with_connection_options
def recover(
    index: Annotated[
        int, typer.Argument(metavar="INDEX", min=0, help="提供（release）条目的序号。The release's index.")
    ],
    connection: Connection,
    approval: ApprovalFile,
    field: FieldName,
    token: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """凭双人审批，还原本方节点给出的一个假名。
    Undo a pseudonym that this node's province has given out, under an approval.
    """
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.RecoverPseudonymRequest(
        index=index,
        field=field,
        token=read_token(token),
        approval=read_file(approval, Label("批准文件", "the approval")),
    )
    answer = call_node(
        connection,
        lambda channel: ledger_pb2_grpc.LedgerStub(channel).RecoverPseudonym(request, timeout=WALK_SECONDS),
    )
    title = Label(f"条目 {index} 中 {field} 的原值", f"the value behind the pseudonym in {field} of the entry {index}")
    show_result({field: answer.value}, [], title=title, as_json=as_json)
