"""The details of refusals and errors in Chinese: what the rooms say, and what comes over the wire, is English.

The wire has one form of a detail, which no node translates: the reader's own program says it in the reader's language.
`details.toml` holds what the rooms say, with places for what is named. A detail that it lacks is not shown in a Chinese
run, which says how it is read; a test holds the file to every detail that the rooms can give.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from json import JSONDecodeError
from typing import Final

from gateway.ground import identity_numbers, visible
from gateway.ground.item import Label
from gateway.ground.os_errors import CHINESE

UNKNOWN: Final = "（英文详情，用 --lang en 查看）"
"""What stands in a Chinese run for a detail that has no Chinese."""
ENGLISH: Final = re.compile(r"\b[A-Za-z]?[a-z]+ [a-z]{2,}\b")
"""Two words in a row: text of that kind is a sentence or a part of one, and neither a name nor a number."""
_PLACE: Final = re.compile(r"\{(#?)\}")
_ORDERED: Final = re.compile(r"\{(\d)\}")
_BOTH: Final = re.compile(r"([^/]*[\u4e00-\u9fff][^/]*) / ([^/\u4e00-\u9fff]+)")
"""A name in Chinese and in English, as a refusal tells the codes of a key."""
_BETWEEN: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
"""A space between two Chinese characters, where what is named turned out to be Chinese too."""
_APART: Final = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")
"""A place between a Chinese character and a Latin one, where a blank stands."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_MOST: Final = 2000
"""Characters of the longest line that is read; a detail of a peer is shorter."""
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class _Saying:
    """What a room says: its form in English, and the Chinese with the places of what is named."""

    form: re.Pattern[str]
    zh: str
    weight: int

    def fill(self, parts: tuple[str, ...]) -> str:
        """Return the Chinese with what is named in its places."""
        if _ORDERED.search(self.zh):
            return _ORDERED.sub(lambda place: parts[int(place[1])], self.zh)
        given = iter(parts)
        return re.sub(r"\{\}", lambda _: next(given), self.zh)


def put_detail(detail: object) -> Label:
    """Return a detail as a label; in Chinese what has no Chinese is replaced by how it can be read."""
    text = str(detail) or type(detail).__name__
    if isinstance(detail, OSError) and detail.errno is not None and detail.errno in CHINESE:
        place = f"{detail.filename}：" if isinstance(detail.filename, str) else ""
        return Label(place + CHINESE[detail.errno], text)
    if (both := _BOTH.fullmatch(text)) is not None:
        return Label(both[1], both[2])
    zh = _say_error(detail) or _say_finding(text) or _say_roles(text) or say_in_chinese(text) or _say_beginning(text)
    return Label(zh, text)


def _say_beginning(text: str) -> str:
    """Return in Chinese what stands before the words of another program, as a database's, that have no Chinese."""
    ends = [found.start() for found in re.finditer(": ", text)]
    said = (say_in_chinese(text[:end] + ": 7") for end in reversed(ends))
    begin = next((zh for zh in said if zh is not None and _HAN.search(zh)), "")
    return begin.removesuffix("7").rstrip("：: ") + UNKNOWN


def _say_error(error: object) -> str | None:
    """Return what an error of the standard library says of the form of a file."""
    match error:
        case UnicodeDecodeError():
            return "不是 UTF-8 编码"
        case JSONDecodeError():
            return f"不是 JSON（第 {error.lineno} 行第 {error.colno} 列）"
        case tomllib.TOMLDecodeError():
            place = re.search(r"line (\d+), column (\d+)", str(error))
            return "TOML 语法有误" + (f"（第 {place[1]} 行第 {place[2]} 列）" if place else "")
    return None


def _say_finding(text: str) -> str | None:
    """Return what the leak guard says of a column; a detector by itself may be any word, behind a column it is one."""
    found = re.fullmatch(r"column (\w+): (\w+)", text)
    if found is None:
        return None
    from gateway.cli.names import NAMES
    from gateway.leakguard.found import Detector

    label = NAMES[Detector].get(found[2])
    return None if label is None else f"列 {found[1]}：{label.zh}（{found[2]}）"


def _say_roles(text: str) -> str | None:
    """Return what a door says of a caller's role, with the roles' official names."""
    found = re.fullmatch(r"expected the role (\w+), found (\w+)", text)
    if found is None:
        return None
    from gateway.cli.choices import CertificateHolder
    from gateway.cli.names import NAMES

    names: dict[str, Label] = dict(NAMES[CertificateHolder].items())
    wanted, held = (f"{names[role].zh}（{role}）" if role in names else role for role in found.groups())
    return f"预期角色为{wanted}，实际为{held}"


def say_in_chinese(detail: str) -> str | None:
    """Return what a room says in Chinese, names and numbers as they are; None where it says what is not known here."""
    lines = [_say(line.strip(), 0) if len(line) <= _MOST else None for line in detail.splitlines()]
    said = [_APART.sub(" ", _BETWEEN.sub("", line)) for line in lines if line is not None]
    return "\n".join(said) if len(said) == len(lines) else None


@lru_cache(maxsize=4096)
def _say(text: str, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    if (both := _say_parts(text, ". ", "。", depth)) is not None:
        return both
    for saying in _read_sayings():
        if (found := saying.form.fullmatch(text)) is not None:
            parts = [_say(part, depth + 1) for part in found.groups()]
            if None not in parts:
                return saying.fill(tuple(filter(None, parts)))
    for mark, joined in (("; ", "；"), (": ", "：")):
        if (both := _say_parts(text, mark, joined, depth)) is not None:
            return both
    return None if ENGLISH.search(text) else text.replace(", ", "、")


def _say_parts(text: str, mark: str, joined: str, depth: int) -> str | None:
    first, found, rest = text.partition(mark)
    if not found or (begin := _say(first, depth + 1)) is None or (end := _say(rest, depth + 1)) is None:
        return None
    return begin + joined + end


@cache
def _read_sayings() -> tuple[_Saying, ...]:
    """Return what the rooms say, the longest first: the shorter forms have room for anything."""
    table = tomllib.loads(resources.files("gateway.cli").joinpath("details.toml").read_text(encoding="utf-8"))
    told = [_make(en, zh) for part in ("sentences", "phrases") for en, zh in table[part].items()]
    told += [_make(label.en, label.zh) for label in _list_labels()]
    told += [_make(os.strerror(number), zh) for number, zh in CHINESE.items()]
    return tuple(sorted(told, key=lambda saying: -saying.weight))


def _list_labels() -> Iterator[Label]:
    """Yield what the ground says of numbers and characters in both languages."""
    for module in (identity_numbers, visible):
        for value in vars(module).values():
            if isinstance(value, Label):
                yield value
            elif isinstance(value, Mapping):
                yield from (one for one in value.values() if isinstance(one, Label))


def _make(en: str, zh: str) -> _Saying:
    pieces = _PLACE.split(en)
    form = "".join(
        re.escape(piece) if at % 2 == 0 else (r"([0-9][0-9.,]*|[-+][0-9.]+)" if piece else r"(.+?)")
        for at, piece in enumerate(pieces)
    )
    first = form[:1]
    if first.isalpha():
        form = f"[{first}{first.upper()}]{form[1:]}"
    return _Saying(re.compile(form, re.DOTALL), zh, sum(map(len, pieces[::2])))
