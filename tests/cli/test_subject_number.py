"""A person's number as a command takes it: one line, from a file or standard input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.cli.audit.subject_number import MAX_NUMBER, read_number
from gateway.cli.screen import Problem
from tests.samples import NUMBER


@pytest.mark.parametrize("text", ["", "\n", f"{NUMBER}\n{NUMBER}", f"{NUMBER} {NUMBER}", "1" * (MAX_NUMBER + 1)])
def test_what_is_no_single_number_is_a_problem_that_does_not_show_it(tmp_path: Path, text: str) -> None:
    """A message on a screen is read over a shoulder."""
    path = tmp_path / "number"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_number(path)
    assert 2 == caught.value.exit_code
    assert NUMBER not in f"{caught.value} {caught.value.found.zh} {caught.value.remedy.en}"


def test_no_file_is_a_problem_that_says_how_to_give_one() -> None:
    """It is never taken from the command line."""
    with pytest.raises(Problem) as caught:
        read_number(None)
    assert "--number-file FILE" in caught.value.remedy.en


@pytest.mark.parametrize("text", [f"{NUMBER}\n", f"  {NUMBER}  ", NUMBER])
def test_the_number_of_a_file_is_returned_without_its_blanks(tmp_path: Path, text: str) -> None:
    """An editor ends the line."""
    path = tmp_path / "number"
    path.write_text(text, encoding="utf-8")
    assert NUMBER == read_number(path)


def test_the_longest_number_is_taken(tmp_path: Path) -> None:
    """Its form is the platform's matter; only its length is bounded here."""
    path = tmp_path / "number"
    path.write_text("1" * MAX_NUMBER, encoding="utf-8")
    assert "1" * MAX_NUMBER == read_number(path)


def test_standard_input_gives_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number stands in no file."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
    assert NUMBER == read_number(Path("-"))
