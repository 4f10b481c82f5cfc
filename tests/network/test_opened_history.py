"""A person's history with the bodies of its entries: one approval of two persons, and each body proven by its entry."""

from __future__ import annotations

import json
import os
from typing import Any

import grpc
import pytest

from gateway.audit.entries.bodies import BodyInvalid, check_body
from gateway.audit.entries.references import normalise
from gateway.audit.review.completeness import History, Question, check_reply
from gateway.audit.review.statement import split_lines
from gateway.audit.tlog.pairs import Kind
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.ground.refusals import Reason
from gateway.services.opened import MAX_OPENED
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from tests.clients import reviewer_of
from tests.network.test_review import MONTH, NUMBER, approved, security_of
from tests.province import Two

OTHER = "510104190005041239"


def approval_of(two: Two, act: str, number: str = NUMBER) -> bytes:
    """The approval of an act on a person's history at Sichuan, by both who must give it."""
    province = two.world["sichuan"]
    return approved(act, "subject", normalise(number), reviewer_of(province), security_of(province))


async def look_up(
    two: Two, approval: bytes, *, number: str = NUMBER, open_bodies: bool = True
) -> tuple[History, list[ledger_pb2.OpenedBody]]:
    """The history of a person, checked, and the bodies that came with it."""
    province, question = two.world["sichuan"], Question(Kind.SUBJECT, [MONTH], os.urandom(16))
    request = ledger_pb2.GetSubjectHistoryRequest(
        subject_no=number,
        since_month=MONTH,
        until_month=MONTH,
        approval=approval,
        challenge=question.challenge,
        open_bodies=open_bodies,
    )
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        parts = [part async for part in stub.GetSubjectHistory(request, timeout=40)]
    history = check_reply(split_lines(part.statement for part in parts), question)
    return history, [part.opened for part in parts if part.HasField("opened")]


async def test_one_approval_opens_the_bodies_of_all_entries_of_a_person(two: Two) -> None:
    """Who asked, for what, on what basis: each text is the one that the entry commits to."""
    messages = [two.ask(), two.ask()]
    for message in messages:
        await two.query(message)
    history, opened = await look_up(two, approval_of(two, "open_history"))
    entries = {one.index: one.entry for one in history.found}
    inputs = {entries[body.index].exchange_id: check_body(entries[body.index], body.salt, body.text) for body in opened}
    assert {message.request_id for message in messages} == inputs.keys()
    for message in messages:
        found = inputs[message.request_id]
        assert (message.operator.ref, message.operator.unit, message.purpose, message.business_no) == (
            found["operator"],
            found["operator_unit"],
            found["purpose"],
            found["business_no"],
        )
    changed = json.dumps({**json.loads(opened[0].text), "operator": "another"}).encode()
    with pytest.raises(BodyInvalid, match="not the one that the entry commits to"):
        check_body(entries[opened[0].index], opened[0].salt, changed)


async def test_the_act_says_that_bodies_were_opened_and_stands_in_the_persons_history(two: Two) -> None:
    """Once, under the name of the act that every history bears."""
    history, opened = await look_up(two, approval_of(two, "open_history"))
    (act,) = [one.entry for one in history.found if one.entry.text("action") == "subject_history"]
    assert ([], True) == (opened, act.text("subject").endswith(" with the bodies"))
    plain, _ = await look_up(two, approval_of(two, "subject_history"), open_bodies=False)
    subjects = [one.entry.text("subject") for one in plain.found]
    assert [True, False] == [subject.endswith(" with the bodies") for subject in subjects]


async def test_the_bodies_are_those_of_the_person_alone(two: Two) -> None:
    """Another person's question is not opened by this approval."""
    await two.query(two.ask())
    assert [] == (await look_up(two, approval_of(two, "open_history", OTHER), number=OTHER))[1]


@pytest.mark.parametrize(
    ("act", "open_bodies"), [("subject_history", True), ("open_history", False), ("open_body", True)]
)
async def test_an_approval_of_the_one_is_none_of_the_other(two: Two, act: str, open_bodies: bool) -> None:
    """The second person has read what was asked, and has allowed that alone."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await look_up(two, approval_of(two, act), open_bodies=open_bodies)
    assert Reason.APPROVAL_INVALID is from_rpc_error(caught.value).reason


async def test_an_approval_opens_once(two: Two) -> None:
    """The log remembers its use."""
    approval = approval_of(two, "open_history")
    await look_up(two, approval)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await look_up(two, approval)
    assert Reason.APPROVAL_INVALID is from_rpc_error(caught.value).reason


async def test_no_more_bodies_are_opened_than_a_bound(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond it is shown as not opened."""
    assert 10_000 == MAX_OPENED
    monkeypatch.setattr("gateway.services.opened.MAX_OPENED", 1)
    for _ in range(2):
        await two.query(two.ask())
    assert 1 == len((await look_up(two, approval_of(two, "open_history")))[1])
