"""The replay memory: which request ids were used, for as long as a question may still be fresh.

Rules: bounded; when it is full nothing is forgotten early, new questions are refused instead. It is filled again from
the audit log at start, so that a restart does not open a window for replays.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from gateway.ground.evidence import NO_ENTRY, RequestId
from gateway.ground.refusals import Reason, Refusal

CAPACITY = 500_000
"""Ids kept at most: 60 s of 8,000 questions a second, about 150 MB."""


@dataclass(slots=True)
class _Use:
    expires_us: int
    request_hash: bytes
    index: int
    closed: bool


class ReplayMemory:
    """Remembers every request id for `window_us` microseconds after its first use."""

    def __init__(self, window_us: int, capacity: int = CAPACITY) -> None:
        self._window_us = window_us
        self._capacity = capacity
        self._uses: OrderedDict[RequestId, _Use] = OrderedDict()

    def __len__(self) -> int:
        return len(self._uses)

    def admit(self, request_id: RequestId, request_hash: bytes, *, repeated: bool, now_us: int) -> int:
        """Take note of a use and return the index of the first entry it repeats, or NO_ENTRY.

        A question may be asked again only over a link that broke (`repeated`), with the same content, and only until
        its answer was acknowledged.

        Raises:
            Refusal: REQUEST_REPLAYED, or OVERLOADED when the memory is full.
        """
        self._forget(now_us)
        use = self._uses.get(request_id)
        if use is None:
            if len(self._uses) >= self._capacity:
                raise Refusal(Reason.OVERLOADED, "replay memory is full", retry_after=1.0)
            self._uses[request_id] = _Use(now_us + self._window_us, request_hash, NO_ENTRY, closed=False)
            return NO_ENTRY
        if not repeated or use.closed or use.request_hash != request_hash:
            raise Refusal(Reason.REQUEST_REPLAYED, "expected a new request id")
        return use.index

    def answered(self, request_id: RequestId, index: int) -> None:
        """Note the index of the first entry that answers a question; later calls change nothing."""
        use = self._uses.get(request_id)
        if use is not None and use.index == NO_ENTRY:
            use.index = index

    def close(self, request_id: RequestId) -> None:
        """Note that the answer is acknowledged: from now on every further use is a replay."""
        use = self._uses.get(request_id)
        if use is not None:
            use.closed = True

    def restore(self, request_id: RequestId, index: int, used_at_us: int) -> None:
        """Take over a use that the audit log shows; it counts as closed, since its content is not known any more."""
        self._uses[request_id] = _Use(used_at_us + self._window_us, b"", index, closed=True)

    def _forget(self, now_us: int) -> None:
        uses = self._uses
        while uses:
            first = next(iter(uses.values()))
            if first.expires_us > now_us:
                return
            uses.popitem(last=False)
