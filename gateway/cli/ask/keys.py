"""The keys of a question, as a person gives them: on the line, from standard input, from a file, or a table of many.

Rules: `name=value`, `name=@FILE`, `name=@-` for standard input, `name=@@value` for a value that begins with `@`; a kind
may stand behind the name, `name:date=2026-01-31`. No error holds a value: they are personal.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from gateway.cli.connection import read_file
from gateway.cli.screen import Problem
from gateway.ground.evidence import Column, Page, Value
from gateway.ground.item import Kind, Label

KINDS: Final = (Kind.STRING, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE, Kind.DECIMAL)
BATCH_ROWS: Final = 500
"""Subjects of one question, when a table of many is asked."""
MAX_BATCH_ROWS: Final = 100_000
"""Rows of a table; what is longer is asked in several runs."""
_NAME: Final = re.compile(r"([a-z][a-z0-9_]{0,63})(?::([a-z]+))?")


def _describe_fault(found: Label, expected: Label) -> Problem:
    remedy = Label("用 chuanyu items show 查看该事项的查询键", "see the item's keys with chuanyu items show")
    return Problem(found, expected, remedy)


def read_name(text: str, kinds: Mapping[str, Kind]) -> tuple[str, Kind]:
    """Return a key's name and kind: the kind behind the name, else the item's, else text.

    Raises:
        Problem: it is no name, or an unknown kind.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise _describe_fault(
            Label("键名不合规则", "a key's name that is none"),
            Label("小写字母、数字和下划线", "lower-case letters, digits and underscores"),
        )
    name, kind = match.group(1), match.group(2)
    if kind is None:
        return name, kinds.get(name, Kind.STRING)
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise _describe_fault(
            Label(f"键 {name} 的类型未知", f"an unknown kind of the key {name}"), Label(known, f"one of {known}")
        )
    return name, Kind(kind)


def read_value(name: str, kind: Kind, text: str) -> Value:
    """Return a value in its kind.

    Raises:
        Problem: the text is none of that kind; the value is not shown.
    """
    try:
        match kind:
            case Kind.INTEGER:
                return int(text)
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.BOOLEAN:
                return {"true": True, "false": False}[text.lower()]
            case Kind.DECIMAL if not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,18})?", text):
                raise ValueError
    except (ValueError, KeyError):
        forms = {Kind.INTEGER: "123", Kind.DATE: "2026-01-31", Kind.BOOLEAN: "true, false", Kind.DECIMAL: "-12.50"}
        raise _describe_fault(
            Label(f"键 {name} 的值不是 {kind}", f"a value of the key {name} that is no {kind}"),
            Label(f"如 {forms[kind]}", f"for example {forms[kind]}"),
        ) from None
    return text


def _read_text(name: str, text: str) -> str:
    if text.startswith("@@"):
        return text[1:]
    if text == "@-":
        return sys.stdin.readline().rstrip("\r\n")
    if text.startswith("@"):
        octets = read_file(Path(text[1:]), Label(f"键 {name} 的值", f"the value of the key {name}"))
        try:
            return octets.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise _describe_fault(
                Label(f"键 {name} 的文件不是 UTF-8", f"a file of the key {name} that is not UTF-8"), _UTF8
            ) from error
    return text


_UTF8: Final = Label("UTF-8 文本", "UTF-8 text")


def read_line(pairs: Sequence[str], kinds: Mapping[str, Kind]) -> Page:
    """Return the one key row that `--key` gives.

    Raises:
        Problem: a pair is malformed, a name stands twice, a value is empty or not of its kind.
    """
    columns: dict[str, Column] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals:
            raise _describe_fault(
                Label("--key 没有等号", "a --key without an equals sign"), Label("名称=值", "name=value")
            )
        name, kind = read_name(left, kinds)
        if name in columns:
            raise _describe_fault(
                Label(f"键 {name} 重复", f"the key {name} twice"), Label("每个键一次", "each key once")
            )
        text = _read_text(name, right)
        if not text:
            raise _describe_fault(
                Label(f"键 {name} 的值为空", f"an empty value of the key {name}"), Label("非空的值", "a value")
            )
        columns[name] = Column(name, kind, (read_value(name, kind, text),))
    if not columns:
        raise _describe_fault(
            Label("没有查询键", "no key"), Label("至少一个 --key，或 --file", "at least one --key, or --file")
        )
    return Page(1, tuple(columns.values()))


def _read_rows(path: Path) -> Iterator[list[str]]:
    octets = read_file(path, Label("查询键的表", "a table of keys"))
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _describe_fault(Label(f"{path} 不是 UTF-8", f"{path} is not UTF-8"), _UTF8) from error
    try:
        yield from csv.reader(text.splitlines())
    except csv.Error as error:
        raise _describe_fault(
            Label(f"{path} 不是可读的 CSV", f"{path}, which is no CSV that can be read"),
            Label("以逗号分隔的表", "a table with commas between its cells"),
        ) from error


def read_table(path: Path, kinds: Mapping[str, Kind]) -> list[Page]:
    """Return the key rows of a CSV file, whose first line has the names, in pages of BATCH_ROWS; empty cells are null.

    Raises:
        Problem: no header, no row, too many rows, a row of another width, a value not of its kind.
    """
    lines = [line for line in _read_rows(path) if line]
    if len(lines) < 2:
        raise _describe_fault(
            Label(f"{path} 没有数据行", f"{path} without a row"), Label("表头及至少一行", "a header and a row")
        )
    if len(lines) - 1 > MAX_BATCH_ROWS:
        raise _describe_fault(
            Label(f"{len(lines) - 1} 行", f"{len(lines) - 1} rows"),
            Label(f"不超过 {MAX_BATCH_ROWS} 行", f"at most {MAX_BATCH_ROWS} rows"),
        )
    header = [read_name(cell, kinds) for cell in lines[0]]
    if len({name for name, _ in header}) < len(header):
        raise _describe_fault(
            Label("表头有重复的键", "a key twice in the header"), Label("每个键一次", "each key once")
        )
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(header):
            raise _describe_fault(
                Label(f"第 {number} 行有 {len(line)} 列", f"{len(line)} cells in line {number}"),
                Label(f"{len(header)} 列", f"{len(header)} cells"),
            )
    pages = []
    for start in range(1, len(lines), BATCH_ROWS):
        part = lines[start : start + BATCH_ROWS]
        columns = tuple(
            Column(name, kind, tuple(read_value(name, kind, line[at]) if line[at] else None for line in part))
            for at, (name, kind) in enumerate(header)
        )
        pages.append(Page(len(part), columns))
    return pages
