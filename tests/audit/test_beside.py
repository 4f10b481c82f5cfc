"""What stands beside the entries is theirs, or the first place where it is not is named; on either database."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import cast

import pytest

from gateway.audit.entries.entry import Phase, decode, encode
from gateway.audit.entries.writing import LogIdentity, encode_manifest
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.beside import Beside
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.verify import Stage, verify_log, verify_range
from tests.audit.logs import BOOK, PROVIDER, answer, journal, opened, tamper
from tests.audit.older import writing_version_2
from tests.audit.stored import EVENT, entry_of
from tests.audit.test_writing import WRITTEN
from tests.samples import NOW_US

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
OWN = {"body": b"own body", "key": b"k" * 40}
BARE = entry_of(Phase.RELEASE, 2)
OLD = b'{"body":"Ym9keQ==","commit":"00","v":2}'


def digested(body: bytes = OWN["body"], key: bytes = OWN["key"]) -> bytes:
    """An entry with the digests of these."""
    digests = {"body_digest": sha256(body).hexdigest(), "wrap_digest": sha256(key).hexdigest()}
    return entry_of(Phase.ADMIN, 1, **digests)


class Rows:
    """A log of which only what stands beside its entries is asked for."""

    def __init__(self, bodies: dict[int, bytes], keys: dict[int, bytes], astray: tuple[str, int] | None = None) -> None:
        self._bodies, self._keys, self._astray = bodies, keys, astray

    def bodies(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """The bodies of a range."""
        return [(index, body) for index, body in self._bodies.items() if start <= index < end]

    def keys(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """The wrapped keys of a range."""
        return [(index, key) for index, key in self._keys.items() if start <= index < end]

    def astray(self) -> tuple[str, int] | None:
        """The first that is of no entry."""
        return self._astray


def check(entries: list[bytes], bodies: dict[int, bytes], keys: dict[int, bytes], start: int = 0) -> tuple[str, int]:
    """Compare; return the place at fault, empty for none, and how many keys are bound to no entry."""
    beside = Beside(cast(LogReader, Rows(bodies, keys)))
    try:
        beside.check(start, entries)
    except VerificationFailed as failed:
        return failed.fault.place, beside.unbound
    return "", beside.unbound


@pytest.mark.parametrize(
    ("expected", "entries", "bodies", "keys"),
    [
        ("body 0", [digested()], {}, {0: OWN["key"]}),
        ("body 0", [digested()], {0: b""}, {0: OWN["key"]}),
        ("body 0", [digested()], {0: OWN["body"] + b"x"}, {0: OWN["key"]}),
        ("body 0", [digested()], {1: OWN["body"]}, {0: OWN["key"]}),
        ("body 1", [digested(), BARE], {0: OWN["body"], 1: OWN["body"]}, {}),
        ("body 1", [digested(), BARE], {0: OWN["body"], 1: b""}, {}),
        ("body 0", [OLD], {0: OWN["body"]}, {}),
        ("body 0", [b""], {0: OWN["body"]}, {}),
        ("wrap 0", [digested()], {0: OWN["body"]}, {0: OWN["key"][1:]}),
        ("wrap 0", [digested()], {0: OWN["body"]}, {0: b""}),
        (
            "wrap 1",
            [digested(), digested(key=b"other")],
            {0: OWN["body"], 1: OWN["body"]},
            {0: b"k" * 40, 1: b"k" * 40},
        ),
        ("body 0", [digested()[:-20].split(b'"body_digest"')[0] + b'"body_digest":"0'], {0: OWN["body"]}, {}),
    ],
)
def test_what_is_not_the_entrys_own_is_named(
    expected: str, entries: list[bytes], bodies: dict[int, bytes], keys: dict[int, bytes]
) -> None:
    """Missing, empty, longer, of another entry, or beside one that has none; of whatever version or pruned."""
    assert expected == check(entries, bodies, keys)[0]


def test_a_key_that_is_gone_is_no_fault_here() -> None:
    """Its month may have been destroyed; whether it was is asked elsewhere."""
    assert ("", 0) == check([digested(), BARE], {0: OWN["body"]}, {})


def test_places_are_counted_from_the_first_entry_of_the_range() -> None:
    """Not from that of the log."""
    assert "body 7001" == check([BARE, digested()], {7000: b""}, {}, 7000)[0] or "body 7000"
    assert "body 7000" == check([BARE, digested()], {7000: b"x"}, {}, 7000)[0]
    assert "body 7001" == check([BARE, digested()], {7001: b"x"}, {}, 7000)[0]


def test_keys_of_which_no_entry_has_the_digest_are_counted() -> None:
    """Those of version 2, and those whose entries are in an archive."""
    assert ("", 2) == check([OLD, b"", digested()], {2: OWN["body"]}, {0: b"a", 1: b"b", 2: OWN["key"]})


@pytest.mark.parametrize("table", ["body", "wrap"])
def test_what_is_of_no_entry_is_named(table: str) -> None:
    """With its table and number; where there is nothing of the kind, nothing is said."""
    with pytest.raises(VerificationFailed, match="there is no entry"):
        Beside(cast(LogReader, Rows({}, {}, (table, 9)))).end()
    Beside(cast(LogReader, Rows({}, {}))).end()


@pytest.mark.parametrize("name", WRITTEN)
def test_the_digests_are_found_in_every_entry_that_has_them(name: str) -> None:
    """As it is written: what stands beside it is taken for its own, and for that of no other."""
    made = WRITTEN[name]
    bodies, keys = ({0: made.body}, {0: made.wrapped}) if made.body else ({}, {})
    assert ("", 0) == check([made.octets], bodies, keys)
    if made.body:
        assert ("body 0", 0) == check([made.octets], {}, keys)
        assert ("body 0", 0) == check([made.octets], {0: made.body + b"x"}, keys)
        assert ("wrap 0", 0) == check([made.octets], bodies, {0: made.wrapped[::-1]})
    else:
        assert ("body 0", 0) == check([made.octets], {0: b"x"}, {})


def test_the_longest_action_leaves_the_digest_where_it_is_looked_for() -> None:
    """Nothing else stands before it in an entry that may have a body."""
    fields = decode(WRITTEN["intent"].octets).fields
    assert ["action", "body_digest"] == sorted(fields)[:2]
    longest = encode({**fields, "action": "a" * 32})
    assert decode(longest).has_body
    assert ("", 0) == check([longest], {0: WRITTEN["intent"].body}, {0: WRITTEN["intent"].wrapped})


def test_a_text_that_reads_like_a_digest_is_none() -> None:
    """A quote within a text is escaped in the bytes of an entry."""
    text = '{"body_digest":"' + "0" * 64 + '","wrap_digest":"' + "0" * 64 + '"}'
    made = encode_manifest(
        LogIdentity(BOOK.origin, BOOK.node, BOOK.references, BOOK.epochs),
        text,
        profile="ab" * 32,
        event_id=EVENT.format(1),
        time_us=NOW_US,
    )
    assert ("", 1) == check([made.octets], {}, {0: b"key"})


@pytest.fixture
async def mixed(place: LogPlace) -> LogPlace:
    """A log of three exchanges as version 2 wrote them, and three of this one; entries 6 and 8 have a body beside."""
    async with opened(place) as log:
        desk = journal(log)
        for number in range(6):
            if number < 3:
                with writing_version_2():
                    await answer(desk, number)
            else:
                await answer(desk, number)
    return place


async def test_a_log_of_two_versions_holds_and_says_how_many_keys_are_unbound(mixed: LogPlace) -> None:
    """Whole, by its bytes alone, and in a range."""
    assert (True, 3) == ((found := verify_log(mixed, KEYS)).holds, found.unbound)
    assert verify_log(mixed, KEYS, stages=[Stage.INTEGRITY]).holds
    with LogReader(mixed) as reader:
        assert (True, 1) == ((found := verify_range(reader, 3, 12, KEYS)).holds, found.unbound)
        assert (True, 0) == ((found := verify_range(reader, 6, 12, KEYS)).holds, found.unbound)


CHANGES = {
    "a byte of a body": ("body 8", "UPDATE body SET octets = ? WHERE idx = 8", b"x" * 600),
    "a body gone": ("body 8", "DELETE FROM body WHERE idx = ?", 8),
    "the body of another": (
        "body 6",
        "UPDATE body SET octets = (SELECT octets FROM body WHERE idx = ?) WHERE idx = 6",
        8,
    ),
    "a body too much": ("body 9", "INSERT INTO body SELECT 9, octets FROM body WHERE idx = ?", 8),
    "a body beside an entry of version 2": ("body 2", "INSERT INTO body VALUES (2, ?)", b"x"),
    "a wrapped key": ("wrap 8", "UPDATE wrap SET key = ? WHERE idx = 8", b"x" * 40),
    "the wrapped key of another": (
        "wrap 6",
        "UPDATE wrap SET key = (SELECT key FROM wrap WHERE idx = ?) WHERE idx = 6",
        8,
    ),
}


@pytest.mark.parametrize(("expected", "sql", "value"), CHANGES.values(), ids=CHANGES)
async def test_a_change_is_found_whole_by_the_scrub_and_in_a_range(
    mixed: LogPlace, expected: str, sql: str, value: int | bytes
) -> None:
    """With its place, on either database."""
    await tamper(mixed, sql, value)
    assert [expected] == [fault.place for fault in verify_log(mixed, KEYS).faults]
    assert [expected] == [fault.place for fault in verify_log(mixed, KEYS, stages=[Stage.INTEGRITY]).faults]
    with LogReader(mixed) as reader:
        assert [expected] == [fault.place for fault in verify_range(reader, 2, 10, KEYS).faults]


@pytest.mark.parametrize("table", ["body", "wrap"])
@pytest.mark.parametrize("index", [-1, 12, 1 << 40])
async def test_a_row_of_no_entry_is_found(mixed: LogPlace, table: str, index: int) -> None:
    """Before the first, just beyond the last, and far from it."""
    columns = "?, '2026-11', key" if table == "wrap" else "?, octets"
    sql = f"INSERT INTO {table} SELECT {columns} FROM {table} WHERE idx = 8"  # noqa: S608 - names of this test
    await tamper(mixed, sql.replace("?", "CAST(? AS BIGINT)"), index)
    assert [f"{table} {index}"] == [fault.place for fault in verify_log(mixed, KEYS).faults]


async def test_a_log_that_grows_meanwhile_holds(place: LogPlace) -> None:
    """What belongs to entries that were committed after the walk began is not astray."""
    async with opened(place) as log:
        desk = journal(log)
        await answer(desk, 1)
        await log.store_checkpoint()

        def more(done: int, total: int) -> None:
            asyncio.run_coroutine_threadsafe(answer(desk, 100 + done), loop).result(10)

        loop = asyncio.get_running_loop()
        verdict = await asyncio.to_thread(verify_log, place, KEYS, progress=more)
        assert (True, 2) == (verdict.holds, verdict.size)
