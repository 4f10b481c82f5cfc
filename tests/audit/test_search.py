"""Search finds what meets every criterion, reads each entry from its own bytes, and passes over nothing unreadable."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.audit.entries.references import tokens_of
from gateway.audit.review.search import Criteria, search
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.storage.reader import LogReader
from tests.audit.logs import database, five_entries
from tests.samples import NOW_US


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database of a node that has stopped."""
    asyncio.run(five_entries(tmp_path))
    return database(tmp_path)


def found(path: Path, criteria: Criteria, limit: int = 100) -> list[int]:
    """The indexes of what is found."""
    with LogReader(path) as reader:
        return [one.index for one in search(reader, criteria, limit=limit)]


def test_no_criterion_asks_nothing(path: Path) -> None:
    """Every entry is found, in order, up to the limit."""
    assert [0, 1, 2, 3, 4] == found(path, Criteria())
    assert [0, 1] == found(path, Criteria(), limit=2)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (Criteria(phase="release"), [1, 3]),
        (Criteria(result="deny"), [4]),
        (Criteria(reason_code="GRANT_MISSING"), [4]),
        (Criteria(reason_code="GRANT_EXPIRED"), []),
        (Criteria(phase="release", result="deny"), []),
        (Criteria(item_code="CY-XX-99"), []),
        (Criteria(department="nobody"), []),
        (Criteria(scene="nowhere"), []),
        (Criteria(use_basis="nothing"), []),
        (Criteria(action="reload"), []),
        (Criteria(actor="spiffe://510000.chuanyu/administrator/a"), []),
        (Criteria(exchange_id="01980000-0000-7000-8000-000000000002"), [2, 3]),
        (Criteria(exchange_id="01980000-0000-7000-8000-000000000002", phase="intent"), [2]),
        (Criteria(exchange_id="01980000-0000-7000-8000-000000000009"), []),
        (Criteria(until_us=NOW_US), []),
        (Criteria(since_us=NOW_US + 1), []),
        (Criteria(since_us=NOW_US, until_us=NOW_US + 1), [0, 1, 2, 3, 4]),
        (Criteria(subjects=frozenset({bytes(16)})), []),
    ],
)
def test_each_criterion_must_hold(path: Path, criteria: Criteria, expected: list[int]) -> None:
    """Alone and together; one that nothing meets finds nothing."""
    assert expected == found(path, criteria)


def test_a_cardholder_is_found_by_the_reference_of_the_month(path: Path) -> None:
    """In every entry that names one of them, and by what stands in the leaf."""
    with LogReader(path) as reader:
        tokens = {token for one in search(reader, Criteria(), limit=10) for token in tokens_of(one.entry)}
    assert tokens
    named = found(path, Criteria(subjects=frozenset(tokens)))
    assert [0, 1, 2, 3, 4] == named
    assert [index for index in named if index in (1, 3)] == found(
        path, Criteria(subjects=frozenset(tokens), phase="release")
    )


def test_a_value_that_looks_like_another_field_is_not_taken_for_it(path: Path) -> None:
    """What stands in quotation marks is looked for as a whole."""
    assert [] == found(path, Criteria(department='x","phase":"release'))


def test_an_entry_that_cannot_be_read_is_told_and_not_passed_over(path: Path) -> None:
    """A reviewer must know of it."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE entry SET octets = x'7b7d' WHERE idx = 2")
    connection.close()
    with pytest.raises(EntryUnreadable, match="the entry 2 does not have its stored leaf hash"):
        found(path, Criteria())


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_at_least_one(path: Path, limit: int) -> None:
    """Nothing is asked for otherwise."""
    with pytest.raises(ValueError, match="at least 1"):
        found(path, Criteria(), limit=limit)
