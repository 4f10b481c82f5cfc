"""What a reviewer asks of a running node: a person's history with its proof, an official's doings, an opened body."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.audit.entries.entry import decode
from gateway.audit.entries.references import normalise
from gateway.audit.review.completeness import Question, check_reply
from gateway.audit.review.review_keys import months_between
from gateway.audit.review.statement import split_lines
from gateway.audit.tlog.pairs import Kind
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.refusals import Reason
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from keys.approval import Approval, ApprovalRequest, sign, target_of
from keys.approval import read as read_approval
from keys.certificate import read_claims
from keys.identity import Role
from tests.clients import administrator_of, client_of, reviewer_of
from tests.province import KEY, Two

NUMBER = KEY["social_security_no"]
MONTH = datetime.now(UTC).strftime("%Y-%m")


def approved(act: str, kind: str, value: str, *persons: Client) -> bytes:
    """An approval by these persons."""
    now, nonce = datetime.now(UTC).replace(microsecond=0), os.urandom(16).hex()
    request = ApprovalRequest(act, target_of(kind, nonce, value), "case 17", nonce, now, now + timedelta(hours=1))
    approval = Approval(request, ())
    for person in persons:
        key = load_pem_private_key(person.key_pem, None)
        assert isinstance(key, EllipticCurvePrivateKey)
        approval = sign(approval, person.certificate_pem.decode(), key)
    return approval.octets()


def security_of(province: DemoProvince) -> Client:
    """A security administrator of a province."""
    return client_of(province, Role.SECURITY, "security-1")


async def history(
    two: Two, approval: bytes, *, number: str = NUMBER, since: str = MONTH, client: Client | None = None
) -> tuple[list[bytes], Question]:
    """The lines of a history of Sichuan's node, and the question."""
    province = two.world["sichuan"]
    question = Question(Kind.SUBJECT, months_between(since, MONTH), os.urandom(16))
    request = ledger_pb2.GetSubjectHistoryRequest(
        subject_no=number, since_month=since, until_month=MONTH, approval=approval, challenge=question.challenge
    )
    async with open_channel(province, client or reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        parts = [part.statement async for part in stub.GetSubjectHistory(request, timeout=40)]
    return list(split_lines(parts)), question


def history_approval(two: Two, number: str = NUMBER) -> bytes:
    """The approval of a person's history at Sichuan, by both who must give it."""
    province = two.world["sichuan"]
    return approved("subject_history", "subject", normalise(number), reviewer_of(province), security_of(province))


async def test_the_history_is_an_entry_with_both_persons_and_without_the_number(two: Two) -> None:
    """Whoever looks at the looking sees who allowed it."""
    asked = history_approval(two)
    await history(two, asked)
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(action="subject_history", limit=10)
        (found,) = [one.entry async for one in stub.Search(wanted, timeout=10)]
    entry = decode(found)
    subject = entry.text("subject")
    assert "/reviewer/reviewer-1" in subject and "/security/security-1" in subject
    assert NUMBER not in found.decode()
    approval = read_approval(asked)
    persons = [read_claims(one.certificate_pem).fingerprint for one in approval.signatures]
    assert persons == list(entry.names("signers"))
    assert ("case 17", persons[0]) == (entry.text("reason"), entry.text("caller_fp"))
    assert (approval.digest, approval.request.target) == (entry.text("approval"), entry.text("target_commit"))


async def test_an_approval_is_used_once_over_grpc(two: Two) -> None:
    """The second time is refused, also after the node began anew, and stands in the log as tried."""
    approval = history_approval(two)
    await history(two, approval)
    assert Reason.APPROVAL_INVALID == await refusal(two, approval)
    await two.stop("sichuan")
    await two.start("sichuan")
    assert Reason.APPROVAL_INVALID == await refusal(two, approval)
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(action="attempt_refused", limit=10)
        tried = [decode(one.entry) async for one in stub.Search(wanted, timeout=10)]
    fingerprint = read_claims(reviewer_of(province).certificate_pem).fingerprint
    expected = ("Ledger/GetSubjectHistory", "APPROVAL_INVALID", fingerprint, "deny")
    assert [expected] * 2 == [
        (one.text("subject"), one.text("reason_code"), one.text("caller_fp"), one.text("result")) for one in tried
    ]


async def test_a_role_that_may_not_call_is_recorded_with_its_certificate(two: Two) -> None:
    """An administrator at the reviewers' door; an application as well."""
    province = two.world["sichuan"]
    administrator = administrator_of(province)
    assert Reason.ROLE_NOT_ALLOWED == await refusal(two, history_approval(two), client=administrator)
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(action="attempt_refused", limit=10)
        (tried,) = [decode(one.entry) async for one in stub.Search(wanted, timeout=10)]
    shown = read_claims(administrator.certificate_pem)
    assert (shown.identity.uri, shown.fingerprint) == (tried.text("actor"), tried.text("caller_fp"))
    assert "ROLE_NOT_ALLOWED" == tried.text("reason_code")


async def refusal(two: Two, approval: bytes, **changes: Any) -> Reason:
    """Why a history is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await history(two, approval, **changes)
    return from_rpc_error(caught.value).reason


async def test_without_two_persons_there_is_no_history(shared_two: Two) -> None:
    """One alone, two of one role, an administrator as the second, bytes that are no approval."""
    sichuan = shared_two.world["sichuan"]
    reviewer, security = reviewer_of(sichuan), security_of(sichuan)
    for persons in (
        (reviewer,),
        (security,),
        (reviewer, client_of(sichuan, Role.REVIEWER, "reviewer-2")),
        (reviewer, administrator_of(sichuan)),
        (reviewer, client_of(shared_two.world["chongqing"], Role.SECURITY, "security-1")),
    ):
        approval = approved("subject_history", "subject", normalise(NUMBER), *persons)
        assert Reason.APPROVAL_INVALID == await refusal(shared_two, approval)
    assert Reason.APPROVAL_INVALID == await refusal(shared_two, b"{}")


async def test_an_approval_is_for_one_person_one_act_and_the_reviewer_who_signed(shared_two: Two) -> None:
    """Not for another number, not made for another act, not used by another reviewer."""
    sichuan = shared_two.world["sichuan"]
    assert Reason.APPROVAL_INVALID == await refusal(
        shared_two, history_approval(shared_two), number="510104190005041239"
    )
    other_act = approved("open_body", "subject", normalise(NUMBER), reviewer_of(sichuan), security_of(sichuan))
    assert Reason.APPROVAL_INVALID == await refusal(shared_two, other_act)
    second = client_of(sichuan, Role.REVIEWER, "reviewer-2")
    assert Reason.APPROVAL_INVALID == await refusal(shared_two, history_approval(shared_two), client=second)


async def test_a_security_administrator_reads_nothing_of_the_ledger(shared_two: Two) -> None:
    """Who allows does not inspect (三员分立)."""
    assert Reason.ROLE_NOT_ALLOWED == await refusal(
        shared_two, history_approval(shared_two), client=security_of(shared_two.world["sichuan"])
    )


async def test_a_decisions_inputs_are_opened_with_an_approval_and_agree_with_the_question(shared_two: Two) -> None:
    """Operator, business number and purpose are in the body alone."""
    message = shared_two.ask()
    await shared_two.query(message)
    province = shared_two.world["sichuan"]
    origin = province.settings.log_origin
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(request_id=message.request_id, phase="intent", limit=1)
        (found,) = [one async for one in stub.Search(wanted, timeout=10)]
        approval = approved(
            "open_body", "entry", f"{origin}:{found.index}", reviewer_of(province), security_of(province)
        )
        answer = await stub.OpenBody(ledger_pb2.OpenBodyRequest(index=found.index, approval=approval), timeout=10)
        inputs = json.loads(answer.inputs)
        assert (message.purpose, message.business_no) == (inputs["purpose"], inputs["business_no"])
        assert message.purpose.encode() not in found.entry
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.OpenBody(ledger_pb2.OpenBodyRequest(index=found.index + 1, approval=approval), timeout=10)
    assert Reason.APPROVAL_INVALID == from_rpc_error(caught.value).reason


async def test_a_refused_attempt_on_a_person_stands_in_that_person_s_history(two: Two) -> None:
    """Under which approval it was tried, and why it was refused; nobody looks at a person and is only turned away."""
    province = two.world["sichuan"]
    other = approved(
        "subject_history", "subject", normalise(f"9{NUMBER[1:]}"), reviewer_of(province), security_of(province)
    )
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await history(two, other)
    assert Reason.APPROVAL_INVALID == from_rpc_error(caught.value).reason
    lines, question = await history(two, history_approval(two))
    entries = [one.entry for one in check_reply(lines, question).found]
    (tried,) = [one for one in entries if one.text("action") == "attempt_refused"]
    named = tuple(tried.text(name) for name in ("subject", "approval", "reason_code"))
    assert ("Ledger/GetSubjectHistory", read_approval(other).digest, "APPROVAL_INVALID") == named
