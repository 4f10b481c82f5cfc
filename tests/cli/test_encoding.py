"""A7, A2: every command says the same in any encoding of the console, with the same exit code."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import encoding as encoding_room
from gateway.cli.main import app
from tests.cli.world import World

ENCODINGS = ("gbk", "gb2312", "ascii")


def run(encoding: str, *line: object) -> Result:
    """Run a command on a console of an encoding, whose errors are strict until the command fits it."""
    return CliRunner(charset=encoding).invoke(app, [str(word) for word in line])


def words(text: str) -> set[str]:
    """Return the English words of a text, without the signs that may stand between them."""
    return set(re.findall("[A-Za-z]{2,}", text))


@pytest.mark.parametrize(
    ("sign", "encoding", "expected"),
    [
        ("✓", "utf-8", "✓"),
        ("✓", "gb18030", "✓"),
        ("✓", "gbk", "√"),
        ("✓", "gb2312", "√"),
        ("✓", "ascii", "v"),
        ("✗", "gbk", "×"),
        ("✗", "ascii", "x"),
        ("—", "gb2312", "-"),
        ("·", "gb2312", "・"),
        ("┌─│", "ascii", "+-|"),
        ("龍", "gb2312", "?"),
        ("𠮷", "gbk", "?"),
        ("省，", "ascii", "?,"),
        ("ok", "ascii", "ok"),
    ],
)
def test_a7_a_sign_that_a_console_lacks_is_the_nearest_one(sign: str, encoding: str, expected: str) -> None:
    """One sign for one, so that tables stay in line; what has none is a question mark."""
    encoding_room.fit_console()
    assert expected == sign.encode(encoding, encoding_room.HANDLER).decode(encoding)


def test_a7_a_name_that_is_no_text_is_written_as_it_is_on_the_disk() -> None:
    """A file named under another locale ends no command, under UTF-8 neither."""
    encoding_room.fit_console()
    name = b"\xff-\xb4\xa8".decode("utf-8", "surrogateescape")
    assert b"\xff-\xb4\xa8" == name.encode("utf-8", encoding_room.HANDLER)


def test_a7_what_is_read_is_not_repaired() -> None:
    """The handler is for writing alone."""
    encoding_room.fit_console()
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", encoding_room.HANDLER)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("--help",), 0),
        (("node", "check", "--help"), 0),
        (("nothing",), 2),
        (("node", "check", "--config", "WORLD/sc/node.toml"), 0),
        (("node", "check", "--config", "WORLD/absent.toml"), 1),
        (("audit", "verify", "WORLD/sc"), 3),
        (("audit", "verify", "WORLD/absent"), 2),
        (
            (
                "keys",
                "draft-list",
                "WORLD/new.toml",
                *("--config", "WORLD/sc", "--province", "sichuan", "--kind", "provides", "--until", "x"),
            ),
            2,
        ),
        (("items", "list"), 0),
        (("node", "init", "WORLD/sc", "--province", "sichuan"), 2),
    ],
)
def test_a7_the_exit_code_is_that_of_utf8(sound: World, encoding: str, line: tuple[str, ...], code: int) -> None:
    """Tables, panels, help and misuse; nothing that is raised, and the English words stand there."""
    full = [word.replace("WORLD", str(sound.root)) for word in line]
    result, utf8 = run(encoding, *full), run("utf-8", *full)
    assert (code, code) == (result.exit_code, utf8.exit_code), result.output
    assert isinstance(result.exception, SystemExit | type(None))
    assert not words(utf8.output) - words(result.output)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a7_json_keeps_every_sign_as_an_escape(sound: World, encoding: str) -> None:
    """A program reads the same value from any console."""
    line = ("node", "check", "--config", sound.config, "--json")
    assert json.loads(run("utf-8", *line).stdout) == json.loads(run(encoding, *line).stdout)


def test_a7_streams_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no text file over bytes takes every sign."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    encoding_room.fit_console()
    assert encoding_room.takes("✓")


def test_a7_a_process_with_that_encoding_ends_as_under_utf8(sound: World) -> None:
    """The whole command, its standard error included."""
    for encoding, place, code in (("gbk", "sc", 3), ("ascii", "none", 2)):
        line, environment = ("audit", "verify", sound / place), os.environ | {"PYTHONIOENCODING": encoding}
        ended = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *line], env=environment, capture_output=True, check=False
        )
        assert (code, b"") == (ended.returncode, b"Traceback" * (b"Traceback" in ended.stderr))
        assert (ended.stdout + ended.stderr).decode(encoding)


def test_a7_the_real_locale_of_a_gbk_host(sound: World, tmp_path: Path) -> None:
    """`localedef` makes it, as an administrator does; files are read and written under it as ever."""
    made = subprocess.run(
        ["localedef", "-c", "-f", "GBK", "-i", "zh_CN", tmp_path / "zh_CN.GBK"], capture_output=True, check=False
    )
    if not (tmp_path / "zh_CN.GBK").exists():
        pytest.fail(f"localedef makes no zh_CN.GBK here: {made.stderr!r}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHONIO"))}
    environment |= {"LOCPATH": str(tmp_path), "LC_ALL": "zh_CN.GBK"}
    line = ("node", "init", tmp_path / "川", "--province", "510000")
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *line], env=environment, capture_output=True, check=False
    )
    assert 0 == ended.returncode, ended.stderr
    assert "节点文件夹已建立" in ended.stdout.decode("gbk", "replace")


@pytest.mark.parametrize(
    ("more", "option", "chinese"),
    [
        ({}, (), False),
        ({"PYTHONIOENCODING": "gb2312"}, (), True),
        ({"PYTHONUTF8": "1"}, (), True),
        ({"PYTHONIOENCODING": "latin-1"}, ("--lang", "zh"), None),
        ({"CHUANYU_LANG": "zh"}, (), None),
    ],
    ids=["no locale", "gb2312", "utf-8", "option", "variable"],
)
def test_a_console_that_cannot_show_chinese_speaks_english(
    more: dict[str, str], option: tuple[str, ...], chinese: bool | None
) -> None:
    """`LANG=zh` without such a locale: no page of question marks, unless Chinese was asked for by name (None)."""
    kept = {name: value for name, value in os.environ.items() if not re.match("LC_|LANG|PYTHON|CHUANYU_LANG", name)}
    environment = {**kept, "LANG": "zh", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **more}
    line = [sys.executable, "-m", "gateway.cli", *option, "node", "--help"]
    ended = subprocess.run(line, env=environment, capture_output=True, timeout=60, check=False)
    assert 0 == ended.returncode, ended.stderr
    if chinese is None:
        assert b"make, check and run it" not in ended.stdout
        return
    text = ended.stdout.decode(more.get("PYTHONIOENCODING", "utf-8"))
    assert chinese == bool(re.search("[\u4e00-\u9fff]", text))
    assert chinese != bool(re.search("make, check and run it", text))
    assert "??" not in text
