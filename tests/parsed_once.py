"""Has each TOML text parsed once in a process of the tests; every reader gets a tree of its own.

The items, regions, parties and settings of a province are the same bytes in hundreds of tests, and the parser of the
standard library is written in Python: it took an eighth of all their time. A tree depends on its text alone, so what
is remembered cannot be told from what is parsed. The product knows nothing of it.
"""

from __future__ import annotations

import pickle
import tomllib
from functools import lru_cache
from typing import Any, Final

PARSE: Final = tomllib.loads


@lru_cache(maxsize=4096)
def _packed(text: str) -> bytes:
    return pickle.dumps(PARSE(text), pickle.HIGHEST_PROTOCOL)


def loads(text: str, /, **how: Any) -> dict[str, Any]:
    """Return what `tomllib.loads` does; what is not a text, or is parsed in a way of its own, goes straight to it."""
    if how or type(text) is not str:
        return PARSE(text, **how)
    tree: dict[str, Any] = pickle.loads(_packed(text))  # noqa: S301  # our own bytes, of a line above
    return tree


def parse_once() -> None:
    """Put the remembering parser in the place of the other."""
    tomllib.loads = loads
