"""The suite passes nothing by default: without items it refuses, and a platform that never answers fails each check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest

from adapters.conformance.suite import CHECKS, Finding, run
from adapters.contract import AnswerPage, Description, Health, Platform, PlatformUnavailable, Question
from tests.adapters.stand_ins import expectations

ITEM = next(item for item in expectations("sichuan") if item.code == "CY-ID-02")


class _Down:
    """A platform that answers nothing but an error of the contract."""

    async def describe(self) -> Description:
        raise PlatformUnavailable("down")

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        raise PlatformUnavailable("down")
        yield AnswerPage({})

    async def health(self) -> Health:
        raise PlatformUnavailable("down")

    async def close(self) -> None:
        return


async def test_a_suite_without_items_is_refused() -> None:
    """It would pass everything."""
    with pytest.raises(ValueError, match="expected at least one item, found none"):
        await run(cast(Platform, _Down()), ())


async def test_a_platform_that_is_down_fails_every_check_that_needs_an_answer() -> None:
    """Refusals, deadlines and silence it keeps; nothing else."""
    findings = await run(cast(Platform, _Down()), [ITEM])
    assert {"health", "describe", *CHECKS} - {"refusal", "deadline", "silence"} == {one.check for one in findings}
    assert Finding("describe", "", "expected a description, found PlatformUnavailable") in findings
