"""The faults of a settings file, in both languages: the place, what was found and expected, and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import ErrorDetails, PydanticCustomError

from gateway.ground.item import Label

REPAIR: Final = Label(
    "按 docs/reference/config.zh-CN.md 改正后再运行", "correct it as docs/reference/config.md says, then run again"
)


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """One fault of a settings file: its place, what was found and expected, and the next step."""

    path: str
    found: Label
    expected: Label
    remedy: Label


class SettingsError(Exception):
    """The file cannot be taken as settings; `faults` has every reason, and never the value of an adapter's option."""

    def __init__(self, faults: tuple[SettingsFault, ...]) -> None:
        super().__init__("; ".join(f"{f.path}: expected {f.expected.en}, found {f.found.en}" for f in faults))
        self.faults = faults


def broken(found_zh: str, found_en: str, expected_zh: str, expected_en: str) -> PydanticCustomError:
    """Return the error of a rule that pydantic does not know, for a validator to raise."""
    context = {"found_zh": found_zh, "found_en": found_en, "expected_zh": expected_zh, "expected_en": expected_en}
    return PydanticCustomError("settings", "{expected_en}", context)


ABSENT: Final = Label(
    "核对该文件的路径；尚无节点时用 chuanyu node init 建立",
    "check the path of the file; where there is no node yet, make one with chuanyu node init",
)


def unreadable(path: str, found_zh: str, found_en: str, remedy: Label = ABSENT) -> SettingsFault:
    """Return the fault of a file that holds no settings at all."""
    return SettingsFault(path, Label(found_zh, found_en), Label("可读的 TOML 文件", "a readable TOML file"), remedy)


def explain(details: ErrorDetails, known: Sequence[str]) -> SettingsFault:
    """Turn one of pydantic's errors into a fault; `known` are the keys of the table where it stands."""
    where = tuple(details["loc"])
    path = ".".join(str(step) for step in where) or "node.toml"
    context = details.get("ctx", {})
    kind = details["type"]
    given = details["input"]
    shown = type(given).__name__ if "options" in where or isinstance(given, dict | list) else repr(given)[:80]
    found = Label(shown, shown)
    message = details["msg"][:1].lower() + details["msg"][1:]
    expected = Label(message, message)
    match kind:
        case "settings":
            found = Label(context["found_zh"], context["found_en"])
            expected = Label(context["expected_zh"], context["expected_en"])
        case "extra_forbidden":
            keys = ", ".join(known)
            found = Label("未知的设置项", "an unknown key")
            expected = Label(f"下列之一：{keys}", f"one of {keys}")
        case "missing":
            found = Label("没有", "nothing")
            expected = Label("必填的设置项", "a value, since it has no default")
        case "greater_than_equal":
            expected = Label(f"不小于 {context['ge']:g}", f"at least {context['ge']:g}")
        case "less_than_equal":
            expected = Label(f"不大于 {context['le']:g}", f"at most {context['le']:g}")
        case "literal_error":
            expected = Label(f"下列之一：{context['expected']}", f"one of {context['expected']}")
        case "string_pattern_mismatch":
            expected = Label(f"符合 {context['pattern']}", f"text that matches {context['pattern']}")
    return SettingsFault(path, found, expected, REPAIR)
