"""A verdict says no more than was proven: what nothing signs, what is too young, how near the witness is."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.verification.chronicle import Oddities, PastAct
from gateway.audit.verification.conclusion import (
    LIVE_US,
    WITNESS_SECONDS,
    Conclusion,
    Finding,
    Ground,
    NotCovered,
    Trusted,
    Verdict,
    conclude,
)
from gateway.audit.verification.fault import VerificationFault
from gateway.audit.verification.signatures import Signatures
from gateway.audit.verification.verify import LogVerdict
from tests.samples import NOW_US

NOW_S = NOW_US // 1_000_000
OUTSIDE = Trusted(from_outside=True)


def log(*ages_us: int, in_file: bool = True) -> LogReader:
    """A log whose entries have these ages."""

    def times(start: int, end: int) -> Iterator[tuple[int, int]]:
        return ((index, NOW_US - age) for index, age in list(enumerate(ages_us))[start:end])

    return cast(LogReader, SimpleNamespace(times=times, lies_in_file=in_file))


def found(size: int, signatures: Signatures, **more: Any) -> LogVerdict:
    """What a verification found."""
    faults, oddities = more.get("faults", ()), more.get("oddities", Oddities())
    pruned, unbound = more.get("pruned", 0), more.get("unbound", 0)
    ranged = more.get("ranged", False)
    return LogVerdict("origin", size, b"", 1, pruned, (), faults, signatures, oddities, unbound, ranged)


def judge(reader: LogReader, verdict: LogVerdict, trusted: Trusted = OUTSIDE) -> Conclusion:
    """What follows from it now."""
    return conclude(reader, verdict, verdict.size, trusted, now_us=NOW_US)


def witnessed(size: int, time_s: int = NOW_S, signed_to: int = 0) -> Signatures:
    """A log that is witnessed so far, and signed as far or farther."""
    return Signatures(max(size, signed_to), size, time_s, ("w",), frozenset({"w"}))


@pytest.mark.parametrize(
    ("ages_us", "first", "last"),
    [
        ((9, 9, LIVE_US), -1, -1),
        ((9, 9, 0), -1, -1),
        ((9, 9, LIVE_US + 1), 2, 2),
        ((9, 9, -1), 2, 2),
        ((9, 9, 5, LIVE_US * 9, 5, -LIVE_US, 5), 3, 5),
        ((LIVE_US * 9, LIVE_US * 9, 0), -1, -1),
    ],
)
def test_entries_behind_the_newest_checkpoint_may_be_two_seconds_old_and_never_of_the_future(
    ages_us: tuple[int, ...], first: int, last: int
) -> None:
    """Two entries are signed; of the rest those that a running node would have signed are named."""
    proven = judge(log(*ages_us), found(len(ages_us), witnessed(2)))
    reasons = (Finding(Ground.UNSIGNED, first, last),) if first >= 0 else ()
    verdict = Verdict.UNPROVEN if reasons else Verdict.WITNESSED
    assert (verdict, reasons, 2, not reasons) == (proven.verdict, proven.reasons, proven.signed_to, proven.holds)


@pytest.mark.parametrize("size", [0, 3])
def test_a_log_without_a_checkpoint_is_not_proven_however_young(size: int) -> None:
    """An empty one proves nothing either."""
    proven = judge(log(*[0] * size), found(size, Signatures()))
    assert (Verdict.UNPROVEN, False) == (proven.verdict, proven.holds)
    assert (Finding(Ground.NO_CHECKPOINT, 0 if size else -1, size - 1),) == proven.reasons


@pytest.mark.parametrize(
    ("late_s", "verdict"),
    [(0, Verdict.WITNESSED), (WITNESS_SECONDS, Verdict.WITNESSED), (WITNESS_SECONDS + 1, Verdict.SIGNED)],
)
def test_a_log_is_witnessed_while_its_newest_entry_is_near_the_newest_cosignature(
    late_s: int, verdict: Verdict
) -> None:
    """What is behind it is told as proven by the log's key alone, in either case."""
    proven = judge(log(9, 9, 0), found(3, witnessed(2, NOW_S - late_s, signed_to=3)))
    assert (verdict, 2, 3) == (proven.verdict, proven.witnessed_to, proven.signed_to)
    assert (Finding(Ground.BY_KEY_ALONE, 2, 2),) == proven.notes


@pytest.mark.parametrize(
    ("trusted", "verdict", "reasons"),
    [
        (Trusted(), Verdict.SIGNED, ()),
        (Trusted(promised=("w",)), Verdict.SIGNED, ()),
        (Trusted(from_outside=True, promised=("w",), quorum=True), Verdict.WITNESSED, ()),
        (Trusted(promised=("w", "x", "a")), Verdict.UNPROVEN, (Finding(Ground.WITNESS_MISSING, names=("a", "x")),)),
    ],
)
def test_a_witness_counts_by_a_key_from_elsewhere_and_each_that_is_promised_must_have_cosigned(
    trusted: Trusted, verdict: Verdict, reasons: tuple[Finding, ...]
) -> None:
    """Keys beside the log prove no witness."""
    proven = judge(log(9), found(1, witnessed(1)), trusted)
    assert (verdict, reasons) == (proven.verdict, proven.reasons)


def test_cosignatures_that_are_not_enough_are_a_reason_where_they_are_asked_for() -> None:
    """Signed by the log alone it is all the same."""
    signed = Signatures(1, cosigners=frozenset({"w"}))
    assert (Finding(Ground.QUORUM_MISSING),) == judge(log(9), found(1, signed), Trusted(quorum=True)).reasons
    assert Verdict.SIGNED is judge(log(9), found(1, signed), OUTSIDE).verdict


def test_a_fault_is_an_alteration_and_a_range_that_nothing_signs_is_none() -> None:
    """Whatever else there is to say."""
    fault = VerificationFault("entry 0", 0, "altered")
    proven = judge(log(9), found(1, witnessed(1), faults=(fault,), oddities=Oddities(0, 0)))
    assert (Verdict.ALTERED, (), ()) == (proven.verdict, proven.reasons, proven.notes)
    proven = judge(log(9), found(1, Signatures(), faults=(VerificationFault("checkpoint", 0, "none", True),)))
    assert (Verdict.UNPROVEN, (Finding(Ground.NO_CHECKPOINT, 0, 0),)) == (proven.verdict, proven.reasons)


def test_what_is_odd_about_the_time_is_a_reason_and_a_restore_is_a_note() -> None:
    """With the first and the last of each."""
    acts = (PastAct(1, "restore", "a"), PastAct(4, "restore", "b"))
    proven = judge(log(*[9] * 5), found(5, witnessed(5), oddities=Oddities(2, 3, acts)))
    assert (Finding(Ground.TIME_APART, 2, 3),) == proven.reasons
    assert (Finding(Ground.RESTORED, 1, 4),) == proven.notes


def test_what_is_not_covered_depends_on_where_the_log_lies_and_what_left_it() -> None:
    """The rest never is."""
    always = set(judge(log(9), found(1, witnessed(1))).not_covered)
    on_a_server = {NotCovered.SERVER_INDEXES, NotCovered.SERVER_RIGHTS}
    sometimes = {NotCovered.ARCHIVES, NotCovered.OUTSIDE, NotCovered.WRAPS_CHANGED, NotCovered.APPROVALS}
    assert set(NotCovered) - always == sometimes | on_a_server
    approved = found(1, witnessed(1), oddities=Oddities(approved=1))
    assert NotCovered.APPROVALS in judge(log(9), approved).not_covered
    assert NotCovered.WRAPS_CHANGED in judge(log(9), found(1, witnessed(1), unbound=1)).not_covered
    assert NotCovered.OUTSIDE in judge(log(9), found(1, witnessed(1), ranged=True)).not_covered
    assert NotCovered.ARCHIVES in judge(log(9), found(1, witnessed(1), pruned=1)).not_covered
    assert NotCovered.SERVER_INDEXES in judge(log(9, in_file=False), found(1, witnessed(1))).not_covered
