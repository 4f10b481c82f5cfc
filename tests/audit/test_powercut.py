"""A power cut at any moment loses nothing that was acknowledged; where something is lost, the same means show it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from tests.audit.logs import create, opened
from tests.audit.powercut import Ack, Disk, Event, Tally, record, survey

SHORT = 400
LONG = 60_000
Recorded = tuple[Mapping[str, bytes], Sequence[Event]]


def need(*programs: str) -> None:
    """Skip, saying so, where a program is absent."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} absent: install the Debian package `{program}`")


async def recorded(
    directory: Path,
    *,
    level: str = "full",
    under: Sequence[str] = (),
    sittings: int = 2,
    entries: int = 24,
    pages: int = 60,
) -> Recorded:
    """Make a log, and record a writer on it."""
    need("strace", *under)
    path = await create(directory)
    start = {path.name: path.read_bytes()}
    return start, record(path, str(sittings), str(entries), str(pages), level, under=under)


def examine(run: Recorded, images: int, seed: int = 1, *, lying: bool = False) -> Tally:
    """Cut the power on a run, on a disk in memory."""
    start, events = run
    place = Path("/dev/shm") / f"powercut-{os.getpid()}"  # noqa: S108 - a disk in memory, named by process
    try:
        return survey(start, events, place, images=images, seed=seed, lying=lying)
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def test_no_acknowledged_entry_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    """Some hundred images of one run with two starts and several checkpoints."""
    run = await recorded(tmp_path)
    assert 2 * 24 == sum(isinstance(event, Ack) for event in run[1])
    tally = examine(run, SHORT)
    assert (SHORT, 0, 0) == (tally.images, tally.lost, tally.corrupt)


async def test_the_log_is_taken_up_again_after_a_power_cut(tmp_path: Path) -> None:
    """What a cut leaves is a log that the next start continues, with every acknowledged entry at its index."""
    start, events = await recorded(tmp_path)
    for seed in range(12):
        disk = Disk(start)
        for event in events[: len(events) * (seed + 1) // 12]:
            disk.do(event)
        place = tmp_path / str(seed)
        place.mkdir()
        for name, content in disk.cut(random.Random(seed)).items():
            (place / name).write_bytes(content)
        async with opened(place / "log.db") as log:
            before = log.size
            assert max((ack.index for ack in disk.acknowledged), default=-1) < before
            receipt = await log.wait_durable(log.record(b"after", exchange_id="", phase=Phase.ADMIN, time_us=1))
            assert before == receipt.index


async def test_less_than_full_loses_entries_and_is_seen(tmp_path: Path) -> None:
    """The negative control: a writer that syncs at checkpoints alone."""
    tally = examine(await recorded(tmp_path, level="normal"), SHORT)
    assert tally.lost > SHORT // 10


async def test_a_disk_whose_syncs_lie_loses_entries_and_is_seen(tmp_path: Path) -> None:
    """The negative control: the same run, the syncs do nothing."""
    tally = examine(await recorded(tmp_path), SHORT, lying=True)
    assert tally.lost + tally.corrupt > SHORT // 10


async def test_a_process_whose_syncs_are_swallowed_loses_entries_and_is_seen(tmp_path: Path) -> None:
    """The negative control: the real writer under eatmydata."""
    tally = examine(await recorded(tmp_path, under=["eatmydata"]), SHORT)
    assert tally.lost + tally.corrupt > SHORT // 10


@pytest.mark.torture
@pytest.mark.timeout(7200)
async def test_sixty_thousand_power_cuts_lose_nothing(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Runs with little and much between two checkpoints; the controls on the same scale of a tenth."""
    runs = [(1, 200, 40), (2, 160, 80), (3, 120, 30), (4, 80, 200)]
    total = Tally()
    for number, (sittings, entries, pages) in enumerate(runs):
        run = await recorded(tmp_path / str(number), sittings=sittings, entries=entries, pages=pages)
        tally = examine(run, LONG // len(runs), seed=number)
        total = Tally(total.images + tally.images, total.lost + tally.lost, total.corrupt + tally.corrupt)
    normal = examine(await recorded(tmp_path / "normal", level="normal", entries=120), LONG // 10)
    lying = examine(await recorded(tmp_path / "lying", entries=120), LONG // 10, lying=True)
    eaten = examine(await recorded(tmp_path / "eaten", under=["eatmydata"], entries=120), LONG // 10)
    for name, tally in {"full": total, "normal": normal, "lying": lying, "eatmydata": eaten}.items():
        record_property(name, f"{tally.images} images, {tally.lost} lost, {tally.corrupt} corrupt")
        print(f"{name}: {tally.images} images, {tally.lost} lost acknowledged entries, {tally.corrupt} corrupt")
    assert (LONG, 0, 0) == (total.images, total.lost, total.corrupt)
    assert min(tally.lost + tally.corrupt for tally in (normal, lying, eaten)) > LONG // 100
