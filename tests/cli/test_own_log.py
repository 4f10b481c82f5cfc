"""An act that a running node is asked to record: without an answer that can be read, it counts as not recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.audit.entries.requests import RecordAnswer, RecordRequest, list_waiting
from gateway.audit.storage.recovery import LogTaken
from gateway.cli import own_log
from gateway.cli.own_log import name_local_actor, record_act
from gateway.cli.screen import Problem
from gateway.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a node that runs: its log has a writer already."""

    async def refuse(settings: Settings, request: RecordRequest) -> RecordAnswer:
        raise LogTaken("another process writes this log")

    monkeypatch.setattr(own_log, "_record_as_writer", refuse)
    return cast("Settings", SimpleNamespace(requests_directory=tmp_path / "requests"))


def put_answer(octets: bytes) -> Callable[[Path, RecordRequest], Path]:
    """Return a stand-in for `put` that leaves an answer of these bytes beside a request that stays."""

    def put(directory: Path, request: RecordRequest) -> Path:
        directory.mkdir()
        place = directory / f"{'0' * 32}.request"
        place.write_bytes(b"{}")
        answer = place.with_suffix(".answer")
        answer.write_bytes(octets)
        return answer

    return put


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b'{"index": "x", "why": ""}', b'{"index": null}'])
def test_an_answer_that_cannot_be_read_is_a_problem_and_withdraws_the_request(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, octets: bytes
) -> None:
    """The command ends with what was expected, and no request stays that the node could record later."""
    monkeypatch.setattr(own_log, "put", put_answer(octets))
    with pytest.raises(Problem) as caught:
        record_act(settings, "backup", "log")
    assert "not recorded, and so not done: the answer of the running node cannot be read" in caught.value.found.en
    assert "expected an answer with index and why" in caught.value.found.en
    assert [] == list(list_waiting(settings.requests_directory))


@pytest.mark.parametrize(("action", "subject"), [("Backup!", "log"), ("open_body", "log"), ("backup", "x")])
def test_an_act_of_another_form_is_a_problem_before_the_node_is_asked(
    settings: Settings, action: str, subject: str
) -> None:
    """No file is left for the node."""
    with pytest.raises(Problem, match="not recorded"):
        record_act(settings, action, subject)
    assert not settings.requests_directory.exists()


def test_a_node_that_does_not_answer_has_its_request_withdrawn(settings: Settings) -> None:
    """The time is up at once, and nothing waits."""
    with pytest.raises(Problem, match="did not answer within 0 s"):
        record_act(settings, "backup", "log", wait_seconds=0)
    assert [] == list(list_waiting(settings.requests_directory))


def test_an_act_for_a_stopped_node_does_not_ask_one_that_runs(settings: Settings) -> None:
    """The lock on the log is the reason that is given."""
    with pytest.raises(Problem, match="another process writes this log"):
        record_act(settings, "backup", "log", stopped=True)
    assert not settings.requests_directory.exists()


@pytest.mark.parametrize("error", [OSError("the disk is full"), ValueError("no such place")])
def test_a_log_that_cannot_be_written_is_a_problem(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Its own words stand in the problem."""

    async def fail(settings: Settings, request: RecordRequest) -> RecordAnswer:
        raise error

    monkeypatch.setattr(own_log, "_record_as_writer", fail)
    with pytest.raises(Problem, match=str(error)):
        record_act(cast("Any", None), "backup", "log")


def test_the_index_of_the_nodes_answer_is_returned(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the entry that the act stands in."""
    monkeypatch.setattr(own_log, "put", put_answer(b'{"index": 7, "why": ""}'))
    assert 7 == record_act(settings, "backup", "log")


def test_the_actor_is_the_user_that_the_kernel_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No certificate is shown, so it is a number; the name in the environment is whoever wrote it."""
    monkeypatch.setenv("LOGNAME", "reviewer-1")
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert "local:4711" == name_local_actor()
