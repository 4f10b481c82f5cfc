"""`chuanyu restore IN DIR`: a node's directory from a backup; an older state never continues its log.

A log must never sign two histories. So the log of a backup goes on only when the node had stopped before the backup
was taken, and the newest checkpoint that others hold is of no more entries. Every other state is older than what was
signed: it is refused unless declared, and then it is kept as it is, and a successor under a new origin begins.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.audit.retention.backup import LOG, Backup, BackupInvalid, place_files, read_backup
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import range_hash
from gateway.audit.tlog.tree import EMPTY_ROOT
from gateway.audit.verification.verify import verify_log
from gateway.cli.audit.log import read_key_file, read_witness_file, show_progress
from gateway.cli.backup import list_places
from gateway.cli.connection import read_file, read_passphrase
from gateway.cli.details import put_detail
from gateway.cli.files import create_directory
from gateway.cli.language import word
from gateway.cli.own_log import load_node_settings, name_local_actor
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error
from keys.durable import sync

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import Passphrase


In = Annotated[Path, typer.Argument(metavar="IN", help="备份文件夹。The backup.")]
Place = Annotated[Path, typer.Argument(metavar="DIR", help="节点文件夹，须不存在或为空。The node, new or empty.")]
Newest = Annotated[
    Path | None,
    typer.Option(help="对方保存的本日志最新检查点。The newest checkpoint of this log that the other province holds."),
]
Older = Annotated[str, typer.Option("--declare-older", help="声明恢复旧状态的原因。Declare an older state, and why.")]
Keys = Annotated[Path | None, typer.Option(help="密钥文件夹，备份不含密钥时。The keys, where the backup has none.")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="密钥的口令所在文件。The file with the passphrase of the keys.")
]
_REASON: Final = re.compile(r"[^\x00-\x1f]{3,200}")
_NUMBER: Final = re.compile(r"[0-9]{8}")


def restore(
    backup: In,
    directory: Place,
    newest: Newest = None,
    declare_older: Older = "",
    keys: Keys = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """从备份恢复节点文件夹；较旧的状态须经声明。
    Restore a node's directory from a backup; an older state is refused unless declared.
    """
    if declare_older:
        _check_reason(declare_older)
    known = read_file(newest, Label("对方持有的检查点", "the checkpoint that the other holds")) if newest else b""
    passphrase = read_passphrase(passphrase_file) if passphrase_file else None
    try:
        made = read_backup(backup)
        verifiers = read_key_file(backup / "audit" / "log.vkey")
        _verify(backup, made, verifiers, as_json=as_json)
        age = _judge_age(backup, made, known, verifiers)
    except (BackupInvalid, OSError) as error:
        raise _describe_refusal(
            f"备份核验不通过：{put_detail(error).zh}", f"the backup does not hold: {error}"
        ) from error
    if age and not declare_older:
        raise Problem(
            Label(f"旧状态：{age.zh}", f"an older state: {age.en}"),
            Label("停机后的备份，以及他处最新的检查点", "a backup of a stopped node, and others' newest checkpoint"),
            Label(
                "用 --newest 给出对方持有的检查点，或用 --declare-older 声明原因",
                "give the checkpoint that the other province holds with --newest, or declare why with --declare-older",
            ),
        )
    if not age and declare_older:
        raise _describe_refusal("状态并不旧", "a state that is not older: it needs no declaration")
    with create_directory(directory) as beside:
        place_files(backup, made, beside)
        _place_keys(beside, made, keys, passphrase)
        settings = load_node_settings(beside)
        apart = _list_apart(settings, beside)
        settings = _gather(settings, beside)
        _require_documents(settings)
        origin = asyncio.run(_continue_log(settings, made, declare_older))
        for part, place in apart.items():
            _place_apart(beside / part, place)
    steps = [Label(f"chuanyu node renew-witness {directory}", f"chuanyu node renew-witness {directory}")]
    if age:
        steps.append(
            Label(
                "日志已有新的来源：制作信任包并送达川渝两地，由其接受：chuanyu keys bundle",
                "the log has a new origin: make the trust bundle anew and let every province accept it: keys bundle",
            )
        )
    result = {"node": str(directory), "log": origin, "restored": made.size, "older": bool(age), "former": made.origin}
    show_result(result, steps, title=Label("已恢复", "restored"), as_json=as_json)


def _check_reason(reason: str) -> None:
    if _REASON.fullmatch(reason) is None or _NUMBER.search(reason):
        raise Problem(
            Label("原因过短、过长，或含长数字", "a reason that is too short, too long, or has a long number"),
            Label("3 至 200 个字，不含长数字", "3 to 200 characters without a long number"),
            Label("改写原因", "put the reason into other words"),
            exit_code=2,
        )


def _verify(backup: Path, made: Backup, verifiers: tuple[NoteVerifier, ...], *, as_json: bool) -> None:
    with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
        verdict = verify_log(
            backup / LOG,
            verifiers,
            witnesses=read_witness_file(backup / "audit" / "witnesses.vkey"),
            expected_size=made.size,
            progress=progress,
        )
    for fault in verdict.faults:
        raise BackupInvalid(f"the log: {fault.place}: {fault.detail}")
    if (verdict.origin, verdict.size, verdict.root.hex() if made.size else "") != (made.origin, made.size, made.root):
        raise BackupInvalid("expected the log of the manifest, found another origin, size or root")


def _judge_age(backup: Path, made: Backup, newest: bytes, verifiers: tuple[NoteVerifier, ...]) -> Label | None:
    """Return why the state is older than what its log has signed; None when it is not."""
    if not made.ended:
        return Label("备份时节点在运行，此后可能又有签名", "the node ran when it was taken, and may have signed since")
    if not newest:
        return Label("不知他处最新的检查点", "the newest checkpoint that others hold is not known")
    try:
        newest_known = parse_checkpoint(verify_note(newest, verifiers))
    except NoteInvalid as error:
        raise BackupInvalid(f"the checkpoint of --newest is not one of this log: {error}") from error
    if newest_known.origin != made.origin:
        raise BackupInvalid(f"expected a checkpoint of {made.origin}, found one of another log")
    if newest_known.size > made.size:
        return Label(
            f"他处见过 {newest_known.size} 个条目，备份有 {made.size} 个",
            f"others have seen {newest_known.size} entries, the backup has {made.size}",
        )
    with LogReader(backup / LOG) as reader:
        root = range_hash(0, newest_known.size, reader.node) if newest_known.size else EMPTY_ROOT
    if root != newest_known.root:
        raise BackupInvalid("others hold a checkpoint that does not belong to this log: it was forked. Keep both")
    return None


def _place_keys(beside: Path, made: Backup, keys: Path | None, passphrase: Passphrase | None) -> None:
    target = beside / "keys"
    if not made.with_keys:
        if keys is None or not keys.is_dir():
            raise _describe_refusal("备份不含密钥", "a backup without keys, and none given with --keys")
        for path in sorted(one for one in keys.rglob("*") if one.is_file() and not one.is_symlink()):
            to = target / path.relative_to(keys)
            if to.name.startswith("witness"):
                continue
            to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, to)
            to.chmod(0o600)
    for place in (target, *(one for one in target.rglob("*") if one.is_dir())):
        place.chmod(0o700)
    if passphrase is not None:
        passphrase.save(target / "passphrase")


def _list_apart(settings: Settings, root: Path) -> dict[str, Path]:
    """Return the parts that the settings keep outside of the node's directory, and where; each must be new or empty."""
    places = {part: place for part, place in list_places(settings).items() if place != root / part}
    for place in places.values():
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise Problem(
                Label(f"{place} 已存在且不为空", f"{place} is there and is not empty"),
                Label("node.toml 所指、新的或空的文件夹", "a directory, new or empty, where node.toml has it"),
                Label("将其内容移到别处后重试", "move what is there to another place, and try again"),
                exit_code=2,
            )
    return places


def _gather(settings: Settings, root: Path) -> Settings:
    """Return the settings as they are while every part lies in one directory that is being made."""
    sections: dict[str, object] = {
        name: getattr(settings, name).model_copy(update={"directory": root / name})
        for name in ("audit", "trust", "catalogue")
    }
    sections["state"] = settings.state.model_copy(update={"directory": root})
    keys: dict[str, Path] = {"directory": root / "keys"}
    if (passphrase := root / "keys" / "passphrase").is_file():
        keys["passphrase_file"] = passphrase
    return settings.model_copy(update={**sections, "keys": settings.keys.model_copy(update=keys)})


def _place_apart(part: Path, place: Path) -> None:
    """Move a part of a node to its own place, which may be of another disk: whole or not at all."""
    if not part.exists():
        return
    beside = place.with_name(f".{place.name}.restored")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove(beside)
        (shutil.copytree if part.is_dir() else shutil.copy)(part, beside)
        for one in (beside, *beside.rglob("*")):
            sync(one)
        beside.replace(place)
        sync(place.parent)
    except OSError as error:
        _remove(beside)
        why = describe_os_error(error)
        raise Problem(
            Label(f"{place}：{why.zh}", f"{place}: {why.en}"),
            Label("可写的位置", "a place that can be written"),
            Label("修正后重试", "mend it and try again"),
        ) from error
    _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _require_documents(settings: Settings) -> None:
    """Refuse documents that go behind those in force by the restored log; where they cannot be judged, a start does."""
    from gateway.audit.storage.recovery import StoreInvalid
    from gateway.catalogue.schema import CatalogueError
    from gateway.cli.checks.documents import list_document_faults
    from keys.trust import TrustError

    try:
        _, faults = list_document_faults(settings, datetime.now(UTC))
    except (TrustError, CatalogueError, StoreInvalid):
        return
    if faults:
        raise Problem(
            Label("；".join(fault.zh for fault in faults), "; ".join(fault.en for fault in faults)),
            Label("日志中曾生效的文件，或更高的号", "the documents that were in force by the log, or higher numbers"),
            Label("取完整的备份", "take a backup that is whole"),
        )


async def _continue_log(settings: Settings, made: Backup, reason: str) -> str:
    """Record the restore where the log goes on, or begin its successor; return the origin that is written."""
    from gateway.assembly.acts import own_acts
    from gateway.assembly.successor import begin_successor
    from gateway.audit.entries.requests import RecordRequest
    from gateway.audit.storage.recovery import StoreInvalid
    from keys.keystore import KeystoreError

    root = settings.keys.directory.parent
    try:
        if reason:
            return await begin_successor(settings, made, reason, name_local_actor())
        async with own_acts(settings) as acts:
            request = RecordRequest("restore", f"size:{made.size} root:{made.root}")
            answer = await acts.do(request, name_local_actor())
    except KeystoreError as error:  # its paths are those of the directory that is being made
        raise _describe_refusal(error.zh.replace(f"{root}/", ""), str(error).replace(f"{root}/", "")) from error
    except (StoreInvalid, OSError) as error:
        raise _describe_refusal(
            f"日志或密钥不可用：{put_detail(error).zh}", f"the log or its keys cannot be opened: {error}"
        ) from error
    if answer.index < 0:
        raise _describe_refusal(f"未记录：{answer.why}", f"the restore was not recorded: {answer.why}")
    return made.origin


def _describe_refusal(zh: str, en: str) -> Problem:
    return Problem(
        Label(zh, en),
        Label("完好的备份、密钥和口令", "a backup that is whole, its keys and their passphrase"),
        Label(
            "取另一份备份，或用 --keys 给出本节点的密钥，用 --passphrase-file 给出其口令",
            "take another backup, or give this node's keys with --keys and their passphrase with --passphrase-file",
        ),
    )
