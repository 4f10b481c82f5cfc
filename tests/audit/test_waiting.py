"""The file of acts that wait for a witness: what was added is there, whatever ends the process; the rest is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.storage import waiting as module
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.waiting import WaitingAct, WaitingActs
from gateway.ground.documents import DocumentKind, NumberedDocument

DOCUMENT = NumberedDocument(DocumentKind.LIST, "500000-catalogue", 3, "b" * 64)
FIRST = WaitingAct("start", "0.1.0", "", (str(DOCUMENT),))
SECOND = WaitingAct("documents", "reload", "spiffe://510000.chuanyu/admin/甲", (str(DOCUMENT), str(DOCUMENT)), "f" * 64)
TEXTS = st.text(max_size=40)
ACTS = st.builds(
    WaitingAct, TEXTS, TEXTS, TEXTS, st.sampled_from([(), (str(DOCUMENT),)]), TEXTS, st.tuples(TEXTS), TEXTS
)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "waiting.jsonl"


def put(path: Path, *acts: WaitingAct) -> WaitingActs:
    """Add acts as a process does that begins with what is there."""
    waiting = WaitingActs.open(path)
    for act in acts:
        waiting.add(act)
    return waiting


@given(st.lists(ACTS, max_size=5), st.lists(ACTS, max_size=5))
def test_what_was_added_is_read_by_the_next_process(before: list[WaitingAct], after: list[WaitingAct]) -> None:
    """Any text, line ends and invisible signs included, in the same order."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "waiting.jsonl"
        put(path, *before)
        put(path, *after)
        assert [*before, *after] == list(WaitingActs.open(path))


def test_acts_that_an_earlier_release_left_are_read(path: Path) -> None:
    """Its lines have neither a fingerprint nor changes, and documents only where there were some."""
    path.write_bytes(b'{"action":"start","subject":"0.1.0","actor":""}\n')
    assert [WaitingAct("start", "0.1.0", "")] == list(WaitingActs.open(path))


def test_nothing_waits_where_there_is_no_file(path: Path) -> None:
    """And reading makes none."""
    assert 0 == len(WaitingActs.open(path))
    assert not path.exists()


def test_its_documents_are_named_in_order(path: Path) -> None:
    """Of all acts."""
    assert (DOCUMENT, DOCUMENT, DOCUMENT) == put(path, FIRST, SECOND).list_documents()


def test_only_the_nodes_user_can_read_it(path: Path) -> None:
    """It names who acted."""
    put(path, FIRST)
    assert 0o600 == path.stat().st_mode & 0o777


def test_acts_that_were_removed_do_not_come_back(path: Path) -> None:
    """And new ones begin a new file."""
    waiting = put(path, FIRST)
    waiting.clear()
    assert not path.exists()
    waiting.add(SECOND)
    assert [SECOND] == list(WaitingActs.open(path)) == list(waiting)


def test_every_cut_of_the_last_line_leaves_what_was_taken_before(path: Path) -> None:
    """A crash within a write; the next act takes the place of what was cut short."""
    put(path, FIRST)
    length = path.stat().st_size
    put(path, SECOND)
    octets = path.read_bytes()
    for end in range(length, len(octets)):
        path.write_bytes(octets[:end])
        assert [FIRST] == list(WaitingActs.open(path))
    put(path, SECOND)
    assert octets == path.read_bytes()


def test_a_write_that_failed_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The act was refused: it stands neither in the file nor in memory, and the next one is taken."""
    waiting = put(path, FIRST)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            waiting.add(SECOND)
    assert [FIRST] == list(waiting) == list(WaitingActs.open(path))
    waiting.add(SECOND)
    assert [FIRST, SECOND] == list(WaitingActs.open(path))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"", "line 2"),
        (b"{", "line 2: expected a JSON object"),
        (b"[]", "line 2: expected action"),
        (b'{"action":"a","subject":"b"}', "line 2: expected action"),
        (b'{"action":"a","subject":"b","actor":3}', "line 2: expected action"),
        (b'{"action":"a","subject":"b","actor":"c","changes":[3]}', "line 2: expected action"),
        (b'{"action":"a","subject":"b","actor":"c","approval":3}', "line 2: expected action"),
        (b'{"action":"a","subject":"b","actor":"c","approval":"x"}', "line 2: expected an approval of a refused"),
        (b'{"action":"a","subject":"b","actor":"c","documents":"x"}', "line 2: expected action"),
        (b'{"action":"a","subject":"b","actor":"c","documents":["x"]}', "line 2: expected a document"),
    ],
)
def test_a_line_that_is_no_act_is_refused_by_its_number(path: Path, line: bytes, found: str) -> None:
    """With what to do; nothing of the file is taken for nothing."""
    path.write_bytes(FIRST.encode() + b"\n" + line + b"\n")
    with pytest.raises(StoreInvalid, match=rf"{found}.*Put the file back from the newest backup"):
        WaitingActs.open(path)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.write_bytes(b"x" * (module.MAX_BYTES + 1)),
    ],
    ids=["a directory", "too long"],
)
def test_a_file_that_cannot_be_read_is_refused(
    path: Path, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreadable file is not an absent one."""
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    make(path)
    with pytest.raises(StoreInvalid, match=r"acts that wait.*found"):
        WaitingActs.open(path)


def test_a_link_in_its_place_is_not_followed(path: Path) -> None:
    """Acts are not written into another's file."""
    other = path.with_name("other")
    other.write_bytes(b"")
    waiting = WaitingActs.open(path)
    path.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        waiting.add(FIRST)
    assert b"" == other.read_bytes()
