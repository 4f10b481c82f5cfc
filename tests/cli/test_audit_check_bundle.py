"""`chuanyu audit bundle` puts together what is asked for, and `chuanyu audit check-bundle` verifies it as installed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.review.choice import ChoiceInvalid, cut_spans, list_exchanges, merge_spans, parse_indexes
from gateway.audit.review.opened import OpenedInvalid, read_opened, write_opened
from gateway.audit.review.verifier_file import digest_verifier
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, parse_note, sign_note
from gateway.audit.tlog.tree import root_of
from gateway.cli.audit.app import app
from gateway.cli.audit.bundle import make_own_policy
from gateway.cli.audit.check_bundle import UNPUBLISHED
from gateway.cli.audit.log import REMEDY
from gateway.cli.screen import Problem
from tests.audit.bundles import Files, body_of, files_of, lay_folder, make_files, spans_of, write_provinces
from tests.audit.logs import ASKER, PROVIDER, create, database
from tests.commands import CliRunner, Result
from tests.samples import NOW_US


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """The data directories `sc` and `cq` of two nodes that have stopped, and their keys as policies from elsewhere."""
    home = write_provinces(tmp_path / "home")
    for province in ("sc", "cq"):
        (home / f"{province}.policy").write_text(make_own_policy(home / province), encoding="utf-8")
    return home


def run(*arguments: object, **environment: str) -> Result:
    """Run a command of the group."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200", **environment})


def told(*arguments: object) -> dict[str, Any]:
    """What a command tells a program."""
    result = run(*arguments, "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found | {"exit": result.exit_code}


def problem(*arguments: object) -> Problem:
    """The problem in which a command ends."""
    found = run(*arguments).exception
    assert isinstance(found, Problem)
    return found


def make(home: Path, *arguments: object) -> Path:
    """A bundle of Sichuan's log."""
    out = home / "e.zip"
    out.unlink(missing_ok=True)
    made = run("bundle", home / "sc", "--out", out, *arguments)
    assert 0 == made.exit_code, made.exception
    return out


def open_to_file(home: Path, index: int) -> Path:
    """The file of an opened body."""
    with LogReader(database(home / "sc")) as reader:
        (home / "opened").write_bytes(write_opened(index, body_of(reader, index)))
    return home / "opened"


def test_a_list_of_entries_is_proven_as_one(home: Path) -> None:
    """Both ends of a range included; what touches becomes one range."""
    found = told("check-bundle", make(home, "--entries", "9, 1,3-4,2"), "--policy", home / "sc.policy")
    assert (0, "holds", 5, "1-4, 9") == (found["exit"], found["verdict"], found["entries"], found["indexes"])


def test_the_exchange_and_the_other_half_are_one_bundle(home: Path) -> None:
    """Entries of one exchange in both logs, which name each other."""
    with LogReader(database(home / "sc")) as reader:
        exchange, spans = reader.entry(3).exchange_id, spans_of(reader, (2,))
    out = make(home, "--exchange", exchange, "--peer-log", home / "cq")
    found = told("check-bundle", out, "--policy", home / "sc.policy", "--peer-policy", home / "cq.policy")
    assert (0, len(spans), 2) == (found["exit"], found["entries"], found["peer"]["entries"])
    assert {"compared": 2, "not_shown": [], "not_shown_count": 0} == found["peer_entries"]
    own = told("check-bundle", out, "--policy", home / "sc.policy")
    assert (3, "holds_for_own_keys") == (own["exit"], own["verdict"])


def test_acts_are_of_no_exchange_of_the_other_log(home: Path) -> None:
    """Both logs give one id to all acts of a kind: the other's starts and seals have no business in a bundle."""
    for province in ("sc", "cq"):
        with sqlite3.connect(database(home / province)) as stored:
            stored.execute("UPDATE entry SET phase = 'admin' WHERE idx = 0")
            stored.execute("UPDATE entry SET exchange_id = (SELECT exchange_id FROM entry WHERE idx = 3) WHERE idx = 0")
        stored.close()
    with LogReader(database(home / "sc")) as reader:
        assert [] == list_exchanges(reader, [(0, 1)])
    found = problem("bundle", home / "sc", "--entries", "0", "--peer-log", home / "cq", "--out", home / "e.zip")
    assert (2, True) == (found.exit_code, "no entry of these exchanges" in found.found.en)


def test_a_window_of_time_and_what_is_named_add_up(home: Path) -> None:
    """Each option adds entries."""
    with sqlite3.connect(database(home / "sc")) as stored:
        (last,) = stored.execute("SELECT max(idx) FROM entry").fetchone()
    stored.close()
    found = told("check-bundle", make(home, "--since", "2020-01-01", "--entries", "0"))
    assert last + 1 == found["entries"]
    assert 3 == found["exit"]


def test_an_opened_body_goes_with_its_entry(home: Path) -> None:
    """Text and salt, held to the commitment; the entry comes along without being named."""
    out = make(home, "--opened", open_to_file(home, 3))
    found = told("check-bundle", out, "--policy", home / "sc.policy")
    assert (0, [3], "3") == (found["exit"], found["opened"], found["indexes"])
    shown = run("check-bundle", out, "--entries").stdout
    assert '"purpose"' in shown or "business_no" in shown


@pytest.mark.parametrize(
    ("octets", "code"),
    [(b"", 2), (b"{}", 2), (b'{"format":"chuanyu-opened@1","index":3,"salt":"AAAA","text":"x"}', 2), (b"\xff", 2)],
)
def test_what_is_no_opened_body_is_refused(home: Path, octets: bytes, code: int) -> None:
    """Another form, or a body that the entry does not commit to; neither is an alarm, and nothing is written."""
    (home / "opened").write_bytes(octets)
    found = problem("bundle", home / "sc", "--out", home / "e.zip", "--opened", home / "opened")
    assert (code, True) == (found.exit_code, REMEDY != found.remedy)
    assert not (home / "e.zip").exists()


def test_the_file_of_an_opened_body_is_read_strictly(home: Path) -> None:
    """As it was written, and no other form."""
    octets = open_to_file(home, 3).read_bytes()
    index, body = read_opened(octets)
    assert (3, octets) == (index, write_opened(index, body))
    for change in ({"index": True}, {"index": -1}, {"salt": "?"}, {"text": 1}, {"more": 1}, {"format": "x"}):
        with pytest.raises(OpenedInvalid):
            read_opened(json.dumps(json.loads(octets) | change).encode())


def test_the_earliest_stamp_over_the_entries_goes_along(home: Path) -> None:
    """With the checkpoint that it dates, as a beginning of the newer one; a stamp of fewer entries does not."""
    path = database(home / "sc")
    with LogReader(path) as reader:
        size = reader.count()
        notes = {}
        for old in (2, 6, 8):
            root = root_of([row[0] for rows in reader.leaves(0, old) for row in rows])
            notes[old] = sign_note(checkpoint_text(Checkpoint(reader.origin, old, root)), [PROVIDER])
    with sqlite3.connect(path) as stored:
        for old, note in notes.items():
            stored.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", (old, NOW_US, note))
            token = b"token " + sha256(parse_note(note).text).digest()
            stored.execute("INSERT INTO stamp VALUES (?, ?, ?)", (old, NOW_US, token))
    stored.close()
    out = make(home, "--from", 3, "--to", 5)
    assert [6] == told("check-bundle", out)["older_checkpoints"]
    assert {"stamps/6.tsr"} == {name for name in files_of(out.read_bytes()) if name.startswith("stamps/")}
    assert size > 8
    assert "stamps/6.tsr: no roots" in run("check-bundle", out).stdout


def state(home: Path, department: str) -> Path:
    """The kept statement of what a department did, of Sichuan's log."""
    out = home / f"{department}.history"
    months = ("--since", "2026-11", "--until", "2026-11")
    made = run("named", home / "sc", "--department", department, *months, "--out", out)
    assert out.exists(), made.output
    return out


def test_a_kept_history_goes_along_with_its_entries(home: Path) -> None:
    """That nothing was left out is proven by whoever verifies the bundle; the entries come without being named."""
    out = make(home, "--history", state(home, "cq-hrss"))
    found = told("check-bundle", out, "--policy", home / "sc.policy")
    assert (0, "holds") == (found["exit"], found["verdict"])
    (statement,) = found["statements"]
    assert ("department", "cq-hrss", True) == (statement["kind"], statement["name"], statement["complete"])
    assert found["entries"] == len(statement["entries"]) > 6
    shown = run("check-bundle", out, CHUANYU_LANG="zh").stdout
    assert "完整性说明核验通过（history/statement-1.json）：cq-hrss，2026-11" in shown


def test_a_history_that_anybody_can_make_is_told_as_such(home: Path) -> None:
    """An official's without the act of a question: the bundle holds, and whose the reference is it does not prove."""
    kept = home / "official.history"
    whose = ("--operator-reference", "00" * 16, "--since", "2026-11", "--until", "2026-11")
    assert 0 == run("named", home / "sc", *whose, "--out", kept).exit_code
    bundle = make(home, "--history", kept)
    found = told("check-bundle", bundle, "--policy", home / "sc.policy")
    assert (3, "holds_but_for_whose", False) == (found["exit"], found["verdict"], found["holds"])
    said = " ".join(run("check-bundle", bundle, "--policy", home / "sc.policy", CHUANYU_LANG="en").stdout.split())
    assert "an official, whose is not proven" in said
    assert "no act of a question; anybody can make it" in said
    assert "is the word of the node that made it" not in said


def test_a_history_of_nobody_is_a_proof_too(home: Path) -> None:
    """It goes along beside the one entry that a bundle must have."""
    found = told("check-bundle", make(home, "--history", state(home, "sc-nobody")), "--policy", home / "sc.policy")
    assert (0, []) == (found["exit"], found["statements"][0]["entries"])
    assert 1 == found["entries"]


def test_what_is_no_history_of_this_log_is_refused(home: Path) -> None:
    """Another form, one that was altered or cut, one by other keys, none: nothing is written."""
    kept = state(home, "cq-hrss")
    octets = kept.read_bytes()
    for other in (b"", b"{}\n", octets[:-1], octets.replace(b"permit", b"denied", 1), octets + b"{}\n"):
        kept.write_bytes(other)
        found = problem("bundle", home / "sc", "--history", kept, "--out", home / "e.zip")
        assert (2, True) == (found.exit_code, REMEDY != found.remedy)
    kept.write_bytes(octets)
    for line in (("--history", home / "none"), ("--history", kept, "--policy", home / "cq.policy")):
        assert 2 == problem("bundle", home / "sc", *line, "--out", home / "e.zip").exit_code
    assert not (home / "e.zip").exists()


def test_a_history_in_a_bundle_is_held_to_its_checkpoint(home: Path, tmp_path: Path) -> None:
    """One that was altered, one of which the checkpoint is not here, one of a fork: none holds, whoever made it."""
    files = files_of(make(home, "--history", state(home, "cq-hrss")).read_bytes())
    name = "history/statement-1.json"
    fork = write_provinces(tmp_path / "fork")
    for other, words in (
        (files[name].replace(b"permit", b"denied", 1), "do not lead to the checkpoint's root"),
        (files[name].rpartition(b"\n")[0], "cut short"),
        (b"{}\n", "expected a chuanyu-history@1"),
        (state(fork, "cq-hrss").read_bytes(), "expected a statement under a checkpoint that is here"),
    ):
        found = told("check-bundle", lay_folder(files | {name: other}, tmp_path / "bundle"))
        assert (1, True) == (found["exit"], words in found["found"]["en"]), found["found"]


def test_a_peers_log_must_be_another_with_the_same_exchanges(home: Path, tmp_path: Path) -> None:
    """The log itself, or one that knows none of them, is no other half."""
    asyncio.run(create(tmp_path / "empty", ASKER))
    for log in (home / "sc", tmp_path / "empty"):
        found = problem("bundle", home / "sc", "--entries", "3", "--peer-log", log, "--out", home / "e.zip")
        assert (2, True) == (found.exit_code, REMEDY != found.remedy)
    found = problem(
        "bundle", home / "sc", "--peer-log", home / "cq", "--peer-policy", home / "sc.policy", "--out", home / "e.zip"
    )
    assert (2, True) == (found.exit_code, "not this log's" in found.found.en)


def test_a_fork_of_the_other_log_is_an_alarm(home: Path, tmp_path: Path) -> None:
    """Its own keys signed it, but its entries are not those that ours name; nothing is written."""
    fork = write_provinces(tmp_path / "fork")
    found = problem("bundle", home / "sc", "--from", 0, "--peer-log", fork / "cq", "--out", home / "e.zip")
    assert (1, REMEDY, True) == (found.exit_code, found.remedy, "names another entry" in found.found.en)
    assert not (home / "e.zip").exists()


def test_a_bundle_by_its_own_keys_is_never_said_to_hold(home: Path) -> None:
    """In both languages, and with the exit code of what is not proven."""
    out = make(home)
    chinese = run("check-bundle", out, CHUANYU_LANG="zh")
    english = run("check-bundle", out, CHUANYU_LANG="en")
    assert (3, 3) == (chinese.exit_code, english.exit_code)
    assert "✓" not in chinese.stdout + english.stdout
    assert "! 证据包仅按其自带的公钥核验通过" in chinese.stdout
    assert "! the bundle holds only for the keys in this bundle" in english.stdout
    assert "verify.py of the bundle is byte for byte this release's" in english.stdout
    held = run("check-bundle", out, "--policy", home / "sc.policy", CHUANYU_LANG="en")
    assert (0, True) == (held.exit_code, "✓ the bundle holds" in held.stdout)


def test_the_program_in_the_bundle_is_compared_and_not_run(home: Path, tmp_path: Path) -> None:
    """A verifier that always says yes is named, whatever the manifest says."""
    files: Files = make_files(home)
    files["verify.py"] = b"print('it holds')\n"
    place = lay_folder(files, tmp_path / "bundle")
    found = told("check-bundle", place)
    assert (3, sha256(files["verify.py"]).hexdigest()) == (found["exit"], found["bundled_verifier_sha256"])
    assert digest_verifier() == found["verifier_sha256"]
    assert "do not run it" in found["bundled_verifier"]["en"]
    keys = ("--policy", home / "sc.policy", "--peer-policy", home / "cq.policy")
    by_keys = told("check-bundle", place, *keys)
    assert (3, UNPUBLISHED, False) == (by_keys["exit"], by_keys["verdict"], by_keys["holds"])
    assert "of no published release" in by_keys["says"]["en"]
    for language, words in (("en", "the bundle is not proven"), ("zh", "证据包未获证明")):
        shown = run("check-bundle", place, *keys, CHUANYU_LANG=language)
        verdicts = [line[2:] for line in shown.stdout.splitlines() if line.startswith("✗ ")]
        assert (3, [True], False) == (shown.exit_code, [words in line for line in verdicts], "✓" in shown.stdout)
    files["entries.jsonl"] = files["entries.jsonl"].replace(b"permit", b"denied")
    bad = told("check-bundle", lay_folder(files, tmp_path / "bundle"))
    assert (1, "does_not_hold", None) == (bad["exit"], bad["verdict"], bad["bundled_verifier"])
    assert "do not lead to the root" in bad["found"]["en"]


def test_the_published_digest_of_another_release_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle outlives the release that made it."""
    old = b"# an older verifier\n"
    monkeypatch.setattr("gateway.audit.review.verifier_file.read_releases", lambda: {sha256(old).hexdigest(): "0.0.9"})
    place = lay_folder(make_files(home) | {"verify.py": old}, tmp_path / "bundle")
    assert "that of release 0.0.9" in told("check-bundle", place)["bundled_verifier"]["en"]


def test_what_cannot_be_verified_here_is_no_verdict(tmp_path: Path) -> None:
    """Exit code 2."""
    found = told("check-bundle", tmp_path / "none")
    assert (2, "cannot_be_verified_here") == (found["exit"], found["verdict"])


@pytest.mark.parametrize(
    ("text", "spans"),
    [("3", [(3, 4)]), ("3,9,40-52", [(3, 4), (9, 10), (40, 53)]), ("0-0", [(0, 1)]), (" 1 , 2", [(1, 2), (2, 3)])],
)
def test_a_list_of_indexes_is_read(text: str, spans: list[tuple[int, int]]) -> None:
    """Both ends are included."""
    assert spans == parse_indexes(text)


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "2-1", "1,,2", "1 2", "1.5", "٣", "1" * 19])
def test_what_is_no_list_of_indexes_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ChoiceInvalid):
        parse_indexes(text)


def test_spans_are_merged_and_cut() -> None:
    """In order and apart; a size cuts what lies beyond."""
    assert [(1, 5), (7, 9)] == merge_spans([(7, 9), (3, 5), (1, 2), (2, 4), (6, 6)])
    assert [(1, 5), (7, 8)] == cut_spans([(1, 5), (7, 9), (9, 12)], 8)


def test_the_exchanges_of_a_bundle_are_bounded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the other log is searched for each."""
    with LogReader(database(home / "sc")) as reader:
        assert 6 == len(list_exchanges(reader, [(0, reader.count())]))
        monkeypatch.setattr("gateway.audit.review.choice.MOST_PARTS", 5)
        with pytest.raises(ChoiceInvalid, match="at most 5 exchanges"):
            list_exchanges(reader, [(0, reader.count())])
