"""A person's number as a command takes it: from a file or standard input, never from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.connection import read_personal
from gateway.cli.screen import Problem
from gateway.ground.item import Label

NumberFile = Annotated[
    Path | None,
    typer.Option(
        "--number-file", help="社会保障号码所在文件，- 为标准输入。The file with the person's number; - for stdin."
    ),
]
MAX_NUMBER: Final = 64


def read_number(path: Path | None) -> str:
    """Return the number; it is shown nowhere.

    Raises:
        Problem: there is no file, or it holds no single number.
    """
    number = read_personal(path, Label("号码文件", "the file with the number"))
    if not 1 <= len(number) <= MAX_NUMBER or any(sign.isspace() for sign in number):
        raise Problem(
            Label("没有号码，或不止一个", "no number, or more than one"),
            Label("一行一个社会保障号码", "one line with one social security number"),
            Label("用 --number-file FILE 或 --number-file - 给出", "give it by --number-file FILE or --number-file -"),
            exit_code=2,
        )
    return number
