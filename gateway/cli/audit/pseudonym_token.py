"""A pseudonym as a command takes it: from a file or standard input, since it is a person's like a number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.connection import read_personal
from gateway.cli.screen import Problem
from gateway.ground.item import Label

FieldName = Annotated[
    str, typer.Option("--field", help="假名所在数据项，用于 recover_pseudonym。The field of the pseudonym.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="假名所在文件，- 为标准输入。The file with the pseudonym; - for stdin."),
]
_TOKEN: Final = re.compile("[a-p]{32}")


def read_token(path: Path | None) -> str:
    """Return the pseudonym; it is shown nowhere.

    Raises:
        Problem: there is no file, or it holds no single pseudonym.
    """
    token = read_personal(path, Label("假名文件", "the file with the pseudonym"))
    if not _TOKEN.fullmatch(token):
        raise Problem(
            Label("没有假名，或不止一个", "no pseudonym, or another form"),
            Label("一行 32 个 a 至 p 的字母", "one line of 32 letters from a to p"),
            Label("用 --token-file FILE 或 --token-file - 给出", "give it by --token-file FILE or --token-file -"),
            exit_code=2,
        )
    return token
