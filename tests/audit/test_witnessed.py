"""How far the witnesses of a log are, and how far behind it they are, is told as it stands on disk (mutants 31)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, Checkpoint, checkpoint_text, sign_note
from gateway.audit.verification import witnessed
from gateway.audit.verification.witnessed import LastWitnessed, last_witnessed, read_witnessed_s
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import PROVIDER, create, opened

ONE = WitnessKey("witness.one.example", COSIGNATURE)
TWO = WitnessKey("witness.two.example", SUBTREE, 2)
STRANGER = WitnessKey("witness.stranger.example", COSIGNATURE, 3)
KNOWN = (ONE.verifier, TWO.verifier)
NEWEST_S = TIME_S + 120
"""The second of the newest entry."""
Note = tuple[int, bytes]


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[LogReader]:
    """A log of five entries, the last of them two minutes after `TIME_S`."""
    place = await create(tmp_path)
    async with opened(place) as log:
        for number in range(5):
            time_us = NEWEST_S * 1_000_000 - (4 - number)
            await log.wait_durable(log.record(b"x", exchange_id="x", phase=Phase.ADMIN, time_us=time_us))
    with LogReader(place) as reader:
        yield reader


def note(size: int, *cosigners: Cosigner) -> Note:
    """A checkpoint of so many entries with these cosignatures."""
    return size, sign_note(checkpoint_text(Checkpoint(PROVIDER.name, size, bytes(32))), (PROVIDER, *cosigners))


@pytest.mark.parametrize(
    ("expected", "kept"),
    [
        (LastWitnessed(5, TIME_S, ("witness.one.example",), 0, 0), [note(5, ONE.at()), note(4, TWO.at())]),
        (LastWitnessed(4, TIME_S, ("witness.two.example",), 1, 120), [note(5), note(4, TWO.at())]),
        (
            LastWitnessed(3, TIME_S + 7, ("witness.one.example", "witness.two.example"), 2, 113),
            [note(5, STRANGER.at()), note(3, ONE.at(), TWO.at(TIME_S + 7)), note(2, ONE.at(TIME_S + 9))],
        ),
        (LastWitnessed(4, NEWEST_S + 60, ("witness.one.example",), 1, 0), [note(4, ONE.at(NEWEST_S + 60))]),
        (LastWitnessed(4, TIME_S, ("witness.one.example",), 1, 120), [(5, b"no note"), note(4, ONE.at())]),
        (None, [note(5, STRANGER.at()), note(4)]),
        (None, []),
    ],
    ids=["whole", "one behind", "newest time", "ahead", "broken note", "strangers", "nothing kept"],
)
def test_the_newest_cosigned_checkpoint_is_told_with_its_distance(
    reader: LogReader, monkeypatch: pytest.MonkeyPatch, expected: LastWitnessed | None, kept: list[Note]
) -> None:
    """The newest that a known witness cosigned, its newest second, and the entries and seconds that follow it."""
    monkeypatch.setattr(reader, "newest_checkpoints", lambda limit: kept[:limit])
    assert expected == last_witnessed(reader, KNOWN)


def test_without_a_witness_nothing_is_witnessed(reader: LogReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cosignature of nobody known counts for nothing, and the look back is bounded."""
    monkeypatch.setattr(reader, "newest_checkpoints", lambda limit: [note(5), note(4, ONE.at())][:limit])
    assert last_witnessed(reader, ()) is None
    monkeypatch.setattr(witnessed, "LOOKED_THROUGH", 1)
    assert last_witnessed(reader, KNOWN) is None


def both(names: frozenset[str]) -> bool:
    """A quorum that asks for both witnesses."""
    return names >= {ONE.name, TWO.name}


FOREIGN = sign_note(checkpoint_text(Checkpoint("another.example/log", 5, bytes(32))), (PROVIDER, ONE.at(), TWO.at()))


@pytest.mark.parametrize(
    ("expected", "kept"),
    [
        (TIME_S, [note(5, ONE.at(), TWO.at(TIME_S + 900))]),
        (TIME_S, [note(5, ONE.at(TIME_S + 900), TWO.at())]),
        (TIME_S + 5, [note(5, ONE.at(TIME_S + 900)), note(4, ONE.at(TIME_S + 5), TWO.at(TIME_S + 9))]),
        (TIME_S + 1, [(5, b"no note"), note(4, ONE.at(TIME_S + 1), TWO.at(TIME_S + 1))]),
        (TIME_S, [(5, FOREIGN), note(4, ONE.at(), TWO.at())]),
        (0, [note(5, ONE.at(), STRANGER.at())]),
        (0, [note(5)]),
        (0, []),
    ],
    ids=["the lesser", "either way", "a quorum", "broken note", "another log", "strangers", "nobody", "nothing kept"],
)
def test_the_witnessed_time_is_one_that_a_quorum_has_reached(
    reader: LogReader, monkeypatch: pytest.MonkeyPatch, expected: int, kept: list[Note]
) -> None:
    """One witness whose clock is ahead moves nothing; one that the policy does not name tells no time."""
    monkeypatch.setattr(reader, "newest_checkpoints", lambda limit: kept)
    assert expected == read_witnessed_s(reader, KNOWN, both)


def test_a_time_without_witnesses_is_none(reader: LogReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is enough."""
    monkeypatch.setattr(reader, "newest_checkpoints", lambda limit: [note(5, ONE.at(), TWO.at())])
    assert 0 == read_witnessed_s(reader, (), lambda names: True)
