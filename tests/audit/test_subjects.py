"""The index of subjects has each token of each entry and nothing else, or the first difference is named."""

from __future__ import annotations

from base64 import b64encode

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.subjects import SubjectIndex
from tests.audit.stored import StoredLog, entry_of, read

A, B, C = b"a" * 16, b"b" * 16, b"c" * 16


def _log(*tokens: bytes) -> StoredLog:
    """Make a log with an entry for each of these joined tokens."""
    return StoredLog(
        *(entry_of(Phase.INTENT, at, subject_tokens=b64encode(one).decode()) for at, one in enumerate(tokens, 1))
    )


def _place(log: StoredLog, size: int) -> str:
    """Compare the index with the first `size` entries; return the place at fault, empty for none."""
    index = SubjectIndex(log.reader())
    for row in log.stored[:size]:
        index.take(row[0], read(row[2]))
    try:
        index.check(size)
    except VerificationFailed as failed:
        return failed.fault.place
    return ""


def test_a_token_that_the_index_lacks_is_named() -> None:
    """Whoever deletes a row of the index hides that a person's data were asked for."""
    log = _log(A + B, A)
    log.index.remove((A, 1, True))
    assert f"subject {A.hex()}/1" == _place(log, 2)


@pytest.mark.parametrize(
    ("token", "at"), [(C, 0), (B, 1), (A, -1)], ids=["nobody's", "of another entry", "before the log"]
)
def test_a_token_that_no_entry_has_is_named(token: bytes, at: int) -> None:
    """A row too many would show a person what was never asked of it."""
    log = _log(A + B, A)
    log.index.append((token, at, True))
    assert f"subject {token.hex()}/{at}" == _place(log, 2)


def test_a_token_moved_to_another_entry_is_named() -> None:
    """The number of rows alone proves nothing."""
    log = _log(A, B)
    log.index = [(A, 1, True), (B, 0, True)]
    assert f"subject {A.hex()}/1" == _place(log, 2)


def test_a_row_that_lies_where_nobody_looks_is_named() -> None:
    """A search would not find it, though it is there."""
    log = _log(A)
    log.index = [(A, 0, False)]
    assert f"subject {A.hex()}/0" == _place(log, 1)


def test_a_token_beyond_the_entries_is_named() -> None:
    """It waits for an entry that is not there."""
    log = _log(A)
    log.index.append((B, 1, True))
    assert f"subject {B.hex()}/1" == _place(log, 1)


def test_an_index_that_changed_between_two_readings_does_not_hold() -> None:
    """A difference that is gone when it is searched for is still one."""
    log = _log(A)
    readings = [[(B, 0, True)], log.index]
    log.subjects = lambda: iter(readings.pop(0))  # type: ignore[method-assign]  # the second reading differs
    assert "subject" == _place(log, 1)


@pytest.mark.parametrize("tokens", [(A,), (A + B, A), (A + A, b"", C)])
def test_an_index_of_exactly_the_tokens_holds(tokens: tuple[bytes, ...]) -> None:
    """A token that an entry has twice stands in the index once."""
    assert "" == _place(_log(*tokens), len(tokens))


def test_tokens_of_later_entries_are_not_compared() -> None:
    """The log may grow while it is verified."""
    assert "" == _place(_log(A, B), 1)


def test_a_database_of_an_older_schema_has_no_index_to_compare() -> None:
    """Nor can one be demanded of it."""
    log = _log(A)
    log.version, log.index = 1, []
    assert "" == _place(log, 1)
