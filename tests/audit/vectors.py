"""Where the published vectors lie: beside the project, or where CHUANYU_VECTORS says. Absent ones skip loudly."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

OWN = Path(__file__).parents[1] / "vectors"
"""Our own vectors, with their generator."""


def published(name: str) -> Any:
    """Return the content of one published file."""
    root = Path(os.environ.get("CHUANYU_VECTORS") or Path(__file__).parents[2] / "../shared/vectors")
    path = root / name
    if not path.is_file():
        pytest.skip(f"published vectors absent: {path}")
    return json.loads(path.read_text(encoding="utf-8"))


def octets(text: str | None) -> bytes:
    """Return the bytes of a base64 string of a vector; nothing for null."""
    return b64decode(text or "")
