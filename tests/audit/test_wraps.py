"""A wrapped key that is missing, or that nobody needs, shows; only a recorded destruction excuses one."""

from __future__ import annotations

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.retention.rules import SHRED
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.wraps import Wraps
from tests.audit.stored import MONTH, StoredLog, entry_of, read

BODY = entry_of(Phase.INTENT, 1)
BARE = entry_of(Phase.RELEASE, 2)


def _shred(month: str, action: str = SHRED) -> bytes:
    return entry_of(Phase.ADMIN, 3, action=action, subject=month)


def _check(octets: list[bytes], keys: list[tuple[int, str]], start: int = 0) -> str:
    """Walk over a log with these wrapped keys, from `start` on; return the place at fault, empty for none."""
    log = StoredLog(*octets)
    log.keys = keys
    wraps = Wraps(log.reader(), start)
    try:
        for index, one in enumerate(octets[start:], start):
            wraps.take(index, read(one))
        wraps.check()
    except VerificationFailed as failed:
        return failed.fault.place
    return ""


@pytest.mark.parametrize(
    ("place", "keys"),
    [("wrap 0", []), ("wrap 0", [(2, MONTH)]), ("wrap 2", [(0, MONTH)])],
)
def test_a_missing_key_is_the_first_fault_of_its_month(place: str, keys: list[tuple[int, str]]) -> None:
    """Deleting one wrapped key changes no hash, and shows all the same."""
    assert place == _check([BODY, BARE, BODY], keys)


@pytest.mark.parametrize("act", [_shred("2026-10"), _shred(MONTH, "retain"), _shred("")])
def test_an_act_that_did_not_destroy_the_month_excuses_nothing(act: bytes) -> None:
    """Another month, or another act of the same month, is none of that key."""
    assert "wrap 0" == _check([BODY, act], [])


@pytest.mark.parametrize("keys", [[(1, MONTH)], [(0, MONTH), (1, MONTH)]])
def test_a_key_for_an_entry_without_a_body_is_a_fault(keys: list[tuple[int, str]]) -> None:
    """Nothing may be stored beside the log that nobody can account for."""
    assert "wrap 1" == _check([BODY, BARE], keys)


def test_a_key_under_another_month_is_a_fault() -> None:
    """It would survive the destruction of its own month."""
    assert "wrap 0" == _check([BODY], [(0, "2026-12")])


def test_the_fault_names_the_entry_and_the_month() -> None:
    """A reviewer learns which record cannot be opened, and why that is not as it must be."""
    wraps = Wraps(StoredLog().reader(), 0)
    wraps.take(7, read(BODY))
    with pytest.raises(VerificationFailed, match=f"{MONTH} was never destroyed") as caught:
        wraps.check()
    assert 7 == caught.value.fault.index


@pytest.mark.parametrize("octets", [[BODY, _shred(MONTH)], [_shred(MONTH), BODY]])
def test_a_recorded_destruction_excuses_the_keys_of_its_month(octets: list[bytes]) -> None:
    """The act may stand before or after the entries."""
    assert "" == _check(octets, [])


def test_every_body_with_its_key_holds() -> None:
    """Entries without a body need none."""
    assert "" == _check([BODY, BARE, BODY], [(0, MONTH), (2, MONTH)])


def test_keys_before_the_walk_are_passed_over() -> None:
    """A walk that begins later, and entries that were pruned, keep theirs."""
    assert "" == _check([BODY, BARE, BODY], [(0, MONTH), (2, MONTH)], start=1)
    log = StoredLog()
    log.keys = [(0, MONTH), (1, "2026-12"), (2, MONTH)]
    wraps = Wraps(log.reader(), 0)
    wraps.take(2, read(BODY))
    wraps.check()
