"""The desk of consents: in which order it acts, and what a log, a disk or a link that fails leaves."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.audit.entries.acts import ActDetails, approval_id
from gateway.ground.clock import china_day
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.consents import Consents, HeldConsent
from gateway.lawful.files import ConsentFiles
from gateway.serving import consents as module
from gateway.serving.consents import REGISTER, WITHDRAW, ConsentDesk
from keys.consent import ConsentInvalid, SignedConsent
from keys.identity import Identity
from tests.lawful.consents import NONCE, record
from tests.samples import NOW_US

APPLICATION = "spiffe://500000.chuanyu/application/portal"
NODE = "spiffe://500000.chuanyu/node/gateway-1"
KEY = ("500000", "cq-hrss", "TY-1")


@dataclass
class World:
    """A desk whose log, disk and peer a test may have fail; what it does is noted in order."""

    root: Path
    done: list[str] = field(default_factory=list)
    log_serves: bool = True
    peer_serves: bool = True
    now_us: int = NOW_US
    province: str = "500000"
    consents: Consents = field(default_factory=Consents)

    def __post_init__(self) -> None:
        self.files = ConsentFiles(self.root)
        trusted: Any = SimpleNamespace(
            judge=lambda pem: SimpleNamespace(identity=Identity.parse(pem)),
            parties=SimpleNamespace(
                may_act=lambda uri, department: (uri, department) == (APPLICATION, "cq-hrss"),
                belongs=lambda department, province: (department, province) == ("cq-hrss", "500000"),
            ),
        )
        acts: Any = self
        self.desk = ConsentDesk(
            self.province,
            self.consents,
            self.files,
            acts,
            trusted,
            clock_us=lambda: self.now_us,
            require_serving=self.require_serving,
            tell=self.tell,
        )

    def require_serving(self) -> None:
        """Refuse while the log is away."""
        if not self.log_serves:
            raise Refusal(Reason.WITNESS_AWAITED)

    async def record(self, action: str, subject: str, actor: str, documents: object, details: ActDetails) -> int:
        """Note an act."""
        assert approval_id(subject) == details.exchange_id
        self.done.append(action)
        return 0

    async def tell(self, held: HeldConsent) -> bool:
        """Note what is told."""
        if self.peer_serves:
            self.done.append("told withdrawn" if held.withdrawn else "told")
        return self.peer_serves

    def on_disk(self) -> list[HeldConsent]:
        """What the next start reads."""
        return list(self.files.read())


def signed(**changes: Any) -> bytes:
    """A signed record; the certificate is the name of who signs, and the signature is believed."""
    made = record(**changes)
    return SignedConsent(made, APPLICATION, b"signature").octets()


@pytest.fixture(name="world")
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    def verify(of: SignedConsent, judge: Any) -> Any:
        if of.signature != b"signature":
            raise ConsentInvalid("expected a good signature over this consent, found one that does not verify")
        return judge(of.certificate_pem)

    monkeypatch.setattr(module, "verify", verify)
    return World(tmp_path)


async def refused(doing: Any) -> Reason:
    """Why it is refused."""
    with pytest.raises(Refusal) as caught:
        await doing
    return caught.value.reason


async def test_a_registration_is_recorded_then_kept_then_told(world: World) -> None:
    """And then in force: in memory and on disk alike."""
    held = await world.desk.register(signed(), NONCE, APPLICATION)
    assert [REGISTER, "told"] == world.done
    assert [held] == list(world.consents) == world.on_disk()
    assert held.settled


async def test_what_is_not_recorded_is_not_held(world: World) -> None:
    """A log that does not serve lets nothing in; nor is it told to anybody."""
    world.log_serves = False
    assert Reason.WITNESS_AWAITED is await refused(world.desk.register(signed(), NONCE, APPLICATION))
    assert ([], [], []) == (world.done, list(world.consents), world.on_disk())


async def test_a_registration_that_was_killed_before_its_file_is_made_again(world: World) -> None:
    """The log has the act and nobody holds the consent: the same record is registered as if it were new."""
    await world.desk.register(signed(), NONCE, APPLICATION)
    for path in world.root.iterdir():
        path.unlink()
    again = World(world.root)
    await again.desk.register(signed(), NONCE, APPLICATION)
    assert 1 == len(again.on_disk())


async def test_a_withdrawal_is_in_force_although_log_and_peer_are_away(world: World) -> None:
    """The call says that it is not recorded; it is, and told, as soon as both serve again."""
    await world.desk.register(signed(), NONCE, APPLICATION)
    world.log_serves = world.peer_serves = False
    world.done.clear()
    assert Reason.WITNESS_AWAITED is await refused(world.desk.withdraw(KEY, APPLICATION))
    for held in (*world.consents, *world.on_disk()):
        assert (True, False, False) == (held.withdrawn, held.recorded, held.told)
    assert 1 == world.desk.count_untold()
    world.log_serves = world.peer_serves = True
    await settle(world)
    assert [WITHDRAW, "told withdrawn"] == world.done
    assert 0 == world.desk.count_untold()
    assert [(True, True)] == [(held.withdrawn, held.settled) for held in world.on_disk()]


async def test_a_withdrawal_is_in_force_although_the_disk_does_not_take_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call fails, and no question is answered by it all the same."""
    await world.desk.register(signed(), NONCE, APPLICATION)

    def fail(held: HeldConsent) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(world.files, "write", fail)
    assert Reason.AUDIT_NOT_DURABLE is await refused(world.desk.withdraw(KEY, APPLICATION))
    assert [True] == [held.withdrawn for held in world.consents]


async def test_a_peer_s_consent_is_held_and_told_to_nobody(tmp_path: Path, world: World) -> None:
    """Told again it changes nothing; a withdrawal is never taken back."""
    theirs = World(tmp_path / "theirs", province="510000")
    list(theirs.files.read())
    for withdrawn, expected in ((False, False), (False, False), (True, True), (False, True), (True, True)):
        await theirs.desk.take(signed(), NONCE, withdrawn, NODE, "500000")
        assert [(expected, True)] == [(held.withdrawn, held.settled) for held in theirs.consents]
    assert [REGISTER, WITHDRAW] == theirs.done


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"province": "510000"}, Reason.CONSENT_INVALID),
        ({"department": "cq-culture"}, Reason.PARTY_UNKNOWN),
        ({"until": china_day(NOW_US) - timedelta(1), "given_on": date(2026, 1, 1)}, Reason.CONSENT_INVALID),
        ({"given_on": china_day(NOW_US) + timedelta(1)}, Reason.CONSENT_INVALID),
    ],
    ids=["province", "department", "over", "to come"],
)
async def test_what_may_not_be_registered_is_not(world: World, changes: dict[str, Any], reason: Reason) -> None:
    """Nothing of it is recorded."""
    assert reason is await refused(world.desk.register(signed(**changes), NONCE, APPLICATION))
    assert [] == world.done


async def test_octets_and_signatures_that_are_none_are_refused(world: World) -> None:
    """Before anything is kept."""
    forged = SignedConsent(record(), APPLICATION, b"other").octets()
    for octets in (b"", b"{}", forged):
        assert Reason.CONSENT_INVALID is await refused(world.desk.register(octets, NONCE, APPLICATION))
        assert Reason.CONSENT_INVALID is await refused(world.desk.take(octets, NONCE, False, NODE, "500000"))
    assert ([], []) == (world.done, world.on_disk())


async def test_nobody_else_registers_withdraws_or_lists(world: World) -> None:
    """An application that does not act for the department learns nothing of its consents."""
    await world.desk.register(signed(), NONCE, APPLICATION)
    other = "spiffe://500000.chuanyu/application/other"
    assert Reason.PARTY_UNKNOWN is await refused(world.desk.register(signed(number="TY-2"), NONCE, other))
    assert Reason.PARTY_UNKNOWN is await refused(world.desk.withdraw(KEY, other))
    assert Reason.CONSENT_UNKNOWN is await refused(world.desk.withdraw((*KEY[:2], "TY-9"), APPLICATION))
    assert () == world.desk.list_of(other)
    assert ["TY-1"] == [held.key[2] for held in world.desk.list_of(APPLICATION)]
    assert () == world.desk.list_of(APPLICATION, "TY-2")


async def test_a_consent_that_is_over_is_forgotten(world: World) -> None:
    """In memory and on disk."""
    await world.desk.register(signed(), NONCE, APPLICATION)
    world.now_us += 800 * 86_400_000_000
    await settle(world)
    assert ([], []) == (list(world.consents), world.on_disk())


async def settle(world: World) -> None:
    """Let the desk look once at what is left to do."""
    looked = asyncio.Event()
    original = world.consents.list_over

    def list_over(today: date) -> tuple[HeldConsent, ...]:
        found = original(today)
        looked.set()
        return found

    world.consents.list_over = list_over  # type: ignore[method-assign]  # it tells that the look is done
    module_seconds, module.RETRY_SECONDS = module.RETRY_SECONDS, 0.0  # type: ignore[misc]  # nothing is waited for
    task = asyncio.create_task(world.desk.run())
    try:
        await asyncio.wait_for(looked.wait(), 10)
        for _ in range(50):
            looked.clear()
            await asyncio.wait_for(looked.wait(), 10)
            if all(held.settled for held in world.consents) and len(world.on_disk()) == len(world.consents):
                break
    finally:
        module.RETRY_SECONDS = module_seconds  # type: ignore[misc]
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
