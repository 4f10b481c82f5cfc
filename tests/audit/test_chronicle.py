"""Entries years apart from their neighbours are noted, the first and the last of them, and the acts that took away."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.entries.acts import DualControlAct
from gateway.audit.entries.entry import Phase
from gateway.audit.verification.chronicle import APART_US, Chronicle, Oddities, PastAct
from tests.audit.stored import entry_of, read
from tests.samples import NOW_US


def told(*times_us: int) -> Oddities:
    """What is noted of entries of these times."""
    chronicle = Chronicle()
    for index, time_us in enumerate(times_us):
        chronicle.take(index, read(entry_of(Phase.INTENT, 1, time_utc_us=time_us)))
    return chronicle.oddities()


@pytest.mark.parametrize(
    ("times_us", "first", "last"),
    [
        ((NOW_US,), -1, -1),
        ((NOW_US, NOW_US + APART_US, NOW_US), -1, -1),
        ((NOW_US, NOW_US + APART_US + 1), 1, 1),
        ((NOW_US, NOW_US - APART_US - 1), 1, 1),
        ((NOW_US, NOW_US + APART_US + 1, NOW_US), 1, 2),
        ((NOW_US, 1, NOW_US, NOW_US, 1), 1, 4),
    ],
)
def test_what_is_more_than_a_year_from_the_one_before_is_noted(
    times_us: tuple[int, ...], first: int, last: int
) -> None:
    """In either direction; a year exactly is not."""
    assert Oddities(first, last) == told(*times_us)


def test_only_the_acts_that_took_away_or_put_back_are_noted() -> None:
    """In order; an entry of another phase with such an action is no act."""
    chronicle = Chronicle()
    for index, action in enumerate(("start", "retain", "shred", "reload", "restore")):
        chronicle.take(index, read(entry_of(Phase.ADMIN, 1, action=action, subject=f"s{index}")))
    chronicle.take(5, read(entry_of(Phase.INTENT, 1, action="shred")))
    expected = (PastAct(1, "retain", "s1"), PastAct(2, "shred", "s2"), PastAct(4, "restore", "s4"))
    assert expected == chronicle.oddities().acts


D, E, F = (letter * 64 for letter in "def")


@pytest.mark.parametrize(
    ("approval", "signers", "approved"),
    [
        (D, [E, F], True),
        ("", [E, F], False),
        (D, [], False),
        (D, [E], False),
        (D, [E, E], False),
        (D, [E, F, D], False),
    ],
)
@pytest.mark.parametrize("action", sorted(DualControlAct))
def test_an_act_that_needs_two_persons_names_an_approval_and_two_certificates(
    action: str, approval: str, signers: list[str], approved: bool
) -> None:
    """In the form in which the node writes them; whether they signed is nothing that an entry can show."""
    chronicle = Chronicle()
    named: dict[str, Any] = {"approval": approval, "signers": signers}
    given = {name: value for name, value in named.items() if value}
    chronicle.take(7, read(entry_of(Phase.ADMIN, 1, subject="x", action=action, **given)))
    chronicle.take(8, read(entry_of(Phase.ADMIN, 1, action="attempt_refused", subject=action, approval=D)))
    found = chronicle.oddities()
    where = -1 if approved else 7
    assert (int(approved), where, where) == (found.approved, found.first_unapproved, found.last_unapproved)
