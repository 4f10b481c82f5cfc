"""`chuanyu audit reconcile` compares two directories or bundles and says in both languages what has one side."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.audit.review.bundle import Evidence, write_evidence
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.policy import read_policy
from gateway.audit.tlog.tree import root_of
from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import ASKER, CLEARED, question
from tests.audit.provinces import world
from tests.commands import CliRunner, Result


def run(*arguments: object) -> Result:
    """Run the command; wide enough that nothing is folded."""
    return CliRunner().invoke(app, ["reconcile", *map(str, arguments)], env={"COLUMNS": "220"})


async def written(directory: Path, *, one_sided: bool) -> None:
    """Two logs that agree, or of which one lacks an exchange."""
    async with world(directory) as both:
        await both.whole(1)
        arrival, asking = both.ask(2)
        await both.give(arrival).release(CLEARED)
        await asking.refuse(Refusal(Reason.PEER_RECEIPT_INVALID))
        if one_sided:
            await both.give(question(3)).release(CLEARED)


def bundle(directory: Path, start: int, end: int) -> Path:
    """An evidence bundle of a range of the asking province's log."""
    out = directory / "evidence.zip"
    with LogReader(directory / "cq" / "audit" / "log.db") as reader, out.open("wb") as file:
        size = reader.count()
        root = root_of([row[0] for rows in reader.leaves(0, size) for row in rows])
        note = sign_note(checkpoint_text(Checkpoint(ASKER.name, size, root)), [ASKER])
        policy = f"log {ASKER.vkey}\nquorum none\n"
        wanted = Evidence([(start, min(end, size))], note, policy, {}, {}, {})
        write_evidence(file, reader, wanted, read_policy(policy))
    return out


def test_logs_that_agree_are_told_so(tmp_path: Path) -> None:
    """What was refused is explained, and listed on demand."""
    asyncio.run(written(tmp_path, one_sided=False))
    result = run(tmp_path / "sc", tmp_path / "cq", "--grace", 0, "--all")
    assert 0 == result.exit_code
    for text in ("川渝两地日志一致", "the logs of both provinces agree", "PEER_RECEIPT_INVALID", "已拒绝"):
        assert text in result.stdout


def test_an_exchange_of_one_side_is_listed_and_fails(tmp_path: Path) -> None:
    """With where it stands, and that the other log does not know it."""
    asyncio.run(written(tmp_path, one_sided=True))
    result = run(tmp_path / "sc", tmp_path / "cq", "--grace", 0)
    assert 1 == result.exit_code
    for text in ("对方日志没有这次交换", "the other log does not know the exchange", question(3).ask.request_id):
        assert text in result.stdout
    assert "PEER_RECEIPT_INVALID" not in result.stdout
    told = json.loads(run(tmp_path / "cq", tmp_path / "sc", "--grace", 0, "--json").stdout)
    assert (3, False, ["refused", "unknown"]) == (
        told["exchanges"],
        told["agree"],
        [one["why"] for one in told["one_sided"]],
    )


def test_an_evidence_bundle_stands_for_a_log(tmp_path: Path) -> None:
    """Whole, it is as good as the log; in part, what it does not show is not held against it."""
    asyncio.run(written(tmp_path, one_sided=False))
    assert 0 == run(tmp_path / "sc", bundle(tmp_path, 0, 99), "--grace", 0).exit_code
    told = json.loads(run(tmp_path / "sc", bundle(tmp_path, 0, 1), "--grace", 0, "--json").stdout)
    assert (True, {"not_shown"}) == (told["agree"], {one["why"] for one in told["one_sided"]})


def test_a_bundle_that_does_not_hold_is_refused(tmp_path: Path) -> None:
    """Nothing is compared with it."""
    asyncio.run(written(tmp_path, one_sided=False))
    path = bundle(tmp_path, 0, 99)
    path.write_bytes(path.read_bytes()[:-40])
    assert isinstance(run(tmp_path / "sc", path).exception, Problem)


@pytest.mark.parametrize("other", ["sc", "absent"])
def test_a_log_is_compared_with_another_one(tmp_path: Path, other: str) -> None:
    """Neither with itself nor with nothing."""
    asyncio.run(written(tmp_path, one_sided=False))
    found = run(tmp_path / "sc", tmp_path / other).exception
    assert isinstance(found, Problem)
    assert 2 == found.exit_code
