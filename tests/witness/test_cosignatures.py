"""How a log stands with its witnesses: what is refused, why, and what brings it back."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.ground.refusals import Reason, Refusal
from gateway.witness.cosignatures import QUORUM, Cosignatures, Lag, Limit

ACROSS, WITHIN = frozenset({"500000"}), frozenset[str]()


@dataclass
class Clock:
    """A monotonic clock that a test moves."""

    now: float = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at 100 s."""
    return Clock()


def standing(clock: Clock, *, peers: tuple[str, ...] = ("cq",), needed: int = 1) -> Cosignatures:
    """A log of 10 entries that nobody has cosigned; any `needed` witnesses are a quorum."""
    made = Cosignatures(
        names=frozenset(peers),
        provinces={"500000": "cq"},
        enough=lambda names: len(names) >= needed,
        cross_province=Limit(60, 100),
        in_province=Limit(3600, 1000),
        clock=clock,
    )
    made.begin(10, {})
    return made


def reason(standing: Cosignatures, provinces: frozenset[str]) -> Reason | None:
    """Why an exchange with these provinces is refused; None where it is not."""
    try:
        standing.require_witnessed(provinces)
    except Refusal as refusal:
        return refusal.reason
    return None


def test_nothing_is_exchanged_before_a_witness_has_answered(clock: Clock) -> None:
    """Not within the province either: the log may have been rolled back."""
    one = standing(clock)
    assert Reason.WITNESS_AWAITED == reason(one, ACROSS) == reason(one, WITHIN)
    one.record("cq", 10, clock.now)
    assert one.confirmed
    assert None is reason(one, ACROSS) is reason(one, WITHIN)


def test_no_witness_at_all_is_never_a_quorum(clock: Clock) -> None:
    """An empty list refuses."""
    one = standing(clock, peers=())
    one.report_size(11)
    assert Reason.WITNESS_AWAITED == reason(one, WITHIN)


def test_a_quorum_of_two_needs_both_since_the_start(clock: Clock) -> None:
    """What one of them cosigned before the start does not count."""
    one = standing(clock, peers=("cq", "third"), needed=2)
    one.record("cq", 10, clock.now)
    assert not one.confirmed
    one.record("third", 10, clock.now)
    assert one.confirmed


@pytest.mark.parametrize(
    ("seconds", "entries", "refused"), [(60, 1, False), (61, 1, True), (1, 100, False), (1, 101, True)]
)
def test_releases_stop_beyond_either_limit_and_come_back_by_themselves(
    clock: Clock, seconds: float, entries: int, refused: bool
) -> None:
    """Seconds since the first entry that waits, or how many wait."""
    one = standing(clock)
    one.record("cq", 10, clock.now)
    one.count_entries(entries)
    clock.now += seconds
    assert (Reason.LOG_UNWITNESSED if refused else None) is reason(one, ACROSS)
    one.record("cq", 10 + entries, clock.now)
    assert None is reason(one, ACROSS)


def test_an_outage_of_the_peer_stops_questions_across_provinces_only(clock: Clock) -> None:
    """Within the province a limit of its own holds."""
    one = standing(clock)
    one.record("cq", 10, clock.now)
    one.count_entries(1)
    clock.now += 61
    assert (Reason.LOG_UNWITNESSED, None) == (reason(one, ACROSS), reason(one, WITHIN))
    clock.now += 3600
    assert Reason.LOG_UNWITNESSED is reason(one, WITHIN)


def test_a_log_at_rest_never_lags(clock: Clock) -> None:
    """Time passes only while an entry waits."""
    one = standing(clock)
    one.record("cq", 10, clock.now)
    clock.now += 1e6
    assert Lag(0.0, 0) == one.lag()
    one.count_entries(1)
    clock.now += 1
    assert Lag(1.0, 1) == one.lag() == one.lag("cq")


def test_what_came_during_a_cosigning_waits_since_the_tree_was_taken(clock: Clock) -> None:
    """Never younger than it is."""
    one = standing(clock)
    taken_at = clock.now
    one.count_entries(5)
    clock.now += 2
    one.record("cq", 10, taken_at)
    assert Lag(2.0, 5) == one.lag()


def test_the_quorum_is_the_size_that_enough_have_reached(clock: Clock) -> None:
    """Two of three: the second largest."""
    one = standing(clock, peers=("cq", "a", "b"), needed=2)
    one.report_size(40)
    for name, size in (("cq", 20), ("a", 40), ("b", 30)):
        one.record(name, size, clock.now)
    assert 30 == one.size_of(QUORUM)


def test_an_older_cosignature_moves_nothing_back(clock: Clock) -> None:
    """Answers may come late."""
    one = standing(clock)
    one.report_size(20)
    one.record("cq", 20, clock.now)
    one.record("cq", 15, clock.now)
    assert (20, 20) == (one.size_of("cq"), one.size_of())


def test_a_contradiction_stops_everything_for_good(clock: Clock) -> None:
    """Later cosignatures do not lift it; the first finding stays."""
    one = standing(clock)
    one.record("cq", 10, clock.now)
    one.contradict("first")
    one.contradict("second")
    one.record("cq", 10, clock.now)
    assert (Reason.LOG_CONTRADICTED, Reason.LOG_CONTRADICTED) == (reason(one, ACROSS), reason(one, WITHIN))
    assert ("first", False) == (one.contradiction, one.confirmed)


def test_a_forked_log_stops_exchanges_with_its_province_alone(clock: Clock) -> None:
    """Others go on."""
    one = standing(clock)
    one.record("cq", 10, clock.now)
    one.stop_province("500000")
    assert (Reason.PEER_LOG_FORKED, None, None) == (
        reason(one, ACROSS),
        reason(one, WITHIN),
        reason(one, frozenset({"530000"})),
    )
