"""A pseudonym as a command takes it: one line of 32 letters, from a file or standard input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gateway.cli.audit.pseudonym_token import read_token
from gateway.cli.screen import Problem

TOKEN = "abcdefghijklmnop" * 2


@pytest.mark.parametrize(
    "text", ["", TOKEN[:-1], TOKEN + "a", TOKEN.upper(), TOKEN[:-1] + "q", f"{TOKEN}\n{TOKEN}", f"{TOKEN} {TOKEN}"]
)
def test_what_is_no_single_pseudonym_is_a_problem_that_does_not_show_it(tmp_path: Path, text: str) -> None:
    """A pseudonym is a person's like a number: it stands in no message."""
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_token(path)
    shown = f"{caught.value} {caught.value.found.zh} {caught.value.remedy.en}"
    assert 2 == caught.value.exit_code
    assert not text or text not in shown


def test_no_file_is_a_problem_that_says_how_to_give_one() -> None:
    """It is never taken from the command line."""
    with pytest.raises(Problem) as caught:
        read_token(None)
    assert "--token-file FILE" in caught.value.remedy.en


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(Problem, match=str(tmp_path / "absent")):
        read_token(tmp_path / "absent")


def test_the_pseudonym_of_a_file_is_returned_without_its_blanks(tmp_path: Path) -> None:
    """An editor ends the line."""
    path = tmp_path / "token"
    path.write_text(f" {TOKEN}\n", encoding="utf-8")
    assert TOKEN == read_token(path)


def test_one_line_of_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows it stays there."""
    stream = io.StringIO(f"{TOKEN}\nmore\n")
    monkeypatch.setattr("sys.stdin", stream)
    assert (TOKEN, "more\n") == (read_token(Path("-")), stream.read())
