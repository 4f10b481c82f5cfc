"""Reads the name of a province on the command line, or its GB/T 2260 code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.cli.codes import suggest
from gateway.cli.screen import Problem
from gateway.ground.item import Label

NAMED: Final[Mapping[str, str]] = {"sichuan": "510000", "四川": "510000", "chongqing": "500000", "重庆": "500000"}
"""The provinces that have a name here; any other is named by its code."""


_ORIGIN: Final = re.compile(r"(?P<code>[1-9][0-9]0000)\.chuanyu/node/(?P<node>[a-z0-9.-]+)")
_LABELS: Final = {"510000": Label("四川", "Sichuan"), "500000": Label("重庆", "Chongqing")}
_BY_NAME: Final = {"sichuan": _LABELS["510000"], "chongqing": _LABELS["500000"]}


def name_province(code: str) -> Label:
    """Return the name of a province with its code in brackets; of any other, the code."""
    if (name := _LABELS.get(code)) is None:
        return Label(code, code)
    return Label(f"{name.zh}（{code}）", f"{name.en} ({code})")


def name_log(origin: str) -> Label:
    """Return the name of a log for a person: province and node; the log's own name where it is of another form."""
    if (found := _ORIGIN.fullmatch(origin)) is None or found["code"] not in _LABELS:
        return Label(origin, origin)
    province = _LABELS[found["code"]]
    return Label(f"{province.zh}节点 {found['node']}", f"{province.en}, node {found['node']}")


def name_node(name: str) -> Label:
    """Return the node of a province that is named as on the command line; any other name stays as it is."""
    if name not in _BY_NAME:
        return Label(f"节点 {name} ", f"the node {name}")
    return Label(f"{_BY_NAME[name].zh}节点", f"the node of {_BY_NAME[name].en}")


def read_province(text: str) -> str:
    """Return the code of the province that `text` names.

    Raises:
        Problem: it is neither a name of NAMED nor a province's code.
    """
    code = NAMED.get(text.strip().lower(), text.strip())
    if not re.fullmatch(r"[1-9][0-9]0000", code):
        raise Problem(
            Label(f"省（市）“{text[:40]}”", f"the province {text[:40]!r}"),
            Label(
                "四川（sichuan）、重庆（chongqing）或省级行政区划的六位代码",
                "sichuan, chongqing or a province's six-digit code",
            ),
            suggest(
                text,
                _BY_NAME,
                Label("改正后再运行，例如写 sichuan 或 510000", "correct it, for example to sichuan or 510000"),
            ),
            exit_code=2,
        )
    return code
