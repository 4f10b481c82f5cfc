"""The record with which a reviewer replays a release: what is no record is a problem that shows no value of it."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entries.commitments import SALT_SIZE
from gateway.cli.audit import replay_record
from gateway.cli.audit.replay_record import read_record
from gateway.cli.screen import Problem
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind, Outcome
from tests.samples import NUMBER, field, item

ITEM = item(field("card_status"), field("valid_to", Kind.DATE), field("letter", Kind.SEALED))
SECRET = "欧阳样例"
"""A value that no message may show."""
RECORD: dict[str, Any] = {
    "salt": "ab" * SALT_SIZE,
    "keys": [{"social_security_no": NUMBER, "name": SECRET}],
    "rows": [{"card_status": "1", "valid_to": "2030-01-31"}],
}


def write(directory: Path, record: object) -> Path:
    """Write a record file and return its path."""
    path = directory / "record.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"salt": None}, "a salt of 32 hex digits"),
        ({"salt": SECRET}, "a salt of 32 hex digits"),
        ({"salt": "ab" * (SALT_SIZE + 1)}, "a salt of 32 hex digits"),
        ({"rows": []}, "rows with fields of CY-ID-02"),
        ({"rows": SECRET}, "rows to be an array of objects"),
        ({"rows": [SECRET]}, "rows to be an array of objects"),
        ({"rows": [{SECRET: "1"}]}, "rows with fields of CY-ID-02"),
        ({"rows": [{"card_status": [SECRET]}]}, "card_status to be of the kind string"),
        ({"rows": [{"card_status": 1.5}]}, "card_status to be of the kind string"),
        ({"rows": [{"valid_to": SECRET}]}, "valid_to to be of the kind date"),
        ({"rows": [{"valid_to": 20300131}]}, "valid_to to be of the kind date"),
        ({"rows": [{"letter": "*"}]}, "letter to be of the kind sealed"),
        ({"rows": [{"letter": SECRET}]}, "letter to be of the kind sealed"),
        ({"keys": []}, "1 rows of keys"),
        ({"keys": RECORD["keys"] * 2}, "1 rows of keys"),
        ({"keys": {"name": SECRET}}, "keys to be an array of objects"),
        ({"answer": SECRET}, "answer to be an array of objects"),
    ],
)
def test_what_is_no_record_is_a_problem_without_a_value(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    """The form that was expected, and the page that explains it."""
    with pytest.raises(Problem) as caught:
        read_record(write(tmp_path, RECORD | change), ITEM)
    problem = caught.value
    shown = " ".join((problem.found.zh, problem.found.en, problem.expected.zh, problem.expected.en))
    assert (2, expected) == (problem.exit_code, problem.expected.en)
    assert SECRET not in shown
    assert NUMBER not in shown


@pytest.mark.parametrize("octets", [b"", b"\xff", b"[]", b'"x"', b"[" * 100_000])
def test_a_file_without_an_object_is_a_problem(tmp_path: Path, octets: bytes) -> None:
    """Also one that is nested beyond what a parser takes."""
    path = tmp_path / "record.json"
    path.write_bytes(octets)
    with pytest.raises(Problem, match="a JSON object"):
        read_record(path, ITEM)


def test_a_file_that_is_too_long_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more than is allowed is enough."""
    path = write(tmp_path, RECORD)
    monkeypatch.setattr(replay_record, "MAX_FILE", path.stat().st_size - 1)
    with pytest.raises(Problem, match="of at most"):
        read_record(path, ITEM)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """The kind of the error is told."""
    with pytest.raises(Problem, match="FileNotFoundError"):
        read_record(tmp_path / "absent.json", ITEM)


def test_an_answer_of_other_rows_is_a_problem(tmp_path: Path) -> None:
    """It cannot be that of the page that was made."""
    record = read_record(write(tmp_path, RECORD | {"answer": [{}, {}]}), ITEM)
    with pytest.raises(Problem, match="expected 1 rows of an answer, found 2"):
        record.read_answer(record.raw)


def test_a_record_is_read_in_the_order_of_the_item(tmp_path: Path) -> None:
    """Dates and sealed bytes get their types; a field that a row lacks is empty in that row."""
    rows = [{"letter": b64encode(b"sealed").decode(), "valid_to": "2030-01-31"}, {"card_status": "1"}]
    record = read_record(write(tmp_path, RECORD | {"rows": rows, "keys": RECORD["keys"] * 2}), ITEM)
    assert bytes.fromhex("ab" * SALT_SIZE) == record.salt
    assert (NUMBER, NUMBER) == record.subjects
    assert (
        Page(
            2,
            (
                Column("card_status", Kind.STRING, (None, "1")),
                Column("valid_to", Kind.DATE, (date(2030, 1, 31), None)),
                Column("letter", Kind.SEALED, (b"sealed", None)),
            ),
            (Outcome.FOUND,) * 2,
        )
        == record.raw
    )


def test_an_item_without_cardholders_needs_no_keys(tmp_path: Path) -> None:
    """Nobody's number is asked for."""
    plain = item(field("card_status"), subjects=False)
    record = read_record(write(tmp_path, {"salt": RECORD["salt"], "rows": [{"card_status": "1"}]}), plain)
    assert () == record.subjects


def test_without_an_answer_the_page_that_was_made_stands_for_it(tmp_path: Path) -> None:
    """And an answer that is given is read by the columns of that page."""
    made = Page(1, (Column("card_status", Kind.STRING, ("2",)),))
    bare = read_record(write(tmp_path, RECORD), ITEM)
    assert made is bare.read_answer(made)
    full = read_record(write(tmp_path, RECORD | {"answer": [{"card_status": "3", "other": "x"}]}), ITEM)
    assert Page(1, (Column("card_status", Kind.STRING, ("3",)),)) == full.read_answer(made)


def test_a_record_does_not_show_itself(tmp_path: Path) -> None:
    """Its values do not come into a trace."""
    assert NUMBER not in repr(read_record(write(tmp_path, RECORD), ITEM))
