"""The account of an exchange: counted in and out whatever happens, logged once, refused while it may not begin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog

from gateway.ground.evidence import Receipt
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import Detector, LeakFound
from gateway.road import Refused
from gateway.serving.account import Accounts
from gateway.telemetry.metrics import Metrics
from gateway.witness.cosignatures import Cosignatures, Limit
from tests.samples import NUMBER, arrival

RECEIPT = Receipt("origin", 7, b"entry", (), b"checkpoint")


def standing(*, confirmed: bool = True) -> Cosignatures:
    """A log with one witness, which has cosigned it or not."""
    limit = Limit(60, 100)
    found = Cosignatures(
        names=frozenset({"w"}),
        provinces={},
        enough=lambda names: "w" in names,
        cross_province=limit,
        in_province=limit,
        clock=lambda: 0.0,
    )
    found.begin(1, {})
    if confirmed:
        found.record("w", 1, 0.0)
    return found


@dataclass
class World:
    """Accounts of a node, and what they log, count and trace."""

    confirmed: bool = True
    caught_up: bool = True
    most: int = 2
    spans: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        self.cosignatures = standing(confirmed=self.confirmed)
        self.accounts = Accounts(
            metrics=self.metrics, span=self.span, cosignatures=self.cosignatures, max_in_flight=self.most
        )
        if self.caught_up:
            self.accounts.serve()

    @contextmanager
    def span(self, name: str, traceparent: str) -> Iterator[None]:
        """Note that a span opens and closes."""
        self.spans.append(f"{name} opens")
        yield
        self.spans.append(f"{name} closes")

    def sample(self, name: str, **labels: str) -> float | None:
        """What a metric says."""
        return self.metrics.registry.get_sample_value(f"chuanyu_{name}", labels)

    def walk(self, error: BaseException | None = None, *, last: bool = False) -> list[Any]:
        """Open an account, count one page, end with an error or none; return the log lines."""
        with (
            structlog.testing.capture_logs() as lines,
            suppress(*(() if error is None else (type(error),))),
            self.accounts.open("provider", arrival(traceparent=f"00-{'a' * 32}-{'b' * 16}-01")) as account,
        ):
            account.count_page(3, 5, last=last)
            if error is not None:
                raise error
        return lines


def reason(accounts: Accounts) -> Reason:
    """Why an account is refused."""
    with pytest.raises(Refused) as caught:
        accounts.open("provider", arrival())
    assert () == caught.value.receipts
    return caught.value.refusal.reason


async def test_a_released_exchange_is_one_line_and_one_count() -> None:
    """With its rows, its entry and its trace."""
    world = World()
    (line,) = world.walk()
    found = {key: line[key] for key in ("event", "role", "outcome", "reason", "rows", "entry", "trace_id", "detail")}
    wanted = {"event": "exchange", "role": "provider", "outcome": "released", "reason": "", "rows": 3, "entry": 5}
    assert {**wanted, "trace_id": "a" * 32, "detail": ""} == found
    assert ["provider opens", "provider closes"] == world.spans
    counted = world.sample("exchanges_total", item="CY-ID-02", role="provider", outcome="released", reason="")
    assert (1.0, 0.0, 0) == (counted, world.sample("in_flight"), world.accounts.in_flight)


@pytest.mark.parametrize(
    ("error", "why", "entry"),
    [
        (Refused(Refusal(Reason.REQUEST_STALE), ()), Reason.REQUEST_STALE, 5),
        (Refused(Refusal(Reason.ITEM_UNKNOWN), (RECEIPT,)), Reason.ITEM_UNKNOWN, 7),
        (asyncio.CancelledError(), Reason.CANCELLED, 5),
        (GeneratorExit(), Reason.CANCELLED, 5),
        (RuntimeError("defect"), Reason.CANCELLED, 5),
    ],
    ids=["refused", "refused and recorded", "cancelled", "abandoned", "defect"],
)
async def test_an_exchange_that_ends_otherwise_is_refused_and_counted_out(
    error: BaseException, why: Reason, entry: int
) -> None:
    """Whatever ended it; the entry is that of the refusal where there is one."""
    world = World(most=1)
    (line,) = world.walk(error)
    assert ("refused", str(why), entry) == (line["outcome"], line["reason"], line["entry"])
    assert 0 == world.accounts.in_flight
    assert ["provider opens", "provider closes"] == world.spans
    world.accounts.open("provider", arrival())  # its place is free again


async def test_who_leaves_after_the_last_page_was_answered() -> None:
    """A2: the log has no refusal of it, so the line says none either."""
    world = World()
    (line,) = world.walk(GeneratorExit(), last=True)
    assert ("released", "") == (line["outcome"], line["reason"])


async def test_a_leak_is_counted_by_column_and_logged_as_an_error() -> None:
    """Beside the exchange's own line, and without a value."""
    world = World()
    lines = world.walk(Refused(LeakFound("name", Detector.RAW_VALUE), (RECEIPT,)))
    assert ["leak blocked", "exchange"] == [line["event"] for line in lines]
    assert 1.0 == world.sample("leak_blocked_total", item="CY-ID-02", column="name", detector="raw_value")


async def test_a_rate_limit_is_counted_by_party() -> None:
    """The department, never the operator."""
    world = World()
    world.walk(Refused(Refusal(Reason.RATE_LIMITED), ()))
    assert 1.0 == world.sample("rate_limited_total", party="cq-hrss")


async def test_a_defect_leaves_its_cause_in_the_log() -> None:
    """A second line, with the cause of the refusal."""
    refused = Refused(Refusal(Reason.INTERNAL), (RECEIPT,))
    refused.__cause__ = cause = ValueError("cause")
    lines = World().walk(refused)
    assert ["exchange", "defect"] == [line["event"] for line in lines]
    assert cause is lines[1]["exc_info"]


async def test_no_line_holds_anything_of_the_question() -> None:
    """Neither keys nor purpose nor operator."""
    world = World()
    for error in (None, Refused(Refusal(Reason.ITEM_UNKNOWN), ()), RuntimeError(NUMBER)):
        text = str(world.walk(error))
        assert not any(secret in text for secret in (NUMBER, "王一", "办理业务", "YW-1"))


@pytest.mark.parametrize("most", [1, 2])
async def test_no_more_exchanges_than_may_be_are_in_flight(most: int) -> None:
    """One more is refused, and none that is counted."""
    world = World(most=most)
    opened = [world.accounts.open("provider", arrival()) for _ in range(most)]
    for account in opened:
        account.__enter__()
    assert Reason.OVERLOADED == reason(world.accounts)
    opened[0].__exit__(None, None, None)
    world.accounts.open("provider", arrival())


async def test_nothing_begins_before_a_witness_has_answered_or_once_the_log_is_contradicted() -> None:
    """Nor while the node drains, whatever else holds."""
    assert Reason.WITNESS_AWAITED == reason(World(confirmed=False).accounts)
    assert Reason.WITNESS_AWAITED == reason(World(caught_up=False).accounts)
    world = World()
    world.cosignatures.contradict("another log")
    assert Reason.LOG_CONTRADICTED == reason(world.accounts)
    world.accounts.draining = True
    assert Reason.DRAINING == reason(world.accounts)


async def test_a_drain_waits_for_what_is_in_flight_and_refuses_what_is_new() -> None:
    """It ends when the last exchange does."""
    world = World()
    account = world.accounts.open("provider", arrival()).__enter__()
    drain = asyncio.create_task(world.accounts.drain(60))
    await asyncio.sleep(0)
    assert not drain.done()
    assert Reason.DRAINING == reason(world.accounts)
    account.__exit__(None, None, None)
    await drain


async def test_a_drain_ends_with_its_time_and_says_what_was_in_flight() -> None:
    """A question that hangs keeps no node from stopping."""
    world = World()
    world.accounts.open("provider", arrival()).__enter__()
    with structlog.testing.capture_logs() as lines:
        await world.accounts.drain(0)
    assert [("drain ended with exchanges in flight", 1)] == [(line["event"], line["in_flight"]) for line in lines]


async def test_a_drain_of_an_idle_node_ends_at_once() -> None:
    """There is nothing to wait for."""
    world = World()
    await world.accounts.drain(60)
    assert world.accounts.draining
