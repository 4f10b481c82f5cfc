"""The text and the syntax tree of a file, read and parsed once for all rules that look at it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def text_of(path: Path) -> str:
    """Return a file's text."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file's syntax tree, to be looked at and not changed."""
    return ast.parse(text_of(path))
