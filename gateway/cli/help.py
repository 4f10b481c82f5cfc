"""The help of commands in one language, at the width of the terminal; in both it is as typer writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

from gateway.cli.codes import accept_names, find_closed_set, list_codes
from gateway.cli.language import Language, say, split_help, spoken, word

_KINDS: Final[Mapping[str, str]] = {
    "str": "文本",
    "path": "路径",
    "int": "整数",
    "float": "数",
    "int range": "整数",
    "float range": "数",
}
_METAVARS: Final[Mapping[str, str]] = {
    "DIR": "文件夹",
    "FILE": "文件",
    "ITEM": "事项",
    "INDEX": "序号",
    "LOG": "日志",
    "ACT": "操作",
    "ACTION": "操作",
    "REASON": "原因",
    "CODE": "编码",
    "OUT": "新文件夹",
    "IN": "备份",
    "BUNDLE": "信任包",
    "SIG": "签名",
    "CRL": "撤销列表",
    "CSR": "签名请求",
    "NAME": "名称",
    "NUMBER": "编号",
    "SERIAL": "序列号",
}
"""What stands for a value in the usage, in Chinese."""
_HELP_OPTION: Final = "显示本说明。Show this message and exit."
_LONGEST: Final = 30
_WIDEST: Final = 76
"""The widest first column, in cells; a longer name has its line to itself."""
_CLOSING: Final = "，。；：！？、）》」』”’…"
_CHINESE: Final = r"\u2e80-\uffef\u2014\u2018-\u201d\u2026"
_PIECES: Final = re.compile(rf"\s+|[（《「『“‘]*(?:[{_CHINESE}]|[^\s{_CHINESE}]+)[{_CLOSING}]*")
"""What stands on one line: a word or a Chinese character with the signs that open and close it."""


class HelpedCommand(TyperCommand):
    """A command whose help is in the language of the process, and whose closed sets take names as well as codes."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        accept_names(self.params)

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return super().get_help(ctx) if spoken() is Language.BOTH else _render(self, ctx)


class HelpedGroup(TyperGroup):
    """A group whose help is in the language of the process, and whose closed sets take names as well as codes."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        accept_names(self.params)

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return super().get_help(ctx) if spoken() is Language.BOTH else _render(self, ctx)


def _render(command: Any, context: Any) -> str:
    width = min(context.terminal_width or _terminal_width(), 100)
    parts = [f"{word('用法：', 'Usage: ')}{context.command_path} {' '.join(_describe_usage(command, context))}", ""]
    parts += [f"  {line}" for line in wrap(say(split_help(command.help or "")), width - 2)]
    params = [param for param in command.get_params(context) if not param.hidden]
    for heading, kind in ((word("参数：", "Arguments:"), "argument"), (word("选项：", "Options:"), "option")):
        rows = [_describe_param(param, context) for param in params if param.param_type_name == kind]
        parts += _draw_rows(heading, rows, width)
    below = [(name, say(split_help(one.help or ""))) for name, one in getattr(command, "commands", {}).items()]
    return "\n".join(parts + _draw_rows(word("命令：", "Commands:"), below, width))


def _terminal_width() -> int:
    from shutil import get_terminal_size

    return max(get_terminal_size().columns - 2, 50)


def _describe_usage(command: Any, context: Any) -> Iterator[str]:
    translated = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]…"}
    for piece in command.collect_usage_pieces(context):
        named = re.sub(r"\{(\w+)\}", r"\1", piece)
        yield word(translated.get(piece, name_metavars(named)), named)


def _describe_param(param: Any, context: Any) -> tuple[str, str]:
    """Return a parameter's name with its kind, and its help with what it may be."""
    names, text = param.get_help_record(context)
    written = _HELP_OPTION if param.name == "help" else param.help or ""
    rest = text[len(param.help or "") :].strip().strip("[]")
    extra = [_describe_extra(part) for part in rest.split("; ") if part]
    names = word(name_metavars(names), names)
    kind = find_closed_set(param)
    if kind is not None and spoken() is Language.ZH:
        names = re.sub(r"<[^<>]+>", "<名称或代码>", names)
        extra = [_name_default(kind, part) for part in extra] + [list_codes(kind).zh]
    names = re.sub(r"<(?:list\[)?([^<>\[\]]+)\]?>", _name_kind, names)
    if kind is not None and count_cells(names) > _WIDEST:  # too many codes to stand behind the name
        names = re.sub(r"<[^<>]+>", "<code>", names)
        extra.append(list_codes(kind).en)
    shown = say(split_help(written))
    return names, shown + word("（", " [") + word("；", "; ").join(extra) + word("）", "]") if extra else shown


def name_metavars(text: str) -> str:
    """Return a usage with the Chinese words of what stands for a value; options and commands stay as they are."""
    return re.sub(r"(?<![\w-])[A-Z]+(?![\w-])", lambda found: _METAVARS.get(found[0], found[0]), text)


def _name_kind(found: re.Match[str]) -> str:
    """Return what a parameter takes, in the language of the run; several of a kind are named as one."""
    kind = found[1].lower()
    return f"<{word(_KINDS.get(kind, found[1]), kind if kind in _KINDS else found[1])}>"


def _describe_extra(part: str) -> str:
    """Return what typer says of a parameter behind its help: a default, a range, or that it is required."""
    if part == "required":
        return word("必填", part)
    part = re.sub(r"(?<![\d.])(\d+)\.0(?![\d.])", r"\1", part)
    if part.startswith("default: "):
        return word("默认 ", "default: ") + part.removeprefix("default: ")
    if found := re.fullmatch(r"([\d.]+)<=x<=([\d.]+)", part):
        return word(f"{found[1]} 至 {found[2]}", f"{found[1]} to {found[2]}")
    if found := re.fullmatch(r"x>=([\d.]+)", part):
        return word(f"不小于 {found[1]}", f"at least {found[1]}")
    return part


def _name_default(kind: type[StrEnum], part: str) -> str:
    from gateway.cli.names import name_of

    return f"默认 {name_of(kind, part.removeprefix('默认 '))}" if part.startswith("默认 ") else part


def _draw_rows(heading: str, rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    if not rows:
        return []
    first = min(max(count_cells(name) for name, _ in rows), _LONGEST)
    lines = ["", heading]
    for name, text in rows:
        wrapped = wrap(text, max(width - first - 4, 20)) or [""]
        if count_cells(name) > first:
            lines.append(f"  {name}")
            lead = " " * first
        else:
            lead = name + " " * (first - count_cells(name))
        lines += [f"  {lead if number == 0 else ' ' * first}  {line}".rstrip() for number, line in enumerate(wrapped)]
    return lines


def count_cells(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def measure_longest(text: str) -> int:
    """Return how many columns the longest piece of a text takes that `wrap` keeps whole."""
    return max((count_cells(piece) for piece in _PIECES.findall(text) if not piece.isspace()), default=1)


def wrap(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` cells, broken between words or Chinese characters.

    A word that is longer than a line stands whole on a line of its own; no line begins with a closing sign.
    """
    lines: list[str] = []
    line = ""
    for piece in _PIECES.findall(text):
        fits = count_cells(line) + count_cells(piece) <= width
        if fits or piece.isspace() or piece[0] in _CLOSING or not line.strip():
            line += piece
        else:
            lines.append(line.rstrip())
            line = piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines
