"""A circuit breaker for one platform: failures in a row, then refuse at once for a while, then let one try.

What says nothing of the platform is neither success nor failure: the caller went away, or gave it no time.
"""

from __future__ import annotations

from gateway.ground.refusals import Reason, Refusal

FAILURES = 5
"""Failures in a row that open the breaker."""
PAUSE = 2.0
"""Seconds that it stays open before one question may try."""


class Breaker:
    """Closed, open, or letting one question try. Times are readings of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0

    @property
    def closed(self) -> bool:
        """Whether the platform answered lately."""
        return self._failures < FAILURES

    def enter(self, now: float) -> Attempt:
        """Ask whether a question may go to the platform.

        Raises:
            Refusal: PLATFORM_UNAVAILABLE while the breaker is open.
        """
        if self.closed:
            return Attempt(self, trial=False)
        if now < self._open_until:
            raise Refusal(
                Reason.PLATFORM_UNAVAILABLE,
                f"{self._failures} failures in a row",
                retry_after=self._open_until - now,
            )
        self._open_until = now + PAUSE
        return Attempt(self, trial=True)

    def record_success(self) -> None:
        """The platform answered."""
        self._failures = 0

    def record_failure(self, now: float) -> None:
        """The platform did not answer."""
        self._failures += 1
        self._open_until = now + PAUSE

    def let_next_try(self, now: float) -> None:
        """Let a question try at once, since the one that tried says nothing of the platform."""
        self._open_until = min(self._open_until, now)


class Attempt:
    """One question that may go to the platform, judged at most once."""

    __slots__ = ("_breaker", "_judged", "_trial")

    def __init__(self, breaker: Breaker, *, trial: bool) -> None:
        self._breaker = breaker
        self._trial = trial
        self._judged = False

    def succeed(self) -> None:
        """Record that the platform answered."""
        self._judged = True
        self._breaker.record_success()

    def fail(self, now: float) -> None:
        """Record that it did not."""
        self._judged = True
        self._breaker.record_failure(now)

    def end(self, now: float) -> None:
        """Leave; a trial that was not judged leaves its place to the next question."""
        if self._trial and not self._judged:
            self._breaker.let_next_try(now)
