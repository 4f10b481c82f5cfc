"""The cosignatures of our own log: how far each witness has come, and whether an exchange may go on under that.

Three rules, all fail closed and all but the last recovering by themselves:
1 after a start nothing is exchanged until the quorum has cosigned the log as it was found: a witness that has seen more
  shows that the log was rolled back
2 entries wait for a cosignature for so many seconds and so many entries at most; across provinces it is that of the
  other province's gateway and of the quorum, within the province that of the quorum alone
3 a witness that has seen another log than ours stops everything until the node is restored and started anew

No clock of its own and no I/O: the caller gives a monotonic clock in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ground.refusals import Reason, Refusal

QUORUM: Final = ""
"""The name under which the quorum has a lag, beside the witnesses."""
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """How long and how many entries may wait for a cosignature."""

    seconds: float
    entries: int


@dataclass(frozen=True, slots=True)
class Lag:
    """The entries that are not cosigned: seconds since the first of them, and how many there are."""

    seconds: float
    entries: int

    def beyond(self, limit: Limit) -> bool:
        """Return whether more waits, or for longer, than may."""
        return self.seconds > limit.seconds or self.entries > limit.entries


@dataclass(slots=True)
class _Mark:
    """How far one witness has come; `since` is when the first entry beyond it was there."""

    size: int
    since: float | None = None


class Cosignatures:
    """The cosignatures of one log, owned by the event loop.

    `provinces` maps a province to the name of its gateway as a witness.

    `enough` returns whether the witnesses of these names make the quorum; no name at all never does.
    """

    def __init__(
        self,
        *,
        names: frozenset[str],
        provinces: Mapping[str, str],
        enough: Callable[[frozenset[str]], bool],
        cross_province: Limit,
        in_province: Limit,
        clock: Callable[[], float],
    ) -> None:
        self._provinces = dict(provinces)
        self._enough = enough
        self._cross_province = cross_province
        self._in_province = in_province
        self._clock = clock
        self._size = 0
        self._marks = {name: _Mark(0) for name in (*sorted(names), QUORUM)}
        self._answered: set[str] = set()
        self._confirmed = False
        self._contradiction = ""
        self._forked: set[str] = set()

    @property
    def confirmed(self) -> bool:
        """Whether the quorum has cosigned the log since the start, and nothing contradicts it."""
        return self._confirmed and not self._contradiction

    @property
    def contradiction(self) -> str:
        """The finding of a witness that has seen another log than ours; empty where there is none."""
        return self._contradiction

    def begin(self, size: int, cosigned: Mapping[str, int]) -> None:
        """Take up a log as it was found: its size, and the size that each witness is known to have cosigned."""
        self._size = size
        now = self._clock()
        for name, mark in self._marks.items():
            mark.size = self._quorum_of(cosigned) if name == QUORUM else cosigned.get(name, 0)
            mark.since = now if mark.size < size else None

    def count_entries(self, entries: int) -> None:
        """Count entries that became durable; called after each commit."""
        self.report_size(self._size + entries)

    def report_size(self, size: int) -> None:
        """Report the log's size; a smaller one than before changes nothing."""
        if size <= self._size:
            return
        self._size = size
        now = 0.0
        for mark in self._marks.values():
            if mark.since is None:
                now = now or self._clock()
                mark.since = now

    def record(self, name: str, size: int, taken_at: float) -> None:
        """Record that a witness has cosigned a checkpoint of `size` entries, taken at that reading of the clock."""
        self._answered.add(name)
        self._advance(self._marks[name], size, taken_at)
        sizes = {one: mark.size for one, mark in self._marks.items() if one in self._answered}
        if self._enough(frozenset(self._answered)):
            self._confirmed = True
        self._advance(self._marks[QUORUM], self._quorum_of(sizes), taken_at)

    def contradict(self, what: str) -> None:
        """Stop for good: a witness has seen another log than ours."""
        self._contradiction = self._contradiction or what

    def stop_province(self, province: str) -> None:
        """Stop exchanges with a province for good: its log has signed two roots for one size."""
        self._forked.add(province)

    def lag(self, name: str = QUORUM) -> Lag:
        """Return what waits for a witness, or for the quorum."""
        mark = self._marks[name]
        entries = max(self._size - mark.size, 0)
        if not entries or mark.since is None:
            return Lag(0.0, entries)
        return Lag(max(self._clock() - mark.since, 0.0), entries)

    def names(self) -> tuple[str, ...]:
        """Return the names of the witnesses."""
        return tuple(name for name in self._marks if name != QUORUM)

    def size_of(self, name: str = QUORUM) -> int:
        """Return how many entries a witness, or the quorum, has cosigned."""
        return self._marks[name].size

    def require_confirmed(self) -> None:
        """Let a question in, or not: rules 1 and 3.

        Raises:
            Refusal: WITNESS_AWAITED or LOG_CONTRADICTED.
        """
        if self._contradiction:
            raise Refusal(Reason.LOG_CONTRADICTED, self._contradiction)
        if not self._confirmed:
            raise Refusal(Reason.WITNESS_AWAITED, "no quorum of witnesses has answered", retry_after=RETRY_SECONDS)

    def require_witnessed(self, provinces: frozenset[str]) -> None:
        """Let an exchange go on, or not: rule 2. `provinces` are the other provinces that take part; none within ours.

        Raises:
            Refusal: LOG_UNWITNESSED, PEER_LOG_FORKED, WITNESS_AWAITED or LOG_CONTRADICTED.
        """
        if self._contradiction or not self._confirmed:
            self.require_confirmed()
        if provinces & self._forked:
            raise Refusal(Reason.PEER_LOG_FORKED, f"the log of {', '.join(sorted(provinces & self._forked))}")
        limit = self._cross_province if provinces else self._in_province
        for name in (QUORUM, *(self._provinces.get(province, QUORUM) for province in provinces)):
            lag = self.lag(name)
            if lag.entries and lag.beyond(limit):
                raise Refusal(
                    Reason.LOG_UNWITNESSED,
                    f"{lag.entries} entries wait for {name or 'the quorum'} since {lag.seconds:.0f} s",
                    retry_after=RETRY_SECONDS,
                )

    def _quorum_of(self, sizes: Mapping[str, int]) -> int:
        """The greatest size that a quorum has cosigned, or more than it: a larger tree holds the smaller one."""
        best = 0
        for size in set(sizes.values()):
            if size > best and self._enough(frozenset(name for name, seen in sizes.items() if seen >= size)):
                best = size
        return best

    def _advance(self, mark: _Mark, size: int, taken_at: float) -> None:
        if size <= mark.size:
            return
        mark.size = size
        mark.since = taken_at if size < self._size else None
