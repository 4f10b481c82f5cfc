"""Reads a word out of a closed set, typed as its code or as its official Chinese name; one way for every command.

A parameter whose annotation is an enumeration is such a set. `accept_names` is called for the parameters of each
command when it is made, so no command says anything of it; a word that is neither is refused with the list of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, get_args

from gateway.ground.item import Label

Code = TypeVar("Code", bound=StrEnum)


def accept_names(params: Iterable[Any]) -> None:
    """Have each parameter that takes a closed set take the Chinese names of its members too."""
    for param in params:
        kind = find_closed_set(param)
        if kind is not None:
            info = copy(param.type_descriptor.parameter_info)
            info.parser = partial(read_code, kind)
            param.type_descriptor = replace(param.type_descriptor, parameter_info=info)


def find_closed_set(param: Any) -> type[StrEnum] | None:
    """Return the enumeration that a parameter takes a member of, or several; None for any other parameter."""
    descriptor = getattr(param, "type_descriptor", None)
    if descriptor is None or descriptor.choices is None:
        return None
    kind = next(iter(get_args(descriptor.annotation)), descriptor.annotation)
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def read_code(kind: type[Code], typed: str) -> Code:
    """Return the member that was typed, as its code or as its name.

    Raises:
        ValueError: it is neither; what the command line was and what may stand there is told by `misuse`.
    """
    from gateway.cli.names import find_code

    code = find_code(kind, typed.strip())
    if code is None:
        raise ValueError(f"{typed[:40]!r} is not one of {', '.join(kind)}")
    return kind(code)


def suggest(typed: str, names: Mapping[str, Label], remedy: Label) -> Label:
    """Return the remedy for a word outside a closed set, behind the nearest of its names where one is near.

    Args:
        typed: the word.
        names: the names that may be typed, by their codes.
        remedy: what to do in any case.
    """
    known = {word: (code, label) for code, label in names.items() for word in (str(code), label.zh, label.en)}
    near = find_nearest(typed, known)
    if not near:
        return remedy
    code, label = known[near[0]]
    zh = code if label.zh == code else f"{label.zh}（{code}）"
    return Label(f"最接近的是 {zh}；{remedy.zh}", f"did you mean {code}? {remedy.en}")


def find_nearest(typed: str, words: Iterable[str]) -> list[str]:
    """Return the words that are near to one that was typed, the nearest first, whatever the case of its letters."""
    cased = {word.casefold(): word for word in words}
    return [cased[one] for one in get_close_matches(typed.strip().casefold(), cased, n=3)]


def list_codes(kind: type[StrEnum], nearest: str = "") -> Label:
    """Return the list of what may be typed: in Chinese the names with their codes, in English the codes.

    Args:
        kind: the closed set.
        nearest: a word that was typed; what is near to it stands first.
    """
    from gateway.cli.names import NAMES

    names = dict(NAMES[kind])
    known = {word: code for code, label in names.items() for word in (label.zh, label.en, str(code))}
    first = [known[word] for word in find_nearest(nearest, known)] if nearest else []
    names = {code: names[code] for code in dict.fromkeys((*first, *names))}
    zh = "、".join(f"{label.zh}（{code}）" for code, label in names.items())
    return Label(f"以下之一：{zh}", f"one of {', '.join(names)}")
