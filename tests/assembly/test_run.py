"""The life of a node: which part fails, and what is then closed; what is closed at the end, and in which order."""

from __future__ import annotations

import asyncio
import importlib
import socket
from collections.abc import Callable
from typing import Any

import pytest

from gateway.assembly.run import RunningNode
from gateway.assembly.tasks import Tasks
from gateway.assembly.witnessing import Witnessing
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import place_of
from gateway.audit.storage.store import Store
from gateway.ground.alarms import Alarm
from gateway.ground.refusals import Reason, Refusal
from gateway.services.peer import PeerService
from gateway.serving.account import Accounts
from gateway.serving.acts import Acts, Requester
from gateway.serving.server import Server
from gateway.telemetry.listening import CannotListen
from gateway.telemetry.metrics import Metrics
from gateway.witness.state import WitnessState
from tests.province import Pristine, StandIn

CLOSINGS = (
    ("drain", Accounts, "drain"),
    ("settle", Witnessing, "settle"),
    ("links", PeerService, "close"),
    ("listener", Server, "stop"),
    ("tasks", Tasks, "close"),
    ("log", AuditLog, "close"),
    ("witnessing", Witnessing, "close"),
)
"""Each part's closing, in the order of a stop; the platform is the last, and the test's own here."""
WHOLE = [name for name, _, _ in CLOSINGS] + ["platform"]


class Failed(Exception):
    """The fault that a test puts in."""


class Platform(StandIn):
    """A platform that a node opens and closes itself."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        self._note = note

    async def close(self) -> None:
        """Note it."""
        self._note("platform")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts that were closed, in order; each is really closed, too."""
    found: list[str] = []
    for name, owner, method in CLOSINGS:
        real = getattr(owner, method)

        async def close(self: Any, *given: Any, name: str = name, real: Any = real) -> None:
            found.append(name)
            await real(self, *given)

        monkeypatch.setattr(owner, method, close)
    monkeypatch.setattr("gateway.assembly.platform.open_platform", lambda settings: Platform(found.append))
    return found


@pytest.fixture
def running(pristine: Pristine) -> RunningNode:
    """A node that was not started; its peer is not there."""
    return RunningNode(pristine.restore()["sichuan"].settings, Metrics())


def fail(*given: Any, **named: Any) -> Any:
    """Raise the fault."""
    raise Failed


async def fail_later(*given: Any, **named: Any) -> Any:
    """Raise the fault when awaited."""
    raise Failed


FAULTS = [
    ("keys", "gateway.assembly.run.load_node_keys", fail, 0),
    ("trust", "gateway.assembly.run.load_trust", fail, 0),
    ("platform", "gateway.assembly.platform.open_platform", fail, 0),
    ("witnessing, made", "gateway.assembly.witnessing.load_quorum", fail, 1),
    ("witnessing, opened", "gateway.witness.state.WitnessState.open", fail_later, 1),
    ("witnessing, taken up", "gateway.witness.state.WitnessState.forks", fail_later, 2),
    ("accounts", "gateway.assembly.foundation.open_spans", fail, 2),
    ("log, its store", "gateway.audit.storage.store.Store.open", fail_later, 2),
    ("log, its epochs", "gateway.assembly.log.open_epoch_keys", fail_later, 2),
    ("log, opened", "gateway.audit.storage.store.Store.probe", fail_later, 2),
    ("log, begun with", "gateway.assembly.witnessing.Witnessing.begin", fail, 3),
    ("rooms, the foundation", "gateway.assembly.foundation.dial_peers", fail, 4),
    ("rooms, replays", "gateway.audit.log.AuditLog.exchanges_since", fail_later, 4),
    ("rooms, the quarantine", "gateway.assembly.foundation.open_quarantine", fail, 4),
    ("rooms, the budgets", "gateway.assembly.foundation.open_budgets", fail_later, 4),
    ("rooms, the consents", "gateway.assembly.foundation.open_lawful", fail_later, 4),
    ("rooms, the catalogue", "gateway.assembly.run.read_catalogue", fail, 4),
    ("rooms, built", "gateway.assembly.foundation.build", fail, 4),
    ("listener, built", "gateway.assembly.run.build_server", fail, 4),
    ("listener, bound", "gateway.serving.server.Server.start", fail_later, 5),
    ("health", "gateway.assembly.health.Health.report", fail_later, 6),
    ("tasks", "gateway.assembly.background.resend_acknowledgements", fail_later, 7),
    ("the start's record", "gateway.serving.acts.Acts.record", fail_later, 6),
]
"""The part at fault, what of it fails, how, and how many parts stand by then and are closed."""


@pytest.mark.parametrize(("place", "how", "standing"), [fault[1:] for fault in FAULTS], ids=[one[0] for one in FAULTS])
async def test_a_start_that_fails_closes_what_was_opened_in_reverse(
    running: RunningNode,
    closed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    how: Callable[..., Any],
    standing: int,
) -> None:
    """Nothing listens, no task is left, and the locks are free: the same directory starts again."""
    before = asyncio.all_tasks()
    with monkeypatch.context() as fault:
        fault.setattr(place, how)
        with pytest.raises(Failed):
            await running.start()
    assert WHOLE[len(WHOLE) - standing :] == closed
    assert before == asyncio.all_tasks()
    listen = running.settings.listen
    with socket.socket() as probe:
        assert 0 != probe.connect_ex((listen.host, listen.port))
    await (await Store.open(place_of(running.settings))).close()
    keys = importlib.import_module("gateway.assembly.node_keys").load_node_keys(running.settings)
    vkeys = [key.verifier.vkey for key in keys.witness]
    await (await WitnessState.open(running.settings.witness_path, vkeys)).close()


async def test_a_node_that_could_not_start_starts_once_the_fault_is_gone(
    running: RunningNode, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a new `start`, and its stop closes every part once."""
    with monkeypatch.context() as fault:
        fault.setattr("gateway.assembly.background.resend_acknowledgements", fail_later)
        with pytest.raises(Failed):
            await running.start()
    closed.clear()
    await running.start()
    await running.stop()
    assert WHOLE == closed


async def test_an_address_in_use_names_itself_and_closes_everything(running: RunningNode, closed: list[str]) -> None:
    """A real listener is in the way, and stays."""
    listen = running.settings.listen
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was closed before may linger
        other.bind((listen.host, listen.port))
        other.listen()
        with pytest.raises(CannotListen, match=f"{listen.host}:{listen.port}"):
            await running.start()
        assert WHOLE[3:] == closed
        with socket.socket() as probe:
            assert 0 == probe.connect_ex((listen.host, listen.port))


async def test_a_stop_drains_first_and_closes_the_platform_last(running: RunningNode, closed: list[str]) -> None:
    """The same list as at the start, in reverse; a second stop closes nothing twice."""
    await running.start()
    assert [] == closed
    await running.stop()
    assert WHOLE == closed
    await running.stop()
    assert WHOLE == closed


async def test_a_platform_that_was_given_stays_open(pristine: Pristine) -> None:
    """It belongs to whoever gave it."""
    closings: list[str] = []
    given = Platform(closings.append)
    running = RunningNode(pristine.restore()["sichuan"].settings, Metrics(), platform=given)
    await running.start()
    await running.stop()
    assert [] == closings


async def test_health_says_nothing_serves_before_the_drain_and_the_stop_is_recorded_before_the_links_close(
    running: RunningNode, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Load balancers turn away first; the last act goes in while the log still takes it."""
    report, record = Server.report_health, Acts.record

    async def note_health(self: Server, state: bool, *, reading: bool) -> None:
        closed.append(f"health {state} {reading}")
        await report(self, state, reading=reading)

    async def note_act(self: Acts, action: str, subject: str, actor: str, *documents: Any) -> None:
        closed.append(action)
        await record(self, action, subject, actor, *documents)

    monkeypatch.setattr(Server, "report_health", note_health)
    monkeypatch.setattr(Acts, "record", note_act)
    await running.start()
    assert ["health False True", "start"] == closed
    closed.clear()
    await running.stop()
    assert ["health False False", "drain", "stop", *WHOLE[1:]] == closed


@pytest.mark.parametrize("at", range(len(CLOSINGS)), ids=[name for name, _, _ in CLOSINGS])
async def test_a_part_that_fails_to_close_keeps_no_other_from_closing(
    running: RunningNode, closed: list[str], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The fault comes out of `stop` once everything is closed."""
    _, owner, method = CLOSINGS[at]
    await running.start()
    real = getattr(owner, method)

    async def close_and_fail(self: Any, *given: Any) -> None:
        await real(self, *given)
        raise Failed

    monkeypatch.setattr(owner, method, close_and_fail)
    with pytest.raises(Failed):
        await running.stop()
    assert WHOLE == closed


async def test_a_log_that_does_not_write_keeps_no_node_from_stopping(
    running: RunningNode, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop is not recorded then, and everything closes."""

    async def refuse(self: Acts, action: str, subject: str, actor: str, *documents: Any) -> None:
        raise Refusal(Reason.AUDIT_NOT_DURABLE, "no room")

    await running.start()
    monkeypatch.setattr(Acts, "record", refuse)
    await running.stop()
    assert WHOLE == closed


async def test_a_log_that_stops_before_anything_listens_rings_and_reports_no_health(running: RunningNode) -> None:
    """The log may report from its first moment, when there is nobody to tell yet."""
    running.health.report_log(False, "no room")
    assert [Alarm.AUDIT_NOT_DURABLE] == [one.alarm for one in running.alarms.list_active()]
    await running.health.report()
    await running.health.report_end()
    running.health.report_log(True, "")
    assert () == running.alarms.list_active()


async def test_a_reload_that_fails_leaves_trust_and_rooms_as_they_were(running: RunningNode, closed: list[str]) -> None:
    """All or nothing: a catalogue at fault does not bring its trust into force either."""
    await running.start()
    trust, in_force = running.trust, running.node.in_force
    bundle = running.settings.bundle_path("500000")
    bundle.write_bytes(bundle.read_bytes() + b" ")
    with pytest.raises(Refusal) as caught:
        await running.reload(Requester("administrator"))
    assert Reason.REQUEST_INVALID == caught.value.reason
    assert (trust, in_force) == (running.trust, running.node.in_force)
    await running.stop()
