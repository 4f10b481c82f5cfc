"""What a command shows when it is done has names and values that a person reads, in the language of the run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.audit.entries.bodies import LISTS, TEXTS
from gateway.cli.language import Language, choose
from gateway.cli.results import RESULT_NAMES, name_result, spell_result
from tests.cli.test_language import CHINESE

ROOT: Final = Path(__file__).parents[2]
IN_JSON: Final = {"index", "inputs", "keys_from", "log", "salt", "text", "witnesses"}
"""What stands in JSON alone."""


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next."""
    yield
    choose(None)


def list_shown() -> Iterator[tuple[str, str]]:
    """Yield each name of a value that the functions which show a result give to it, with its place."""
    for path in sorted((ROOT / "gateway/cli").rglob("*.py")):
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(part, ast.FunctionDef) and (
                "show_result(" in ast.unparse(part) or part.name == "_describe_made"
            ):
                for node in ast.walk(part):
                    keys: list[Any] = node.keys if isinstance(node, ast.Dict) else []
                    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                        keys = [node.slice]
                    yield from (
                        (f"{path.name} {part.name}", str(key.value)) for key in keys if isinstance(key, ast.Constant)
                    )


def test_every_value_of_a_result_has_a_chinese_name() -> None:
    """Of every command that shows one, and of an opened body."""
    shown = list(list_shown())
    assert len(shown) > 60
    assert [] == [(place, name) for place, name in shown if name not in {*RESULT_NAMES, *IN_JSON}]
    assert set() == (TEXTS | LISTS) - set(RESULT_NAMES)


def test_no_name_is_kept_that_nothing_shows() -> None:
    """Nor one without Chinese, but for the name of a hash."""
    used = {name for _, name in list_shown()} | TEXTS | LISTS
    assert set() == set(RESULT_NAMES) - used
    assert {"SHA-256"} == {zh for zh in RESULT_NAMES.values() if not CHINESE.search(zh)}


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("with_keys", False, "否", "no"),
        ("lifted", True, "是", "yes"),
        ("would_archive", [], "无", "none"),
        ("would_archive", [[0, 100], [100, 200]], "0-100、100-200", "0-100, 100-200"),
        ("nodes", ("a", "b"), "a、b", "a, b"),
        ("before", "2026-11-30T19:08:03+08:00", "2026-11-30 19:08:03 北京时间", "2026-11-30 19:08:03 Beijing time"),
        ("lapses_at", "2026-11-30T11:08:03+00:00", "2026-11-30 19:08:03 北京时间", "2026-11-30 19:08:03 Beijing time"),
        ("act", "open_body", "打开条目正文（open_body）", "open the body of an entry (open_body)"),
        ("channel", "counter", "窗口（counter）", "counter"),
        ("years", 3, "3 年", "3"),
        ("province", "510000", "四川（510000）", "Sichuan (510000)"),
        ("month", "2026-11", "2026-11", "2026-11"),
        ("end_user_org", "", "无", "none"),
        ("department", "cq-transport", "重庆市交通运输部门（cq-transport）", "Chongqing, transport (cq-transport)"),
    ],
)
def test_a_value_is_spelt_for_a_person(name: str, value: object, zh: str, en: str) -> None:
    """No word of Python stands on a screen."""
    choose(Language.ZH)
    assert zh == spell_result(name, value)
    choose(Language.EN)
    assert en == spell_result(name, value)


def test_a_value_without_a_name_is_shown_by_its_own() -> None:
    """In English its words are parted."""
    choose(Language.ZH)
    assert ("保存年限", "novel") == (name_result("years"), name_result("novel"))
    choose(Language.EN)
    assert ("years kept", "two words") == (name_result("years"), name_result("two_words"))
    assert [] == [name for name in map(name_result, RESULT_NAMES) if "_" in name]
