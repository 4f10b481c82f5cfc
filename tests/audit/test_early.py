"""What left the log, or was destroyed, before its time is found by the time that witnesses signed, or the next best."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.audit.retention.rules import RETAIN, SHRED
from gateway.audit.storage.reader import LogReader
from gateway.audit.verification.chronicle import RESTORE, PastAct
from gateway.audit.verification.early import GRACE_US, list_early
from gateway.audit.verification.signatures import accept_all
from tests.audit.attacks import KEPT, SIZE, WITNESS, change_notes, disk, run, without_cosignatures, write
from tests.audit.logs import database
from tests.samples import NOW_US

KEYS = (WITNESS.verifier,)
YEARS_US = 3 * 366 * 86_400 * 1_000_000
RUN = f"0-256 sha256:{'a' * 64} years:3"


@pytest.fixture
async def node(tmp_path: Path) -> Path:
    """A directory whose log is witnessed, and of which entry 255 is three years old."""
    await write(tmp_path / "sc")
    run(f"UPDATE entry SET time_us = {NOW_US - YEARS_US} WHERE idx = 255")(tmp_path / "sc")  # noqa: S608 - a number
    return tmp_path / "sc"


def early(node: Path, *acts: PastAct) -> list[int]:
    """The indexes of the acts that came too early."""
    with LogReader(database(node)) as reader:
        return [act.index for act in list_early(reader, acts, KEYS, accept_all)]


def test_what_was_old_enough_at_the_first_witnessed_checkpoint_after_it_went_in_time(node: Path) -> None:
    """The act may be the last entry that it covers, or the first."""
    assert [] == early(node, PastAct(KEPT[1], RETAIN, RUN), PastAct(SIZE - 1, RETAIN, RUN))
    assert [] == early(node, PastAct(SIZE - 1, SHRED, "2020-01"), PastAct(0, RESTORE, "size:1 root:a"))


def test_what_was_not_old_enough_went_too_early(node: Path) -> None:
    """An entry that is younger than the years that the act names, a month that had not ended so long ago."""
    longer = RUN.replace("years:3", "years:4")
    assert [259, 261] == early(node, PastAct(259, RETAIN, longer), PastAct(261, SHRED, "2023-12"))


@pytest.mark.parametrize("subject", ["", RUN.replace("years:3", "years:2"), RUN.replace("0-256", "0-9999")])
def test_an_act_that_cannot_be_judged_went_too_early(node: Path, subject: str) -> None:
    """Of another form, under less than the floor, or of entries that are not there."""
    assert [259] == early(node, PastAct(259, RETAIN, subject))


@pytest.mark.parametrize(("older_us", "expected"), [(0, []), (-GRACE_US // 2, []), (-5 * GRACE_US, [SIZE])])
def test_an_act_that_no_checkpoint_covers_is_held_to_the_newest_witnessed_one_before(
    node: Path, older_us: int, expected: list[int]
) -> None:
    """The log's own time of it does not count, and a day is granted for a node that was stopped."""
    with disk(node) as connection:
        connection.execute("UPDATE checkpoint SET time_us = 0")
        connection.execute("UPDATE entry SET time_us = time_us - ? WHERE idx = 255", (older_us,))
    assert expected == early(node, PastAct(SIZE, RETAIN, RUN))


def test_a_log_that_nobody_witnessed_is_held_to_its_own_time_before_the_act(node: Path) -> None:
    """And to that after it where nothing is before; without any checkpoint nothing can be said."""
    change_notes(without_cosignatures)(node)
    assert [] == early(node, PastAct(SIZE, RETAIN, RUN), PastAct(0, RETAIN, RUN))
    with disk(node) as connection:
        connection.execute("UPDATE checkpoint SET time_us = time_us - ?", (5 * GRACE_US,))
    assert [0, SIZE] == early(node, PastAct(0, RETAIN, RUN), PastAct(SIZE, RETAIN, RUN))
    run("DELETE FROM checkpoint")(node)
    assert [] == early(node, PastAct(SIZE, RETAIN, RUN))


@pytest.mark.parametrize("witnessed", [True, False])
async def test_the_time_column_of_an_entry_without_bytes_makes_it_no_older(tmp_path: Path, witnessed: bool) -> None:
    """What covers it, by a witness's time or else by the log's own, tells how old it can be."""
    await write(tmp_path / "sc")
    if not witnessed:
        change_notes(without_cosignatures)(tmp_path / "sc")
    run(f"UPDATE entry SET octets = x'', time_us = {NOW_US - 2 * YEARS_US} WHERE idx < 256")(tmp_path / "sc")  # noqa: S608 - a number
    assert [SIZE - 1] == early(tmp_path / "sc", PastAct(SIZE - 1, RETAIN, RUN))


async def test_an_entry_without_bytes_under_checkpoints_as_old_as_it_left_in_time(tmp_path: Path) -> None:
    """The day of grace is for what was covered late."""
    await write(tmp_path / "sc")
    change_notes(without_cosignatures)(tmp_path / "sc")
    run(
        f"UPDATE entry SET octets = x'', time_us = {NOW_US - YEARS_US} WHERE idx < 256",  # noqa: S608 - a number
        f"UPDATE checkpoint SET time_us = {NOW_US - YEARS_US + GRACE_US // 2} WHERE size < 300",  # noqa: S608 - a number
    )(tmp_path / "sc")
    assert [] == early(tmp_path / "sc", PastAct(SIZE, RETAIN, RUN))
