"""The whole road with a refusal at every step: nothing leaves, the reason is told, and recorded where it can be."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from adapters.contract import CodeUnmapped, Columns, PlatformUnavailable, Question
from gateway.audit.entries.entry import decode
from gateway.audit.storage.reader import LogReader
from gateway.border import messages as border
from gateway.cli.demo.questions import open_channel
from gateway.gatehouse.rates import RateLimits
from gateway.ground.evidence import Column, MaskedPage, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import LeakFound
from gateway.link import answer as answering
from gateway.wire.v1 import peer_pb2
from tests.clients import reviewer_of
from tests.province import Two, plausible

PLATFORM = "sichuan"


def reasons(two: Two, name: str, exchange: str) -> list[str]:
    """The reasons recorded for one exchange in a province's log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        found = [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
    return [entry.text("reason_code") for entry in found if entry.exchange_id == exchange and entry.phase == "refusal"]


async def refused(two: Two, **changes: Any) -> tuple[Reason, str]:
    """Ask Chongqing for Sichuan; return the reason of the refusal and the request id."""
    message = two.ask(**changes)
    with pytest.raises(Refusal) as caught:
        await two.query(message)
    return caught.value.reason, message.request_id


async def health(two: Two, name: str) -> int:
    """What a node says of its health."""
    province = two.world[name]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = health_pb2_grpc.HealthStub(opened)
        status: int = (await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status
        return status


def answer_with(two: Two, **cells: Any) -> None:
    """Let the platform answer with these cells in place of plausible ones."""
    two.platforms[PLATFORM].answer = lambda asked: [{**plausible(asked)[0], **cells}]


def failing(error: Exception) -> Callable[[Question], list[Columns]]:
    """A platform that fails."""

    def answer(asked: Question) -> list[Columns]:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PlatformUnavailable("down"), Reason.PLATFORM_UNAVAILABLE),
        (CodeUnmapped("card_form"), Reason.PLATFORM_CODE_UNMAPPED),
        (ZeroDivisionError("51999919600101001X"), Reason.PLATFORM_ANSWER_INVALID),
    ],
)
async def test_step_4_a_platform_that_fails(shared_two: Two, error: Exception, reason: Reason) -> None:
    """Whatever an adapter raises becomes one family; its words do not travel."""
    shared_two.platforms[PLATFORM].answer = failing(error)
    found, exchange = await refused(shared_two)
    assert reason == found
    assert [reason.value] == reasons(shared_two, PLATFORM, exchange)


async def test_step_4_more_rows_than_were_asked_for(shared_two: Two) -> None:
    """One subject, one row."""
    shared_two.platforms[PLATFORM].answer = lambda asked: [
        {name: list(v) * 2 for name, v in plausible(asked)[0].items()}
    ]
    assert Reason.ANSWER_TOO_LARGE == (await refused(shared_two))[0]


@pytest.mark.parametrize(
    "drift",
    [
        lambda page: {**page, "51999919600101001X": ["x"]},
        lambda page: {**page, "card_form": [{"value": "51999919600101001X"}]},
        lambda page: {**page, "issue_date": ["51999919600101001X"]},
        lambda page: {**page, "card_no": ["x" * (64 << 20)]},
        lambda page: {name: cells for name, cells in page.items() if name != "card_form"},
    ],
    ids=["undeclared field", "nested cell", "another type", "64 MiB", "missing field"],
)
async def test_step_4_an_answer_whose_descriptor_drifted_or_that_is_too_long(
    shared_two: Two, drift: Callable[[Columns], Columns]
) -> None:
    """The whole page is refused, and nothing of it is told."""
    shared_two.platforms[PLATFORM].answer = lambda asked: [drift(plausible(asked)[0])]
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.PLATFORM_ANSWER_INVALID == caught.value.reason
    assert "51999919600101001X" not in f"{caught.value} {caught.value.violations}"
    assert [Reason.PLATFORM_ANSWER_INVALID.value] == reasons(shared_two, PLATFORM, message.request_id)


async def test_step_5_a_mask_that_raises(shared_two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """MASKING_FAILED, with the field and the kind of the defect; the value in its words is told nowhere."""
    masking = shared_two.nodes[PLATFORM].node.in_force.rooms.masking

    def raising(values: Any, context: Any) -> Any:
        raise ValueError(f"cannot mask {values[0]}")

    for place, plan in masking.plans.items():
        if plan.item_code == "CY-ID-02":
            steps = {**plan.steps, "card_no": replace(plan.steps["card_no"], operator=raising, minor=raising)}
            monkeypatch.setitem(masking._plans, place, replace(plan, steps=steps))
    answer_with(shared_two, card_no=["T10095028"])
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.MASKING_FAILED == caught.value.reason
    assert "T10095028" not in f"{caught.value} {caught.value.violations}"
    assert [Reason.MASKING_FAILED.value] == reasons(shared_two, PLATFORM, message.request_id)


async def test_step_5_a_masking_room_that_raises(shared_two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the room itself releases nothing: INTERNAL, with no word of it."""

    class Defective:
        """Raises what no room should."""

        def mask(self, arrival: Any, grant: Any, raw: Any) -> MaskedPage:
            """Fail with the person's number in its words."""
            raise KeyError("51999919600101001X")

    in_force = shared_two.nodes[PLATFORM].node.in_force
    monkeypatch.setattr(in_force, "rooms", replace(in_force.rooms, masking=Defective()))  # type: ignore[arg-type]  # on purpose
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.INTERNAL == caught.value.reason
    assert "51999919600101001X" not in f"{caught.value} {caught.value.violations}"
    assert [Reason.INTERNAL.value] == reasons(shared_two, PLATFORM, message.request_id)


async def test_step_5_a_value_that_its_mask_cannot_take(shared_two: Two) -> None:
    """Masking fails closed: in CY-TO-01 the age is told by the birth date, and a person is born by today."""
    answer_with(shared_two, birth_date=[date(2099, 1, 1)])
    found, exchange = await refused(shared_two, code="CY-TO-01", keys={"scheme": "same_city_ticket"})
    assert Reason.MASKING_FAILED == found
    assert [Reason.MASKING_FAILED.value] == reasons(shared_two, PLATFORM, exchange)


async def test_step_6_a_mask_that_does_nothing_is_caught_by_the_guard(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard shares nothing with masking; the entry names column and detector, never the value."""
    in_force = shared_two.nodes[PLATFORM].node.in_force

    class Broken:
        """Lets everything through."""

        def mask(self, arrival: Any, grant: Any, raw: Any) -> MaskedPage:
            """Copy the raw page."""
            return MaskedPage(raw.page, raw.number, raw.last, "broken")

    monkeypatch.setattr(in_force, "rooms", replace(in_force.rooms, masking=Broken()))  # type: ignore[arg-type]  # on purpose
    found, exchange = await refused(shared_two)
    assert Reason.LEAK_BLOCKED == found
    assert [Reason.LEAK_BLOCKED.value] == reasons(shared_two, PLATFORM, exchange)
    with LogReader(shared_two.world[PLATFORM].settings.log_path) as reader:
        (row,) = reader.exchange(exchange, "refusal")
    entry = decode(row.octets)
    assert entry.text("column")
    assert entry.text("detector")


async def test_step_7_a_log_that_cannot_be_made_durable_releases_nothing(two: Two) -> None:
    """Nothing leaves, and the node says that it does not serve."""
    log = two.nodes[PLATFORM].log

    async def broken(*arguments: Any) -> None:
        raise OSError("no space left on device")

    log._store.append = broken  # type: ignore[method-assign, assignment]  # the fault
    log._store.probe = broken  # type: ignore[method-assign]  # it stays broken
    found, exchange = await refused(two)
    assert Reason.AUDIT_NOT_DURABLE == found
    assert not log.serving
    assert health_pb2.HealthCheckResponse.NOT_SERVING == await health(two, PLATFORM)
    assert health_pb2.HealthCheckResponse.SERVING == await health(two, "chongqing")
    assert [] == reasons(two, PLATFORM, exchange)
    assert [Reason.AUDIT_NOT_DURABLE.value] == reasons(two, "chongqing", exchange)


async def test_the_asker_hands_nothing_over_while_its_own_log_is_broken(two: Two) -> None:
    """The receipt must be durable before the application gets the data."""
    log = two.nodes["chongqing"].log

    async def broken(*arguments: Any) -> None:
        raise OSError("no space left on device")

    log._store.append = broken  # type: ignore[method-assign, assignment]  # the fault
    log._store.probe = broken  # type: ignore[method-assign]  # it stays broken
    assert Reason.AUDIT_NOT_DURABLE == (await refused(two))[0]


def changed_page(message: peer_pb2.LinkAnswer) -> None:
    """Change one cell after it was recorded."""
    message.page.columns[0].strings.values[0] = "both" if message.page.columns[0].strings.values[0] != "both" else "x"


def changed_entry(message: peer_pb2.LinkAnswer) -> None:
    """Change one byte of the entry."""
    message.receipt.entry = message.receipt.entry.replace(b'"record_count":1', b'"record_count":2')


def other_index(message: peer_pb2.LinkAnswer) -> None:
    """Claim another place in the log."""
    message.receipt.index += 1


def no_receipt(message: peer_pb2.LinkAnswer) -> None:
    """Answer without a receipt."""
    message.ClearField("receipt")


def another_salt(message: peer_pb2.LinkAnswer) -> None:
    """Open the commitment with another salt."""
    message.salt = b"x" * 16


@pytest.mark.parametrize("tamper", [changed_page, changed_entry, other_index, no_receipt, another_salt])
async def test_an_answer_whose_receipt_does_not_prove_is_not_handed_over(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch, tamper: Callable[[peer_pb2.LinkAnswer], None]
) -> None:
    """The asker's gateway refuses it, and records that."""
    write = border.write_release

    def written(release: Any, request_id: str) -> peer_pb2.LinkAnswer:
        message = write(release, request_id)
        tamper(message)
        return message

    monkeypatch.setattr(answering, "write_release", written)
    found, exchange = await refused(shared_two)
    assert Reason.PEER_RECEIPT_INVALID == found
    assert [Reason.PEER_RECEIPT_INVALID.value] == reasons(shared_two, "chongqing", exchange)


async def test_step_2_a_party_beyond_its_rate_is_told_how_long_to_wait(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RetryInfo travels; no entry is written for it."""
    rooms = shared_two.nodes["chongqing"].node.in_force.rooms
    monkeypatch.setattr(rooms.gatehouse, "_rates", RateLimits(per_second=1, burst=1))
    await shared_two.query(shared_two.ask())
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.RATE_LIMITED == caught.value.reason
    assert 0 < caught.value.retry_after <= 1
    assert [] == reasons(shared_two, "chongqing", message.request_id)


async def test_step_2_a_peer_whose_clock_disagrees_gets_no_answer(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged by the signed time of each frame."""
    rooms = shared_two.nodes[PLATFORM].node.in_force.rooms
    monkeypatch.setattr(rooms.gatehouse, "_clock_offset_us", -1)
    found, _ = await refused(shared_two)
    assert Reason.CLOCK_UNSURE == found
    assert [] == shared_two.platforms[PLATFORM].asked


async def test_a_defect_in_a_room_releases_nothing_and_tells_nothing(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INTERNAL, with the kind of the defect and no words of it."""
    in_force = shared_two.nodes[PLATFORM].node.in_force

    class Defective:
        """Raises what no room should."""

        def admit(self, grant: Any) -> None:
            """Pass."""

        def inspect(self, *arguments: Any) -> None:
            """Fail."""
            raise KeyError("51999919600101001X")

        def inspect_free_text(self, ask: Any) -> None:
            """Pass."""

    monkeypatch.setattr(in_force, "rooms", replace(in_force.rooms, leakguard=Defective()))  # type: ignore[arg-type]  # on purpose
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.INTERNAL == caught.value.reason
    assert "51999919600101001X" not in str(caught.value)


@pytest.mark.parametrize("number", ["5.19999E+17", "519999196001010010", "51999919600101003"])
async def test_a_number_that_cannot_exist_is_not_asked(shared_two: Two, number: str) -> None:
    """A6: the asker's own gateway refuses it; neither the peer nor a platform hears of it."""
    message = shared_two.ask(keys={"social_security_no": number})
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.KEY_INVALID == caught.value.reason
    assert number not in f"{caught.value} {caught.value.violations}"
    assert [] == reasons(shared_two, PLATFORM, message.request_id)


@pytest.mark.parametrize("written", ["51999919600101003x", "５１９９９９１９６００１０１００３Ｘ"])
async def test_a_number_in_another_writing_is_answered_as_in_its_own(shared_two: Two, written: str) -> None:
    """A6: over the border, with receipts that prove."""
    own = await shared_two.query(shared_two.ask())
    other = await shared_two.query(shared_two.ask(keys={"social_security_no": written}))
    assert own.page == other.page


async def test_free_text_with_a_number_does_not_leave_the_asking_province(shared_two: Two) -> None:
    """The asker's own guard looks before the question is sent."""
    found, exchange = await refused(shared_two, purpose="查询 51999919600101001X")
    assert Reason.FREE_TEXT_LEAK == found
    assert [] == reasons(shared_two, PLATFORM, exchange)


@pytest.mark.parametrize(
    "text", ["查询 519999196001010013", "办理\u200b业务", hashlib.sha256(b"519999196001010013").hexdigest()]
)
async def test_free_text_is_looked_at_on_all_four_ways(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """F6: within the province, at the asker, over the link, and from a peer that does not look itself."""
    number = {"social_security_no": "519999196001010013", "name": "王一"}
    within = shared_two.ask(keys=number, purpose=text, provider_province="500000")
    with pytest.raises(Refusal) as caught:
        await shared_two.query(within)
    assert Reason.FREE_TEXT_LEAK == caught.value.reason
    assert Reason.FREE_TEXT_LEAK == (await refused(shared_two, keys=number, purpose=text))[0]
    asker = shared_two.nodes["chongqing"].node.in_force
    blind: Any = SimpleNamespace(inspect_free_text=lambda ask: None)
    monkeypatch.setattr(asker, "consumer_rooms", replace(asker.consumer_rooms, leakguard=blind))
    found, exchange = await refused(shared_two, keys=number, purpose=text)
    assert Reason.FREE_TEXT_LEAK == found
    assert ["FREE_TEXT_LEAK"] == reasons(shared_two, PLATFORM, exchange)


async def test_the_node_serves_again_by_itself_when_the_log_does(two: Two) -> None:
    """After the cure nobody has to restart anything."""
    log = two.nodes[PLATFORM].log
    append = log._store.append
    cured = asyncio.Event()

    async def broken(*arguments: Any) -> None:
        if cured.is_set():
            await append(*arguments)
            return
        raise OSError("input/output error")

    log._store.append = broken  # type: ignore[method-assign, assignment]  # the fault
    assert Reason.AUDIT_NOT_DURABLE == (await refused(two))[0]
    cured.set()
    assert log._recovery is not None
    await asyncio.wait_for(log._recovery, 5)
    assert log.serving
    assert 1 == (await two.query(two.ask())).page.rows


def test_a_leak_names_column_and_detector_only() -> None:
    """What the guard found is never part of what it says."""
    page = Page(1, (Column("name", Kind.STRING, ("王一",)),))
    assert "王一" not in repr(page)
    assert "王一" not in str(LeakFound.__doc__)
