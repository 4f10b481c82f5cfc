"""The consultations of a person's data are all there are under the signed root, or the statement says otherwise."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.review import history
from gateway.audit.review.history import LogAltered, find_indexed, is_withheld, rescan
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.tree import root_of
from gateway.ground.evidence import RawIdentifier
from tests.audit.logs import BOOK, database, five_entries
from tests.audit.stored import StoredLog, entry_of, read
from tests.samples import NOW_US, NUMBER

A, B, C = b"a" * 16, b"b" * 16, b"c" * 16
MONTHS = {"2026-10": A, "2026-11": B}


def _log(*tokens: bytes) -> StoredLog:
    """Make a log with an entry for each of these joined tokens."""
    return StoredLog(
        *(entry_of(Phase.INTENT, at, subject_tokens=b64encode(one).decode()) for at, one in enumerate(tokens, 1))
    )


def _root(log: StoredLog) -> bytes:
    return root_of([row[1] for row in log.stored])


LOG = (A, C, C + B, b"")
"""The tokens of four entries, of which the first and the third name the person."""


@pytest.mark.parametrize("altered", [0, 1, 3])
def test_a_log_whose_bytes_changed_answers_nothing(altered: int) -> None:
    """An entry of another person, too, and though the row's own hash were changed with it."""
    log = _log(*LOG)
    root = _root(log)
    octets = log.stored[altered][2] + b" "
    log.stored[altered] = (*log.stored[altered][:2], octets, *log.stored[altered][3:])
    with pytest.raises(LogAltered, match="do not have the root of the checkpoint of 4"):
        rescan(log.reader(), MONTHS, size=4, root=root)


def test_a_log_that_lacks_an_entry_answers_nothing() -> None:
    """The first index that does not follow the one before is named; a log that is too short has another root."""
    log = _log(*LOG)
    root = _root(log)
    rows = log.stored
    log.stored = [rows[0], *rows[2:]]
    with pytest.raises(LogAltered, match="expected the entry 1, found 2"):
        rescan(log.reader(), MONTHS, size=4, root=root)
    log.stored = rows[:3]
    with pytest.raises(LogAltered, match="the 3 leaves"):
        rescan(log.reader(), MONTHS, size=4, root=root)


@pytest.mark.parametrize(
    "octets",
    [b'{"subject_tokens":"%%%%"}', b'{"subject_tokens":"YWFh', b'{"subject_tokens":"","x":"subject_tokens":""}'],
    ids=["no base 64", "no end", "twice"],
)
def test_an_entry_whose_references_cannot_be_read_is_not_passed_over(octets: bytes) -> None:
    """It might name the person."""
    log = _log(A)
    log.stored.append((1, b"", octets, "intent", "", 0, 0, None))
    with pytest.raises(EntryUnreadable):
        rescan(log.reader(), MONTHS, size=2, root=b"")


def test_an_entry_that_the_index_lacks_makes_the_answer_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index alone is never believed."""
    log = _log(*LOG)
    monkeypatch.setattr(history, "find_named", lambda *_, **__: [0])
    statement = rescan(log.reader(), MONTHS, size=4, root=_root(log))
    assert not statement.complete
    assert (2, (2,), ()) == (statement.found, statement.missing_from_index, statement.beyond_leaves)


def test_an_entry_that_the_index_alone_names_makes_the_answer_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told of a consultation that no leaf proves."""
    log = _log(*LOG)
    monkeypatch.setattr(history, "find_named", lambda *_, **__: [0, 1, 2])
    statement = rescan(log.reader(), MONTHS, size=4, root=_root(log))
    assert not statement.complete
    assert (2, (), (1,)) == (statement.found, statement.missing_from_index, statement.beyond_leaves)


def test_a_month_whose_keys_were_destroyed_makes_the_answer_incomplete() -> None:
    """The statement names it."""
    log = _log(*LOG)
    statement = rescan(log.reader(), MONTHS, size=4, root=_root(log), lost=("2021-01",))
    assert not statement.complete
    assert ("2021-01",) == statement.lost


def test_no_reference_finds_nobody() -> None:
    """A search without references does not find the whole log."""
    log = _log(*LOG)
    assert [] == find_indexed(log.reader(), {})
    statement = rescan(log.reader(), {}, size=4, root=_root(log))
    assert (0, ()) == (statement.found, statement.months)


def test_a_whole_answer_is_complete_under_the_root() -> None:
    """Every entry that names the person in one of the months is counted once, and the progress is told."""
    log, told = _log(*LOG, A + B), list[tuple[int, int]]()
    statement = rescan(
        log.reader(), MONTHS, size=5, root=_root(log), progress=lambda done, total: told.append((done, total))
    )
    assert statement.complete
    assert (3, ("2026-10", "2026-11"), _root(log)) == (statement.found, statement.months, statement.root)
    assert [(2, 5), (4, 5), (5, 5)] == told


def test_entries_after_the_checkpoint_are_not_of_the_answer() -> None:
    """Neither the leaves nor the index are read beyond its size."""
    log = _log(A, A)
    statement = rescan(log.reader(), MONTHS, size=1, root=root_of([log.stored[0][1]]))
    assert statement.complete
    assert 1 == statement.found


def test_entries_that_left_for_an_archive_prove_the_root_and_make_the_answer_incomplete() -> None:
    """Their stored hash stands for their bytes; nobody looked for the person in the archive."""
    log = _log(A, B)
    root = _root(log)
    log.prune(1)
    statement = rescan(log.reader(), MONTHS, size=2, root=root, covered=1)
    assert (False, 1, 1) == (statement.complete, statement.found, statement.archived)
    assert ("2026-10", "2026-11") == statement.archived_months


@pytest.mark.parametrize(
    ("asked", "lost", "expected"),
    [
        ({"2026-12": A}, (), ()),
        ({"2026-11": A, "2026-12": B}, (), ("2026-11",)),
        ({"2026-12": B}, ("2023-01",), ("2023-01",)),
        ({}, (), ()),
    ],
)
def test_only_months_up_to_the_first_entry_that_is_left_may_lie_in_an_archive(
    asked: dict[str, bytes], lost: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """What is younger is answered in full; what no entry is left of may be anywhere in it."""
    log = _log(C, C)
    root = _root(log)
    log.prune(1)
    statement = rescan(log.reader(), asked, size=2, root=root, lost=lost, covered=256)
    assert (1, expected) == (statement.archived, statement.archived_months)
    assert statement.complete is not bool(expected or lost)
    log.prune(2)
    whole = rescan(log.reader(), asked, size=2, root=root, lost=lost, covered=256)
    assert tuple(sorted({*asked, *lost})) == whole.archived_months


@pytest.mark.parametrize(("blank", "covered"), [((0,), 0), ((0, 1), 1), ((2,), 2), ((3,), 3)])
def test_an_entry_without_bytes_that_no_run_of_retention_covers_is_refused(
    blank: tuple[int, ...], covered: int
) -> None:
    """Its hash is right, and it might name the person."""
    log = _log(A, C, C + B, b"")
    root = _root(log)
    for index in blank:
        log.stored[index] = (*log.stored[index][:2], b"", *log.stored[index][3:])
    with pytest.raises(EntryUnreadable, match=f"the entry {blank[-1]} has no bytes, and no recorded run"):
        rescan(log.reader(), MONTHS, size=4, root=root, covered=covered)


def test_the_index_of_a_real_log_gives_the_entries_of_the_month(tmp_path: Path) -> None:
    """Both exchanges about the cardholder are found, and the walk agrees."""
    asyncio.run(five_entries(tmp_path))
    own = {"2026-11": bytes(BOOK.references.subject(RawIdentifier(NUMBER), NOW_US))}
    with LogReader(database(tmp_path)) as reader:
        found = [one.index for one in find_indexed(reader, own)]
        root = root_of([leaf for rows in reader.leaves(0, 5) for leaf, _, _ in rows])
        assert {0, 1, 2, 3} <= set(found)
        assert rescan(reader, own, size=5, root=root).complete
        assert [] == find_indexed(reader, {"2026-11": A})


def test_only_the_scenes_that_the_province_named_are_withheld() -> None:
    """A reviewer sees the others; none is withheld where none is named."""
    entry = read(entry_of(Phase.INTENT, 1, scene="criminal-investigation"))
    assert is_withheld(entry, frozenset({"criminal-investigation"}))
    assert not is_withheld(entry, frozenset({"criminal"}))
    assert not is_withheld(entry, frozenset())
