"""The language of a run: Chinese or English, by `--lang`, `CHUANYU_LANG` or the locale; both where that is asked.

A sentence of the program is a `Label`, which holds both. What a person reads is made by `say`; what a program reads
with `--json` holds both and is the same in every language.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.cli.encoding import takes
from gateway.ground.item import Label

VARIABLE: Final = "CHUANYU_LANG"
"""The environment variable of those who always want one language."""
LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of POSIX that name the language of messages, the strongest first."""


class Language(StrEnum):
    """What a run speaks; `both` is for pages that two kinds of readers share."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


def find_language(environment: Mapping[str, str], *, shows_chinese: bool) -> Language:
    """Return the language that an environment asks for: its own variable, else Chinese for a locale `zh_*`.

    A locale may be named that the machine does not have. Where the console cannot show Chinese the locale does not
    count, since a page of question marks tells nothing; the variable and `--lang` do, which a person chose for this.
    """
    asked = environment.get(VARIABLE, "")
    if asked in set(map(str, Language)):
        return Language(asked)
    locale = next((environment[name] for name in LOCALE if environment.get(name)), "")
    return Language.ZH if shows_chinese and re.match(r"zh\b|zh_", locale, re.IGNORECASE) else Language.EN


_chosen: list[Language] = []


def choose(language: Language | None) -> None:
    """Set the language of this process; None goes back to what the environment asks for."""
    _chosen[:] = [] if language is None else [language]


def spoken() -> Language:
    """Return the language of this process."""
    return _chosen[0] if _chosen else find_language(os.environ, shows_chinese=takes("中文"))


def lines_of(label: Label) -> list[str]:
    """Return a label's lines in the language of this process: one, or both unless they are equal."""
    match spoken():
        case Language.ZH:
            return [label.zh]
        case Language.EN:
            return [label.en]
    return list(dict.fromkeys((label.zh, label.en)))


def say(label: Label) -> str:
    """Return a label on one line, in the language of this process."""
    return " ".join(lines_of(label))


def word(zh: str, en: str) -> str:
    """Return one of two words, or both, in the language of this process."""
    return say(Label(zh, en))


def sign(zh: str, en: str) -> str:
    """Return a sign that parts or joins words, in the language of this process; in both, it is the English one."""
    return zh if spoken() is Language.ZH else en


_TWO: Final = re.compile(r"(?P<zh>.*[\u3000-\uffef])\s*(?P<en>[^\u3000-\uffef]*)", re.DOTALL)


def split_help(text: str) -> Label:
    """Return a help text, Chinese sentences and then English ones, as a label; one without Chinese is both."""
    found = _TWO.fullmatch(" ".join(text.split()))
    if found is None or not found["en"]:
        return Label(text, text)
    return Label(re.sub(r"(?<=[\u3000-\uffef]) (?=[\u3000-\uffef])", "", found["zh"]), found["en"])
