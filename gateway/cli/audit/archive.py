"""`chuanyu audit archive`: verifies an archive: entries and columns by the log's key, every byte by a digest.

The digest in the act of its retention counts where a checkpoint that the log signed covers the act, and where witnesses
are asked for, they cosigned it: an act that nothing signs may have been added by whoever changed the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.audit.retention.archive import (
    ArchiveInvalid,
    digest_of,
    open_archive,
    read_about,
    read_digest_beside,
    verify_archive,
)
from gateway.audit.retention.rules import RecordedRun, RetentionRefused, list_archived_runs, list_recorded
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid
from gateway.audit.verification.recorded import ProvenAct, prove_run, require_named
from gateway.cli.audit.log import Key, open_reader, read_verifiers, show_progress
from gateway.cli.audit.trusted import Keys, PolicyFile, WitnessKeys, describe_source, read_keys, require_own_keys
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
UNSIGNED = Label(
    "未获证明：没有签名的检查点覆盖归档记录，该记录可能由他人追加或改动；运行节点，由其签名后再核验",
    "not proven: no signed checkpoint covers the act of retention, so anybody may have added or changed it; "
    "run the node, which signs it, and verify again",
)
UNWITNESSED = Label(
    "未获证明：覆盖归档记录的检查点没有所给见证方足够的见证签名",
    "not proven: no checkpoint over the act of retention bears enough cosignatures of the witnesses given",
)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The acts over the range of an archive, oldest first, and under what the one is proven that is proven best."""

    runs: tuple[RecordedRun, ...] = ()
    act: ProvenAct | None = None


def archive(
    file: File,
    node: Node = None,
    archives: ArchivesDirectory = None,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """核验归档：每个条目、各检索列，以及已签名的归档记录所载的摘要。
    Verify an archive: each entry, its columns, and the digest in the signed act of its retention.
    """
    if not file.is_file():
        raise Problem(
            Label(f"没有文件 {file}", f"no file {file}"),
            Label("归档文件", "an archive"),
            Label("检查路径", "check the path"),
            exit_code=2,
        )
    directory = node if node is not None or vkey is not None or policy is not None else Path()
    if directory is not None and vkey is None and policy is None:
        read_verifiers(directory, None)
    try:
        with open_archive(file) as opened:
            about = read_about(opened)
        keys = read_keys(directory, about["origin"], vkey, witness_key or [], policy)
        compared = _compare(directory, archives, about, keys) if directory is not None else _Compared()
        require_named(compared.runs, digest_of(file))
        with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
            found = verify_archive(file, keys.log, lambda done: progress(done, 0))
        beside = bool(read_digest_beside(file))
    except (ArchiveInvalid, NoteInvalid, OSError) as error:
        raise Problem(
            Label(f"归档核验不通过：{put_detail(error).zh}", f"the archive does not hold: {error}"),
            Label("未改动的归档", "an unaltered archive"),
            Label("取另一份备份核验", "verify another copy of it"),
        ) from error
    act = compared.act
    proven = act is not None and act.size > 0
    names = (("retain act", proven), ("unsigned retain act", act is not None and not proven), ("sha256 file", beside))
    result = {
        "origin": found.origin,
        "start": found.start,
        "end": found.end,
        "size": found.size,
        "sha256": found.digest,
        "digest_compared_with": [name for name, there in names if there],
    }
    if act is not None:
        result |= {"entry": act.index, "signed_to": act.size, "witnesses": list(act.witnesses)}
    if as_json:
        result["keys_from"] = describe_source(keys)
    lack = _find_lack(act, keys, beside=beside)
    title = Label("归档核验通过", "the archive holds") if lack is None else Label("各条目核验通过", "the entries hold")
    show_result(result, [], title=title, as_json=as_json)
    if lack is not None:
        if not as_json:
            make_console().print(f"[yellow]![/] {say(lack)}", soft_wrap=True)
        raise typer.Exit(NOT_WHOLE)


def _find_lack(act: ProvenAct | None, keys: Keys, *, beside: bool) -> Label | None:
    """Return why an archive is not wholly proven; None where it is."""
    if act is None:
        return None if beside else UNCOMPARED
    if not act.size:
        return UNSIGNED
    return UNWITNESSED if keys.trusted.quorum and not act.witnesses else None


def _compare(directory: Path, archives: Path | None, about: Mapping[str, Any], keys: Keys) -> _Compared:
    """Return the acts by which the entries of an archive left, and how the best of them is proven.

    Raises:
        ArchiveInvalid: an act cannot be read, or a signed one was altered.
        NoteInvalid: a checkpoint of the log does not hold.
    """
    try:
        with open_reader(directory) as reader:
            if reader.origin != about["origin"]:
                return _Compared()
            live = _pick(list_recorded(reader), about)
            if live:
                return _prove(reader, live, keys)
        with open_whole(directory, archives) as log:  # after years the act lies in an archive itself
            return _prove(log.reader, _pick(list_archived_runs(log), about), keys)
    except RetentionRefused as error:
        raise ArchiveInvalid(f"an act of retention cannot be read: {error}") from error


def _prove(reader: LogReader, runs: tuple[RecordedRun, ...], keys: Keys) -> _Compared:
    require_own_keys(reader, keys.log)
    proven = [prove_run(reader, one, keys.log, keys.known, keys.trusted.accept) for one in runs]
    best = max(proven, key=lambda one: (bool(one.witnesses), bool(one.size), -one.index), default=None)
    return _Compared(runs, best)


def _pick(runs: Iterable[RecordedRun], about: Mapping[str, Any]) -> tuple[RecordedRun, ...]:
    """Return the runs over the range of an archive, in order."""
    return tuple(run for run in runs if (run.run.start, run.run.end) == (about["start"], about["end"]))
