"""`chuanyu audit person`: who looked at a person's data, with the proof that this is all, checked here.

The running node is asked, which holds the keys of the references; the call is an entry of its log and needs an approval
under dual control (`audit request`, `audit approve`). What the node answers is not believed: see `histories`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.audit.review.completeness import Question
from gateway.audit.review.review_keys import months_between
from gateway.audit.tlog.pairs import Kind
from gateway.cli.audit import window
from gateway.cli.audit.histories import CHALLENGE_BYTES, Known, Out, ask_node, prepare_keys
from gateway.cli.audit.history_shown import finish
from gateway.cli.audit.log import Key
from gateway.cli.audit.opened_history import read_opened
from gateway.cli.audit.subject_number import NumberFile, read_number
from gateway.cli.audit.trusted import PolicyFile, WitnessKeys
from gateway.cli.calling import WALK_SECONDS, Connection, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.screen import AsJson, Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    import grpc

ApprovalFile = Annotated[Path, typer.Option(help="双人审批文件。The approval signed by two persons.")]
FirstMonth = Annotated[str, typer.Option("--since", help="起始月份 YYYY-MM。The first month.")]
LastMonth = Annotated[str, typer.Option("--until", help="截止月份 YYYY-MM（含）。The last month.")]


@with_connection_options
def person(
    connection: Connection,
    approval: ApprovalFile,
    since: FirstMonth,
    until: LastMonth,
    number: NumberFile = None,
    for_person: Annotated[
        bool, typer.Option("--for-person", help="给本人的查阅结果：依法不予告知的只计数。What the person may be told.")
    ] = False,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    known: Known = None,
    out: Out = None,
    open_bodies: Annotated[
        bool,
        typer.Option(
            "--open",
            help="同时打开各条目正文：经办人、用途与依据，须批准 open_history。"
            "Open the bodies too: official, purpose, basis; needs an approval of open_history.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """查阅谁看过某人的数据，并证明即为全部。Who looked at a person's data, with the proof that this is all."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    window.require_months(since, until)
    _require_whole(for_person, out, open_bodies)
    keys = prepare_keys(vkey, witness_key, policy)
    question = Question(Kind.SUBJECT, months_between(since, until), os.urandom(CHALLENGE_BYTES))
    request = ledger_pb2.GetSubjectHistoryRequest(
        subject_no=read_number(number),
        since_month=since,
        until_month=until,
        approval=read_file(approval, Label("批准文件", "the approval")),
        challenge=question.challenge,
        open_bodies=open_bodies,
    )
    bodies: list[ledger_pb2.OpenedBody] = []

    def call(channel: grpc.Channel) -> Iterator[Any]:
        for part in ledger_pb2_grpc.LedgerStub(channel).GetSubjectHistory(request, timeout=WALK_SECONDS):
            if part.HasField("opened"):
                bodies.append(part.opened)
            else:
                yield part

    answer = ask_node(connection, call, question, keys, out=out, known=known)
    opened = read_opened(answer.history, bodies) if open_bodies else None
    finish(answer, for_person=for_person, opened=opened, as_json=as_json)


def _require_whole(for_person: bool, out: Path | None, open_bodies: bool) -> None:
    """Require that what the person may be told is neither kept as a statement nor shown with bodies; raises Problem."""
    if for_person and out is not None:
        raise Problem(
            Label("--for-person 与 --out 同时给出", "both --for-person and --out"),
            Label("其中之一：说明以全部条目为证", "one of them: a statement proves by showing every entry"),
            Label("去掉其一", "leave one of them out"),
            exit_code=2,
        )
    if for_person and open_bodies:
        raise Problem(
            Label("--for-person 与 --open 同时给出", "both --for-person and --open"),
            Label("其中之一：给本人的结果不含密文内容", "one of them: what the person is told has no bodies"),
            Label("去掉其一", "leave one of them out"),
            exit_code=2,
        )
