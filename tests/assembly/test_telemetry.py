"""The metrics of a running node are for its own province's operators, reviewers and nodes, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.assembly import telemetry as module
from gateway.assembly.telemetry import WATCHERS, expose_metrics
from gateway.ground.refusals import Reason, Refusal
from keys.identity import Identity, Role


class World:
    """A node of Sichuan whose gate gives one identity; the exposition's judge is kept, and nothing listens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: Identity | Refusal = Refusal(Reason.PARTY_UNKNOWN)
        self.log = SimpleNamespace(serving=True)
        self.running = SimpleNamespace(
            settings=SimpleNamespace(
                node=SimpleNamespace(province="510000"), listen=SimpleNamespace(host="localhost", metrics_port=9)
            ),
            identify=self.identify,
            metrics=SimpleNamespace(registry="registry"),
            log=self.log,
            pair="pair",
            roots="roots",
        )
        self.served: list[object] = []
        monkeypatch.setattr(module, "Exposition", self.make)

    def identify(self, sender: object) -> Identity:
        """Give the identity, or refuse."""
        if isinstance(self.found, Refusal):
            raise self.found
        return self.found

    def make(self, registry: object, *, judge: Callable[[str], None], healthy: Callable[[], bool]) -> Any:
        """Keep the judge."""
        self.judge, self.healthy = judge, healthy
        return self

    @asynccontextmanager
    async def serving(self, host: str, port: int, *, pair: object, roots: object) -> AsyncIterator[int]:
        """Note where metrics are served."""
        self.served.append((host, port, pair, roots))
        yield port


@pytest.mark.parametrize("province", ["500000", "510000"])
@pytest.mark.parametrize("role", list(Role))
async def test_only_watchers_of_our_own_province_read_metrics(
    monkeypatch: pytest.MonkeyPatch, role: Role, province: str
) -> None:
    """An application, and every machine of another province, is refused."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running)):
        world.found = Identity(province, role, "one")
        if role in WATCHERS and province == "510000":
            world.judge("pem")
            return
        with pytest.raises(Refusal) as caught:
            world.judge("pem")
    assert Reason.ROLE_NOT_ALLOWED == caught.value.reason


async def test_a_machine_that_the_gate_refuses_reads_no_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's own reason goes through."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running)):
        with pytest.raises(Refusal) as caught:
            world.judge("pem")
    assert Reason.PARTY_UNKNOWN == caught.value.reason


async def test_metrics_are_served_where_the_settings_say_and_health_follows_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the certificate and the authorities in force."""
    world = World(monkeypatch)
    async with expose_metrics(cast(Any, world.running)):
        assert world.healthy()
        world.log.serving = False
        assert not world.healthy()
    assert [("localhost", 9, "pair", "roots")] == world.served


def test_the_watchers_are_these() -> None:
    """A change of who may watch is a change of this test."""
    assert frozenset({Role.ADMINISTRATOR, Role.REVIEWER, Role.NODE}) == WATCHERS
