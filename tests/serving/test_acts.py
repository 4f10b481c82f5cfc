"""Acts are recorded before they are done, or wait for a witness on disk, in order and within a bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import pytest
import structlog

from gateway.audit.entries.acts import CONFIGURATION_ID, REFUSED, ActDetails
from gateway.audit.entries.entry import Result
from gateway.audit.journal import Journal
from gateway.audit.storage.waiting import WaitingActs
from gateway.ground.documents import DocumentKind, NumberedDocument
from gateway.ground.refusals import Reason, Refusal
from gateway.serving import acts as module
from gateway.serving.acts import Acts
from tests.serving.test_account import standing

DOCUMENT = NumberedDocument(DocumentKind.ROSTER, "applications", 5, "a" * 64)


class Recorder:
    """A journal that notes acts, or refuses them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.refuses: set[str] = set()
        self.details: list[tuple[Result, dict[str, object]]] = []

    async def record_act(
        self,
        *,
        action: str,
        subject: str,
        actor: str,
        result: Result = Result.PERMIT,
        documents: Sequence[object] = (),
        details: Mapping[str, object] = MappingProxyType({}),
    ) -> Any:
        """Note an act, and the documents that come into force by it; return its receipt."""
        if action in self.refuses:
            raise Refusal(Reason.AUDIT_NOT_DURABLE, "no room")
        self.found.append(" ".join((action, subject, actor, *map(str, documents))))
        self.details.append((result, dict(details)))
        return SimpleNamespace(index=len(self.found) - 1)


class World(Recorder):
    """The acts of a node over such a journal, and a file of what waits."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.start()

    def start(self, *, confirmed: bool = False) -> None:
        """Begin as a process does, with what the former one has left on disk."""
        self.stands: Any = standing(confirmed=confirmed)
        self.acts = Acts(cast(Journal, self), self.stands, WaitingActs.open(self.path))

    async def record(self, *actions: str) -> None:
        """Record acts of these names."""
        for action in actions:
            await self.acts.record(action, "s", "u")

    async def confirm(self) -> None:
        """Have a witness confirm the log, and catch up."""
        self.stands.record("w", 1, 0.0)
        await self.acts.catch_up()


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> World:
    return World(tmp_path / "waiting.jsonl")


async def test_an_act_is_recorded_at_once_where_the_log_is_confirmed(world: World) -> None:
    """Before `record` returns; nothing waits."""
    world.start(confirmed=True)
    assert 0 == await world.acts.record("reload", "catalogue", "uri")
    assert 1 == await world.acts.record("reload", "catalogue", "uri")
    assert ["reload catalogue uri"] * 2 == world.found
    assert not world.path.exists()


async def test_an_act_that_cannot_be_recorded_is_refused(world: World) -> None:
    """And is not kept to be recorded later: it must not be done."""
    world.start(confirmed=True)
    world.refuses = {"reload"}
    with pytest.raises(Refusal):
        await world.record("reload")
    world.refuses = set()
    await world.acts.catch_up()
    assert [] == world.found


async def test_acts_before_a_witness_answered_are_logged_and_recorded_in_order_later(world: World) -> None:
    """Nothing is added to a log that may have been rolled back."""
    with structlog.testing.capture_logs() as lines:
        await world.record("a", "b", "c")
    assert ["a", "b", "c"] == [line["action"] for line in lines]
    await world.acts.catch_up()
    assert [] == world.found
    await world.confirm()
    await world.acts.catch_up()
    assert ["a s u", "b s u", "c s u"] == world.found
    assert not world.path.exists()


async def test_what_an_act_says_besides_waits_with_it(world: World) -> None:
    """The certificate of who called, what a start changed, why an attempt was refused."""
    await world.acts.record("start", "1.0", "local:7", (), ActDetails(changes=("+ a b",), exchange_id=CONFIGURATION_ID))
    await world.acts.record("read_status", "", "uri", (), ActDetails(caller_fp="f" * 64))
    await world.acts.record(
        REFUSED,
        "Ledger/OpenBody",
        "uri",
        (),
        ActDetails(reason_code="APPROVAL_INVALID", approval="a" * 64, subjects=b"p" * 16),
    )
    world.start()
    await world.confirm()
    assert [
        (Result.PERMIT, {"changes": ["+ a b"], "exchange_id": CONFIGURATION_ID}),
        (Result.PERMIT, {"caller_fp": "f" * 64}),
        (Result.DENY, {"reason_code": "APPROVAL_INVALID", "approval": "a" * 64}),
    ] == world.details


async def test_an_act_under_an_approval_never_waits(world: World) -> None:
    """Whether the approval was used before, only a log can say that was not rolled back."""
    with pytest.raises(Refusal, match="WITNESS_AWAITED"):
        await world.acts.record("open_body", "s", "u", (), ActDetails(approval="a" * 64))
    assert not world.path.exists()
    await world.record("read_status")
    world.stands.record("w", 1, 0.0)
    with pytest.raises(Refusal, match="WITNESS_AWAITED"):
        await world.acts.record("open_body", "s", "u", (), ActDetails(approval="a" * 64))
    await world.acts.catch_up()
    await world.acts.record("open_body", "s", "u", (), ActDetails(approval="a" * 64))
    assert ["read_status s u", "open_body s u"] == world.found


async def test_acts_and_documents_that_wait_outlast_a_stop(world: World) -> None:
    """0.7: a start that no witness ever answered, and the reload of it, are recorded by the next start, in order."""
    await world.record("start")
    await world.acts.record("documents", "reload", "u", (DOCUMENT,))
    world.start()
    await world.record("start_again")
    assert [] == world.found
    await world.confirm()
    assert ["start s u", f"documents reload u {DOCUMENT}", "start_again s u"] == world.found
    world.start(confirmed=True)
    await world.acts.catch_up()
    assert 3 == len(world.found)


async def test_an_act_comes_after_those_that_still_wait(world: World) -> None:
    """Though the log is confirmed by then: the order of acts is that in which they were done."""
    await world.record("a")
    world.stands.record("w", 1, 0.0)
    await world.record("b")
    assert [] == world.found
    await world.acts.catch_up()
    await world.record("c")
    assert ["a s u", "b s u", "c s u"] == world.found


async def test_a_log_that_fails_while_catching_up_loses_and_doubles_no_act(world: World) -> None:
    """The next attempt goes on with the act that failed."""
    await world.record("a", "b", "c")
    world.refuses = {"b"}
    with pytest.raises(Refusal):
        await world.confirm()
    world.refuses = set()
    await world.acts.catch_up()
    assert ["a s u", "b s u", "c s u"] == world.found


async def test_a_log_that_is_contradicted_takes_no_act_that_waits(world: World) -> None:
    """Though a witness had cosigned it; the acts go on waiting."""
    await world.record("a")
    world.stands.contradict("another log")
    await world.confirm()
    assert [] == world.found
    assert ["a"] == [act.action for act in WaitingActs.open(world.path)]


async def test_no_more_acts_wait_than_the_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, and says why."""
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    await world.record("a", "b")
    with pytest.raises(Refusal) as caught:
        await world.record("c")
    assert Reason.WITNESS_AWAITED == caught.value.reason


async def test_an_act_that_the_disk_does_not_take_is_refused(world: World) -> None:
    """AUDIT_NOT_DURABLE: it must not be done, and is not recorded later."""
    world.path.mkdir()
    with pytest.raises(Refusal, match=r"AUDIT_NOT_DURABLE.*directory"):
        await world.record("a")
    world.path.rmdir()
    await world.confirm()
    assert [] == world.found


async def test_acts_that_cannot_be_removed_keep_exchanges_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand in the log, and are not recorded a second time when the disk takes it."""
    await world.record("a")

    def fail(waiting: WaitingActs) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(WaitingActs, "clear", fail)
        with pytest.raises(Refusal, match=r"AUDIT_NOT_DURABLE.*Input/output error"):
            await world.confirm()
    await world.acts.catch_up()
    assert ["a s u"] == world.found
    assert not world.path.exists()
