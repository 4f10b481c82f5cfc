"""A node's audit log as its commands open it: what cannot be read is a problem with its next step."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.reader import StoredEntry
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit.log import (
    REMEDY,
    decode_row,
    find_leftover,
    find_log,
    open_reader,
    read_key_file,
    read_row,
    read_verifiers,
    read_witness_verifiers,
    show_progress,
)
from gateway.cli.screen import Problem
from tests.audit.logs import PROVIDER, five_entries

SETTINGS = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [(None, "audit"), (SETTINGS, "audit"), (SETTINGS + "[audit]\ndirectory = 'elsewhere'\n", "elsewhere")],
)
def test_a_directory_without_a_log_is_a_problem_that_names_the_place(
    tmp_path: Path, text: str | None, place: str
) -> None:
    """With settings and without; no log is made."""
    if text is not None:
        (tmp_path / "node.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=rf"found no file .*/{place}/log\.db") as caught:
        find_log(tmp_path)
    assert (2, ["node.toml"] if text else []) == (
        caught.value.exit_code,
        [path.name for path in tmp_path.iterdir()],
    )


def test_settings_with_a_fault_do_not_name_a_log(tmp_path: Path) -> None:
    """The fault is told."""
    (tmp_path / "node.toml").write_text("[node", encoding="utf-8")
    with pytest.raises(Problem, match="no TOML"):
        find_log(tmp_path)


def test_the_log_is_where_the_settings_say(tmp_path: Path) -> None:
    """In another directory, or on a server."""
    (tmp_path / "node.toml").write_text(SETTINGS + "[audit]\ndirectory = 'elsewhere'\n", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "log.db").write_bytes(b"")
    assert tmp_path / "elsewhere" / "log.db" == find_log(tmp_path)
    (tmp_path / "node.toml").write_text(SETTINGS + "[audit]\nstore = 'postgresql'\n", encoding="utf-8")
    assert PostgresPlace(tmp_path / "audit" / "dsn", "chuanyu_audit") == find_log(tmp_path)


@pytest.mark.parametrize("named", ["directory = 'elsewhere'", "store = 'postgresql'"])
def test_a_log_file_that_the_settings_do_not_name_is_left_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    """It is not read in place of the log, whoever put it there, and it is named."""
    asyncio.run(five_entries(tmp_path))
    left = tmp_path / "audit" / "log.db"
    assert (left, None) == (find_log(tmp_path), find_leftover(tmp_path, left))
    (tmp_path / "node.toml").write_text(SETTINGS + f"[audit]\n{named}\n", encoding="utf-8")
    if "postgresql" in named:
        assert left == find_leftover(tmp_path, find_log(tmp_path))
        return
    with pytest.raises(Problem, match=r"audit/log\.db is not the log that node\.toml names"):
        find_log(tmp_path)
    shutil.copytree(tmp_path / "audit", tmp_path / "elsewhere")
    with open_reader(tmp_path):
        assert left == find_leftover(tmp_path, find_log(tmp_path))
    assert "audit/log.db was not read" in capsys.readouterr().err.replace("\n", "")


def test_settings_that_cannot_be_read_name_no_other_log(tmp_path: Path) -> None:
    """Those of another release: the file is the log."""
    asyncio.run(five_entries(tmp_path))
    (tmp_path / "node.toml").write_text("[node", encoding="utf-8")
    assert tmp_path / "audit" / "log.db" == find_log(tmp_path)


@pytest.mark.parametrize("octets", [b"", b"log.example+x", b"\xff"])
def test_a_file_without_a_key_is_a_problem(tmp_path: Path, octets: bytes) -> None:
    """The reviewer can give the key from elsewhere."""
    path = tmp_path / "log.vkey"
    path.write_bytes(octets)
    with pytest.raises(Problem) as caught:
        read_key_file(path)
    assert 2 == caught.value.exit_code
    assert "--vkey" in caught.value.remedy.en


def test_a_key_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """It does not stand for a log without keys."""
    with pytest.raises(Problem, match="is not usable"):
        read_key_file(tmp_path / "absent")


def test_keys_of_witnesses_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    """And where the node has not written them yet there are none."""
    assert () == read_witness_verifiers(tmp_path)
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "witnesses.vkey").write_text("damaged", encoding="utf-8")
    with pytest.raises(Problem, match="the keys of the witnesses are not usable"):
        read_witness_verifiers(tmp_path)


def test_a_file_that_is_no_log_is_a_problem(tmp_path: Path) -> None:
    """The next steps are the user of the node and the migration."""
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "log.db").write_bytes(b"no database" * 100)
    with pytest.raises(Problem) as caught, open_reader(tmp_path):
        pass
    assert 2 == caught.value.exit_code
    assert "chuanyu audit migrate" in caught.value.remedy.en


async def test_a_given_key_comes_before_that_of_the_directory(tmp_path: Path) -> None:
    """A reviewer need not trust this disk for the key."""
    await five_entries(tmp_path)
    own = tmp_path / "audit" / "log.vkey"
    given = tmp_path / "given.vkey"
    given.write_bytes(own.read_bytes())
    own.write_text("damaged", encoding="utf-8")
    with pytest.raises(Problem):
        read_verifiers(tmp_path, None)
    assert [PROVIDER.name] == [one.name for one in read_verifiers(tmp_path, given)]


async def test_an_index_beyond_the_log_is_a_problem_with_the_bounds(tmp_path: Path) -> None:
    """Also one that no database takes."""
    await five_entries(tmp_path)
    with open_reader(tmp_path) as reader:
        for index in (5, 1 << 70):
            with pytest.raises(Problem, match=f"expected an index from 0 to 4, found no entry {index}"):
                read_row(reader, index)


def alter(row: StoredEntry) -> StoredEntry:
    """Return the row with a byte more, under its stored leaf hash."""
    return replace(row, octets=row.octets + b" ")


def spoil(row: StoredEntry) -> StoredEntry:
    """Return a row whose bytes have their leaf hash and are no entry."""
    return replace(row, octets=b"{}", leaf_hash=leaf_hash(b"{}"))


@pytest.mark.parametrize(
    ("change", "found"), [(alter, "does not have its stored leaf hash"), (spoil, "cannot be read")]
)
async def test_a_row_that_was_altered_is_a_problem_that_stops_the_service(
    tmp_path: Path, change: Callable[[StoredEntry], StoredEntry], found: str
) -> None:
    """The exit code is that of something wrong, and not of a wrong command line."""
    await five_entries(tmp_path)
    with open_reader(tmp_path) as reader:
        row = read_row(reader, 0)
    with pytest.raises(Problem, match=found) as caught:
        decode_row(change(row))
    assert (1, REMEDY) == (caught.value.exit_code, caught.value.remedy)


async def test_a_row_that_left_for_an_archive_says_where_to_read_it(tmp_path: Path) -> None:
    """It is no altered one: its hash stays."""
    await five_entries(tmp_path)
    with open_reader(tmp_path) as reader:
        row = read_row(reader, 1)
    with pytest.raises(Problem, match="left for an archive") as caught:
        decode_row(replace(row, octets=b""))
    assert 2 == caught.value.exit_code
    assert row.phase == decode_row(row).phase


def test_progress_that_is_not_shown_takes_its_numbers_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads the output gets nothing between."""
    with show_progress("verify", shown=False) as advance:
        advance(1, 2)
    assert ("", "") == capsys.readouterr()
    with show_progress("verify", shown=True) as advance:
        advance(2, 2)
    assert "" == capsys.readouterr().out
