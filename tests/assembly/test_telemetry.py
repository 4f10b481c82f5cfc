"""The metrics of a running node are for its own province's operators, reviewers and nodes, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.assembly import telemetry as module
from gateway.assembly.telemetry import WATCHERS, expose_metrics
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from keys.identity import Identity, Role

AT: Any = "a socket"
SENDER = Sender("pem", "TLSv1.3", "192.0.2.1:1")


class World:
    """A node of Sichuan whose gate gives one identity; the exposition's judge is kept, and nothing listens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: Identity | Refusal = Refusal(Reason.PARTY_UNKNOWN)
        self.log = SimpleNamespace(serving=True)
        self.running = SimpleNamespace(
            settings=SimpleNamespace(node=SimpleNamespace(province="510000")),
            identify=self.identify,
            metrics=SimpleNamespace(registry="registry"),
            log=self.log,
            node=SimpleNamespace(refusals="refusals"),
            pair="pair",
            roots="roots",
        )
        self.served: list[object] = []
        monkeypatch.setattr(module, "Exposition", self.make)

    def identify(self, sender: object) -> Identity:
        """Give the identity, or refuse."""
        assert SENDER == sender
        if isinstance(self.found, Refusal):
            raise self.found
        return self.found

    def make(
        self, registry: object, *, judge: Callable[[Sender], None], healthy: Callable[[], bool], refusals: object
    ) -> Any:
        """Keep the judge."""
        self.judge, self.healthy = judge, healthy
        self.shown = (registry, refusals)
        return self

    @asynccontextmanager
    async def serving(self, at: object, *, pair: object, roots: object) -> AsyncIterator[int]:
        """Note where metrics are served."""
        self.served.append((at, pair, roots))
        yield 9


@pytest.mark.parametrize("province", ["500000", "510000"])
@pytest.mark.parametrize("role", list(Role))
async def test_only_watchers_of_our_own_province_read_metrics(
    monkeypatch: pytest.MonkeyPatch, role: Role, province: str
) -> None:
    """An application, and every machine of another province, is refused."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running), AT):
        world.found = Identity(province, role, "one")
        if role in WATCHERS and province == "510000":
            world.judge(SENDER)
            return
        with pytest.raises(Refusal) as caught:
            world.judge(SENDER)
    assert Reason.ROLE_NOT_ALLOWED == caught.value.reason


async def test_a_machine_that_the_gate_refuses_reads_no_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's own reason goes through."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running), AT):
        with pytest.raises(Refusal) as caught:
            world.judge(SENDER)
    assert Reason.PARTY_UNKNOWN == caught.value.reason


async def test_metrics_are_served_on_the_socket_that_was_taken_and_health_follows_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the certificate and the authorities in force; refusals are told where the node's own are (F9)."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running), AT):
        assert world.healthy()
        world.log.serving = False
        assert not world.healthy()
    assert [(AT, "pair", "roots")] == world.served
    assert ("registry", "refusals") == world.shown


def test_the_watchers_are_these() -> None:
    """A change of who may watch is a change of this test."""
    assert frozenset({Role.ADMINISTRATOR, Role.REVIEWER, Role.NODE}) == WATCHERS
