"""`chuanyu audit replay`: the same record gives what the entry committed to, and another does not."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entries.entry import decode
from gateway.audit.storage.reader import LogReader
from gateway.border.messages import read_page
from gateway.cli.ask.show import describe_answer
from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from gateway.wire.v1 import exchange_pb2
from tests.commands import CliRunner, Result
from tests.province import ITEMS, KEY, Two, plausible

CODE = "CY-CU-01"


def raw_rows(code: str = CODE) -> list[dict[str, Any]]:
    """Return the row that the stand-in platform gives of an item."""
    from adapters.contract import Question

    asked = Question(code, 1, {"social_security_no": ["x"]}, tuple(f.name for f in ITEMS[code].fields), 1, 1.0)
    (page,) = plausible(asked)
    return [{name: str(cells[0]) if hasattr(cells[0], "year") else cells[0] for name, cells in page.items()}]


async def replayed(two: Two, record: dict[str, Any], place: Path, index: int, *more: str) -> Result:
    """Run the command in a thread, beside the running nodes."""
    await asyncio.to_thread(place.write_text, json.dumps(record), encoding="utf-8")
    directory = str(two.world["sichuan"].settings.directory)
    arguments = ["replay", directory, str(index), "--record", str(place), *more]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env={"COLUMNS": "200"})


async def asked(two: Two, code: str = CODE) -> tuple[exchange_pb2.QueryResponse, dict[str, Any]]:
    """Ask, and return the answer with the record that replays it."""
    response = await two.query(two.ask(code))
    return response, {"salt": response.salt.hex(), "keys": [dict(KEY)], "rows": raw_rows(code)}


@pytest.mark.parametrize("code", ["CY-CU-01", "CY-ID-02", "CY-SS-01"])
async def test_the_same_record_gives_the_same_page(shared_two: Two, tmp_path: Path, code: str) -> None:
    """Column by column, under the profile of the entry; with the answer and without."""
    response, record = await asked(shared_two, code)
    for given in (record, record | {"answer": describe_answer(response, read_page(response.page), 0, ())["rows"]}):
        result = await replayed(shared_two, given, tmp_path / "record.json", response.receipt.index, "--json")
        assert 0 == result.exit_code, result.output
        told = json.loads(result.stdout)
        assert told["committed"]
        assert {column.name for column in read_page(response.page).columns} == set(told["columns"])
        assert {"same"} == set(told["columns"].values())


async def test_another_record_salt_or_key_does_not(shared_two: Two, tmp_path: Path) -> None:
    """One changed cell is enough; a child's record is masked by the stricter plan."""
    response, record = await asked(shared_two)
    child = [dict(KEY) | {"social_security_no": "519999202001010011"}]
    wrong = [
        record | {"rows": [record["rows"][0] | {"reader_ref": "another"}]},
        record | {"salt": "00" * 16},
        record | {"keys": child},
    ]
    for given in wrong:
        result = await replayed(shared_two, given, tmp_path / "record.json", response.receipt.index)
        assert 1 == result.exit_code, result.output
        assert "are not those that the entry committed to" in result.output
    altered = record | {
        "answer": [describe_answer(response, read_page(response.page), 0, ())["rows"][0] | {"region_code": "510900"}]
    }
    result = await replayed(shared_two, altered, tmp_path / "record.json", response.receipt.index, "--json")
    assert "other" == json.loads(result.stdout)["columns"]["region_code"]


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("a salt of 32 hex digits", {"salt": "00"}),
        ("a salt of 32 hex digits", {"salt": None}),
        ("rows with fields of CY-CU-01", {"rows": []}),
        ("rows with fields of CY-CU-01", {"rows": [{"photo": "x"}]}),
        ("rows to be an array of objects", {"rows": "x"}),
        ("1 rows of keys", {"keys": []}),
        ("reader_ref to be of the kind string", {"rows": [{"reader_ref": [1]}]}),
        ("1 rows of an answer", {"answer": [{}, {}]}),
    ],
)
async def test_what_is_no_record_is_a_problem_without_a_value(
    shared_two: Two, tmp_path: Path, word: str, change: dict[str, Any]
) -> None:
    """Expected and found, with the page that explains it."""
    response, record = await asked(shared_two)
    result = await replayed(shared_two, record | change, tmp_path / "record.json", response.receipt.index)
    assert isinstance(result.exception, Problem)
    assert word in result.exception.expected.en
    assert "519999" not in f"{result.exception.found.en} {result.exception.expected.en}"


async def test_only_a_release_is_replayed(shared_two: Two, tmp_path: Path) -> None:
    """The intent before it says nothing of a page."""
    response, record = await asked(shared_two)
    result = await replayed(shared_two, record, tmp_path / "record.json", response.receipt.index - 1)
    assert isinstance(result.exception, Problem)
    assert "of the phase" in result.exception.found.en


async def test_a_record_that_the_masks_do_not_take_is_a_problem(shared_two: Two, tmp_path: Path) -> None:
    """As it would have been refused on the road."""
    response, record = await asked(shared_two)
    rows = [record["rows"][0] | {"region_code": "nowhere"}]
    result = await replayed(shared_two, record | {"rows": rows}, tmp_path / "record.json", response.receipt.index)
    assert isinstance(result.exception, Problem)
    assert "cannot be masked" in result.exception.found.en


async def test_the_manifest_of_a_profile_stands_before_its_first_release_once(two: Two) -> None:
    """A reviewer resolves the profile to what was done to each field; it holds no value and no key."""
    first, _ = await asked(two)
    second, _ = await asked(two)
    with LogReader(two.world["sichuan"].settings.log_path) as reader:
        entries = [(row[0], decode(row[2])) for rows in reader.rows(0, reader.count()) for row in rows]
    release = next(entry for index, entry in entries if index == second.receipt.index)
    manifests = [(index, entry) for index, entry in entries if entry.text("action") == "masking_manifest"]
    ((index, entry),) = manifests
    assert index < first.receipt.index
    text = entry.text("manifest")
    assert release.text("masking_profile") == entry.text("subject") == sha256(text.encode()).hexdigest()
    told = json.loads(text)
    assert [field.name for field in ITEMS[CODE].fields] == [field["name"] for field in told["fields"]]
    keyed = {field["name"]: field["key_id"] for field in told["fields"] if field["key_id"]}
    assert {"reader_ref"} == set(keyed)
    assert (release.text("item_code"), release.number("item_version")) == (told["item"], told["item_version"])
    assert KEY["social_security_no"] not in text
