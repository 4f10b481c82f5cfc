"""The ledger's service: every call of a reviewer is recorded before anything is read, and what is closed needs two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest

from gateway.audit.entries.acts import ActDetails
from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.tlog.tree import leaf_hash
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.emergencies import Emergencies
from gateway.masking.faults import MaskingError
from gateway.services import ledger as module
from gateway.services.ledger import CHUNK, LedgerService, record_act
from gateway.serving.approvals import Approvals
from gateway.serving.attempts import RefusedAttempt
from gateway.wire.v1 import ledger_pb2
from keys.approval import Approval, ApprovalRequest, target_of
from keys.identity import Identity, Role
from tests.samples import NOW_US
from tests.services.test_door import FakeContext, turned_away

FINGERPRINT = "f" * 64
REVIEWER = Identity("510000", Role.REVIEWER, "wang")
SIZE = 700
TOKEN = b"p" * 16


class World:
    """The service over a log of 700 entries; `steps` notes acts and readings in their order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.refusal: Refusal | None = None
        self.unknown: Refusal | None = None
        self.fault: Exception | None = None
        gatehouse = SimpleNamespace(identify=self.identify)
        node = SimpleNamespace(
            in_force=SimpleNamespace(rooms=SimpleNamespace(gatehouse=gatehouse)),
            clock_us=lambda: NOW_US,
            acts=SimpleNamespace(record=self.record),
            accounts=SimpleNamespace(cosignatures=SimpleNamespace(size_of=lambda: 0)),
            province="510000",
        )
        self.node = cast(Any, node)
        log = SimpleNamespace(size=SIZE, checkpoint=b"checkpoint", origin="log")
        monkeypatch.setattr(module, "LogReader", self.open)
        monkeypatch.setattr("gateway.serving.approvals.LogReader", self.look)
        self.emergencies = Emergencies(lambda operator, time_us: operator.ref)
        self.service = LedgerService(
            self.node,
            cast(Any, log),
            cast(Any, "place"),
            desk=cast(Any, SimpleNamespace(reference_now=lambda person, now_us: TOKEN)),
            masks=cast(Any, None),
            withheld_scenes=(),
            archives=Path("absent"),
            approvals=Approvals(
                cast(Any, "place"),
                "510000",
                clock_us=lambda: NOW_US,
                witnessed_s=lambda reader: NOW_US // 1_000_000,
                judge=self.judge,
            ),
            emergencies=self.emergencies,
        )
        self.context = FakeContext()

    def identify(self, sender: object, now_us: int) -> Any:
        """Identify the reviewer."""
        if self.unknown is not None:
            raise self.unknown
        return SimpleNamespace(identity=REVIEWER, fingerprint=FINGERPRINT)

    def judge(self, pem: str, now_us: int) -> Any:
        """Judge nobody: no approval here comes so far."""
        raise AssertionError

    async def record(self, action: str, subject: str, actor: str, documents: object, details: ActDetails) -> None:
        """Record an act, which bears the certificate of who called."""
        if self.refusal is not None:
            raise self.refusal
        assert FINGERPRINT == details.caller_fp
        self.steps.append(f"{action} {subject} {actor}")

    def look(self, place: object) -> Any:
        """Open the log for its witnessed time, which is no reading of entries."""
        return self

    def open(self, place: object) -> Any:
        """Open the log, or fail."""
        self.steps.append("read")
        if self.fault is not None:
            raise self.fault
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        """Close."""

    def entry(self, index: int) -> Any:
        """An entry that names itself."""
        octets = b"entry %d" % index
        return SimpleNamespace(index=index, octets=octets, leaf_hash=leaf_hash(octets))

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        """A path."""
        return (b"%d" % index, b"%d" % size)

    def rows(self, start: int, stop: int) -> list[list[tuple[int, bytes, bytes]]]:
        """Rows in one chunk."""
        entries = [(index, b"entry %d" % index) for index in range(start, stop)]
        return [[(index, leaf_hash(octets), octets) for index, octets in entries]]

    def call(self, method: str, request: Any) -> Any:
        """Call a method as the reviewer."""
        return getattr(self.service, method)(request, cast(Any, self.context))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A service whose acts are recorded."""
    return World(monkeypatch)


CALLS: list[tuple[str, Any]] = [
    ("GetCheckpoint", ledger_pb2.GetCheckpointRequest()),
    ("GetEntry", ledger_pb2.GetEntryRequest(index=3)),
    ("ListEntries", ledger_pb2.ListEntriesRequest(start=0, limit=2)),
    ("ProveConsistency", ledger_pb2.ProveConsistencyRequest(first_size=1, second_size=2)),
    ("Search", ledger_pb2.SearchRequest(limit=1)),
]


async def take(answer: Any) -> list[Any]:
    """All that a call answers."""
    if isinstance(answer, AsyncIterator):
        return [one async for one in answer]
    return [await answer]


@pytest.mark.parametrize(("method", "asked"), CALLS, ids=[one[0] for one in CALLS])
async def test_a_reading_that_cannot_be_recorded_is_not_done(world: World, method: str, asked: Any) -> None:
    """The caller learns why."""
    world.refusal = Refusal(Reason.AUDIT_NOT_DURABLE)
    async with turned_away(world.context):
        await take(world.call(method, asked))
    assert (Reason.AUDIT_NOT_DURABLE, []) == (world.context.reason, world.steps)


CLOSED: list[tuple[str, Any]] = [
    ("OpenBody", ledger_pb2.OpenBodyRequest(index=3, approval=b"no approval")),
    ("RecoverPseudonym", ledger_pb2.RecoverPseudonymRequest(index=3, field="a", token="b", approval=b"{}")),
    (
        "GetSubjectHistory",
        ledger_pb2.GetSubjectHistoryRequest(
            subject_no="51999919600101001X",
            since_month="2026-10",
            until_month="2026-11",
            approval=b"",
            challenge=bytes(16),
        ),
    ),
]


@pytest.mark.parametrize(("method", "asked"), CLOSED, ids=[one[0] for one in CLOSED])
async def test_what_needs_two_persons_is_refused_without_their_approval(world: World, method: str, asked: Any) -> None:
    """Nothing is read, and nothing is recorded as if it had been allowed."""
    async with turned_away(world.context):
        await take(world.call(method, asked))
    assert (Reason.APPROVAL_INVALID, []) == (world.context.reason, world.steps)


@pytest.mark.parametrize("known", [True, False], ids=["an approval", "none"])
@pytest.mark.parametrize(("method", "asked"), CLOSED, ids=[one[0] for one in CLOSED])
async def test_a_refused_attempt_names_the_approval_and_whose_data_it_was_about(
    world: World, method: str, asked: Any, known: bool
) -> None:
    """As far as the call names them: the person's own history shows the attempt."""
    now = datetime.fromtimestamp(NOW_US // 1_000_000, UTC)
    request = ApprovalRequest(
        "shred", target_of("month", "ab" * 16, "x"), "case 17", "ab" * 16, now, now + timedelta(hours=1)
    )
    approval = Approval(request, ())
    given = type(asked)()
    given.CopyFrom(asked)
    given.approval = approval.octets() if known else b"no approval"
    with pytest.raises(RefusedAttempt) as caught:
        await take(world.call(method, given))
    expected = ActDetails(
        approval=approval.digest if known else "", subjects=TOKEN if method == "GetSubjectHistory" else b""
    )
    assert (Reason.APPROVAL_INVALID, expected) == (caught.value.reason, caught.value.details)


@pytest.mark.parametrize(("method", "asked"), CLOSED, ids=[one[0] for one in CLOSED])
async def test_a_machine_that_is_not_known_any_more_opens_nothing(world: World, method: str, asked: Any) -> None:
    """Its certificate is judged again before the approval is."""
    world.unknown = Refusal(Reason.CERTIFICATE_REVOKED)
    async with turned_away(world.context):
        await take(world.call(method, asked))
    assert (Reason.CERTIFICATE_REVOKED, []) == (world.context.reason, world.steps)


async def test_months_in_the_wrong_order_are_no_request(world: World) -> None:
    """A history of no month would say that nobody looked."""
    request = ledger_pb2.GetSubjectHistoryRequest(subject_no="1", since_month="2026-11", until_month="2026-10")
    async with turned_away(world.context):
        await take(world.call("GetSubjectHistory", request))
    assert (Reason.REQUEST_INVALID, []) == (world.context.reason, world.steps)


FAULTS = [
    (IndexError("no entry"), grpc.StatusCode.OUT_OF_RANGE),
    (BodyInvalid("destroyed"), grpc.StatusCode.FAILED_PRECONDITION),
    (MaskingError("no such field"), grpc.StatusCode.FAILED_PRECONDITION),
    (EntryUnreadable(3, "damaged"), grpc.StatusCode.DATA_LOSS),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=[type(one[0]).__name__ for one in FAULTS])
async def test_a_log_that_cannot_be_read_says_how(world: World, fault: Exception, code: grpc.StatusCode) -> None:
    """The reading was recorded all the same."""
    world.fault = fault
    async with turned_away(world.context):
        await take(world.call("GetEntry", ledger_pb2.GetEntryRequest(index=3)))
    assert (code, [f"read_entry 3 {REVIEWER.uri}", "read"]) == (world.context.ended.code, world.steps)


async def test_nothing_is_proven_beyond_the_log(world: World) -> None:
    """The log is not read for it."""
    request = ledger_pb2.ProveConsistencyRequest(first_size=1, second_size=SIZE + 1)
    async with turned_away(world.context):
        await take(world.call("ProveConsistency", request))
    assert (grpc.StatusCode.OUT_OF_RANGE, 1) == (world.context.ended.code, len(world.steps))


async def test_an_entry_comes_with_its_path_under_the_checkpoint_of_that_moment(world: World) -> None:
    """The act stands before the reading."""
    (response,) = await take(world.call("GetEntry", ledger_pb2.GetEntryRequest(index=3)))
    receipt = response.receipt
    assert ("log", 3, b"entry 3", b"checkpoint") == (receipt.origin, receipt.index, receipt.entry, receipt.checkpoint)
    assert [b"3", b"700"] == list(receipt.path)
    assert [f"read_entry 3 {REVIEWER.uri}", "read"] == world.steps


async def test_entries_are_listed_up_to_the_end_of_the_log_a_chunk_at_a_time(world: World) -> None:
    """The act names the range that is given."""
    found = await take(world.call("ListEntries", ledger_pb2.ListEntriesRequest(start=100, limit=10_000)))
    assert list(range(100, SIZE)) == [one.index for one in found]
    assert b"entry 100" == found[0].entry
    chunks = -(-(SIZE - 100) // CHUNK)
    assert [f"list_entries 100-700 {REVIEWER.uri}", *["read"] * chunks] == world.steps


async def test_an_act_is_recorded_under_the_identity_of_the_certificate(world: World) -> None:
    """And its fingerprint, which no act of a file has."""
    await record_act(world.node, cast(Any, world.context), "act", "subject")
    assert [f"act subject {REVIEWER.uri}"] == world.steps
