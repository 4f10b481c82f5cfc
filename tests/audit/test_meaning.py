"""The entries of a log say what entries may say, and follow what they must follow, or the first that does not is named.

The log is in memory: an intent, its release, the asker's outcome.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Iterator

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.retention.rules import RETAIN, RetentionRun
from gateway.audit.storage.reader import StoredEntry, StoredRow
from gateway.audit.verification.fault import VerificationFailed, VerificationFault
from gateway.audit.verification.meaning import Meaning
from tests.audit.stored import EVENT, MONTH, StoredLog, entry_of

FIRST = EVENT.format(1)
INTENT = entry_of(Phase.INTENT, 1)
RELEASE = entry_of(Phase.RELEASE, 2)
OUTCOME = entry_of(Phase.OUTCOME, 3, prev=1)
ELSEWHERE = EVENT.format(99)
COLUMNS = "the row's columns are not those of the entry"


def _retained(end: int) -> bytes:
    return entry_of(Phase.ADMIN, 8, action=RETAIN, subject=RetentionRun(0, end, "0" * 64, 5).subject)


def _fault(log: StoredLog, start: int = 0) -> VerificationFault | None:
    """Walk over a log from `start`; return what is at fault."""
    try:
        Meaning(log.reader()).run(start, log.count(), lambda done, total: None)
    except VerificationFailed as failed:
        return failed.fault
    return None


def _of(*octets: bytes, start: int = 0) -> tuple[str, str]:
    """Return the place and the detail of a log's fault; empty for none."""
    fault = _fault(StoredLog(*octets), start)
    return (fault.place, fault.detail) if fault is not None else ("", "")


def test_bytes_that_are_no_entry_are_named() -> None:
    """A signed leaf of nonsense is none the better for it."""
    assert "entry 1" == _of(INTENT, b"nonsense")[0]


def test_an_entry_of_another_log_is_named() -> None:
    """Nobody may carry an entry over from a log that someone else keeps."""
    assert ("entry 1", COLUMNS) == _of(INTENT, entry_of(Phase.RELEASE, 2, prev_event=FIRST, origin="log.other/1"))


@pytest.mark.parametrize(("column", "value"), [(3, "receipt"), (4, ELSEWHERE), (5, 1), (6, 0)])
def test_a_column_that_is_not_drawn_from_the_entry_is_named(column: int, value: str | int) -> None:
    """Search reads the columns, so that each must say what the signed bytes say."""
    log = StoredLog(INTENT, RELEASE)
    row = list(log.stored[1])
    row[column] = value
    log.stored[1] = tuple(row)  # type: ignore[assignment]  # a row with one other column
    assert VerificationFault("entry 1", 1, COLUMNS) == _fault(log)


@pytest.mark.parametrize(
    ("phase", "changes"),
    [
        (Phase.RELEASE, {"prev_event": ELSEWHERE}),
        (Phase.RELEASE, {"exchange_id": ELSEWHERE}),
        (Phase.RECEIPT, {"prev_event": ELSEWHERE}),
        (Phase.REFUSAL, {"prev_event": ELSEWHERE}),
    ],
)
def test_an_answer_that_does_not_follow_the_intent_of_its_exchange_is_named(
    phase: Phase, changes: dict[str, str]
) -> None:
    """An intent that is not there, or that is another exchange's, lets nothing leave."""
    detail = f"a {phase} does not follow the intent of its exchange"
    assert ("entry 1", detail) == _of(INTENT, entry_of(phase, 2, **changes))


def test_an_answer_before_its_intent_is_named() -> None:
    """What was done first and justified later did not follow."""
    assert "entry 0" == _of(RELEASE, INTENT)[0]


def test_a_later_intent_that_does_not_follow_the_first_is_named() -> None:
    """Each intent of an exchange but the first names one before it."""
    late = entry_of(Phase.INTENT, 4, prev_event=ELSEWHERE)
    assert ("entry 1", "an intent does not follow the first one of its exchange") == _of(INTENT, late)
    assert ("", "") == _of(INTENT, entry_of(Phase.INTENT, 4, prev_event=FIRST))


@pytest.mark.parametrize(
    "changes", [{"prev": 0}, {"prev": 2}, {"prev": 3}, {"page": 1}, {"exchange_id": ELSEWHERE}], ids=str
)
def test_an_outcome_that_does_not_follow_its_release_is_named(changes: dict[str, str | int]) -> None:
    """An intent, itself, a later entry, another page and another exchange are not the release that it names."""
    outcome = entry_of(Phase.OUTCOME, 3, **{"prev": 1, **changes})
    assert ("entry 2", "an outcome does not follow the release that it names") == _of(INTENT, RELEASE, outcome)


@pytest.mark.parametrize(("acts", "covered"), [((), 0), ((_retained(1),), 1)])
def test_entries_without_bytes_that_no_run_of_retention_covers_are_named(acts: tuple[bytes, ...], covered: int) -> None:
    """Only a recorded run lets bytes leave the log."""
    log = StoredLog(INTENT, RELEASE, *acts)
    log.prune(2)
    fault = _fault(log)
    assert fault is not None
    assert (f"entry {covered}", covered) == (fault.place, fault.index)


def test_a_run_of_retention_that_cannot_be_read_is_named() -> None:
    """It covers nothing."""
    log = StoredLog(INTENT, entry_of(Phase.ADMIN, 8, action=RETAIN, subject="all of it"))
    log.prune(1)
    fault = _fault(log)
    assert fault is not None
    assert "retention" == fault.place


def test_an_entry_without_bytes_that_was_not_pruned_is_named() -> None:
    """Bytes are gone at the beginning of the log alone."""
    log = StoredLog(INTENT, RELEASE)
    log.stored[1] = (*log.stored[1][:2], b"", *log.stored[1][3:])
    fault = _fault(log)
    assert fault is not None
    assert "entry 1" == fault.place


def test_a_row_whose_columns_are_no_text_is_named() -> None:
    """The database cannot even give it, and the walk says which it is."""

    class Unreadable(StoredLog):
        def rows(self, start: int, end: int) -> Iterator[list[StoredRow]]:
            yield self.stored[:1]
            raise sqlite3.OperationalError("Could not decode to UTF-8 column")

        def entry(self, index: int) -> StoredEntry:
            if index == 1:
                raise sqlite3.OperationalError("Could not decode to UTF-8 column")
            return super().entry(index)

    assert VerificationFault("entry 1", 1, COLUMNS) == _fault(Unreadable(INTENT, RELEASE, OUTCOME))


@pytest.mark.parametrize("change", [{"keys": []}, {"astray": [(0, -1, 0)]}], ids=["a wrapped key", "a page of pairs"])
def test_what_is_kept_beside_the_entries_is_compared_by_a_walk_from_the_first(change: dict[str, object]) -> None:
    """A walk that begins later cannot tell, and does not."""
    log = StoredLog(entry_of(Phase.INTENT, 1, subject_tokens=b64encode(b"a" * 16).decode()), RELEASE)
    for table, rows in change.items():
        setattr(log, table, rows)
    assert _fault(log) is not None
    assert _fault(log, start=1) is None


def test_a_sound_log_holds_and_is_counted_by_phase() -> None:
    """The progress is told until all is done, and links lead into what was walked over before."""
    log, told = StoredLog(INTENT, RELEASE, OUTCOME), list[tuple[int, int]]()
    meaning = Meaning(log.reader())
    meaning.run(0, 3, lambda done, total: told.append((done, total)))
    assert {"intent": 1, "release": 1, "outcome": 1} == meaning.phases
    assert [(2, 3), (3, 3)] == told
    assert _fault(log, start=1) is None
    assert _fault(log, start=2) is None


def test_entries_that_a_run_of_retention_covers_may_be_without_bytes() -> None:
    """What follows a pruned intent follows it still, and the pruned ones are counted apart."""
    log = StoredLog(INTENT, RELEASE, _retained(1))
    log.prune(1)
    log.keys = [(0, MONTH)]
    meaning = Meaning(log.reader())
    meaning.run(0, 3, lambda done, total: None)
    assert (1, {"release": 1, "admin": 1}) == (meaning.pruned, meaning.phases)
