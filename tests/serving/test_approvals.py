"""An act under dual control: form, witnessed time, persons, caller, one use; each alone refuses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entries.acts import CONFIGURATION_ID, DualControlAct, approval_id
from gateway.audit.entries.entry import Result
from gateway.audit.storage.reader import LogReader
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.approvals import NEAR_SECONDS, Approvals
from keys.approval import Approval, ApprovalRequest, Target, sign, target_of
from keys.authority import Authority
from keys.certificate import PeerCertificate, certificate_request, read_claims
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key
from tests.audit.logs import create, database, journal, opened

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PLACE = "log:7"
WORD = Passphrase(b"a passphrase for tests")


class World:
    """The approvals of a node whose clocks a test sets: the machine's, and the witnesses'."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = database(root)
        self.clock = self.witnessed = NOW
        self.authority = Authority.create("510000", WORD, root / "authority", now=NOW - timedelta(days=1))
        self.revoked: set[str] = set()
        self.reviewer, self.security = self.enrol(Role.REVIEWER, "r-1"), self.enrol(Role.SECURITY, "s-1")
        self.approvals = self.restart()

    def restart(self) -> Approvals:
        """Return the approvals of a process that has just begun."""
        self.approvals = Approvals(
            self.log,
            "510000",
            clock_us=lambda: int(self.clock.timestamp() * 1e6),
            witnessed_s=lambda reader: int(self.witnessed.timestamp()),
            judge=self.judge,
        )
        return self.approvals

    def enrol(self, role: Role, name: str) -> tuple[str, Any]:
        """Certify a person."""
        key, identity = new_tls_key(), Identity("510000", role, name)
        return self.authority.issue(certificate_request(key, identity), identity, now=NOW).decode(), key

    def judge(self, pem: str, now_us: int) -> PeerCertificate:
        """Judge a certificate as the gatehouse does."""
        certificate = read_claims(pem)
        if certificate.identity.name in self.revoked:
            raise Refusal(Reason.CERTIFICATE_REVOKED, certificate.identity.name)
        return certificate

    def approve(self, act: DualControlAct = DualControlAct.OPEN_BODY, kind: str = "entry", value: str = PLACE) -> bytes:
        """Return the approval of an act by both persons."""
        nonce = "0f" * 16
        request = ApprovalRequest(
            act.value, target_of(kind, nonce, value), "case 17", nonce, NOW, NOW + timedelta(hours=4)
        )
        approval = Approval(request, (), Target(kind, value))
        for person in (self.reviewer, self.security):
            approval = sign(approval, *person)
        return approval.octets()

    async def act(
        self, octets: bytes, act: DualControlAct = DualControlAct.OPEN_BODY, value: str = PLACE, **more: Any
    ) -> int:
        """Do an act under an approval, recorded as the node does; return the index of its entry."""
        async with opened(self.log) as log, self.approvals.use(octets, act, value, **more) as allowed:
            receipt = await journal(log).record_act(
                action=act.value, subject="s", result=Result.PERMIT, actor="a", details=allowed.details.fields()
            )
        return receipt.index


@pytest.fixture(name="world")
async def _world(tmp_path: Path) -> World:
    await create(tmp_path)
    return World(tmp_path)


def reason(caught: pytest.ExceptionInfo[Refusal]) -> Reason:
    """Why it was refused."""
    return caught.value.reason


async def test_the_entry_of_an_act_says_why_on_what_and_by_whose_certificates(world: World) -> None:
    """With the caller's over gRPC, and by an id under which the index of exchanges finds it."""
    octets, caller = world.approve(), read_claims(world.reviewer[0])
    async with world.approvals.use(octets, DualControlAct.OPEN_BODY, PLACE, caller=caller) as allowed:
        details = allowed.details
    signers = (caller.fingerprint, read_claims(world.security[0]).fingerprint)
    assert ("case 17", signers, caller.fingerprint) == (details.reason, details.signers, details.caller_fp)
    assert target_of("entry", "0f" * 16, PLACE) == details.target_commit
    assert approval_id(details.approval) == details.exchange_id
    assert int(NOW.timestamp()) * 1_000_000 == allowed.witnessed_us


async def test_an_approval_is_used_once_also_over_a_restart(world: World) -> None:
    """The log itself remembers: nothing beside it could be lost or put back."""
    octets = world.approve()
    index = await world.act(octets)
    for approvals in (world.approvals, world.restart()):
        with pytest.raises(Refusal, match=f"its use in entry {index}"):
            async with approvals.use(octets, DualControlAct.OPEN_BODY, PLACE):
                raise AssertionError
    with LogReader(world.log) as reader:
        assert index + 1 == reader.count()


async def test_two_acts_at_once_do_not_share_an_approval(world: World) -> None:
    """The second comes while the first is not in the log yet; one that was not recorded has not used it up."""
    octets = world.approve()
    async with world.approvals.use(octets, DualControlAct.OPEN_BODY, PLACE):
        with pytest.raises(Refusal, match="being done"):
            async with world.approvals.use(octets, DualControlAct.OPEN_BODY, PLACE):
                raise AssertionError
    assert 0 == await world.act(octets)


async def test_a_destruction_that_was_killed_is_ended_under_its_approval(world: World) -> None:
    """On the same target alone: doing it twice destroys nothing more."""
    octets = world.approve(DualControlAct.SHRED, "month", "log:2020-01")
    assert 0 == await world.act(octets, DualControlAct.SHRED, "log:2020-01")
    assert 1 == await world.act(octets, DualControlAct.SHRED, "log:2020-01")
    with pytest.raises(Refusal, match="act and target"):
        await world.act(octets, DualControlAct.SHRED, "log:2020-02")


async def test_a_widening_stands_with_the_starts_and_is_used_once(world: World) -> None:
    """Where the next start looks for it."""
    octets = world.approve(DualControlAct.WIDEN, "limits", "log years:3 withheld:")
    assert 0 == await world.act(octets, DualControlAct.WIDEN, "log years:3 withheld:")
    with LogReader(world.log) as reader:
        assert CONFIGURATION_ID == reader.entry(0).exchange_id
    with pytest.raises(Refusal, match="its use in entry 0"):
        await world.act(octets, DualControlAct.WIDEN, "log years:3 withheld:")


@pytest.mark.parametrize(
    "ahead", [timedelta(days=4 * 366), -timedelta(days=4 * 366), timedelta(seconds=NEAR_SECONDS + 1)]
)
async def test_a_clock_that_no_cosignature_is_near_decides_nothing(world: World, ahead: timedelta) -> None:
    """Four years ahead, four years behind, or a log that nobody has cosigned for an hour: refused, and why is said."""
    octets = world.approve()
    world.clock = NOW + ahead
    with pytest.raises(Refusal, match="expected a cosignature within 3600 s") as caught:
        await world.act(octets)
    assert Reason.LOG_UNWITNESSED == reason(caught)


async def test_a_log_without_a_cosignature_decides_nothing(world: World) -> None:
    """It is said that there is none."""
    world.witnessed = datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(Refusal, match="found none"):
        await world.act(world.approve())


async def test_an_approval_lapses_by_the_witnessed_time(world: World) -> None:
    """A machine whose clock is behind prolongs nothing, and one that is ahead only ends it sooner."""
    octets, end = world.approve(), NOW + timedelta(hours=4)
    for witnessed, clock in ((end, end - timedelta(minutes=50)), (end - timedelta(minutes=50), end)):
        world.witnessed, world.clock = witnessed, clock
        with pytest.raises(Refusal, match="in force"):
            await world.act(octets)


async def test_a_certificate_that_was_revoked_since_approves_nothing(world: World) -> None:
    """Both are judged again when it is used."""
    octets = world.approve()
    world.revoked = {"s-1"}
    with pytest.raises(Refusal) as caught:
        await world.act(octets)
    assert Reason.CERTIFICATE_REVOKED == reason(caught)


async def test_only_the_reviewer_of_the_two_acts_over_grpc(world: World) -> None:
    """Not the other reviewer, and not the one who approved."""
    octets = world.approve()
    for pem, _ in (world.enrol(Role.REVIEWER, "r-2"), world.security):
        with pytest.raises(Refusal, match="the reviewer who asks"):
            await world.act(octets, caller=read_claims(pem))


@pytest.mark.parametrize("octets", [b"", b"{}", b"[" * 40_000])
async def test_a_file_that_is_no_approval_is_refused(world: World, octets: bytes) -> None:
    """By the reason of all of them."""
    with pytest.raises(Refusal) as caught:
        await world.act(octets)
    assert Reason.APPROVAL_INVALID == reason(caught)


async def test_an_approval_of_another_act_or_target_is_refused(world: World) -> None:
    """Though both persons signed it."""
    octets = world.approve()
    for act, value in ((DualControlAct.OPEN_BODY, "log:8"), (DualControlAct.SHRED, PLACE)):
        with pytest.raises(Refusal, match="act and target"):
            await world.act(octets, act, value)
