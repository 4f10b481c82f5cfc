"""Whether an approval was used, the log says: each act under it is found by its digest, and altered ones are told."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.audit.entries.acts import CONFIGURATION_ID, NO_DETAILS, ActDetails, approval_id
from gateway.audit.entries.documents import DOCUMENTS_ID
from gateway.audit.entries.entry import decode
from gateway.audit.review.approvals import ApprovalUse, list_uses
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.storage.reader import FEW, LogReader
from tests.audit.logs import create, journal, opened

DIGEST = sha256(b"an approval").hexdigest()
BESIDE = DIGEST[:32] + sha256(b"another").hexdigest()[:32]
"""Another approval of the same exchange id: its digest alone tells the two apart."""


async def record(log: Path, *digests: str) -> None:
    """Record an act under each approval."""
    async with opened(log) as running:
        for digest in digests:
            details = ActDetails(approval=digest, exchange_id=approval_id(digest), subjects=b"s" * 16)
            await journal(running).record_act(action="open_body", subject="s", actor="a", details=details.fields())


@pytest.fixture(name="log")
async def _log(tmp_path: Path) -> Path:
    return await create(tmp_path)


def uses(log: Path, digest: str = DIGEST) -> list[ApprovalUse]:
    """The uses of an approval."""
    with LogReader(log) as reader:
        return list(list_uses(reader, digest, approval_id(digest)))


async def test_each_use_is_found_the_newest_first_and_no_other(log: Path) -> None:
    """However many stand between them, a few read at a time."""
    await record(log, DIGEST, BESIDE, *[DIGEST] * FEW)
    found = uses(log)
    assert [*range(FEW + 1, 1, -1), 0] == [one.index for one in found]
    assert {"open_body"} == {one.action for one in found}
    assert [1] == [one.index for one in uses(log, BESIDE)]
    assert [] == uses(log, sha256(b"unused").hexdigest())


async def test_a_use_that_was_altered_is_not_passed_over(log: Path) -> None:
    """Else whoever owns the disk would use an approval twice."""
    await record(log, DIGEST)
    with sqlite3.connect(log) as connection:
        sql = "UPDATE entry SET octets = CAST(replace(octets, ?, ?) AS BLOB)"
        connection.execute(sql, (DIGEST.encode(), BESIDE.encode()))
    connection.close()
    with pytest.raises(EntryUnreadable, match="leaf hash"):
        uses(log)


async def test_an_act_names_the_month_of_the_person_whom_it_is_about(log: Path) -> None:
    """So that it stands in the person's own history."""
    await record(log, DIGEST)
    with LogReader(log) as reader:
        entry = decode(reader.entry(0).octets)
    assert entry.text("subject_tokens") and entry.text("key_epoch")


def test_no_exchange_has_the_id_of_an_approval_or_of_a_start() -> None:
    """Exchanges have UUIDs of version 7; these are of version 8, or of none."""
    named = approval_id(DIGEST)
    assert (36, "8") == (len(named), named[14])
    assert named != approval_id(sha256(b"another").hexdigest())
    assert 3 == len({named, CONFIGURATION_ID, DOCUMENTS_ID})
    assert "7" not in {CONFIGURATION_ID[14], DOCUMENTS_ID[14]}


def test_an_act_without_more_to_say_has_no_more_fields() -> None:
    """An empty field would say that there is something."""
    assert {} == NO_DETAILS.fields()
