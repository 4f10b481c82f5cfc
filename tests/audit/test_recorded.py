"""An act of retention says something of an archive where a checkpoint that the log signed covers it, and not before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.retention.archive import ArchiveInvalid
from gateway.audit.retention.rules import RETAIN, RetentionRun, list_recorded
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.recorded import ProvenAct, prove_run, require_named
from gateway.audit.verification.signatures import accept_all
from tests.audit.logs import PROVIDER, create, journal, opened, tamper

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
DIGEST, OTHER = "a" * 64, "b" * 64


async def _make(directory: Path) -> Path:
    place = await create(directory)
    async with opened(place) as log:
        for digest in (DIGEST, OTHER):
            await journal(log).record_act(action=RETAIN, subject=RetentionRun(0, 256, digest, 3).subject)
    return place


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of two acts, both signed."""
    return asyncio.run(_make(tmp_path))


def test_a_signed_act_is_proven_and_an_unsigned_one_is_not(log: Path) -> None:
    """The size under which it is proven; 0 where no checkpoint reaches so far."""
    with LogReader(log) as reader:
        first, second = list_recorded(reader)
        assert [ProvenAct(0, 2), ProvenAct(1, 2)] == [
            prove_run(reader, a, KEYS, (), accept_all) for a in (first, second)
        ]
    asyncio.run(tamper(log, "DELETE FROM checkpoint"))
    with LogReader(log) as reader:
        assert ProvenAct(1, 0) == prove_run(reader, second, KEYS, (), accept_all)


def test_an_act_of_other_bytes_is_an_altered_log(log: Path) -> None:
    """The root that the log signed tells, whatever stands beside it."""
    with LogReader(log) as reader:
        changed = replace(next(list_recorded(reader)), leaf=bytes(32))
        with pytest.raises(ArchiveInvalid, match="the act 0 does not lead to the root"):
            prove_run(reader, changed, KEYS, (), accept_all)


def test_a_later_act_takes_no_earlier_one_back(log: Path) -> None:
    """Each of them must name the file."""
    with LogReader(log) as reader:
        runs = tuple(list_recorded(reader))
    require_named(runs[:1], DIGEST)
    for digest, index in ((DIGEST, 1), (OTHER, 0)):
        with pytest.raises(ArchiveInvalid, match=f"as the act {index} names it"):
            require_named(runs, digest)
