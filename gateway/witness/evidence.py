"""Evidence files: what shows that a log contradicted itself, or that a witness contradicts ours.

JSON, one file a finding, written once and never over another. Signed notes hold no personal data.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from gateway.audit.tlog.witness import Fork


def write_fork(directory: Path, fork: Fork) -> Path:
    """Write both notes of a fork: each alone is a valid checkpoint, together they prove that the log misbehaved."""
    found = {
        "kind": "fork",
        "zh": "该日志对同一条目数签署了两个不同的根哈希（日志分叉），两份签名各自验证通过",
        "en": "this log has signed two roots for one size; both signatures hold",
        "origin": fork.origin,
        "size": fork.size,
        "notes": [fork.ours.decode(), fork.theirs.decode(errors="replace")],
    }
    return _write(directory / f"fork-{_short(fork.origin)}-{fork.size}.json", found)


def write_contradiction(directory: Path, origin: str, witness: str, what: str, size: int, note: bytes) -> Path:
    """Write our own checkpoint and what a witness said of it."""
    found = {
        "kind": "contradiction",
        "zh": "见证方所见与本节点的审计日志矛盾",
        "en": "a witness has seen another log than this node holds",
        "origin": origin,
        "witness": witness,
        "said": what,
        "size": size,
        "notes": [note.decode()],
    }
    return _write(directory / f"contradiction-{_short(witness)}-{size}.json", found)


def write_pair(directory: Path, kind: str, sentence: tuple[str, str], origin: str, notes: Sequence[bytes]) -> Path:
    """Write notes that contradict each other, the older first; `sentence` says why, in Chinese and English."""
    found: dict[str, object] = {
        "kind": kind,
        "zh": sentence[0],
        "en": sentence[1],
        "origin": origin,
        "notes": [note.decode(errors="replace") for note in notes],
    }
    together = hashlib.sha256(b"\0".join(notes)).hexdigest()[:12]
    return _write(directory / f"{kind}-{_short(origin)}-{together}.json", found)


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def _write(path: Path, found: dict[str, object]) -> Path:
    """Write a file that is not there yet, durably; an earlier finding of the same stays."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return path
