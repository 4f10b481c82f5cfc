"""A log and its archives as the commands open them: `--archives DIR`, else the archives of the node's own directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.retention.archive import ArchiveInvalid
from gateway.audit.retention.archived import Archives
from gateway.audit.retention.rules import require_covered
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.cli.audit.log import audit_directory, open_reader
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.screen import Problem, make_console
from gateway.ground.item import Label

ArchivesDirectory = Annotated[
    Path | None,
    typer.Option("--archives", help="归档文件夹；默认为节点的。Where the archives lie; else the node's own."),
]
NOT_WHOLE = 3
"""The exit code of an answer from which archived entries are missing: nothing is wrong, and it is not proven whole."""


@contextmanager
def open_whole(directory: Path, archives: Path | None) -> Iterator[WholeLog]:
    """Open a log with its archives for reading.

    Raises:
        Problem: the log or an archive cannot be read, or an entry is not as the log's leaf hash has it.
    """
    with open_reader(directory) as reader:
        require_covered(reader)
        if not reader.pruned():
            yield WholeLog(reader)
            return
        place = archives or find_archives(directory)
        try:
            if archives is None and not place.is_dir():
                yield WholeLog(reader)
                return
            with _open(place, reader) as found:
                yield WholeLog(reader, found)
        except ArchiveInvalid as error:
            raise Problem(
                Label(f"归档核验不通过：{put_detail(error).zh}", f"an archive does not hold: {error}"),
                Label("可读的、未改动的归档", "archives that can be read and were not altered"),
                Label(
                    "换用另一份归档（--archives），或移走该文件后重试，其条目即列为缺失",
                    "give another copy with --archives, or move the file away: its entries are then named as missing",
                ),
            ) from error


def _open(place: Path, reader: LogReader) -> Archives:
    if not place.is_dir():
        raise Problem(
            Label(f"没有文件夹 {place}", f"no directory {place}"),
            Label("归档所在的文件夹", "the directory of the archives"),
            Label("改正 --archives", "correct --archives"),
            exit_code=2,
        )
    return Archives(place, reader.origin)


def find_archives(directory: Path) -> Path:
    """Return where the archives of a node's directory lie: beside its log, or where its settings have them."""
    return audit_directory(directory) / "archive"


def describe_missing(log: WholeLog) -> dict[str, object]:
    """Return for JSON whether an answer covers all that it asked of the log, and the ranges that it does not."""
    return {"complete": not log.missing, "missing": [list(one) for one in log.missing]}


def show_missing(log: WholeLog) -> None:
    """Say to a person which archived entries the answer does not cover; nothing where it covers all."""
    if log.missing:
        ranges = ", ".join(f"{first}-{last}" for first, last in log.missing)
        text = word(
            f"结果不完整：条目 {ranges} 已归档，其归档不在手边，用 --archives 指定",
            f"not complete: the entries {ranges} lie in archives that are not at hand; give them with --archives",
        )
        make_console().print(f"[yellow]![/] {text}")
