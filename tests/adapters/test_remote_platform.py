"""The gRPC `Platform` service: who may ask, what errors become, and that nothing that comes back is trusted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest

from adapters.contract import (
    LATER,
    OUTCOMES,
    AnswerInvalid,
    AnswerPage,
    CodeUnmapped,
    Columns,
    Description,
    Health,
    Platform,
    PlatformError,
    PlatformUnavailable,
    Question,
    ServedField,
    ServedItem,
)
from adapters.platform_status import from_status, to_status
from adapters.remote import ClientCertificates, RemotePlatform
from adapters.serve import ServerCertificates, serve
from gateway.wire.v1 import platform_pb2
from tests.adapters.stand_ins import GATEWAY, Authority
from tests.answers import all_found

SECRET = "519999195603088649"
DESCRIPTION = Description(
    "trial",
    (ServedItem("CY-ID-02", 1, (ServedField("name", "string"),), (ServedField("card_status", "string"),)),),
)
QUESTION = Question("CY-ID-02", 1, {"name": [SECRET]}, ("card_status",), 10, 5.0)
Fetch = Callable[[Question], AsyncIterator[AnswerPage]]


class _Platform:
    """A platform whose fetch is given."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.asked: list[Question] = []

    async def describe(self) -> Description:
        return DESCRIPTION

    def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        self.asked.append(question)
        return self._fetch(question)

    async def health(self) -> Health:
        return Health(False, f"down because of {SECRET}")

    async def close(self) -> None:
        """Nothing to release."""


async def _one(_: Question) -> AsyncIterator[AnswerPage]:
    yield AnswerPage({"card_status": ["active"]}, ("found",))


def _raising(error: Exception) -> Fetch:
    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        if error is not None:
            raise error
        yield AnswerPage({})

    return fetch


@asynccontextmanager
async def _between(
    platform: Platform, *, uri: str = GATEWAY, foreign: bool = False, server_name: str | None = None
) -> AsyncIterator[RemotePlatform]:
    authority, other = Authority("trial"), Authority("other")
    server = authority.server()
    client = (other if foreign else authority).client(uri)
    served = await serve(
        platform, "127.0.0.1:0", ServerCertificates(server.chain, server.key, authority.pem), {GATEWAY}
    )
    remote = RemotePlatform(
        f"127.0.0.1:{served.port}",
        ClientCertificates(client.chain, client.key, authority.pem),
        server_name=server_name,
    )
    try:
        yield remote
    finally:
        await remote.close()
        await served.stop()


async def _pages(platform: Platform, question: Question = QUESTION) -> list[AnswerPage]:
    return [page async for page in platform.fetch(question)]


async def test_a_question_goes_there_and_its_answer_comes_back() -> None:
    """With what is left of the deadline."""
    platform = _Platform(_one)
    async with _between(platform) as remote:
        assert [AnswerPage({"card_status": ("active",)}, ("found",))] == await _pages(remote)
        assert DESCRIPTION == await remote.describe()
    (asked,) = platform.asked
    assert replace(QUESTION, deadline_seconds=0, keys={}) == replace(asked, deadline_seconds=0, keys={})
    assert {"name": (SECRET,)} == asked.keys
    assert 0 < asked.deadline_seconds <= 5


@pytest.mark.parametrize(
    "stranger",
    [
        {"uri": "spiffe://chuanyu.example/510000/node/other"},
        {"uri": f"{GATEWAY}x"},
        {"foreign": True},
        {"server_name": "other.example"},
    ],
    ids=["another name", "a longer name", "another authority", "another server name"],
)
async def test_a_stranger_gets_nothing(stranger: dict[str, Any]) -> None:
    """Neither a client of the same authority without the name, nor one of another; nor a server of another name."""
    platform = _Platform(_one)
    async with _between(platform, **stranger) as remote:
        with pytest.raises(PlatformUnavailable):
            await _pages(remote)
        with pytest.raises(PlatformUnavailable):
            await remote.describe()
        assert not (await remote.health()).serving
    assert [] == platform.asked


@pytest.mark.parametrize("clients", [set(), (), []])
async def test_a_server_without_clients_does_not_start(clients: Any) -> None:
    """An empty list is nobody, never everybody."""
    authority = Authority("trial")
    server = authority.server()
    with pytest.raises(ValueError, match="at least one"):
        await serve(
            _Platform(_one), "127.0.0.1:0", ServerCertificates(server.chain, server.key, authority.pem), clients
        )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CodeUnmapped("card_status"), CodeUnmapped),
        (AnswerInvalid(f"oops {SECRET}"), AnswerInvalid),
        (PlatformUnavailable(f"oops {SECRET}"), PlatformUnavailable),
        (PlatformError(f"oops {SECRET}"), PlatformError),
        (RuntimeError(f"oops {SECRET}"), AnswerInvalid),
        (KeyError(SECRET), AnswerInvalid),
        (TimeoutError(), AnswerInvalid),
    ],
)
async def test_an_error_keeps_its_kind_and_loses_its_sentence(error: Exception, expected: type[Exception]) -> None:
    """What another machine says might hold a value."""
    async with _between(_Platform(_raising(error))) as remote:
        with pytest.raises(expected) as caught:
            await _pages(remote)
    assert expected is type(caught.value)
    assert SECRET not in f"{caught.value} {caught.value!r}"
    assert caught.value.__suppress_context__


async def test_a_defect_is_named_and_not_told_on_the_wire() -> None:
    """An exception that is not of the contract may say anything."""
    code, told, trailing = to_status(ValueError(SECRET))
    assert (grpc.StatusCode.INTERNAL, "adapter raised ValueError") == (code, told)
    assert SECRET.encode() not in trailing[0][1]


async def test_the_health_of_a_remote_platform_is_told_without_its_words() -> None:
    """They might hold a value."""
    async with _between(_Platform(_one)) as remote:
        assert Health(False, "remote platform: not serving") == await remote.health()


@pytest.mark.parametrize(
    "page",
    [
        {"card_uid": ["x"]},
        {"card_status": ["active"], "card_uid": ["x"]},
        {"card_status": [5]},
        {"card_status": ["active"] * 11},
        {"card_status": ["active"], "name": ["x", "y"]},
    ],
)
async def test_a_page_that_does_not_fit_is_refused(page: Columns) -> None:
    """At the serving end where it can be seen there, else at ours."""

    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        yield all_found(page)

    async with _between(_Platform(fetch)) as remote:
        with pytest.raises(AnswerInvalid):
            await _pages(remote)


@pytest.mark.parametrize(
    "change",
    [
        {"item_code": "CY-XX-99"},
        {"item_version": 2},
        {"page_rows": 0},
        {"page_rows": 10_001},
        {"keys": {}},
        {"keys": {"name": []}},
        {"keys": {"Name": ["x"]}},
        {"keys": {"name": ["x"], "other": []}},
    ],
)
async def test_a_question_that_does_not_fit_never_reaches_the_platform(change: dict[str, Any]) -> None:
    """An error of the contract, from either end."""
    platform = _Platform(_one)
    async with _between(platform) as remote:
        with pytest.raises(PlatformError):
            await _pages(remote, replace(QUESTION, **change))
    assert [] == platform.asked


async def test_a_question_without_a_deadline_is_refused() -> None:
    """Deadlines are mandatory on every hop."""
    platform = _Platform(_one)
    async with _between(platform) as remote:
        request = platform_pb2.FetchRequest(item_code="CY-ID-02", item_version=1, fields=["card_status"], page_rows=1)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in remote._stub().Fetch(request):
                pass
    assert grpc.StatusCode.INVALID_ARGUMENT is caught.value.code()
    assert [] == platform.asked


async def test_leaving_a_question_ends_it_at_the_other_end() -> None:
    """Nobody works for an answer that nobody waits for."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        started.set()
        try:
            await asyncio.Event().wait()
            yield AnswerPage({})
        finally:
            ended.set()

    async with _between(_Platform(fetch)) as remote:
        task = asyncio.ensure_future(_pages(remote))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_deadline_that_passes_is_unavailable() -> None:
    """And the other end is cancelled."""

    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        await asyncio.Event().wait()
        yield AnswerPage({})

    async with _between(_Platform(fetch)) as remote:
        with pytest.raises(PlatformUnavailable, match="DEADLINE_EXCEEDED"):
            await _pages(remote, replace(QUESTION, deadline_seconds=0.3))


async def test_a_closed_remote_platform_is_unavailable() -> None:
    """Closing twice does no harm."""
    async with _between(_Platform(_one)) as remote:
        await _pages(remote)
        await remote.close()
        await remote.close()
        with pytest.raises(PlatformUnavailable, match="closed"):
            await _pages(remote)
        assert not (await remote.health()).serving


@pytest.mark.parametrize(
    "details",
    [b"", b"\xff\xff", to_status(AnswerInvalid("x"))[2][0][1], to_status(CodeUnmapped("Not A Name"))[2][0][1]],
)
def test_a_field_that_is_not_one_is_not_believed(details: bytes) -> None:
    """An unmapped code is told with a well-formed name or not at all."""
    error = grpc.aio.AioRpcError(
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.aio.Metadata(),
        grpc.aio.Metadata(("grpc-status-details-bin", details)),
        details=SECRET,
    )
    told = from_status(error)
    assert AnswerInvalid is type(told)
    assert SECRET not in str(told)


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_an_outcome_comes_back_as_it_was_said(outcome: str) -> None:
    """Also from when on a person can be asked again."""
    said = AnswerPage({"card_status": (None,)}, (outcome,), 1_800_000_000 if outcome == LATER else 0)

    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        yield said

    async with _between(_Platform(fetch)) as remote:
        assert [said] == await _pages(remote)


@pytest.mark.parametrize("outcomes", [("withheld_minor",), ("withheld_gate",), ("gone",), ("found", "found")])
async def test_an_outcome_that_is_no_platforms_is_refused(outcomes: tuple[str, ...]) -> None:
    """What is withheld is the gateway's to say, and each row has one."""

    async def fetch(_: Question) -> AsyncIterator[AnswerPage]:
        yield AnswerPage({"card_status": ["active"]}, outcomes)

    async with _between(_Platform(fetch)) as remote:
        with pytest.raises(AnswerInvalid):
            await _pages(remote)
