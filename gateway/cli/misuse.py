"""A command line that cannot be read, as a problem; long numbers that were typed are not repeated."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import Final, get_args

import typer

from gateway.cli.codes import find_closed_set, list_codes, suggest
from gateway.cli.help import name_metavars
from gateway.cli.names import NAMES
from gateway.cli.screen import Problem
from gateway.ground.item import Label

_LONG_NUMBER: Final = re.compile(r"[0-9][0-9 -]{6,}[0-9Xx]")
"""A number typed in the wrong place may be a person's, so it is not repeated."""
_UNKNOWN: Final = " is not one of "
"""What `codes.read_code` says of a word outside a closed set."""
_USAGE: Final = (
    (re.compile(r"No such command '(?P<what>[^']*)'.*", re.DOTALL), "没有命令 {what}"),
    (re.compile(r"Got unexpected extra arguments?(\(s\))? \((?P<what>.*)\)", re.DOTALL), "多出的参数：{what}"),
    (re.compile(r"Missing command\.?(?P<what>)"), "缺少命令"),
    (re.compile(r"Option '?(?P<what>[\w-]+)'? requires .*", re.DOTALL), "选项 {what} 缺少值"),
    (re.compile(r"Option '?(?P<what>[\w-]+)'? does not take a value\.?"), "选项 {what} 不带值"),
    (re.compile(r"No such option: (?P<what>[\w-]+).*", re.DOTALL), "没有选项 {what}"),
)


def describe_misuse(error: typer.TyperException, path: str) -> Problem:
    """Return the problem of a command line: what is wrong, and where its usage is shown; `path` is the command's."""
    message = str(getattr(error, "format_message", error.__str__)()).rstrip(".")
    path = getattr(getattr(error, "ctx", None), "command_path", path)
    kind = find_closed_set(getattr(error, "param", None))
    if kind is not None and _UNKNOWN in message:
        return _describe_unknown_word(error, message, kind, path)
    if (number := _describe_number(error, message, path)) is not None:
        return number
    return Problem(
        Label(
            _without_numbers(f"命令行有误：{_say_in_chinese(error, message)}"),
            _without_numbers(f"a wrong command line: {message}"),
        ),
        Label("正确的用法", "a command line as its help says"),
        Label(f"查看用法：{path} --help", f"see {path} --help"),
        exit_code=2,
    )


def _describe_unknown_word(error: typer.TyperException, message: str, kind: type[StrEnum], path: str) -> Problem:
    param = vars(error)["param"]
    hint = str(param.get_error_hint()).strip("'")
    typed = message.partition(_UNKNOWN)[0].rpartition("Value error, ")[2]
    bare, shown = typed.strip("'\""), _without_numbers(typed)
    if param.envvar is not None and os.environ.get(str(param.envvar), "").strip() == bare:
        hint = str(param.envvar)  # a word that nobody typed is named by the variable that has it
    return Problem(
        Label(f"{hint} 的值“{_without_numbers(bare)}”不在规定范围内", f"{hint} does not take {shown}"),
        list_codes(kind, nearest=bare),
        suggest(
            bare,
            NAMES[kind],
            Label(f"改正 {hint}；查看用法：{path} --help", f"correct {hint}; see {path} --help"),
        ),
        exit_code=2,
    )


def _describe_number(error: typer.TyperException, message: str, path: str) -> Problem | None:
    """Return the problem of an option that takes a number, with what was typed and the range; None for any other."""
    param = getattr(error, "param", None)
    kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if param is None or not {int, float} & {kind, *get_args(kind)} or not message.startswith("Invalid value"):
        return None
    hint = str(param.get_error_hint()).strip("'")
    typed = _without_numbers(str(_find_typed(error))[:40])
    word = Label("整数", "a whole number") if int in (kind, *get_args(kind)) else Label("数", "a number")
    match param.min, param.max:
        case None, None:
            asked = word
        case least, None:
            asked = Label(f"{word.zh}，不小于 {least}", f"{word.en}, at least {least}")
        case None, most:
            asked = Label(f"{word.zh}，不大于 {most}", f"{word.en}, at most {most}")
        case least, most:
            asked = Label(f"{word.zh}，{least} 至 {most}", f"{word.en}, {least} to {most}")
    return Problem(
        Label(f"{hint} 的值{typed and f'“{typed}”'}不合要求", f"{hint} has the value {typed}".strip()),
        asked,
        Label(f"改正 {hint}；查看用法：{path} --help", f"correct {hint}; see {path} --help"),
        exit_code=2,
    )


def _find_typed(error: typer.TyperException) -> object:
    """Return what stood where a number should, as its reader found it; an empty text where that is not known."""
    faults: list[dict[str, object]] = getattr(error.__cause__, "errors", list)()
    return faults[0].get("input", "") if faults else ""


def _say_in_chinese(error: typer.TyperException, message: str) -> str:
    param = getattr(error, "param", None)
    hint = str(getattr(error, "param_hint", None) or (param.get_error_hint() if param is not None else "")).strip("'")
    hint = name_metavars(hint)
    if type(error).__name__ == "MissingParameter":
        return f"缺少{'选项' if getattr(param, 'param_type_name', '') == 'option' else '参数'} {hint}"
    if hint:
        return f"{hint} 的值不合要求"
    for form, words in _USAGE:
        if found := form.fullmatch(message):
            near = "、".join(re.findall(r"'([^']*)'", message.partition("Did you mean")[2]))
            return words.format(what=found["what"]) + (f"，相近的有 {near}" if near else "")
    return message


def _without_numbers(text: str) -> str:
    return _LONG_NUMBER.sub("…", text)
