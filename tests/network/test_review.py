"""What a reviewer asks of a running node: a person's history with its proof, an official's doings, an opened body."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.audit.entries.entry import decode
from gateway.audit.entries.references import normalise
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.refusals import Reason
from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc
from keys.approval import Approval, ApprovalRequest, sign, target_of
from keys.identity import Role
from tests.clients import administrator_of, client_of, reviewer_of
from tests.province import KEY, Two

NONCE = "ab" * 16
NUMBER = KEY["social_security_no"]
MONTH = datetime.now(UTC).strftime("%Y-%m")


def approved(act: str, kind: str, value: str, *persons: Client) -> bytes:
    """An approval by these persons."""
    now = datetime.now(UTC).replace(microsecond=0)
    request = ApprovalRequest(act, target_of(kind, NONCE, value), "case 17", NONCE, now, now + timedelta(hours=1))
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
) -> tuple[list[Any], Any]:
    """The entries of a history at Sichuan's node, and its statement."""
    province = two.world["sichuan"]
    request = ledger_pb2.GetSubjectHistoryRequest(
        subject_no=number, since_month=since, until_month=MONTH, approval=approval
    )
    async with open_channel(province, client or reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        parts = [part async for part in stub.GetSubjectHistory(request, timeout=20)]
    return [part.entry for part in parts[:-1]], parts[-1].completeness


def history_approval(two: Two, number: str = NUMBER) -> bytes:
    """The approval of a person's history at Sichuan, by both who must give it."""
    province = two.world["sichuan"]
    return approved("subject_history", "subject", normalise(number), reviewer_of(province), security_of(province))


async def test_a_persons_history_has_every_entry_that_names_them_and_says_that_this_is_all(two: Two) -> None:
    """The release among them; another person's history is empty, and complete too."""
    message = two.ask()
    await two.query(message)
    entries, proof = await history(two, history_approval(two))
    phases = {str(decode(entry.entry).phase) for entry in entries}
    assert {"intent", "release"} <= phases
    assert {message.request_id} == {decode(entry.entry).exchange_id for entry in entries}
    assert proof.complete and proof.scanned > len(entries) and [MONTH] == list(proof.months)
    other = "510104190005041239"
    entries, proof = await history(two, history_approval(two, other), number=other)
    assert [] == entries and proof.complete


async def test_a_number_is_found_however_it_was_written(two: Two) -> None:
    """Full width, blanks around it, a small check character: one person."""
    await two.query(two.ask())
    written = " " + NUMBER.lower().translate({ord("0") + at: 0xFF10 + at for at in range(10)}) + " "
    entries, proof = await history(two, history_approval(two, written), number=written)
    assert entries and proof.complete


async def test_months_without_a_key_are_named_and_the_history_is_not_called_complete(shared_two: Two) -> None:
    """What cannot be answered is said."""
    _, proof = await history(shared_two, history_approval(shared_two), since="2020-01")
    assert "2020-01" in proof.lost_months and not proof.complete


async def test_the_history_is_an_entry_with_both_persons_and_without_the_number(two: Two) -> None:
    """Whoever looks at the looking sees who allowed it."""
    await history(two, history_approval(two))
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        wanted = ledger_pb2.SearchRequest(action="subject_history", limit=10)
        (found,) = [one.entry async for one in stub.Search(wanted, timeout=10)]
    subject = decode(found).text("subject")
    assert "/reviewer/reviewer-1" in subject and "/security/security-1" in subject
    assert NUMBER not in found.decode()


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


async def test_an_officials_doings_are_found_under_the_reference_of_the_month(two: Two) -> None:
    """Another official's are not among them."""
    message = two.ask()
    await two.query(message)
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)

        async def found(ref: str) -> set[str]:
            wanted = ledger_pb2.SearchRequest(operator_ref=ref, operator_unit=message.operator.unit, limit=100)
            return {decode(one.entry).exchange_id async for one in stub.Search(wanted, timeout=10)}

        assert {message.request_id} == await found(message.operator.ref)
        assert set() == await found("nobody-1")
