"""Claims about `chuanyu guard try`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.cli.main import app
from tests.commands import CliRunner

NUMBER = "519999196001010013"
RUNNER = CliRunner()


def _file(folder: Path, *lines: object) -> str:
    file = folder / "texts.jsonl"
    file.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines), "utf-8"
    )
    return str(file)


def test_each_line_gets_a_verdict(tmp_path: Path) -> None:
    """One JSON object a line, in order, with the detectors that sounded; numbers and nulls of a record are read."""
    file = _file(
        tmp_path,
        {"id": "a", "text": "见 " + " ".join(NUMBER), "record": {"id_no": NUMBER, "note": None, "months": 12}},
        {"id": "b", "text": "窗口已受理", "record": {"id_no": int(NUMBER)}},
        {"id": "c", "text": "回电 100 1234 5678", "record": {}},
        {"id": "d", "text": "陈 样 例", "record": {"holder": {"names": ["陈样例"]}}},
    )
    result = RUNNER.invoke(app, ["guard", "try", file, "--json"])
    assert 0 == result.exit_code
    assert [
        {"id": "a", "block": True, "detectors": ["identity_number", "raw_value"]},
        {"id": "b", "block": False, "detectors": []},
        {"id": "c", "block": True, "detectors": ["mobile_phone"]},
        {"id": "d", "block": True, "detectors": ["raw_value"]},
    ] == [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("in line 1, not JSON", "{"),
        ("text that is no string", '{"id": "x"}'),
        ("text that is no string", '{"id": "x", "text": 5, "record": {}}'),
        ("JSON that is no object", "[]"),
        ("record that is no object", '{"id": "x", "text": "y", "record": []}'),
    ],
)
def test_a_bad_line_is_named_and_the_rest_still_runs(tmp_path: Path, expected: str, line: str) -> None:
    """The line's number and what was expected, nothing of what it held; the exit code says that one was bad."""
    file = _file(tmp_path, line, {"id": "b", "text": "窗口已受理", "record": {}})
    result = RUNNER.invoke(app, ["guard", "try", file, "--json"])
    assert 2 == result.exit_code
    assert {"id": "b", "block": False, "detectors": []} == json.loads(result.stdout)
    assert "line 1" in result.stderr
    assert "correct the line" in re.sub(r"[│\s]+", " ", result.stderr)
    told = re.sub(r"[│\s]+", " ", result.stderr)
    assert expected in told
    assert "one JSON object a line" in told


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """In both languages, with the next step."""
    result = RUNNER.invoke(app, ["guard", "try", str(tmp_path / "none")])
    assert 2 == result.exit_code
    assert "无法读取" in result.output


def test_without_json_a_person_reads_a_table(tmp_path: Path) -> None:
    """Verdicts in both languages and a sum."""
    file = _file(tmp_path, {"id": "a", "text": "王一", "record": {"name": "王一"}})
    result = RUNNER.invoke(app, ["guard", "try", file])
    assert 0 == result.exit_code
    assert "block" in result.output and "1 blocked, 0 passed" in result.output


def test_a_file_of_plain_text_is_a_misuse(tmp_path: Path) -> None:
    """Exit code 2; 3 is that of a gateway that refused."""
    result = RUNNER.invoke(app, ["guard", "try", _file(tmp_path, "窗口已受理", "再来一行")])
    assert 2 == result.exit_code
    assert ["in line 1, not JSON", "in line 2, not JSON"] == re.findall(r"in line \d, not JSON", result.output)
