"""Compares the logs of two provinces, exchange by exchange: which one has only one side, and why where that is known.

Each log commits to the other's entries: a receipt names the release that it received, an outcome the receipt that it
acknowledges. An exchange has both sides when each page's release and receipt name each other. Pages with one side are
listed, with the reason that a log itself gives, or the finding that neither explains. The order of two logs cannot be
compared, so an exchange in flight when they were read looks like one that the other side does not know yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from gateway.audit.entries.entry import Entry, Phase
from gateway.ground.refusals import Reason


class Side(StrEnum):
    """Which side of an exchange a log has."""

    PROVIDER = "provider"
    ASKER = "asker"


class Cause(StrEnum):
    """The cause for which an exchange has one side alone. The first four explain it, the others do not."""

    REFUSED = "refused"
    """The side that is there, or the other one, recorded why nothing was handed over."""
    REPEATED = "repeated"
    """A link asked again, and another release of the same page was received."""
    IN_FLIGHT = "in_flight"
    """It began so late that the other log may not have had its entry yet."""
    NOT_SHOWN = "not_shown"
    """The other log was shown in part, and its entry may stand in what was not."""
    UNKNOWN = "unknown"
    """The other log does not know the exchange."""
    UNANSWERED = "unanswered"
    """The other log began it and recorded no end."""
    ALTERED = "altered"
    """One log commits to an entry that does not stand in the other as it says."""


EXPLAINED: Final = frozenset({Cause.REFUSED, Cause.REPEATED, Cause.IN_FLIGHT, Cause.NOT_SHOWN})
"""Findings that need nobody's attention."""


@dataclass(frozen=True, slots=True)
class OneSided:
    """An exchange, or a page of it, of which one log has its side alone. `reason` is that of a refusal, or empty."""

    exchange_id: str
    page: int
    origin: str
    index: int
    side: Side
    time_us: int
    item_code: str
    department: str
    why: Cause
    reason: str

    @property
    def explained(self) -> bool:
        """Whether a reason is known."""
        return self.why in EXPLAINED


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing two logs. `unacknowledged` pages have both sides, but no outcome came back."""

    exchanges: int
    pages: int
    refused: int
    unacknowledged: int
    within_province: int
    one_sided: tuple[OneSided, ...]


class EntrySource(Protocol):
    """A log to compare: whole, or some ranges of it. Whether it holds is verified elsewhere."""

    origin: str

    def entries(self) -> Iterator[tuple[int, bytes, Entry]]:
        """Yield index, leaf hash and entry, in order."""
        ...

    def covers(self, index: int) -> bool:
        """Tell whether the entry at an index is shown, if there is one."""
        ...

    def whole(self) -> bool:
        """Tell whether nothing is left out."""
        ...


Leaf = tuple[str, int, str]
"""Origin, index, and leaf hash in hex."""


@dataclass(slots=True)
class _Page:
    """A release or receipt; `walk` is the event of the intent that it follows."""

    index: int
    leaf: str
    time_us: int
    names: Leaf | None = None
    outcome: Leaf | None = None
    walk: str = ""


@dataclass(slots=True)
class _Half:
    """One log's side of one exchange; `pages` are its releases or receipts by page number, repeats among them.

    A link that breaks makes several walks of one exchange, and each has its own end: `ends` has the reason of each
    refusal by the event of the intent that it follows, empty where it follows none.
    """

    index: int
    time_us: int
    item_code: str
    department: str
    begun: bool = False
    reason: str = ""
    refused_by: Leaf | None = None
    ends: dict[str, str] = field(default_factory=dict)
    pages: dict[int, list[_Page]] = field(default_factory=dict)


@dataclass(slots=True)
class _Log:
    """Both roles of one log."""

    source: EntrySource
    provided: dict[str, _Half] = field(default_factory=dict)
    asked: dict[str, _Half] = field(default_factory=dict)
    leaves: dict[int, str] = field(default_factory=dict)
    within: int = 0
    newest_us: int = 0


def compare(
    one: EntrySource,
    other: EntrySource,
    *,
    grace_us: int = 60_000_000,
    progress: Callable[[int], None] = lambda done: None,
) -> Comparison:
    """Compare two logs.

    Args:
        one, other: the logs; each may both provide and ask.
        grace_us: an exchange that began less than this before the newest entry of the other log is in flight.
        progress: told after each entry how many were read.
    """
    logs = []
    done = 0
    for source in (one, other):
        log = _Log(source)
        for index, leaf, entry in source.entries():
            _take(log, index, leaf.hex(), entry)
            done += 1
            progress(done)
        logs.append(log)
    first, second = logs
    pairs = [*_compare_exchanges(first, second, grace_us), *_compare_exchanges(second, first, grace_us)]
    found = sorted((one for _, _, _, sided in pairs for one in sided), key=lambda one: (one.time_us, one.index))
    return Comparison(
        exchanges=len(pairs),
        pages=sum(pages for pages, _, _, _ in pairs),
        refused=sum(refused for _, refused, _, _ in pairs),
        unacknowledged=sum(unacknowledged for _, _, unacknowledged, _ in pairs),
        within_province=first.within + second.within,
        one_sided=tuple(found),
    )


def _take(log: _Log, index: int, leaf: str, entry: Entry) -> None:
    """Put one entry to its exchange, on the side that its log had."""
    log.newest_us = max(log.newest_us, entry.number("time_utc_us"))
    phase = entry.phase
    if phase is Phase.ADMIN:
        return
    if phase in (Phase.RECEIPT, Phase.REFUSAL):
        log.leaves[index] = leaf
    if phase is Phase.OUTCOME:
        _take_outcome(log, entry)
        return
    pair = entry.text("province_pair")
    if pair and pair[:6] == pair[7:]:
        log.within += phase is Phase.INTENT and entry.number("page") == 0
        return
    half = _half(log, index, entry, pair)
    half.begun = half.begun or phase is Phase.INTENT
    if phase in (Phase.RELEASE, Phase.RECEIPT):
        page = _Page(index, leaf, entry.number("time_utc_us"), _peer_leaf(entry), walk=entry.text("prev_event"))
        half.pages.setdefault(entry.number("page"), []).append(page)
    elif phase is Phase.REFUSAL:
        half.reason, half.refused_by = entry.text("reason_code"), _peer_leaf(entry)
        half.ends[entry.text("prev_event")] = half.reason


def _half(log: _Log, index: int, entry: Entry, pair: str) -> _Half:
    """The side of the exchange that this log has: who provides is told by the phase, the province, or what is known."""
    exchange = entry.exchange_id
    province = entry.text("node").removeprefix("spiffe://")[:6]
    if entry.phase is Phase.RECEIPT or (pair and pair[:6] == province):
        halves = log.asked
    elif entry.phase is Phase.RELEASE or pair:
        halves = log.provided
    else:
        halves = log.asked if exchange in log.asked else log.provided
    half = halves.get(exchange)
    if half is None:
        half = halves[exchange] = _Half(
            index, entry.number("time_utc_us"), entry.text("item_code"), entry.text("consumer_department")
        )
    return half


def _take_outcome(log: _Log, entry: Entry) -> None:
    half = log.provided.get(entry.exchange_id)
    for page in half.pages.get(entry.number("page"), ()) if half else ():
        if page.index == entry.number("prev"):
            page.outcome = _peer_leaf(entry)


def _peer_leaf(entry: Entry) -> Leaf | None:
    leaf = entry.fields.get("peer_leaf")
    if not isinstance(leaf, dict):
        return None
    return str(leaf["origin"]), int(leaf["index"]), str(leaf["leaf_hash"])


def _compare_exchanges(provider: _Log, asker: _Log, grace_us: int) -> Iterator[tuple[int, int, int, list[OneSided]]]:
    """For each exchange that `asker` asked of `provider`: pages with both sides, refused, unacknowledged, one-sided."""
    for exchange in dict.fromkeys((*provider.provided, *asker.asked)):
        given, got = provider.provided.get(exchange), asker.asked.get(exchange)
        sided: list[OneSided] = []
        if got is not None and got.refused_by is not None and not _is_confirmed(provider, got.refused_by):
            refusal = _Page(got.index, "", got.time_us)
            sided.append(_one_sided(exchange, 0, refusal, Side.ASKER, (asker, got), Cause.ALTERED))
        both = unacknowledged = 0
        for number in sorted({*(given.pages if given else ()), *(got.pages if got else ())}):
            paired, open_ends = _page(exchange, number, (provider, given), (asker, got), grace_us)
            both += bool(paired)
            unacknowledged += bool(paired) and all(page.outcome is None for page in paired)
            sided += open_ends
        if not (given and given.pages) and not (got and got.pages):
            sided += _without_pages(exchange, (provider, given), (asker, got), grace_us)
        refused = bool((given and given.reason) or (got and got.reason)) and not sided
        yield both, int(refused), unacknowledged, sided


LogHalf = tuple[_Log, _Half | None]


def _page(
    exchange: str, number: int, provider: LogHalf, asker: LogHalf, grace_us: int
) -> tuple[list[_Page], list[OneSided]]:
    """Pair the releases and receipts of one page that name each other; return the paired releases and the rest."""
    (giving, given), (getting, got) = provider, asker
    releases = given.pages.get(number, []) if given else []
    receipts = got.pages.get(number, []) if got else []
    origin = giving.source.origin
    wanted = {receipt.names: receipt for receipt in receipts}
    paired = [one for one in releases if (origin, one.index, one.leaf) in wanted]
    known = {(origin, one.index, one.leaf) for one in releases}
    rest = []
    for release in releases:
        if release.outcome is not None and not _is_confirmed(getting, release.outcome):
            rest.append(_one_sided(exchange, number, release, Side.PROVIDER, provider, Cause.ALTERED))
        elif release not in paired:
            why, reason = _explain_missing(release, paired, provider, asker, grace_us)
            rest.append(_one_sided(exchange, number, release, Side.PROVIDER, provider, why, reason))
    for receipt in receipts:
        if receipt.names in known:
            continue
        shown = receipt.names is not None and giving.source.covers(receipt.names[1])
        rest.append(
            _one_sided(exchange, number, receipt, Side.ASKER, asker, Cause.ALTERED if shown else Cause.NOT_SHOWN)
        )
    return paired, rest


def _is_confirmed(log: _Log, leaf: Leaf) -> bool:
    origin, index, value = leaf
    if origin != log.source.origin or not log.source.covers(index):
        return True
    return log.leaves.get(index) == value


def _explain_missing(
    page: _Page, paired: list[_Page], here: LogHalf, there: LogHalf, grace_us: int
) -> tuple[Cause, str]:
    """Return why the other log has no receipt of a release, and the reason of a refusal.

    What ended another walk of the exchange explains nothing: neither an earlier link's loss, nor a question that was
    refused since it had been asked before.
    """
    other, half = there
    if paired:
        return Cause.REPEATED, ""
    reason = (_end_of_asker(half) if half else "") or (here[1].ends.get(page.walk, "") if here[1] else "")
    if reason:
        return Cause.REFUSED, reason
    if page.time_us + grace_us > other.newest_us:
        return Cause.IN_FLIGHT, ""
    if not other.source.whole():
        return Cause.NOT_SHOWN, ""
    return (Cause.UNANSWERED if half else Cause.UNKNOWN), ""


def _end_of_asker(half: _Half) -> str:
    """The reason that ended the asking side's one walk; that of a refusal alone where it never began."""
    followed = [reason for walk, reason in half.ends.items() if walk]
    return followed[-1] if followed else "" if half.begun else half.ends.get("", "")


def _without_pages(exchange: str, provider: LogHalf, asker: LogHalf, grace_us: int) -> Iterable[OneSided]:
    """An exchange that came to no page: refused on one side or both, or begun on one side alone."""
    (giving, given), (getting, got) = provider, asker
    if given is not None and got is not None:
        if given.reason or got.reason:
            return
        side, placed, half, other = Side.ASKER, asker, got, giving
        why = Cause.UNANSWERED
    elif given is not None:
        if not given.begun:
            return  # turned away before anything of it was allowed; which side asked cannot be told
        side, placed, half, other = Side.PROVIDER, provider, given, getting
        why = Cause.UNKNOWN
    elif got is not None and not got.reason:
        side, placed, half, other = Side.ASKER, asker, got, giving
        why = Cause.UNKNOWN
    else:
        return  # refused before it was sent, or by the peer, whose refusal was looked up
    reason = half.reason
    if reason:
        why = Cause.REFUSED
    elif half.time_us + grace_us > other.newest_us:
        why = Cause.IN_FLIGHT
    elif not other.source.whole():
        why = Cause.NOT_SHOWN
    yield _one_sided(exchange, 0, _Page(half.index, "", half.time_us), side, placed, why, reason)


def _one_sided(
    exchange: str, number: int, page: _Page, side: Side, placed: LogHalf, why: Cause, reason: str = ""
) -> OneSided:
    log, half = placed
    return OneSided(
        exchange_id=exchange,
        page=number,
        origin=log.source.origin,
        index=page.index,
        side=side,
        time_us=page.time_us,
        item_code=half.item_code if half else "",
        department=half.department if half else "",
        why=why,
        reason=reason if reason in Reason.__members__ else "",
    )
