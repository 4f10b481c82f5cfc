"""Seals: the acts by which the log commits to who is named in its entries, run by run and month by month.

Pure. A run is a number of entries in a row; runs divide the log. A month is the runs of one month together. The seal of
either names the root over the sorted pairs (see `tlog.pairs`) of its entries, so that a list of all entries that name
somebody can be proven complete. Where a run ends follows from the entries alone: at `RUN_ENTRIES`, before an entry with
which it would have more than `RUN_PAIRS`, and before the first entry of a later month. Where a month ends too: before a
run that begins in another month, or with which it might become larger than `MONTH_PAIRS`, `MONTH_RUNS` or `NAMED`.

Seals have exchange ids that no question can have, so that the index of exchanges finds them among millions of entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from gateway.audit.entries.entry import VERSION, Cell, Entry, EntryInvalid, Phase, Result, encode
from gateway.audit.entries.references import epoch_of, pairs_of
from gateway.audit.entries.writing import EncodedEntry, LogIdentity

RUN_ENTRIES: Final = 4_096
"""Entries of a run at most."""
RUN_PAIRS: Final = 65_536
"""Pairs of a run at most; one entry has fewer."""
MONTH_PAIRS: Final = 2_097_152
"""Pairs of a month at most: who verifies a log has those of one month in memory. A larger month has several seals."""
MONTH_RUNS: Final = 4_096
"""Runs of a month at most."""
NAMED: Final = 512
"""Months that a run names at most; a month names no more than twice as many."""
_DAY_US: Final = 86_400_000_000
_LAST_DAY: Final = 2_932_896
"""The last day of the year 9999: of a later time the calendar says nothing."""


class SealKind(StrEnum):
    """The two kinds of seal; their actions."""

    RUN = "seal_run"
    MONTH = "seal_month"

    @property
    def code(self) -> int:
        """The number of the kind in the tables."""
        return int(self is SealKind.MONTH)


SEALS_ID: Final = {
    SealKind.RUN: "00000000-0000-0000-0000-000000000001",
    SealKind.MONTH: "00000000-0000-0000-0000-000000000002",
}
"""The exchange ids of the acts: no UUIDs of version 7."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed range of entries, from `first` to before `end`.

    Attributes:
        pairs: how many pairs its entries have.
        root: the root over them.
        months: the months (YYYY-MM) of the keys under which its entries name persons.
        act: the index of the seal; -1 before it stands in the log.
    """

    kind: SealKind
    first: int
    end: int
    pairs: int
    root: bytes
    months: tuple[str, ...]
    act: int = -1


def encode_seal(identity: LogIdentity, segment: Segment, *, event_id: str, time_us: int) -> EncodedEntry:
    """Return the entry that seals a segment."""
    fields: dict[str, Cell] = {
        "v": VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": SEALS_ID[segment.kind],
        "actor": "",
        "action": segment.kind,
        "subject": f"{segment.first}-{segment.end}",
        "seal_first": segment.first,
        "seal_end": segment.end,
        "seal_pairs": segment.pairs,
        "seal_root": segment.root.hex(),
        "seal_months": list(segment.months),
        "phase": Phase.ADMIN,
        "result": Result.PERMIT,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))


def is_seal(entry: Entry) -> bool:
    """Tell whether an entry is an act that seals, or stands where such acts are looked for."""
    return entry.text("action") in SEALS_ID or entry.exchange_id in SEALS_ID.values()


def read_seal(entry: Entry, index: int) -> Segment:
    """Return what the entry at an index seals.

    Raises:
        EntryInvalid: it is no seal.
    """
    action = entry.text("action")
    if entry.phase is not Phase.ADMIN or action not in SEALS_ID or entry.exchange_id != SEALS_ID[SealKind(action)]:
        raise EntryInvalid("expected a seal under the exchange id of its kind")
    first, end, pairs = (entry.number(name) for name in ("seal_first", "seal_end", "seal_pairs"))
    months = entry.names("seal_months")
    if not (0 <= first < end <= index and pairs >= 0 and list(months) == sorted(set(months))):
        raise EntryInvalid("expected a seal of entries before it, with its pairs and its months in order")
    root = bytes.fromhex(entry.text("seal_root"))
    if not root:
        raise EntryInvalid("expected a seal with its root, found none")
    return Segment(SealKind(action), first, end, pairs, root, months, index)


@lru_cache(64)
def _month_of_day(day: int) -> str:
    return epoch_of(min(max(day, 0), _LAST_DAY) * _DAY_US)


def month_at(time_us: int) -> str:
    """Return the month (UTC) of any time that an entry may bear; months far apart are in the order of time."""
    return _month_of_day(time_us // _DAY_US)


class OpenRun:
    """A run that grows entry by entry until the next one does not fit; `pairs` are not in order."""

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self.pairs: list[bytes] = []
        self.month = ""
        self._named: set[str] = set()

    @property
    def is_full(self) -> bool:
        """Whether no further entry fits, whatever it is."""
        return self.end - self.first >= RUN_ENTRIES

    def take(self, entry: Entry) -> bool:
        """Take the next entry of the log, unless it does not fit: then the run ends before it, and nothing changes.

        Raises:
            EntryInvalid: its references are not whole.
        """
        month, pairs = month_at(entry.number("time_utc_us")), pairs_of(entry, self.end)
        named = name_month(entry, pairs)
        if self.end > self.first and (
            self.is_full
            or month > self.month
            or len(self.pairs) + len(pairs) > RUN_PAIRS
            or (len(self._named) >= NAMED and named not in self._named)
        ):
            return False
        self.month = self.month or month
        self.pairs += pairs
        if named:
            self._named.add(named)
        self.end += 1
        return True

    @property
    def months(self) -> tuple[str, ...]:
        """The months that the run names, in order."""
        return tuple(sorted(self._named))


def name_month(entry: Entry, pairs: Sequence[bytes]) -> str:
    """Return under which month's key an entry names somebody: its own, else that of its time; empty for none."""
    return entry.text("key_epoch") or (month_at(entry.number("time_utc_us")) if pairs else "")


def fits_month(runs: Sequence[Segment], month: str, following: str) -> bool:
    """Tell whether a run that begins in the month `following` still belongs to the month of these runs."""
    return (
        month == following
        and len(runs) < MONTH_RUNS
        and sum(run.pairs for run in runs) <= MONTH_PAIRS - RUN_PAIRS
        and len({name for run in runs for name in run.months}) <= NAMED
    )
