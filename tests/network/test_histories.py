"""What a running node answers of a person, an official or a department is checked by who asks, and holds."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import Any

import grpc
import pytest

from gateway.audit.entries.entry import decode
from gateway.audit.review.completeness import History, Question, check_reply, check_statement
from gateway.audit.review.statement import StatementInvalid, split_lines
from gateway.audit.tlog.cosignature import read_vkeys
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.backing import judge_checkpoint
from gateway.audit.verification.conclusion import Trusted, Verdict
from gateway.cli.demo.questions import open_channel
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from tests.clients import reviewer_of
from tests.network.test_review import MONTH, NUMBER, history, history_approval
from tests.province import Two

OTHER = "510104190005041239"


async def look_up(two: Two, number: str = NUMBER, since: str = MONTH) -> History:
    """The history of a person, checked."""
    lines, question = await history(two, history_approval(two, number), number=number, since=since)
    return check_reply(lines, question)


async def ask(two: Two, method: str, request: Any) -> list[bytes]:
    """The lines of another history of Sichuan's node."""
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        return list(split_lines([part.statement async for part in getattr(stub, method)(request, timeout=40)]))


def exchanges(found: History) -> set[str]:
    """The exchanges in a history."""
    return {one.entry.exchange_id for one in found.found if one.entry.text("action") in ("query", "stream")}


def acts(found: History) -> Sequence[str]:
    """The acts in a history."""
    return [one.entry.text("action") for one in found.found if one.entry.text("action") not in ("query", "stream")]


async def test_a_persons_history_has_every_entry_that_names_them_and_proves_that_this_is_all(two: Two) -> None:
    """The release among them, and who looked at the history; another person's has that alone."""
    message = two.ask()
    await two.query(message)
    found = await look_up(two)
    assert {"intent", "release"} <= {str(one.entry.phase) for one in found.found}
    assert ({message.request_id}, ["subject_history"]) == (exchanges(found), acts(found))
    assert found.complete
    assert (MONTH,) == found.months
    other = await look_up(two, OTHER)
    assert (set(), ["subject_history"], True) == (exchanges(other), acts(other), other.complete)
    assert ["subject_history"] * 2 == acts(await look_up(two))


async def test_a_history_stands_under_a_checkpoint_that_the_other_province_has_cosigned(two: Two) -> None:
    """And that covers the act by which it was asked for."""
    await two.query(two.ask())
    found = await look_up(two)
    province = two.world["sichuan"]
    log = read_log_keys(province.settings.log_vkey_path.read_text(encoding="utf-8"))
    path = province.settings.log_vkey_path.with_name("witnesses.vkey")
    witnesses = read_vkeys(path.read_text(encoding="utf-8"))
    backing = judge_checkpoint(found.claim.checkpoint, log, witnesses, Trusted(witnesses, from_outside=True))
    assert Verdict.WITNESSED is backing.verdict
    assert found.claim.act < found.checkpoint.size


async def test_a_number_is_found_however_it_was_written(two: Two) -> None:
    """Full width, blanks around it, a small check character: one person."""
    message = two.ask()
    await two.query(message)
    written = " " + NUMBER.lower().translate({ord("0") + at: 0xFF10 + at for at in range(10)}) + " "
    assert {message.request_id} == exchanges(await look_up(two, written))


async def test_months_without_a_key_are_named_and_the_history_is_not_called_complete(two: Two) -> None:
    """What cannot be answered is said."""
    found = await look_up(two, since="2020-01")
    assert "2020-01" in found.claim.lost
    assert not found.complete


async def test_all_that_an_official_and_a_department_did_is_proven(two: Two) -> None:
    """Another official's is not among it; the node does not choose whose history it gives."""
    message = two.ask()
    await two.query(message)
    for ref, expected in ((message.operator.ref, {message.request_id}), ("nobody-1", set())):
        official = ledger_pb2.GetOfficialHistoryRequest(
            operator_ref=ref,
            operator_unit=message.operator.unit,
            since_month=MONTH,
            until_month=MONTH,
            challenge=bytes(16),
        )
        found = check_reply(await ask(two, "GetOfficialHistory", official), Question(Kind.OPERATOR, [MONTH], bytes(16)))
        assert (expected, True) == (exchanges(found), found.complete)
    department = ledger_pb2.GetDepartmentHistoryRequest(
        department=message.consumer_department, since_month=MONTH, until_month=MONTH, challenge=bytes(16)
    )
    lines = await ask(two, "GetDepartmentHistory", department)
    question = Question(Kind.DEPARTMENT, [MONTH], bytes(16), message.consumer_department)
    assert {message.request_id} == exchanges(check_reply(lines, question))
    with pytest.raises(StatementInvalid, match="whom was asked about"):
        check_reply(lines, Question(Kind.DEPARTMENT, [MONTH], bytes(16), "another"))
    with pytest.raises(StatementInvalid, match="the months that were asked for"):
        check_reply(lines, Question(Kind.DEPARTMENT, [MONTH, "2026-01"], bytes(16), message.consumer_department))


async def test_a_log_from_which_an_entry_was_struck_gives_no_history(two: Two) -> None:
    """The one that remains has its leaf, but nothing leads to the root."""
    await two.query(two.ask())
    connection = sqlite3.connect(two.world["sichuan"].settings.log_path)
    with connection:
        connection.execute(
            "UPDATE entry SET octets = CAST(replace(octets, 'subject_tokens', 'subject_tokenz') AS BLOB)"
        )
    connection.close()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await look_up(two)
    assert grpc.StatusCode.DATA_LOSS is caught.value.code()


async def test_a_statement_that_was_kept_is_checked_again_without_the_node(two: Two) -> None:
    """Its bytes are what came; one that is changed is refused."""
    await two.query(two.ask())
    lines, question = await history(two, history_approval(two))
    kept = b"".join(line + b"\n" for line in lines)
    again = check_statement(split_lines([kept]))
    assert check_reply(lines, question).found == again.found
    for index in [one.index for one in again.found]:
        assert decode(next(one.octets for one in again.found if one.index == index)).text("origin")
    place = kept.index(b'"subject_tokens":"') + 20
    changed = kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :]
    with pytest.raises(StatementInvalid):
        check_statement(split_lines([changed]))


async def test_each_question_has_its_own_answer(two: Two) -> None:
    """What was asked with another number is no answer to this one."""
    lines, _ = await history(two, history_approval(two))
    with pytest.raises(StatementInvalid, match="not of this question"):
        check_reply(lines, Question(Kind.SUBJECT, [MONTH], os.urandom(16)))
