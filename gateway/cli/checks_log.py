"""Whether the audit log opens, belongs to this node, and its newest kept checkpoint is signed by its key.

Read only: it may be checked while the node writes. Not the whole log: `chuanyu audit verify` does that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import Finding, failed, right, wrong
from gateway.item import Label

if TYPE_CHECKING:
    from gateway.audit.note import NoteVerifier
    from gateway.settings import Settings

_RESTORE: Final = Label(
    "从备份恢复审计日志，并用 chuanyu audit verify 核验",
    "restore the log from its backup, and verify it with chuanyu audit verify",
)


def check_log(settings: Settings) -> Iterator[Finding]:
    """Yield whether the log can be read, is this node's, and its checkpoint holds."""
    from gateway.audit.database import place_of
    from gateway.audit.note import NoteInvalid
    from gateway.audit.reader import LogReader
    from gateway.audit.recovery import StoreInvalid
    from gateway.audit.terms import read_log_keys

    subject = Label("审计日志", "the audit log")
    try:
        verifiers = read_log_keys(settings.log_vkey_path.read_text(encoding="utf-8"))
    except (OSError, ValueError, NoteInvalid) as error:
        yield failed(Label("审计日志公钥", "the public key of the audit log"), error, _RESTORE)
        return
    try:
        with LogReader(place_of(settings)) as reader:
            if reader.origin != verifiers[0].name:
                yield wrong(
                    subject,
                    Label(
                        f"日志是 {reader.origin}，公钥是 {verifiers[0].name}",
                        f"{reader.origin}, with the key of {verifiers[0].name}",
                    ),
                    _RESTORE,
                )
                return
            size = reader.count()
            yield right(subject, f"{reader.origin}，{size} 条", f"{reader.origin}, {size} entries")
            yield _checkpoint(size, reader.checkpoint_after(-1), verifiers)
    except StoreInvalid as error:
        yield failed(subject, error, _RESTORE)


def _checkpoint(size: int, kept: tuple[int, bytes] | None, verifiers: Sequence[NoteVerifier]) -> Finding:
    from gateway.audit.note import NoteInvalid, parse_checkpoint, verify_note

    subject = Label("最近的检查点", "the newest kept checkpoint")
    if kept is None:
        return right(subject, "尚无", "none yet")
    try:
        found = parse_checkpoint(verify_note(kept[1], verifiers))
    except NoteInvalid as error:
        return failed(subject, error, _RESTORE)
    if found.size > size:
        return wrong(
            subject,
            Label(f"检查点有 {found.size} 条，日志只有 {size} 条", f"{found.size} entries signed, {size} in the log"),
            _RESTORE,
        )
    return right(subject, f"第 {found.size} 条，签名成立", f"at {found.size} entries, well signed")
