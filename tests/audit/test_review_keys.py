"""A reviewer gets references for months whose keys are at hand, and bodies that match what their entry commits to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import References
from gateway.audit.review.review_keys import MAX_MONTHS, MonthlyReferences, ReviewKeys, months_between
from gateway.audit.storage.reader import LogReader
from gateway.ground.evidence import RawIdentifier
from tests.audit.logs import EPOCHS, MONTH, database, five_entries
from tests.samples import NUMBER

OLD = EpochKey.of(bytes(range(1, 65)))
PERSON = RawIdentifier(NUMBER)


def _keys(epochs: Epochs) -> ReviewKeys:
    return ReviewKeys(References(b"k" * 32, "510000", epochs.salt), epochs)


BOTH = _keys(Epochs({"2026-10": OLD, "2026-11": MONTH}))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11", "2026-10"),
        ("2026-13", "2026-13"),
        ("2026-00", "2026-01"),
        ("2026", "2026"),
        ("", "2026-11"),
        ("1900-01", "2000-01"),
    ],
)
def test_a_window_that_is_none_is_refused(first: str, last: str) -> None:
    """No month, the last before the first, or more than a hundred years."""
    with pytest.raises(ValueError, match=r"time data|unconverted data|1 to 1200"):
        months_between(first, last)


def test_the_months_of_a_window_are_those_from_the_first_to_the_last() -> None:
    """Both are of it, also over the turn of a year, and a hundred years are the most."""
    assert ["2026-11"] == months_between("2026-11", "2026-11")
    assert ["2025-11", "2025-12", "2026-01"] == months_between("2025-11", "2026-01")
    assert MAX_MONTHS == len(months_between("1900-01", "1999-12"))


def test_a_month_whose_key_is_not_at_hand_is_lost_and_not_guessed() -> None:
    """An answer for it would be one under another key."""
    lost = ("2021-01", "2026-12")
    assert MonthlyReferences({}, lost) == BOTH.reference_cardholder(PERSON, lost)


def test_a_cardholder_has_another_reference_each_month() -> None:
    """Two months cannot be joined without their keys, and the asked order does not matter to a reference."""
    found = BOTH.reference_cardholder(PERSON, ["2026-11", "2026-10", "2026-09"])
    assert {"2026-11", "2026-10"} == found.by_month.keys()
    assert 2 == len(set(found.by_month.values()))
    assert ("2026-09",) == found.lost_months
    assert found.by_month["2026-10"] == BOTH.reference_cardholder(PERSON, ["2026-10"]).by_month["2026-10"]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two exchanges and a refusal once."""
    directory = tmp_path_factory.mktemp("log")
    asyncio.run(five_entries(directory))
    return database(directory)


def _open(log: Path, index: int, epochs: Epochs = EPOCHS) -> dict[str, object]:
    with LogReader(log) as reader:
        return dict(_keys(epochs).open_body(reader, index).inputs)


def test_an_entry_without_a_body_cannot_be_opened(log: Path) -> None:
    """The reviewer is told where the inputs are."""
    with pytest.raises(BodyInvalid, match="entry 1 cannot be opened: it has no body; its intent holds the inputs"):
        _open(log, 1)


def test_a_body_whose_month_was_destroyed_cannot_be_opened(log: Path) -> None:
    """The entry stays, and says so."""
    with pytest.raises(BodyInvalid, match="entry 0 cannot be opened: its key was destroyed"):
        _open(log, 0, Epochs({}))


def test_a_body_does_not_open_under_another_months_key(log: Path) -> None:
    """A key of that name is not enough."""
    with pytest.raises(BodyInvalid, match="not one of this month's key"):
        _open(log, 0, Epochs({"2026-11": OLD}))


@pytest.mark.parametrize("index", [5, -1])
def test_an_entry_that_is_not_there_is_none(log: Path, index: int) -> None:
    """No neighbour is opened in its place."""
    with pytest.raises(IndexError):
        _open(log, index)


@pytest.mark.parametrize("index", [0, 2, 4])
def test_a_body_gives_the_inputs_of_its_decision(log: Path, index: int) -> None:
    """Intents and the refusal of a question that had none hold them."""
    inputs = _open(log, index)
    assert ("办理业务", "YW-1") == (inputs["purpose"], inputs["business_no"])
