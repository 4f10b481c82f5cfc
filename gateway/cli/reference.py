"""Writes the page of commands from the commands: `python -m gateway.cli.reference en > docs/reference/cli.md`.

`zh` writes its Chinese twin, docs/reference/cli.zh-CN.md.

A test holds both pages to what this module writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import typer

from gateway.cli.language import Language, choose, spoken

WIDTH: Final = 80
"""Columns of a help block."""

OPENINGS: Final = {
    Language.EN: """# Commands

[中文](cli.zh-CN.md)

Each block is what `--help` prints.
Every command that reports takes `--json` and then writes one JSON value to standard output and nothing else there.
`guard try` reads lines and writes one value for each; `audit watch` writes one for each event.
Errors say what was found, what was expected and what to do next, on standard error.
One run speaks one language: that of the locale (Chinese for `zh_*` on a console that can show it, else English), of
the variable `CHUANYU_LANG`, or of `chuanyu --lang zh|en|both`; `--json` is the same in every language.

| exit code | meaning |
|---|---|
| 0 | done, and nothing is wrong |
| 1 | something is wrong, and was told |
| 2 | the command line is wrong, or a file that it gives is not what it should be; of a node's settings file 1 |
| 3 | refused, not proven or not whole: by command, below |
| 4 | the gateway could not be reached, or the disk is too full, or too bad, for a file that was asked for |
| 5 | not yet: nothing is wrong, and the same command succeeds a moment later |

| command | what 3 means |
|---|---|
| `ask`, `node reload`, and all that call a gateway | it refused, by a reason of the [refusals](refusals.md) |
| `audit verify`, `audit check-bundle` | nothing contradicts the log or the bundle, but it is not proven |
| histories, such as `audit person` | nothing contradicts the answer; it is not proven, or months are missing |
| `audit search`, `audit stats`, `audit export` | archived entries are missing: their archives are not at hand |
| `audit archive` | the entries hold; the digest of the file was compared with nothing, or with an act not proven |
| `audit fetch` | the witness refused |
""",
    Language.ZH: """# 命令

[English](cli.md)

以下各块即 `--help` 所示。
凡输出结果的命令都有 `--json`：此时标准输出只有一个 JSON 值。
`guard try` 逐行读取，每行一个值；`audit watch` 每个事件一个值。
出错时在标准错误中说明问题、要求和处理建议。
每次运行只用一种语言：按系统区域设置（`zh_*` 且终端能显示中文时为中文，其余为英文）、环境变量 `CHUANYU_LANG`，
或 `chuanyu --lang zh|en|both`；`--json` 的内容与语言无关。

| 退出码 | 含义 |
|---|---|
| 0 | 已完成，无问题 |
| 1 | 发现问题，并已说明 |
| 2 | 命令行有误，或其中给出的文件无法按应有的格式读取；节点配置文件的问题属于 1 |
| 3 | 被拒绝、未获证明或不完整：因命令而异，见下表 |
| 4 | 无法连接网关，或磁盘已满、读写出错，所要的文件无法写入 |
| 5 | 尚未就绪，并无差错，稍后重试即可 |

| 命令 | 3 的含义 |
|---|---|
| `ask`、`node reload` 等凡向网关提出请求的命令 | 网关拒绝，原因见[拒绝原因](refusals.zh-CN.md) |
| `audit verify`、`audit check-bundle` | 与日志或证据包没有矛盾之处，但未获证明 |
| 各查阅命令，如 `audit person` | 与答复没有矛盾之处，但未获证明，或缺少月份 |
| `audit search`、`audit stats`、`audit export` | 缺少已归档的条目：其归档不在手边 |
| `audit archive` | 各条目核验通过，但未比对整个文件的摘要，或所比对的归档记录未获证明 |
| `audit fetch` | 见证方拒绝 |
""",
}
"""The beginning of the page in each language."""


def walk_commands(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    """Yield the path and the help of a command and of everything below it."""
    yield context.command_path, command.get_help(context)
    for name, below in getattr(command, "commands", {}).items():
        yield from walk_commands(
            below, command.context_class(below, parent=context, info_name=name, terminal_width=WIDTH)
        )


def render(app: typer.Typer, language: Language) -> str:
    """Return the whole page in a language."""
    before = spoken()
    choose(language)
    try:
        return _render(app, language)
    finally:
        choose(before)


def _render(app: typer.Typer, language: Language) -> str:
    root: Any = typer.main.get_command(app)
    context = root.context_class(root, info_name="chuanyu", terminal_width=WIDTH)
    parts = [OPENINGS[language]]
    for path, text in walk_commands(root, context):
        lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
        parts.append(f"## `{path}`\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    from gateway.cli.main import app as whole

    typer.echo(render(whole, Language(sys.argv[1])), nl=False)
