"""`chuanyu guard`: tries the leak guard on texts of one's own, without a node, a key or a record of anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.commands import make_app
from gateway.cli.language import word
from gateway.cli.names import name_all
from gateway.cli.screen import AsJson, Problem, make_console, quote, show_problem, write_json
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error
from gateway.leakguard.found import Detector

app = make_app(
    {"try": "gateway.cli.guard:try_texts"}, "防泄漏检查，用自己的文本试用。The leak guard, tried on texts of one's own."
)

MOST_CHARACTERS: Final = 1 << 20
"""Characters of the longest line that is read."""
_EXPECTED: Final = Label(
    f"一行一个 JSON 对象：text 为字符串，record 如有则为对象；每行至多 {MOST_CHARACTERS * 4:,} 字节",
    "one JSON object a line, whose text is a string and whose record, if any, is an object; "
    f"at most {MOST_CHARACTERS * 4:,} bytes",
)
_CORRECT: Final = Label("改正该行后重试", "correct the line and try again")


@dataclass(frozen=True, slots=True)
class TextSample:
    """One line of the file: a text that is about to leave beside a raw record."""

    name: str
    text: str
    record: tuple[tuple[str, Any], ...]


def try_texts(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='JSON 行文件，- 为标准输入：{"id", "text", "record": {}}。'
            'JSON lines; - reads standard input: {"id", "text", "record": {}}.',
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """逐条判断文本在其原始记录旁是否会被拦截，并列出命中的检测器。
    退出码：0 为各行都已读取，无论判断如何；2 为文件或其中一行无法读取，其余各行仍已判断。
    Say of each text whether the guard would block it beside its raw record, and which detectors hit.
    Exit code: 0 all lines were read, whatever the verdicts; 2 the file or a line of it could not be read; the
    others were judged.
    """
    from gateway.leakguard.examine import examine_fields

    fault: Problem | None = None
    shown = []
    for number, line in _read_lines(file):
        found = _parse_line(number, line)
        if isinstance(found, Problem):
            fault = found
            show_problem(found, as_json=False)
            continue
        detectors = sorted(examine_fields(found.text, found.record))
        if as_json:
            verdict = {"id": found.name, "block": bool(detectors), "detectors": list(map(str, detectors))}
            write_json(verdict)
        else:
            shown.append((found.name, detectors))
    if not as_json:
        _show(shown)
    if fault is not None:
        raise typer.Exit(fault.exit_code)


def _read_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        if str(file) == "-":
            yield from _skip_blank(typer.get_binary_stream("stdin"))
        else:
            with file.open("rb") as stream:
                yield from _skip_blank(stream)
    except OSError as error:
        why = describe_os_error(error)
        raise Problem(
            Label(f"无法读取 {file}：{why.zh}", f"{file}, which cannot be read: {why.en}"),
            Label("一个 JSON 行文件", "a file of JSON lines"),
            Label("核对路径与权限", "check the path and its permissions"),
            exit_code=2,
        ) from error


def _skip_blank(stream: Any) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield number, line


def _parse_line(number: int, line: bytes) -> TextSample | Problem:
    """Return what a line says, or what is wrong with it, without any of its content."""
    if len(line) > MOST_CHARACTERS * 4:
        return _describe_line(number, Label(f"{len(line)} 字节", f"{len(line)} bytes"))
    try:
        found = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return _describe_line(number, Label("不是 UTF-8", "not UTF-8"))
    except (ValueError, RecursionError):
        return _describe_line(number, Label("不是 JSON", "not JSON"))
    if not isinstance(found, dict):
        return _describe_line(number, Label("不是 JSON 对象", "JSON that is no object"))
    if not isinstance(found.get("text"), str):
        return _describe_line(number, Label("text 不是字符串", "a text that is no string"))
    record = found.get("record", {})
    if not isinstance(record, dict):
        return _describe_line(number, Label("record 不是对象", "a record that is no object"))
    return TextSample(found.get("id", str(number)), found["text"], tuple(_walk_values("", record)))


def _describe_line(number: int, found: Label) -> Problem:
    return Problem(
        Label(f"第 {number} 行{found.zh}", f"in line {number}, {found.en}"), _EXPECTED, _CORRECT, exit_code=2
    )


def _walk_values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values of a record, those inside lists and objects too, each with the name nearest to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk_values(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk_values(name, inner)
    else:
        yield name, value


def _show(verdicts: list[tuple[str, list[Any]]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for head in (word("编号", "id"), word("判定", "verdict"), word("检测器", "detectors")):
        table.add_column(head, overflow="fold")
    for name, detectors in verdicts:
        verdict = "[red]" + word("拦截", "block") + "[/]" if detectors else "[green]" + word("放行", "pass") + "[/]"
        table.add_row(quote(str(name)), verdict, quote(name_all(Detector, map(str, detectors))))
    screen = make_console()
    screen.print(table)
    blocked = sum(bool(detectors) for _, detectors in verdicts)
    passed = len(verdicts) - blocked
    screen.print(word(f"拦截 {blocked} 条，放行 {passed} 条", f"{blocked} blocked, {passed} passed"))
