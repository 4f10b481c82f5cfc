"""A reload reads its files beside the loop, and what does not fit leaves everything as it was."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly.build import read_catalogue
from gateway.assembly.reload import prepare_reload
from gateway.assembly.run import RunningNode
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.acts import Requester
from gateway.telemetry.metrics import Metrics
from tests.province import Pristine, StandIn


@pytest.fixture(name="running")
async def _running(pristine: Pristine) -> AsyncIterator[RunningNode]:
    """A node that runs; its peer is not there."""
    running = RunningNode(pristine.restore()["sichuan"].settings, Metrics(), platform=StandIn())
    await running.start()
    yield running
    await running.stop()


async def test_a_disk_that_does_not_answer_stops_no_loop(running: RunningNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on while the files are read, and the reload ends when they are."""
    reading, answered = threading.Event(), threading.Event()

    def wait(*given: Any) -> Any:
        reading.set()
        assert answered.wait(30)
        return read_catalogue(*given)

    monkeypatch.setattr("gateway.assembly.reload.read_catalogue", wait)
    asked = asyncio.create_task(running.reload(Requester("administrator", "f" * 64)))
    await asyncio.to_thread(reading.wait)
    assert not asked.done()
    answered.set()
    assert 0 < (await asked).grants


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", ["grants", "lists", "parties"])
async def test_a_pipe_among_the_documents_is_refused_by_name(running: RunningNode, place: str) -> None:
    """At once, and the next reload without it goes through."""
    pipe = Path(running.settings.catalogue.directory) / place / "z.toml"
    os.mkfifo(pipe)
    in_force = running.node.in_force
    with pytest.raises(Refusal, match=r"REQUEST_INVALID: nothing was taken: .*z\.toml.*not a regular file"):
        await running.reload(Requester("administrator", "f" * 64))
    assert in_force is running.node.in_force
    pipe.unlink()
    await running.reload(Requester("administrator", "f" * 64))
    assert in_force is not running.node.in_force


async def test_what_is_prepared_is_not_in_force(running: RunningNode) -> None:
    """And names nothing new where nothing has changed."""
    prepared = await prepare_reload(running.foundation, running.documents, running.configuration, running.metrics)
    assert () == prepared.changed
    assert prepared.in_force is not running.node.in_force
    assert prepared.trust is not running.trust


async def test_a_missing_document_is_refused_by_its_name(running: RunningNode) -> None:
    """With the whole of what to do."""
    for path in running.settings.lists_directory.glob("510000-*.toml*"):
        path.unlink()
    with pytest.raises(Refusal) as caught:
        await running.reload(Requester("administrator", "f" * 64))
    assert Reason.DOCUMENTS_REFUSED == caught.value.reason
    found = [wrong.description for wrong in caught.value.violations]
    assert found
    assert all(re.search(r"510000/.* was in force and is missing\. Put it back", one) for one in found)


async def test_a_reload_is_an_entry_that_says_what_changed_and_by_which_certificate(running: RunningNode) -> None:
    """One that is refused is an entry too; the whole stands in each, so that the next is held to it."""
    await running.reload(Requester("administrator", "f" * 64))
    with (running.settings.parties_directory / "more.toml").open("w", encoding="utf-8") as file:
        file.write("version = 1\n")
    await running.reload(Requester("administrator", "f" * 64))
    for path in running.settings.lists_directory.glob("510000-*.toml*"):
        path.unlink()
    with pytest.raises(Refusal):
        await running.reload(Requester("administrator", "f" * 64))
    start, same, more, refused = running.node.acts._waiting
    assert ("start", f"local:{os.getuid()}", "") == (start.action, start.actor, start.caller_fp)
    assert all(line.startswith("+ ") for line in start.changes)
    assert all(line.startswith("= ") for line in same.changes)
    (changed,) = [line for line in more.changes if not line.startswith("= ")]
    assert changed.startswith("~ documents.roster ") and " was " in changed
    assert {"f" * 64} == {act.caller_fp for act in (same, more, refused)}
    assert ("reload", "DOCUMENTS_REFUSED", ()) == (refused.action, refused.reason_code, refused.changes)
