"""A circuit breaker for one platform: failures in a row, then refuse at once for a while, then let one try."""

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

    def enter(self, now: float) -> None:
        """Ask whether a question may go to the platform.

        Raises:
            Refusal: PLATFORM_UNAVAILABLE while the breaker is open.
        """
        if self._failures >= FAILURES:
            if now < self._open_until:
                raise Refusal(
                    Reason.PLATFORM_UNAVAILABLE,
                    f"{self._failures} failures in a row",
                    retry_after=self._open_until - now,
                )
            self._open_until = now + PAUSE

    def record_success(self) -> None:
        """The platform answered."""
        self._failures = 0

    def record_failure(self, now: float) -> None:
        """The platform did not answer."""
        self._failures += 1
        self._open_until = now + PAUSE
