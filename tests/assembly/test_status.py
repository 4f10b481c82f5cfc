"""The status of a node: an adapter's own words are held to its contract before an administrator reads them (F8)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters.contract import Health, Platform
from gateway.assembly import status as module
from gateway.assembly.status import read_health
from tests.samples import NUMBER


def platform(answer: Any) -> Platform:
    """A platform whose health is an answer, an error, or a wait without end."""

    async def health() -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return await asyncio.Event().wait() if answer is None else answer

    return cast(Platform, SimpleNamespace(health=health))


@pytest.mark.parametrize(
    "error", [RuntimeError(NUMBER), ExceptionGroup(NUMBER, [ValueError(NUMBER)]), KeyError(NUMBER)]
)
async def test_an_adapter_that_fails_does_not_serve_and_its_words_reach_nobody(error: Exception) -> None:
    """F8: the number in its error is in no answer."""
    found = await read_health(platform(error))
    assert (False, False) == (found.serving, NUMBER in found.detail)
    assert "failed" in found.detail


async def test_an_adapter_that_hangs_does_not_hang_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """F8: two seconds, as the contract says."""
    assert 2.0 == module.HEALTH_SECONDS
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.01)
    found = await read_health(platform(None))
    assert (False, True) == (found.serving, "two seconds" in found.detail)


@pytest.mark.parametrize("answer", [Health(serving=cast(bool, "yes"), detail=""), SimpleNamespace(serving=True), "up"])
async def test_an_answer_of_another_shape_is_not_serving(answer: Any) -> None:
    """Anything but true is no."""
    assert not (await read_health(platform(answer))).serving


@pytest.mark.parametrize("detail", [f"row of {NUMBER}", "\x1b[31mred\u202e", "x" * 10_000])
async def test_a_detail_is_scanned_bounded_and_without_controls(detail: str) -> None:
    """F8: an administrator's terminal gets no escape, and no personal number."""
    found = (await read_health(platform(Health(serving=True, detail=detail)))).detail
    assert NUMBER not in found
    assert found.isprintable()
    assert module.DETAIL_CHARACTERS >= len(found)


async def test_sound_words_pass() -> None:
    """As they are."""
    said = Health(serving=False, detail="维护中 / under maintenance")
    assert said == await read_health(platform(said))
