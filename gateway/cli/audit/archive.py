"""`chuanyu audit archive`: verifies an archive: entries and columns by the log's key, every byte by a digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.audit.retention.archive import ArchiveInvalid, open_archive, read_about, read_digest_beside, verify_archive
from gateway.audit.retention.rules import RetentionRefused, RetentionRun, list_archived_runs, list_runs
from gateway.cli.audit.log import Key, open_reader, read_key_file, read_verifiers, show_progress
from gateway.cli.audit.whole import NOT_WHOLE, ArchivesDirectory, open_whole
from gateway.cli.details import put_detail
from gateway.cli.language import say, word
from gateway.cli.screen import AsJson, Problem, make_console, show_result
from gateway.ground.item import Label

File = Annotated[Path, typer.Argument(metavar="FILE", help="归档文件。The archive.")]
Node = Annotated[
    Path | None,
    typer.Option("--node", help="节点文件夹：其公钥与归档记录。The node: its key, and the act of the retention."),
]
UNCOMPARED = Label(
    "未比对整个文件的摘要：旁边没有 .sha256 文件，日志中也没有该区间的归档记录",
    "the digest of the whole file was compared with nothing: no .sha256 beside it, no act of retention at hand",
)


def archive(
    file: File, node: Node = None, archives: ArchivesDirectory = None, vkey: Key = None, as_json: AsJson = False
) -> None:
    """核验归档：每个条目、各检索列，以及归档记录所载的摘要。
    Verify an archive: each entry, its columns, and the digest in the act of its retention.
    """
    directory = node or Path()
    if not file.is_file():
        raise Problem(
            Label(f"没有文件 {file}", f"no file {file}"),
            Label("归档文件", "an archive"),
            Label("检查路径", "check the path"),
            exit_code=2,
        )
    keys = read_verifiers(directory, vkey) if vkey is None else read_key_file(vkey)
    try:
        run = _find_run(directory, archives, file) if node is not None or vkey is None else None
        with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
            digest = run.digest if run is not None else ""
            found = verify_archive(file, keys, lambda done: progress(done, 0), digest)
        beside = bool(read_digest_beside(file))
    except (ArchiveInvalid, OSError) as error:
        raise Problem(
            Label(f"归档核验不通过：{put_detail(error).zh}", f"the archive does not hold: {error}"),
            Label("未改动的归档", "an unaltered archive"),
            Label("取另一份备份核验", "verify another copy of it"),
        ) from error
    compared = [name for name, there in (("retain act", run is not None), ("sha256 file", beside)) if there]
    result = {
        "origin": found.origin,
        "start": found.start,
        "end": found.end,
        "size": found.size,
        "sha256": found.digest,
        "digest_compared_with": compared,
    }
    show_result(result, [], title=Label("归档成立", "the archive holds"), as_json=as_json)
    if not compared:
        if not as_json:
            make_console().print(f"[yellow]![/] {say(UNCOMPARED)}")
        raise typer.Exit(NOT_WHOLE)


def _find_run(directory: Path, archives: Path | None, file: Path) -> RetentionRun | None:
    """Return the recorded run by which the entries of an archive left; None where the log names no such range."""
    with open_archive(file) as opened:
        about = read_about(opened)
    try:
        with open_reader(directory) as reader:
            live = _pick(list_runs(reader), about) if reader.origin == about["origin"] else None
            if live is not None or reader.origin != about["origin"]:
                return live
        with open_whole(directory, archives) as log:  # after years the act lies in an archive itself
            return _pick(list_archived_runs(log), about)
    except RetentionRefused as error:
        raise ArchiveInvalid(f"an act of retention cannot be read: {error}") from error


def _pick(runs: Iterable[RetentionRun], about: Mapping[str, Any]) -> RetentionRun | None:
    """Return the newest run over the range of an archive."""
    found = [run for run in runs if (run.start, run.end) == (about["start"], about["end"])]
    return found[-1] if found else None
