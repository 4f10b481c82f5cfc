"""What somebody who owns a node's disk can do to its log: each attack is found with its place, or named as not seen.

Every row is done to a copy of a whole node's directory, whose log is witnessed, and judged by the command as a reviewer
runs it: once with the witness's key from elsewhere, and once by what lies beside the log.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.tlog.note import Ed25519Verifier, sign_note
from gateway.audit.verification.conclusion import NotCovered
from gateway.cli.audit.app import app
from tests.audit.attacks import (
    INVENTED,
    KEPT,
    SIZE,
    THIEF,
    WITNESS,
    YEAR_US,
    both,
    change_notes,
    copy_row,
    cut,
    edit,
    fit_leaves,
    fit_tree,
    forget,
    put,
    remove_last_exchange,
    renamed,
    run,
    script,
    sign,
    without_cosignatures,
    write,
)
from tests.audit.logs import PROVIDER
from tests.commands import CliRunner
from tests.samples import NOW_US

Attack = Callable[[Path], None]
LAST = SIZE - 1
SAME_TEXT = (
    "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE INDEX entry_by_time ON entry (time_us)' "
    "WHERE name = 'entry_by_time'"
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node that has stopped."""
    directory = tmp_path_factory.mktemp("node") / "sc"
    asyncio.run(write(directory))
    return directory


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it that may be attacked."""
    return Path(shutil.copytree(pristine, tmp_path / "sc"))


def verify(directory: Path, *more: object, given: bool = True) -> dict[str, Any]:
    """What the command says, with its exit code."""
    keys = ("--witness-key", directory / "outside.vkey") if given else ()
    line = ["verify", directory, "--vkey", directory.parent / "real.vkey", *keys, *more, "--json"]
    if not (directory.parent / "real.vkey").exists():
        (directory.parent / "real.vkey").write_text(f"{PROVIDER.vkey}\n", encoding="utf-8")
    result = CliRunner().invoke(app, [str(word) for word in line])
    found: dict[str, Any] = json.loads(result.stdout)
    return found | {"exit": result.exit_code}


ALTERED: dict[str, tuple[Attack, str]] = {
    "an entry": (edit(6), "entry 6"),
    "an entry and its leaf hash": (both(edit(6), fit_leaves), "tile 0/0"),
    "an entry at the end and its leaf hash": (both(edit(LAST - 1), fit_leaves), f"entry {LAST}"),
    "an entry and the whole tree": (both(edit(6), fit_tree), "checkpoint 260"),
    "the bytes of two entries": (
        run(
            "CREATE TEMP TABLE two AS SELECT idx, octets FROM entry WHERE idx IN (8, 10)",
            "UPDATE entry SET octets = (SELECT octets FROM two WHERE two.idx = 18 - entry.idx) WHERE idx IN (8, 10)",
        ),
        "entry 8",
    ),
    "the last row": (run("DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"), f"checkpoint {SIZE}"),
    "a row in the middle": (run("DELETE FROM entry WHERE idx = 12"), "entry 12"),
    "a row before the first": (
        copy_row(-1),
        "entry -1",
    ),
    "a row far behind": (
        copy_row(9999),
        f"entry {SIZE}",
    ),
    "a wrapped key gone": (run("DELETE FROM wrap WHERE idx = 4"), "wrap 4"),
    "a wrapped key of another month": (run("UPDATE wrap SET epoch = '2026-10' WHERE idx = 4"), "wrap 4"),
    "a wrapped key changed": (run("UPDATE wrap SET key = zeroblob(40) WHERE idx = 4"), "wrap 4"),
    "the wrapped key of another entry": (
        run("UPDATE wrap SET key = (SELECT key FROM wrap WHERE idx = 6) WHERE idx = 4"),
        "wrap 4",
    ),
    "a wrapped key too much": (run("INSERT INTO wrap VALUES (5, '2026-11', zeroblob(40))"), "wrap 5"),
    "a wrapped key before the first entry": (run("INSERT INTO wrap VALUES (-4, '2026-11', zeroblob(40))"), "wrap -4"),
    "a wrapped key beyond the last entry": (run("INSERT INTO wrap VALUES (999, '2026-11', zeroblob(40))"), "wrap 999"),
    "a byte of a body": (
        run(
            "UPDATE body SET octets = CAST(substr(octets, 1, 40) || x'00' || substr(octets, 42) AS BLOB) WHERE idx = 4"
        ),
        "body 4",
    ),
    "a body cut short": (run("UPDATE body SET octets = substr(octets, 1, length(octets) - 1) WHERE idx = 4"), "body 4"),
    "a body gone": (run("DELETE FROM body WHERE idx = 4"), "body 4"),
    "an empty body": (run("UPDATE body SET octets = x'' WHERE idx = 4"), "body 4"),
    "the body of another entry": (
        run("UPDATE body SET octets = (SELECT octets FROM body WHERE idx = 6) WHERE idx = 4"),
        "body 4",
    ),
    "body and key of another entry": (
        run(
            "UPDATE body SET octets = (SELECT octets FROM body WHERE idx = 6) WHERE idx = 4",
            "UPDATE wrap SET key = (SELECT key FROM wrap WHERE idx = 6) WHERE idx = 4",
        ),
        "body 4",
    ),
    "a body too much": (run("INSERT INTO body SELECT 5, octets FROM body WHERE idx = 4"), "body 5"),
    "an empty body too much": (run("INSERT INTO body VALUES (5, x'')"), "body 5"),
    "a body before the first entry": (run("INSERT INTO body VALUES (-4, x'00')"), "body -4"),
    "a body beyond the last entry": (run("INSERT INTO body VALUES (999, x'00')"), "body 999"),
    "all bodies": (run("DELETE FROM body"), "body "),
    "the table of bodies": (run("DROP TABLE body"), "table body"),
    "a page of pairs of no kind": (run("INSERT INTO pair_page VALUES (2, 0, 0, zeroblob(25))"), "pairs 2/0/0"),
    "a page of pairs before the first entry": (
        run("INSERT INTO pair_page VALUES (0, -4, 0, zeroblob(25))"),
        "pairs 0/-4/0",
    ),
    "the table of pairs": (run("DROP TABLE pair_page"), "index sqlite_autoindex_pair_page_1"),
    "the directories of pairs": (run("DROP TABLE pair_directory"), "index sqlite_autoindex_pair_directory_1"),
    "a bit of a cosignature": (
        change_notes(lambda note: note[:-4] + (b"AAA\n" if note[-4:] != b"AAA\n" else b"BBB\n"), "size = 260"),
        "checkpoint 260",
    ),
    "the cosignature of another note": (
        run("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 6) WHERE size = 260"),
        "checkpoint 260",
    ),
    "a cosignature under another name": (change_notes(renamed, "size = 260"), "checkpoint 260"),
    "the time of an entry": (run("UPDATE entry SET time_us = time_us + 1 WHERE idx = 250"), "entry 250"),
    "the phase of an entry": (run("UPDATE entry SET phase = 'admin' WHERE idx = 250"), "entry 250"),
    "the exchange of an entry": (run("UPDATE entry SET exchange_id = 'x' WHERE idx = 250"), "entry 250"),
    "a root": (run("UPDATE entry SET root = zeroblob(32) WHERE idx = 259"), "entry 259"),
    "a tile": (run("UPDATE tile SET hashes = zeroblob(8192)"), "tile 0/0"),
    "a tile gone": (run("DELETE FROM tile"), "tile 0/0"),
    "a tile too much": (run("INSERT INTO tile VALUES (0, 1, zeroblob(8192))"), "tiles"),
    "the name of the log": (run("UPDATE log SET origin = 'log.other.example/1'"), "checkpoint 6"),
    "a blank beginning": (
        run(
            "UPDATE entry SET octets = x'' WHERE idx < 20",
            "DELETE FROM body WHERE idx < 20",
        ),
        "entry 0",
    ),
    "a blank beginning whose bodies were left": (run("UPDATE entry SET octets = x'' WHERE idx < 20"), "body 0"),
    "a blank entry": (run("UPDATE entry SET octets = x'' WHERE idx = 250"), "entry 250"),
    "a checkpoint beyond the end": (
        run("INSERT INTO checkpoint SELECT 9999, time_us, note FROM checkpoint WHERE size = 6"),
        "checkpoint 9999",
    ),
    "an index of a part": (
        script(
            "DROP INDEX entry_by_time; CREATE INDEX entry_by_time ON entry (time_us) WHERE idx < 8 OR idx > 20",
        ),
        "index entry_by_time",
    ),
    "an index of a part under its old text": (
        script(
            "DROP INDEX entry_by_time; CREATE INDEX entry_by_time ON entry (time_us) WHERE idx < 8 OR idx > 20",
            SAME_TEXT,
        ),
        "index entry_by_time",
    ),
    "a trigger": (script("CREATE TRIGGER copy AFTER INSERT ON entry BEGIN SELECT 1; END"), "trigger copy"),
    "a table": (script("CREATE TABLE spy (a)"), "table spy"),
    "a view": (script("CREATE VIEW seen AS SELECT * FROM entry"), "view seen"),
    "an index": (script("CREATE INDEX more ON entry (page)"), "index more"),
}


@pytest.mark.parametrize("given", [True, False], ids=["keys from elsewhere", "keys beside the log"])
@pytest.mark.parametrize(("attack", "place"), ALTERED.values(), ids=ALTERED)
def test_what_was_altered_is_found_with_its_place(node: Path, attack: Attack, place: str, given: bool) -> None:
    """Exit code 1, whatever keys are given."""
    attack(node)
    found = verify(node, given=given)
    assert (1, "altered", False) == (found["exit"], found["verdict"], found["holds"])
    (fault,) = found["faults"]
    assert fault["place"].startswith(place)


NO_KEYS = "no_checkpoint"
UNPROVEN: dict[str, tuple[Attack, dict[str, tuple[int, int]]]] = {
    "all checkpoints gone": (run("DELETE FROM checkpoint"), {NO_KEYS: (0, LAST)}),
    "an entry, the whole tree, all checkpoints gone": (
        both(edit(6), fit_tree, run("DELETE FROM checkpoint")),
        {NO_KEYS: (0, LAST)},
    ),
    "the newest checkpoint gone": (forget(SIZE), {"unsigned": (KEPT[1], LAST)}),
    "an entry behind a kept checkpoint": (
        both(edit(LAST - 1), fit_tree, forget(SIZE)),
        {"unsigned": (KEPT[1], LAST)},
    ),
    "the last exchange gone, and its checkpoint": (
        both(remove_last_exchange, forget(SIZE)),
        {"unsigned": (KEPT[1], LAST - 2)},
    ),
    "every cosignature stripped": (change_notes(without_cosignatures), {"witness_missing": (-1, -1)}),
    "the last exchange gone, all signed anew by stolen keys": (
        both(remove_last_exchange, sign(PROVIDER)),
        {"witness_missing": (-1, -1)},
    ),
}


@pytest.mark.parametrize("given", [True, False], ids=["keys from elsewhere", "keys beside the log"])
@pytest.mark.parametrize(("attack", "reasons"), UNPROVEN.values(), ids=UNPROVEN)
def test_what_no_signature_covers_is_not_proven(
    node: Path, attack: Attack, reasons: dict[str, tuple[int, int]], given: bool
) -> None:
    """Exit code 3, with the entries that are proven by nothing."""
    attack(node)
    found = verify(node, given=given)
    assert (3, "not_proven", False, []) == (found["exit"], found["verdict"], found["holds"], found["faults"])
    told = {one["code"]: (one["first"], one["last"]) for one in found["reasons"]}
    assert reasons == {code: span for code, span in told.items() if code != "quorum_missing"}
    assert all(one["detail"]["zh"] and one["detail"]["en"] for one in found["reasons"])


SIGNED_ANEW = both(edit(6), fit_tree, sign(THIEF), put("log.vkey", f"{THIEF.vkey}\n"))


@pytest.mark.parametrize("given", [True, False], ids=["keys from elsewhere", "keys beside the log"])
def test_a_log_that_another_key_signed_anew_is_not_proven_and_the_key_is_named(node: Path, given: bool) -> None:
    """It is not told apart from a log that was given another log's key, and neither is called proven."""
    SIGNED_ANEW(node)
    found = verify(node, given=given)
    assert (3, "not_proven", 0, 0) == (found["exit"], found["verdict"], found["signed_to"], found["witnessed_to"])
    (told,) = [one for one in found["reasons"] if one["code"] == "other_key"]
    assert [f"{THIEF.name}+{Ed25519Verifier(THIEF.vkey).key_id.hex()}"] == told["names"]


@pytest.mark.parametrize("size", KEPT)
def test_one_checkpoint_under_another_key_is_altered(node: Path, size: int) -> None:
    """The other checkpoints bear the log's key: this one was put there."""
    change_notes(lambda note: sign_note(note[: note.index(b"\n\n") + 1], (THIEF,)), f"size = {size}")(node)
    found = verify(node)
    assert (1, "altered", f"checkpoint {size}") == (found["exit"], found["verdict"], found["faults"][0]["place"])


INVENTING = both(
    remove_last_exchange, sign(PROVIDER, INVENTED.at(NOW_US // 1_000_000)), put("witnesses.vkey", f"{INVENTED.vkey}\n")
)


def test_an_invented_witness_is_believed_by_nobody_who_has_the_key_from_elsewhere(node: Path) -> None:
    """Though everything that lies beside the log agrees."""
    INVENTING(node)
    found = verify(node)
    assert (3, "not_proven", ["quorum_missing"]) == (
        found["exit"], found["verdict"], [one["code"] for one in found["reasons"]],
    )  # fmt: skip
    found = verify(node, given=False)
    assert (0, "proven_by_key") == (found["exit"], found["verdict"])
    assert {"log": "given", "witnesses": "beside the log"} == found["keys_from"]


@pytest.mark.parametrize(
    ("acts", "at_us", "reason"),
    [
        ([("shred", "2026-11")], NOW_US, ("destroyed_early", SIZE, SIZE)),
        ([("shred", "2023-12"), ("shred", "2023-11")], NOW_US, ("destroyed_early", SIZE, SIZE + 1)),
        ([("retain", f"0-256 sha256:{'a' * 64} years:3")], NOW_US, ("destroyed_early", SIZE, SIZE)),
        ([("retain", "of another form")], NOW_US, ("destroyed_early", SIZE, SIZE)),
        ([("reload", "years ahead")], NOW_US + 4 * YEAR_US, ("time_apart", SIZE, SIZE)),
        ([("reload", "years ago")], NOW_US - 4 * YEAR_US, ("time_apart", SIZE, SIZE)),
    ],
)
def test_an_act_that_the_witnessed_time_does_not_allow_is_not_proven(
    tmp_path: Path, acts: list[tuple[str, str]], at_us: int, reason: tuple[str, int, int]
) -> None:
    """It is named by its index; the clock of the host says nothing."""
    asyncio.run(write(tmp_path / "sc", acts=acts, at_us=at_us))
    found = verify(tmp_path / "sc")
    assert (3, "not_proven") == (found["exit"], found["verdict"])
    (told,) = found["reasons"]
    assert reason == (told["code"], told["first"], told["last"])


def test_a_month_whose_time_is_over_may_be_destroyed_and_a_restore_is_told(tmp_path: Path) -> None:
    """Neither makes the log less proven."""
    asyncio.run(write(tmp_path / "sc", acts=[("shred", "2019-01"), ("restore", "size:9 root:ab")]))
    found = verify(tmp_path / "sc")
    assert (0, "proven_and_witnessed", []) == (found["exit"], found["verdict"], found["reasons"])
    assert [("restored", SIZE + 1, SIZE + 1)] == [(one["code"], one["first"], one["last"]) for one in found["notes"]]


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("CREATE TRIGGER spy AFTER INSERT ON entry BEGIN DELETE FROM wrap; END", "trigger spy"),
        ("CREATE TABLE spy (number INTEGER)", "table spy"),
        ("CREATE VIEW spy AS SELECT * FROM entry", "view spy"),
        ("CREATE INDEX spy ON entry (page)", "index spy"),
        ("DROP INDEX entry_by_exchange", "index entry_by_exchange"),
    ],
)
def test_what_is_not_of_the_schema_is_found_by_the_verification_of_a_range(
    node: Path, statement: str, place: str
) -> None:
    """The layout is of no entry: a range has it as the whole log does."""
    run(statement)(node)
    found = verify(node, "--from", 10, "--to", 20)
    assert (1, "altered", [place]) == (found["exit"], found["verdict"], [one["place"] for one in found["faults"]])


def test_a_range_says_that_nothing_outside_of_it_was_looked_at(node: Path) -> None:
    """And the whole log does not."""
    assert "outside_the_range" in verify(node, "--from", 10, "--to", 20)["not_covered"]
    assert "outside_the_range" not in verify(node)["not_covered"]


def test_an_archived_rows_time_column_hides_no_early_retention(tmp_path: Path) -> None:
    """The entries left when they were young; an UPDATE of what is bound to nothing does not make them old."""
    asyncio.run(write(tmp_path / "sc", acts=[("retain", f"0-256 sha256:{'a' * 64} years:3")]))
    run(
        "DELETE FROM body WHERE idx < 256",
        "DELETE FROM wrap WHERE idx < 256",
        f"UPDATE entry SET octets = x'', time_us = {NOW_US - 4 * YEAR_US} WHERE idx < 256",  # noqa: S608 - a number
    )(tmp_path / "sc")
    found = verify(tmp_path / "sc")
    assert (3, [("destroyed_early", SIZE)]) == (
        found["exit"],
        [(one["code"], one["first"]) for one in found["reasons"]],
    )


NOT_SEEN: dict[str, tuple[Attack, NotCovered]] = {
    "the end cut off at a kept checkpoint": (
        cut(KEPT[1]),
        NotCovered.NEWEST_CUT,
    ),
    "an older checkpoint gone": (run("DELETE FROM checkpoint WHERE size = 6"), NotCovered.CHECKPOINTS_REMOVED),
    "one cosignature stripped": (change_notes(without_cosignatures, "size = 260"), NotCovered.COSIGNATURES_STRIPPED),
    "a time stamp of nothing": (run("INSERT INTO stamp VALUES (121, 1, x'00')"), NotCovered.UNUSED_ROWS),
    "the time of creation": (run("UPDATE log SET created_us = 1"), NotCovered.UNUSED_ROWS),
    "a page that no seal is about": (
        run("INSERT INTO pair_page VALUES (0, 0, 0, x'00')"),
        NotCovered.UNUSED_ROWS,
    ),
    "the root of an entry in between nulled": (
        run("UPDATE entry SET root = NULL WHERE idx < 100"),
        NotCovered.ROOTS_NULLED,
    ),
}


@pytest.mark.parametrize(("attack", "code"), NOT_SEEN.values(), ids=NOT_SEEN)
def test_what_is_not_seen_is_named_as_not_covered(node: Path, attack: Attack, code: NotCovered) -> None:
    """The verdict says up to which entry it goes; the JSON lists what it cannot know."""
    attack(node)
    found = verify(node)
    assert (0, "proven_and_witnessed") == (found["exit"], found["verdict"])
    assert code in found["not_covered"]


def test_an_end_that_was_cut_is_found_by_a_size_from_elsewhere(node: Path) -> None:
    """From a receipt, or from the witness."""
    NOT_SEEN["the end cut off at a kept checkpoint"][0](node)
    found = verify(node, "--at-least", SIZE)
    assert (1, "altered", "end") == (found["exit"], found["verdict"], found["faults"][0]["place"])


def test_the_last_minute_signed_by_stolen_keys_alone_is_told_as_such(node: Path) -> None:
    """The verdict goes no further than the witness; what is behind it is proven by the log's key alone."""
    both(remove_last_exchange, sign(PROVIDER, after=KEPT[1]))(node)
    found = verify(node)
    assert (0, KEPT[1], SIZE - 2) == (found["exit"], found["witnessed_to"], found["signed_to"])
    assert [("by_key_alone", KEPT[1], SIZE - 3)] == [(one["code"], one["first"], one["last"]) for one in found["notes"]]


def test_a_log_that_nobody_touched_is_proven_as_far_as_the_keys_reach(node: Path) -> None:
    """Witnessed by a key from elsewhere; by keys that lie beside the log, by its own key alone."""
    found = verify(node)
    assert (0, "proven_and_witnessed", True) == (found["exit"], found["verdict"], found["holds"])
    assert (SIZE, SIZE, [WITNESS.name]) == (found["signed_to"], found["witnessed_to"], found["witnesses"])
    assert {"log": "given", "witnesses": "given"} == found["keys_from"]
    found = verify(node, given=False)
    assert (0, "proven_by_key", True, SIZE) == (found["exit"], found["verdict"], found["holds"], found["witnessed_to"])
    assert {"log": "given", "witnesses": "beside the log"} == found["keys_from"]
