"""`chuanyu audit official` and `audit department`: all that an official or a department did, proven to be all.

The running node is asked, which has the keys of an official's references; the call is an entry of its log. What it
answers is checked here: see `histories`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.audit.review.completeness import Question
from gateway.audit.review.review_keys import months_between
from gateway.audit.tlog.pairs import Kind
from gateway.cli.audit import window
from gateway.cli.audit.histories import CHALLENGE_BYTES, Known, Out, ask_node, prepare_keys
from gateway.cli.audit.history_shown import finish
from gateway.cli.audit.log import Key
from gateway.cli.audit.nobody import describe_nobody
from gateway.cli.audit.person import FirstMonth, LastMonth
from gateway.cli.audit.trusted import PolicyFile, WitnessKeys
from gateway.cli.calling import WALK_SECONDS, Connection, with_connection_options
from gateway.cli.screen import AsJson

if TYPE_CHECKING:
    import grpc


@with_connection_options
def official(
    connection: Connection,
    ref: Annotated[str, typer.Option(help="经办人编号。The official's staff number.")],
    unit: Annotated[str, typer.Option(help="经办人单位。The official's unit.")],
    since: FirstMonth,
    until: LastMonth,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    known: Known = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """查阅某经办人做过什么，并证明即为全部。All that an official did, with the proof that this is all."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    window.require_months(since, until)
    keys = prepare_keys(vkey, witness_key, policy)
    question = Question(Kind.OPERATOR, months_between(since, until), os.urandom(CHALLENGE_BYTES))
    request = ledger_pb2.GetOfficialHistoryRequest(
        operator_ref=ref, operator_unit=unit, since_month=since, until_month=until, challenge=question.challenge
    )

    def call(channel: grpc.Channel) -> Any:
        return ledger_pb2_grpc.LedgerStub(channel).GetOfficialHistory(request, timeout=WALK_SECONDS)

    answer = ask_node(connection, call, question, keys, out=out, known=known)
    finish(answer, nobody=describe_nobody(answer.history), as_json=as_json)


@with_connection_options
def department(
    code: Annotated[str, typer.Argument(metavar="CODE", help="需求部门编码。The asking department's code.")],
    connection: Connection,
    since: FirstMonth,
    until: LastMonth,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    known: Known = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """查阅某部门做过什么，并证明即为全部。All that a department did, with the proof that this is all."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    window.require_months(since, until)
    keys = prepare_keys(vkey, witness_key, policy)
    question = Question(Kind.DEPARTMENT, months_between(since, until), os.urandom(CHALLENGE_BYTES), code)
    request = ledger_pb2.GetDepartmentHistoryRequest(
        department=code, since_month=since, until_month=until, challenge=question.challenge
    )

    def call(channel: grpc.Channel) -> Any:
        return ledger_pb2_grpc.LedgerStub(channel).GetDepartmentHistory(request, timeout=WALK_SECONDS)

    answer = ask_node(connection, call, question, keys, out=out, known=known)
    finish(answer, nobody=describe_nobody(answer.history), as_json=as_json)
