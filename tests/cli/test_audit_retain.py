"""`chuanyu audit retain`, `shred` and `archive`: a dry run first, recorded before it is done, one writer always."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.assembly.acts import FILE, LocalActs, own_acts
from gateway.audit.entries.acts import REFUSED, approval_id
from gateway.audit.entries.requests import RecordRequest, RecordRequestInvalid, find_owner, list_waiting, put
from gateway.audit.retention.rules import RETAIN, RetentionRun
from gateway.audit.storage.reader import LogReader
from gateway.cli import own_log
from gateway.cli.main import app
from gateway.cli.own_log import load_node_settings, record_act
from gateway.cli.screen import Problem
from gateway.ground.documents import DocumentKind, NumberedDocument
from keys.approval import read as read_approval
from keys.certificate import read_claims
from tests.cli.old_node import MONTH, acts, approve_retain, approve_shred, copy, holds, make, sign_log
from tests.commands import CliRunner, Result


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node whose entries are beyond their time."""
    return make(tmp_path_factory.mktemp("node") / "sc")


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy(pristine, tmp_path / "sc")


@pytest.fixture(scope="module")
def retaining(pristine: Path) -> Path:
    """An approval by which the old entries may leave; on each copy it is used for the first time."""
    return approve_retain(pristine)


@pytest.fixture(scope="module")
def shredding(pristine: Path) -> Path:
    """An approval by which the old month may be destroyed."""
    return approve_shred(pristine)


@contextmanager
def running(node: Path) -> Iterator[None]:
    """Another process's stand-in that has the log, and answers requests as a node does."""
    settings, started, ending = load_node_settings(node), threading.Event(), threading.Event()

    async def serve() -> None:
        async with own_acts(settings) as local:
            task = asyncio.create_task(local.run())
            started.set()
            await asyncio.to_thread(ending.wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(20)
    try:
        yield
    finally:
        ending.set()
        thread.join(20)


def test_a_dry_run_says_what_would_leave_and_changes_nothing(node: Path) -> None:
    """The first two whole tiles."""
    before = (node / "audit" / "log.db").read_bytes()
    told = json.loads(run("audit", "retain", node, "--json").stdout)
    assert ([[0, 512]], 0, 520, 3) == (told["would_archive"], told["archived"], told["entries"], told["years"])
    assert before == (node / "audit" / "log.db").read_bytes()
    assert not (node / "audit" / "archive").exists()


@pytest.mark.parametrize("served", [False, True], ids=["no node runs", "a node runs"])
def test_a_run_archives_records_and_prunes(node: Path, retaining: Path, served: bool) -> None:
    """In this order, by whoever is the writer; the log holds, the archive too, and a second run has nothing to do."""
    if served:
        with running(node):
            result = run("audit", "retain", node, "--apply", "--approval", retaining, "--json")
    else:
        result = run("audit", "retain", node, "--apply", "--approval", retaining, "--json")
    assert 0 == result.exit_code
    (archive,) = (node / "audit" / "archive").glob("*.parquet")
    (act,) = [entry for entry in acts(node) if entry.text("action") == RETAIN]
    assert (0, 512, 3) == (
        RetentionRun.parse(act.text("subject")).start,
        RetentionRun.parse(act.text("subject")).end,
        3,
    )
    approved = read_approval(retaining.read_bytes())
    assert (f"local:{os.getuid()}", "case 17", approved.digest) == (
        act.text("actor"),
        act.text("reason"),
        act.text("approval"),
    )
    signed = [read_claims(one.certificate_pem).fingerprint for one in approved.signatures]
    assert (approved.request.target, signed) == (act.text("target_commit"), list(act.names("signers")))
    assert approval_id(approved.digest) == act.exchange_id
    with LogReader(node / "audit" / "log.db") as reader:
        assert 512 == reader.pruned()
    assert holds(node)
    assert 3 == run("audit", "archive", archive, "--node", node).exit_code  # nothing has signed the act
    asyncio.run(sign_log(node))
    assert 0 == run("audit", "archive", archive, "--node", node).exit_code
    assert 0 == run("audit", "prove", node, 7).exit_code
    assert [] == json.loads(run("audit", "retain", node, "--json").stdout)["would_archive"]
    assert "已归档" in run("audit", "show", node, 7).stderr


def test_0_7_the_documents_that_only_leaving_entries_name_are_recorded_again(
    node: Path, retaining: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the bytes leave (issue 12, 15): the log goes on saying what was ever in force."""
    named = NumberedDocument(DocumentKind.GRANT, "G-1", 2, "a" * 64)
    asked: list[int] = []

    def list_only_before(reader: LogReader, end: int) -> tuple[NumberedDocument, ...]:
        asked.append(end)
        return (named,)

    monkeypatch.setattr("gateway.assembly.acts.list_only_before", list_only_before)
    assert 0 == run("audit", "retain", node, "--apply", "--approval", retaining).exit_code
    assert [512] == asked
    assert [(RETAIN, ()), ("documents", (str(named),))] == [
        (entry.text("action"), entry.names("documents")) for entry in acts(node)
    ]
    assert holds(node)


def test_an_interrupted_run_is_ended_by_the_next(node: Path, retaining: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the archive, after the act, within the pruning: nothing is lost and nothing is doubled."""

    async def cut(self: LocalActs, request: RecordRequest) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LocalActs, "_follow", cut)
        run("audit", "retain", node, "--apply", "--approval", retaining)
    (archive,) = (node / "audit" / "archive").glob("*.parquet")
    before = archive.read_bytes()
    assert 1 == len(acts(node))
    assert 0 == run("audit", "retain", node, "--apply", "--approval", retaining).exit_code
    assert before == archive.read_bytes()
    with LogReader(node / "audit" / "log.db") as reader:
        assert 512 == reader.pruned()
    assert holds(node)


def test_an_archive_that_was_spoilt_after_it_was_written_keeps_the_bytes_in_the_log(
    node: Path, retaining: Path
) -> None:
    """The writer looks at the archive itself before anything is taken out; that it was tried stands in the log."""
    with pytest.raises(Problem, match="digest"):
        record_act(
            load_node_settings(node),
            RETAIN,
            RetentionRun(0, 512, "0" * 64, 3).subject,
            approval=retaining.read_text(encoding="utf-8"),
        )
    with LogReader(node / "audit" / "log.db") as reader:
        assert 0 == reader.pruned()
    assert [REFUSED] == [act.text("action") for act in acts(node)]


@pytest.mark.parametrize("served", [False, True], ids=["no node runs", "a node runs"])
def test_a_month_is_destroyed_after_its_retention(node: Path, shredding: Path, served: bool) -> None:
    """Recorded, then its secret, then the wrapped keys; the log holds."""
    assert 0 == run("audit", "shred", node, "--month", MONTH).exit_code
    assert (node / "keys" / "epochs" / f"{MONTH}.secret").exists()
    if served:
        with running(node):
            result = run("audit", "shred", node, "--month", MONTH, "--apply", "--approval", shredding)
    else:
        result = run("audit", "shred", node, "--month", MONTH, "--apply", "--approval", shredding)
    assert 0 == result.exit_code
    assert [f"{MONTH}.destroyed"] == [path.name for path in (node / "keys" / "epochs").iterdir()]
    with LogReader(node / "audit" / "log.db") as reader:
        assert [] == list(reader.wraps(0))
    assert [("shred", MONTH)] == [(entry.text("action"), entry.text("subject")) for entry in acts(node)]
    assert holds(node)


@pytest.mark.parametrize("applied", [False, True], ids=["said", "done"])
@pytest.mark.parametrize("month", ["2026-13", "x", time.strftime("%Y-%m"), "2019-01"])
def test_no_other_month_is_destroyed(node: Path, shredding: Path, month: str, applied: bool) -> None:
    """None in use, none within the retention, none that never was; a dry run says so as well."""
    apply = ["--apply", "--approval", shredding] if applied else []
    result = run("audit", "shred", node, "--month", month, *apply)
    assert isinstance(result.exception, Problem) or result.exit_code
    assert {REFUSED} >= {act.text("action") for act in acts(node)}
    assert (node / "keys" / "epochs" / f"{MONTH}.secret").exists()


def test_a_node_that_does_not_answer_leaves_nothing_done(
    node: Path, retaining: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the request is taken back, so that it is not done later by surprise."""
    from gateway.audit.storage.sqlite import take_lock

    monkeypatch.setattr(own_log, "LONG_SECONDS", 0.3)
    monkeypatch.setattr("gateway.cli.audit.retain.LONG_SECONDS", 0.3)
    lock = take_lock(node / "audit" / "log.db")
    try:
        result = run("audit", "retain", node, "--apply", "--approval", retaining)
    finally:
        os.close(lock)
    assert 0 != result.exit_code
    assert [] == list(list_waiting(node / "audit" / "requests"))
    with LogReader(node / "audit" / "log.db") as reader:
        assert 0 == reader.pruned()


@pytest.mark.parametrize(
    "action",
    [
        "node_init",
        "manifest",
        "start",
        "stop",
        "documents",
        "open_body",
        "subject_history",
        "reload",
        "refusal",
        "seal_run",
    ],
)
def test_a_file_records_none_of_the_acts_of_the_node_or_of_certificates(node: Path, action: str) -> None:
    """Only what commands on this machine ask for, in the form in which they ask for it."""
    directory = node / "audit" / "requests"
    directory.mkdir(mode=0o700)
    path = directory / f"{0:032x}.request"
    fields = {"action": action, "subject": "x", "documents": [], "approval": ""}
    path.write_text(json.dumps(fields), encoding="utf-8")
    path.chmod(0o600)
    with running(node):
        assert 0 <= record_act(load_node_settings(node), "backup", "log")
    assert "expected an act that a command asks for" in json.loads(path.with_suffix(".answer").read_text())["why"]
    actor = f"local:{os.getuid()}"
    assert [(REFUSED, FILE, actor, "REQUEST_INVALID"), ("backup", "log", actor, "")] == told(node)


FRAMED = {
    "action": "open_body",
    "subject": "approval abab by spiffe://510000.chuanyu/reviewer/reviewer-1",
    "actor": "spiffe://510000.chuanyu/reviewer/reviewer-1",
}


def test_a_request_that_names_its_actor_is_of_an_earlier_release(node: Path) -> None:
    """It is refused by that name, and nobody is framed."""
    directory = node / "audit" / "requests"
    directory.mkdir(mode=0o700)
    path = directory / f"{0:032x}.request"
    path.write_text(json.dumps(FRAMED), encoding="utf-8")
    path.chmod(0o600)
    with running(node):
        assert 0 <= record_act(load_node_settings(node), "backup", "log")
    assert "found one of an earlier: it names its actor" in json.loads(path.with_suffix(".answer").read_text())["why"]
    actor = f"local:{os.getuid()}"
    assert [(REFUSED, FILE, actor, "REQUEST_INVALID"), ("backup", "log", actor, "")] == told(node)


def told(node: Path) -> list[tuple[str, ...]]:
    """What the acts of a log say."""
    return [tuple(act.text(name) for name in ("action", "subject", "actor", "reason_code")) for act in acts(node)]


def test_a_link_in_place_of_a_request_is_recorded_under_whose_it_is(node: Path, tmp_path: Path) -> None:
    """It is not followed; a file that is gone again says nothing of anybody."""
    directory = node / "audit" / "requests"
    directory.mkdir(mode=0o700)
    (tmp_path / "elsewhere").write_text(json.dumps(FRAMED), encoding="utf-8")
    (directory / f"{0:032x}.request").symlink_to(tmp_path / "elsewhere")
    with running(node):
        assert 0 <= record_act(load_node_settings(node), "backup", "log")
    assert [(REFUSED, FILE), ("backup", "log")] == [one[:2] for one in told(node)]
    assert (tmp_path / "elsewhere").is_file()
    assert None is find_owner(directory / "gone.request")


def test_the_name_in_the_environment_is_nobodys(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets LOGNAME is still the user that the kernel knows."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "reviewer-1")
    record_act(load_node_settings(node), "backup", "log")
    assert [f"local:{os.getuid()}"] == [act.text("actor") for act in acts(node)]


@pytest.mark.parametrize("content", [b"", b"{}", b"x" * 70_000, b'{"action":"backup","subject":1}'])
def test_a_file_that_is_no_request_is_answered_and_taken_away(node: Path, content: bytes) -> None:
    """It cannot stop the others; one with looser permissions is none."""
    directory = node / "audit" / "requests"
    directory.mkdir(mode=0o700)
    good = b'{"action":"backup","subject":"log","documents":[],"approval":""}'
    for number, mode in enumerate((0o600, 0o644)):
        path = directory / f"{number:032x}.request"
        path.write_bytes(content if number == 0 else good)
        path.chmod(mode)
    with running(node):
        assert 0 <= record_act(load_node_settings(node), "backup", "log and keys")
    assert [] == list(list_waiting(directory))
    assert [(REFUSED, FILE)] * 2 + [("backup", "log and keys")] == [one[:2] for one in told(node)]


def test_a_request_has_one_form(tmp_path: Path) -> None:
    """An act that a command asks for, and what it is done to."""
    document = str(NumberedDocument(DocumentKind.GRANT, "G-1", 2, "a" * 64))
    for bad in (
        RecordRequest("", "log"),
        RecordRequest("export", "0-10"),
        RecordRequest("backup", "x"),
        RecordRequest("backup", "spiffe://510000.chuanyu/reviewer/reviewer-1"),
        RecordRequest("backup", "log\n"),
        RecordRequest("shred", "2026-1"),
        RecordRequest("backup", "log", (document,)),
        RecordRequest("backup", "log", (), "x" * 32_769),
        RecordRequest("rotate_log_keys", ""),  # of a stopped node alone
    ):
        with pytest.raises(RecordRequestInvalid, match="expected"):
            put(tmp_path, bad)
    assert [] == list(list_waiting(tmp_path))
