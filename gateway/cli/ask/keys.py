"""The keys of a question, as a person gives them: on the line, from standard input, from a file, or a table of many.

Rules: `name=value`, `name=@FILE`, `name=@-` for standard input, `name=@@value` for a value that begins with `@`; a kind
may stand behind the name, `name:date=2026-01-31`. All rows are judged before anything is asked, as the gateway judges
them: what cannot be a key is told by its line in the file. No error holds a value: they are personal.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from gateway.catalogue.question import fault_of_key, unknown_code
from gateway.cli.connection import read_file
from gateway.cli.screen import Problem
from gateway.ground.clock import china_day
from gateway.ground.evidence import Column, Page, Value
from gateway.ground.identity_numbers import IDENTITY_KEYS, fold
from gateway.ground.item import NO_LABEL, Key, Kind, Label
from gateway.ground.refusals import Reason
from gateway.ground.visible import CONTROL, unseen_in

KINDS: Final = (Kind.STRING, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE, Kind.DECIMAL)
BATCH_ROWS: Final = 500
"""Subjects of one question, when a table of many is asked."""
MAX_BATCH_ROWS: Final = 100_000
"""Rows of a table; what is longer is asked in several runs."""
_MOST_LINES: Final = 20
"""Lines with a fault that one message names."""
_SEPARATORS: Final = frozenset(";\t，；|")
_MAX_TEXT: Final = 4096
_NAME: Final = re.compile(r"([a-z][a-z0-9_]{0,63})(?::([a-z]+))?")


def _describe_fault(found: Label, expected: Label) -> Problem:
    remedy = Label("用 chuanyu items show 查看该事项的查询键", "see the item's keys with chuanyu items show")
    return Problem(found, expected, remedy, exit_code=2)


def _name_reason(found: Label, reason: Reason = Reason.KEY_INVALID) -> Label:
    """Return what was found, with the reason by which a gateway would refuse it."""
    return Label(f"{found.zh}（{reason}）", f"{found.en} ({reason})")


Keys = Mapping[str, Key]
"""The item's keys by name; empty where this installation does not know the item."""


def read_name(text: str, keys: Keys) -> tuple[str, Kind]:
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
        return name, keys[name].kind if name in keys else Kind.STRING
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise _describe_fault(
            Label(f"键 {name} 的类型未知", f"an unknown kind of the key {name}"), Label(known, f"one of {known}")
        )
    return name, Kind(kind)


def read_value(name: str, kind: Kind, text: str) -> Value:
    """Return a value in its kind; the number of a person in its one writing.

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
    # What cannot be seen stays as it came, to be judged; a tab before a number is how tables keep it text.
    return fold(text) if name in IDENTITY_KEYS and unseen_in(text.replace("\t", " ")) is None else text


def _require_key(name: str, kind: Kind, value: Value, keys: Keys, where: Label = NO_LABEL) -> None:
    """Return where a value can be that key, as the gateway would find.

    Raises:
        Problem: what was expected, and what was found `where`.
    """
    unknown = Key(name, Label(name, name), kind, required=False, subject=False, max_len=_MAX_TEXT)
    key, reason = keys.get(name, unknown), Reason.KEY_INVALID
    fault = fault_of_key(key, value, china_day(time.time_ns() // 1000))
    if fault is None:
        fault, reason = unknown_code(key, value), Reason.KEY_CODE_UNKNOWN
    if fault is not None:
        expected, found = fault
        told = Label(f"{where.zh}键 {name}：{found.zh}", f"{where.en}the key {name}: {found.en}")
        raise Problem(_name_reason(told, reason), expected, _CORRECT, exit_code=2)


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


def read_line(pairs: Sequence[str], keys: Keys) -> Page:
    """Return the one key row that `--key` gives.

    Raises:
        Problem: a pair is malformed, a name stands twice, a value is empty, of another kind or cannot be the key.
    """
    columns: dict[str, Column] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals:
            raise _describe_fault(
                Label("--key 没有等号", "a --key without an equals sign"), Label("名称=值", "name=value")
            )
        name, kind = read_name(left, keys)
        if name in columns:
            raise _describe_fault(
                Label(f"键 {name} 重复", f"the key {name} twice"), Label("每个键一次", "each key once")
            )
        text = _read_text(name, right)
        if not text:
            raise _describe_fault(
                Label(f"键 {name} 的值为空", f"an empty value of the key {name}"), Label("非空的值", "a value")
            )
        value = read_value(name, kind, text)
        _require_key(name, kind, value, keys)
        columns[name] = Column(name, kind, (value,))
    if not columns:
        raise _describe_fault(
            Label("没有查询键", "no key"), Label("至少一个 --key，或 --file", "at least one --key, or --file")
        )
    return Page(1, tuple(columns.values()))


_CORRECT: Final = Label(
    "改正后重新运行（在表格软件中先把号码列设为文本，再导出）；尚未发起查询",
    "correct it, in a table program with the column set to text, and run it again; nothing has been asked",
)


def _read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows that hold something, each with the line of the file on which it begins."""
    octets = read_file(path, Label("查询键的表", "a table of keys"))
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(Label(f"{path} 不是 UTF-8", f"{path} is not UTF-8"), _UTF8, _CONVERT, exit_code=2) from error
    rows, begins = [], 1
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if not all(map(_is_blank, row)):
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _describe_fault(
            Label(f"第 {begins} 行起不是 CSV", f"no CSV from line {begins} on"),
            _COMMAS,
        ) from error
    return rows


def _is_blank(cell: str) -> bool:
    """Tell whether a cell is empty but for blanks and tabs: Python strips control signs and line feeds, too."""
    return not cell.strip() and CONTROL.search(cell.replace("\t", " ")) is None


_COMMAS: Final = Label("逗号分隔的 CSV", "CSV with commas")
_CONVERT: Final = Label(
    "在表格软件中另存为“CSV UTF-8（逗号分隔）”，或用 iconv -f GB18030 -t UTF-8 转换",
    'save it as "CSV UTF-8 (comma delimited)" in the table program, or convert it with iconv -f GB18030 -t UTF-8',
)


def read_table(path: Path, keys: Keys) -> list[Page]:
    """Return the key rows of a CSV file, whose first line has the names, in pages of BATCH_ROWS; empty cells are null.

    Raises:
        Problem: no header, no row, too many rows, a row of another width, a value not of its kind or none that can be
            the key; the lines are named.
    """
    lines = _read_rows(path)
    if len(lines) < 2:
        raise _describe_fault(
            Label(f"{path} 没有数据行", f"{path} without a row"), Label("表头及至少一行", "a header and a row")
        )
    if len(lines) - 1 > MAX_BATCH_ROWS:
        raise _describe_fault(
            Label(f"{len(lines) - 1} 行", f"{len(lines) - 1} rows"),
            Label(f"不超过 {MAX_BATCH_ROWS} 行", f"at most {MAX_BATCH_ROWS} rows"),
        )
    if len(lines[0][1]) == 1 and not _SEPARATORS.isdisjoint(lines[0][1][0]):
        raise Problem(Label("表头不以逗号分隔", "a header that no commas divide"), _COMMAS, _CONVERT, exit_code=2)
    header = [read_name(cell, keys) for cell in lines[0][1]]
    if len({name for name, _ in header}) < len(header):
        raise _describe_fault(
            Label("表头有重复的键", "a key twice in the header"), Label("每个键一次", "each key once")
        )
    rows = _judged_rows(lines[1:], header, keys)
    return [
        Page(
            len(part),
            tuple(Column(name, kind, tuple(row[at] for row in part)) for at, (name, kind) in enumerate(header)),
        )
        for part in (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))
    ]


def _judged_rows(
    lines: Sequence[tuple[int, list[str]]], header: Sequence[tuple[str, Kind]], keys: Keys
) -> list[tuple[Value, ...]]:
    """Return the rows in their kinds.

    Raises:
        Problem: the first fault, and the lines that have one.
    """
    rows: list[tuple[Value, ...]] = []
    faults: list[tuple[int, Problem]] = []
    for number, line in lines:
        try:
            rows.append(_judged_row(number, line, header, keys))
        except Problem as problem:
            faults.append((number, problem))
    if not faults:
        return rows
    first, others = faults[0][1], [str(number) for number, _ in faults[1 : _MOST_LINES + 1]]
    if others:
        named, count = ", ".join(others), len(faults) - 1
        zh = f"{first.found.zh}；另有 {count} 行有误：{named}"
        found = Label(zh, f"{first.found.en}; {count} more lines with a fault: {named}")
        raise Problem(found, first.expected, first.remedy, exit_code=2)
    raise first


def _judged_row(number: int, line: Sequence[str], header: Sequence[tuple[str, Kind]], keys: Keys) -> tuple[Value, ...]:
    if len(line) != len(header):
        raise _describe_fault(
            Label(f"第 {number} 行有 {len(line)} 列", f"{len(line)} cells in line {number}"),
            Label(f"{len(header)} 列", f"{len(header)} cells"),
        )
    values: list[Value] = []
    for (name, kind), cell in zip(header, line, strict=True):
        where = Label(f"第 {number} 行，", f"in line {number}, ")
        try:
            value = read_value(name, kind, cell) if not _is_blank(cell) else None
        except Problem as problem:
            found = Label(where.zh + problem.found.zh, where.en + problem.found.en)
            raise Problem(_name_reason(found), problem.expected, problem.remedy, exit_code=2) from None
        _require_key(name, kind, value, keys, where)
        values.append(value)
    return tuple(values)
