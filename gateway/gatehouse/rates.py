"""Request-rate limits per party: a token bucket each, bounded in number."""

from __future__ import annotations

from collections import OrderedDict

from gateway.ground.refusals import Reason, Refusal

PARTIES = 10_000
"""Buckets kept at most; the one longest unused makes room, which can only make a limit looser by one burst."""


class RateLimits:
    """Allows each party `per_second` questions, and `burst` at once."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_us = per_second / 1e6
        self._burst = float(burst)
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, party: str, now_us: int) -> None:
        """Count one question of a party.

        Raises:
            Refusal: RATE_LIMITED, with the seconds after which the next question is due.
        """
        level, then = self._buckets.get(party, (self._burst, now_us))
        level = min(self._burst, level + max(0, now_us - then) * self._per_us)
        if level < 1.0:
            raise Refusal(
                Reason.RATE_LIMITED, "rate limit of the party", retry_after=(1.0 - level) / self._per_us / 1e6
            )
        self._keep(party, level - 1.0, now_us)

    def charge(self, party: str, calls: int) -> None:
        """Count what a party has caused as so many calls more; below nothing it waits until that is made good."""
        if (kept := self._buckets.get(party)) is not None:
            self._keep(party, max(kept[0] - calls, -self._burst), kept[1])

    def _keep(self, party: str, level: float, now_us: int) -> None:
        self._buckets[party] = (level, now_us)
        self._buckets.move_to_end(party)
        if len(self._buckets) > PARTIES:
            self._buckets.popitem(last=False)
