"""The steps of each recipe in CONTRIBUTING.md, as edits of a copy of the tree.

The page names the file of each step and the check that notices when the step is left out; what is edited stands here.
A step that finds no place for its edit raises, so a recipe that no longer fits the code fails by name.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of one file; `edit` takes the file's text (empty where there is none yet) and returns the new one."""

    path: str
    edit: Callable[[str, Path], str]


def after(anchor: str, text: str) -> Callable[[str, Path], str]:
    """Return the edit that puts a text behind the only place of an anchor."""

    def edit(old: str, _root: Path) -> str:
        if old.count(anchor) != 1:
            raise LookupError(f"expected one place for the step, found {old.count(anchor)} of {anchor!r}")
        return old.replace(anchor, anchor + text)

    return edit


def before(anchor: str, text: str) -> Callable[[str, Path], str]:
    """Return the edit that puts a text before the only place of an anchor."""

    def edit(old: str, root: Path) -> str:
        return after(anchor, "\0")(old, root).replace(anchor + "\0", text + anchor)

    return edit


def new(text: str) -> Callable[[str, Path], str]:
    """Return the edit that makes a new file."""

    def edit(old: str, _root: Path) -> str:
        if old:
            raise LookupError("expected no file of that name yet, found one")
        return text

    return edit


def end(text: str) -> Callable[[str, Path], str]:
    """Return the edit that puts a text at a file's end."""
    return lambda old, _root: old + text


def _copied(start: str, stop: str) -> Callable[[str, Path], str]:
    """Return the edit that doubles a part of a file for the new item."""

    def edit(old: str, _root: Path) -> str:
        part = old[old.index(start) : old.index(stop)]
        return old.replace(stop, part.replace("CY-ID-01", "CY-ID-09") + stop, 1)

    return edit


def _new_item(_old: str, root: Path) -> str:
    text = (root / "gateway/catalogue/items/CY-ID-01.toml").read_text(encoding="utf-8")
    return text.replace("CY-ID-01", "CY-ID-09")


def _written_anew(page: str) -> Callable[[str, Path], str]:
    """Write a page from what the code has; where the code cannot be loaded it stays as it is."""

    def edit(old: str, root: Path) -> str:
        command = [sys.executable, "-m", "scripts.pages", page]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else old

    return edit


def _commands(language: str) -> Callable[[str, Path], str]:
    """Write the page of commands from the commands themselves; where they cannot be loaded it stays as it is."""

    def edit(old: str, root: Path) -> str:
        command = [sys.executable, "-m", "gateway.cli.reference", language]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else old

    return edit


_REASON: Final = """### `ITEM_RETIRED`

| | |
|---|---|
| gRPC code | `PERMISSION_DENIED` |
| fact | the item is retired |
| next step | see the lists for the item in its place |
| who meets it | the asking application |

"""
_CHINESE_REASON: Final = """### `ITEM_RETIRED`

| | |
|---|---|
| gRPC 状态码 | `PERMISSION_DENIED` |
| 原因 | 该事项已停止使用 |
| 处理建议 | 查阅清单中的替代事项 |
| 涉及对象 | 发起查询的应用 |

"""
_COMMAND: Final = '''"""`chuanyu hello`: greets."""

from __future__ import annotations

import typer


def hello() -> None:
    """问候。Greet."""
    typer.echo("你好 hello")
'''
_COMMAND_TEST: Final = '''"""`chuanyu hello` greets."""

from __future__ import annotations

from typer.testing import CliRunner

from gateway.cli.main import app


def test_hello_greets() -> None:
    """In both languages."""
    assert "你好 hello\\n" == CliRunner().invoke(app, ["hello"]).stdout
'''
_SETTING: Final = """### `limits.max_streams`

How many streams a party has open at most.

- type: integer, streams
- default: `8`
- bounds: 1 to 64

"""
_CHINESE_SETTING: Final = """### `limits.max_streams`

每个接入方同时打开的流的上限。

- 类型：整数，个
- 默认值：`8`
- 取值：1—64

"""

RECIPES: Final[Mapping[str, tuple[Step, ...]]] = {
    "A refusal reason": (
        Step(
            "gateway/ground/refusals.py",
            after('    ITEM_NOT_LISTED = "ITEM_NOT_LISTED"\n', '    ITEM_RETIRED = "ITEM_RETIRED"\n'),
        ),
        Step(
            "gateway/ground/refusals.py",
            before(
                "    Reason.LIST_EXPIRED: Sentence(",
                '    Reason.ITEM_RETIRED: Sentence(_D, "该事项已停止使用", "the item is retired",\n'
                '        "查阅清单中的替代事项", "see the lists for the item in its place"),\n',
            ),
        ),
        Step("docs/reference/refusals.md", before("### `LIST_EXPIRED`\n", _REASON)),
        Step("docs/reference/refusals.zh-CN.md", before("### `LIST_EXPIRED`\n", _CHINESE_REASON)),
        Step(
            "gateway/catalogue/authorise.py",
            end("\n\ndef _require_in_use() -> None:\n    raise Refusal(Reason.ITEM_RETIRED)\n"),
        ),
    ),
    "A metric": (
        Step(
            "gateway/telemetry/metrics.py",
            after(
                "    return {\n",
                '        "questions_stale": counter("questions_stale", "Stale questions.", "party"),\n',
            ),
        ),
        Step(
            "gateway/telemetry/metrics.py",
            before(
                "    def count_handshake_refused(",
                "    def question_stale(self, party: str) -> None:\n"
                '        """Count a stale question of a registered party."""\n'
                '        self._of("questions_stale", party).inc()\n\n',
            ),
        ),
        Step(
            "docs/reference/metrics.md",
            before(
                "| `chuanyu_leak_blocked`",
                "| `chuanyu_questions_stale` | counter | `party` | questions | stale questions | a steady rate |\n",
            ),
        ),
        Step(
            "docs/reference/metrics.zh-CN.md",
            before(
                "| `chuanyu_leak_blocked`",
                "| `chuanyu_questions_stale` | 计数器 | `party` | 次 | 过时的查询请求 | 持续发生 |\n",
            ),
        ),
        Step(
            "gateway/serving/node.py",
            end("\n\ndef _count_stale(node: Node) -> None:\n    node.metrics.question_stale('')\n"),
        ),
    ),
    "A command": (
        Step("gateway/cli/hello.py", new(_COMMAND)),
        Step(
            "gateway/cli/main.py",
            after('    "doctor": "gateway.cli.doctor:doctor",\n', '    "hello": "gateway.cli.hello:hello",\n'),
        ),
        Step("docs/reference/cli.md", _commands("en")),
        Step("docs/reference/cli.zh-CN.md", _commands("zh")),
        Step("tests/cli/test_node_commands.py", after('"guard", "doctor"', ', "hello"')),
        Step("tests/cli/test_hello.py", new(_COMMAND_TEST)),
    ),
    "A setting": (
        Step(
            "gateway/settings/sections.py",
            after(
                "    drain_seconds: float = Field(default=10, ge=1, le=300)\n",
                "    max_streams: int = Field(default=8, ge=1, le=64)\n",
            ),
        ),
        Step("docs/reference/config.md", before("## `[review]`\n", _SETTING)),
        Step("docs/reference/config.zh-CN.md", before("## `[review]`\n", _CHINESE_SETTING)),
        Step(
            "gateway/serving/node.py",
            end("\n\ndef _streams(limits: Any) -> int:\n    return int(limits.max_streams)\n"),
        ),
    ),
    "An application item": (
        Step("gateway/catalogue/items/CY-ID-09.toml", _new_item),
        Step("adapters/sichuan/mapping.toml", _copied("[items.CY-ID-01]", "[items.CY-ID-02]")),
        Step("adapters/chongqing/mapping.toml", _copied("[items.CY-ID-01]", "[items.CY-ID-02]")),
        Step(
            "adapters/people/samples.py",
            before('        "CY-ID-02": {**who', '        "CY-ID-09": {**who, "card_no": card.card_no},\n'),
        ),
        Step("docs/reference/items.md", _written_anew("docs/reference/items.md")),
        Step("docs/reference/items.zh-CN.md", _written_anew("docs/reference/items.zh-CN.md")),
        Step("tests/catalogue/test_items_packaged.py", after('"CY-ID-01", "CY-ID-02", ', '"CY-ID-09", ')),
    ),
    "A kind of adapter": (
        Step("adapters/kinds.py", after('KINDS: Final = ("sichuan", "chongqing", "remote"', ', "files"')),
        Step(
            "adapters/kinds.py",
            after(
                "                return _remote(options)\n",
                '            case "files":\n                return _remote(options)\n',
            ),
        ),
        Step("gateway/settings/sections.py", after('Literal["sichuan", "chongqing", "remote"', ', "files"')),
        Step(
            "docs/reference/config.md",
            lambda old, _root: re.sub(
                "`sichuan`, `chongqing` or `remote`", "`sichuan`, `chongqing`, `remote` or `files`", old
            ),
        ),
        Step(
            "docs/reference/config.zh-CN.md",
            lambda old, _root: old.replace("`chongqing` 或 `remote`", "`chongqing`、`remote` 或 `files`"),
        ),
        Step("tests/adapters/test_kinds.py", after('    "remote": _remote,\n', '    "files": _remote,\n')),
    ),
    "A field of the audit entry": (
        Step(
            "gateway/audit/entries/entry.py",
            before('    "tls_peer_fp": _matches', '    "terminal_kind": _matches(r"[a-z]{1,16}"),\n'),
        ),
        Step("gateway/audit/entries/entry.py", after("_SINCE_3: Final = _DIGESTS | _OF_ACTS", ' | {"terminal_kind"}')),
        Step(
            "gateway/audit/entries/writing.py",
            end('\n\ndef _terminal(fields: dict[str, Cell]) -> None:\n    fields["terminal_kind"] = "counter"\n'),
        ),
        Step(
            "docs/reference/audit-entries.md",
            before("| `actor`, `subject` |", "| `terminal_kind` | I F | which terminal was used | 3 |\n"),
        ),
        Step(
            "docs/reference/audit-entries.zh-CN.md",
            before("| `actor`, `subject` |", "| `terminal_kind` | I F | 所用终端的种类 | 3 |\n"),
        ),
        Step(
            "gateway/cli/audit/show.py",
            before('    "tls_peer_fp": ', '    "terminal_kind": Label("终端种类", "kind of terminal"),\n'),
        ),
    ),
}
