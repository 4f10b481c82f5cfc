"""Reads archives as anybody can with the library: the entries, whether they are true or not."""

from __future__ import annotations

from pathlib import Path

from gateway.audit.retention.archive import parquet


def archived_entries(path: Path) -> list[tuple[int, bytes]]:
    """Return index and bytes of an archive's entries, in order."""
    table = parquet().read_table(path, columns=["index", "entry"])
    return list(zip(table["index"].to_pylist(), table["entry"].to_pylist(), strict=True))
