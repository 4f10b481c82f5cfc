"""`chuanyu audit open`: the inputs of a decision, from an entry's encrypted body; needs an approval by two persons."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.audit.person import ApprovalFile
from gateway.cli.calling import SECONDS, Connection, call_node, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.files import create_file
from gateway.cli.screen import AsJson, show_result, write_json
from gateway.ground.item import Label


@with_connection_options
def open_entry(
    index: Annotated[int, typer.Argument(metavar="INDEX", min=0, help="条目序号。The entry's index.")],
    connection: Connection,
    approval: ApprovalFile,
    out: Annotated[
        Path | None,
        typer.Option(help="保存明文与盐值的文件，供证据包使用。Keep text and salt, for audit bundle --opened."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """打开条目正文：决定所依据的内容。Open an entry's body: what the decision rested on, checked against the entry."""
    from gateway.audit.review.bundle import BodyText
    from gateway.audit.review.opened import write_opened
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.OpenBodyRequest(index=index, approval=read_file(approval, Label("批准文件", "the approval")))
    answer = call_node(
        connection,
        lambda channel: ledger_pb2_grpc.LedgerStub(channel).OpenBody(request, timeout=SECONDS),
    )
    inputs = json.loads(answer.inputs)
    if out is not None:
        with create_file(out) as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(write_opened(index, BodyText(answer.salt, answer.inputs.decode())))
    if as_json:
        salt = b64encode(answer.salt).decode()
        write_json({"index": index, "inputs": inputs, "text": answer.inputs.decode(), "salt": salt})
        return
    steps = [
        Label(
            f"明文与盐值已保存：{out}，请妥善保管；放入证据包：chuanyu audit bundle --opened {out}",
            f"text and salt are kept in {out}, guard it; into a bundle: chuanyu audit bundle --opened {out}",
        )
    ]
    title = Label(f"条目 {index} 的依据", f"the inputs of the entry {index}")
    show_result(inputs, steps if out is not None else [], title=title, as_json=False)
