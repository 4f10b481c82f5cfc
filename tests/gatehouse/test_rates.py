"""Rate limits: each party within its own."""

from __future__ import annotations

import pytest

from gateway.gatehouse.rates import RateLimits
from gateway.ground.refusals import Reason, Refusal


def test_a_burst_is_allowed_and_the_next_question_is_told_when() -> None:
    """The refusal says how long to wait."""
    limits = RateLimits(per_second=2, burst=3)
    for _ in range(3):
        limits.take("a", 0)
    with pytest.raises(Refusal) as caught:
        limits.take("a", 0)
    assert Reason.RATE_LIMITED == caught.value.reason
    assert pytest.approx(0.5) == caught.value.retry_after


def test_the_wait_that_was_told_is_enough() -> None:
    """Waiting as told lets the question through."""
    limits = RateLimits(per_second=2, burst=1)
    limits.take("a", 0)
    with pytest.raises(Refusal):
        limits.take("a", 499_999)
    limits.take("a", 500_001)


def test_one_party_does_not_use_up_anothers() -> None:
    """Limits are per party."""
    limits = RateLimits(per_second=1, burst=1)
    limits.take("a", 0)
    limits.take("b", 0)


def test_a_clock_that_steps_back_gives_nothing() -> None:
    """Time that runs backwards does not fill the bucket."""
    limits = RateLimits(per_second=1, burst=1)
    limits.take("a", 10_000_000)
    with pytest.raises(Refusal):
        limits.take("a", 0)
