"""REDACT: three stars in every cell, null included, so that not even the absence of a value is told."""

from __future__ import annotations

from typing import Any, Final

from gateway.masking.context import Context

REDACTED: Final = "***"


def redact(values: tuple[Any, ...], context: Context) -> tuple[str, ...]:
    """Return as many cells of stars as there are values."""
    return (REDACTED,) * len(values)
