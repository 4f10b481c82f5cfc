"""The table of the glossary that gives each code its official name, made from the names of the command line."""

from __future__ import annotations

import re
from typing import Final

from gateway.cli.language import Language
from gateway.cli.names import NAMES

HEADS: Final = {Language.EN: "| kind | code | 法定词 |", Language.ZH: "| 种类 | 代码 | 法定词 |"}


def refresh_codes(page: str, language: Language) -> str:
    """Return the glossary with its table of codes as the code has them.

    Raises:
        ValueError: the page has not exactly one such table.
    """
    rows = [
        f"| `{kind.__name__}` | `{code}` | {label.zh} |"
        for kind, names in NAMES.items()
        for code, label in names.items()
    ]
    table = "\n".join([HEADS[language], "|---|---|---|", *rows]) + "\n"
    fresh, found = re.subn(rf"^{re.escape(HEADS[language])}\n(?:\|.*\n)+", lambda _: table, page, flags=re.MULTILINE)
    if found != 1:
        raise ValueError(f"expected one table {HEADS[language]}, found {found}")
    return fresh
