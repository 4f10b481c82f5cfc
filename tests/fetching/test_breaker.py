"""The circuit breaker of one platform: what opens it, who tries, and what says nothing of the platform."""

from __future__ import annotations

import pytest

from gateway.fetching.breaker import FAILURES, PAUSE, Breaker
from gateway.ground.refusals import Reason, Refusal


def opened() -> Breaker:
    """Return a breaker that the last failure opened, at the time 0."""
    breaker = Breaker()
    for _ in range(FAILURES):
        attempt = breaker.enter(0.0)
        attempt.fail(0.0)
        attempt.end(0.0)
    return breaker


def is_refused(breaker: Breaker, now: float) -> bool:
    """Tell whether a question is refused, and for the right reason."""
    try:
        breaker.enter(now)
    except Refusal as refusal:
        return refusal.reason is Reason.PLATFORM_UNAVAILABLE
    return False


def test_failures_in_a_row_open_it_and_one_question_tries() -> None:
    """A platform that is down is not asked by everybody."""
    breaker = opened()
    assert not breaker.closed
    assert is_refused(breaker, PAUSE - 0.1)
    trial = breaker.enter(PAUSE)
    assert is_refused(breaker, PAUSE + 0.1)
    trial.succeed()
    trial.end(PAUSE + 0.2)
    assert breaker.closed
    assert not is_refused(breaker, PAUSE + 0.2)


def test_one_failure_fewer_opens_nothing_and_a_success_forgets_them() -> None:
    """Failures count in a row alone."""
    breaker = Breaker()
    for _ in range(2):
        for _ in range(FAILURES - 1):
            breaker.enter(0.0).fail(0.0)
        assert breaker.closed
        breaker.enter(0.0).succeed()


def test_a_refusal_says_when_to_come_again() -> None:
    """The rest of the pause."""
    with pytest.raises(Refusal, match=f"{FAILURES} failures in a row") as caught:
        opened().enter(0.5)
    assert PAUSE - 0.5 == caught.value.retry_after


def test_a_trial_without_a_verdict_leaves_its_place_to_the_next() -> None:
    """So an asker of short deadlines cannot keep the platform closed for everybody by taking every trial."""
    breaker = opened()
    for at in range(1_000):
        now = PAUSE + at / 1_000
        breaker.enter(now).end(now)
    assert not breaker.closed
    assert not is_refused(breaker, PAUSE + 1)


def test_a_trial_that_fails_keeps_it_open() -> None:
    """For another pause, from the failure on."""
    breaker = opened()
    trial = breaker.enter(PAUSE)
    trial.fail(PAUSE + 1)
    trial.end(PAUSE + 1)
    assert is_refused(breaker, 2 * PAUSE + 0.9)
    assert not is_refused(breaker, 2 * PAUSE + 1)


def test_a_question_of_before_that_ends_without_a_verdict_opens_no_way() -> None:
    """Only the one that tries may give its place away."""
    breaker = Breaker()
    early = breaker.enter(0.0)
    for _ in range(FAILURES):
        breaker.enter(0.0).fail(0.0)
    early.end(0.1)
    assert is_refused(breaker, 0.2)
