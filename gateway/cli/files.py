"""Files that commands write: whole or not at all, and a directory that is new or empty."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EEXIST, EIO, ENOSPC
from pathlib import Path
from typing import BinaryIO, Final

from gateway.cli.details import put_detail
from gateway.cli.screen import Problem
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error

MOST_EVIDENCE: Final = 64
"""Pieces of evidence that are kept beside one file; the first ones tell most."""


def describe_error(error: Exception, expected: Label, remedy: Label, *, exit_code: int = 1) -> Problem:
    """Turn an error of the rooms, whose words are English, into a problem; 2 where what was typed is no such thing."""
    return Problem(Label(f"被拒绝：{put_detail(error).zh}", str(error)), expected, remedy, exit_code=exit_code)


def _judge_place(error: OSError) -> int:
    """Return the exit code: a full or failing disk is no fault of the command line, and contradicts nothing."""
    return 4 if error.errno in (ENOSPC, EDQUOT, EIO) else 2


def _describe_unwritable(path: Path, error: OSError) -> Problem:
    why = describe_os_error(error)
    return Problem(
        Label(f"{path}：{why.zh}", f"{path}: {why.en}"),
        Label("可写的位置", "a place that can be written"),
        Label("换一个位置或修正权限", "choose another place, or correct its permissions"),
        exit_code=_judge_place(error),
    )


def describe_unmade_file(path: Path, error: OSError) -> Problem:
    """Return the problem of a file that could not be made, for example because there is one."""
    why = describe_os_error(error)
    return Problem(
        Label(f"{path}：{why.zh}", f"{path}: {why.en}"),
        Label("尚不存在、可写的文件", "a file that does not exist yet and can be written"),
        Label("换一个文件名", "give another name"),
        exit_code=_judge_place(error),
    )


@contextmanager
def create_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the name `path` when the block ends well, else vanishes; what is there stays.

    Raises:
        Problem: there is one already, or it cannot be written.
    """
    beside = path.with_name(path.name + ".new")
    try:
        if path.exists():
            raise FileExistsError(EEXIST, "it exists already")
        with beside.open("xb") as file:
            yield file
        beside.rename(path)
    except OSError as error:
        raise describe_unmade_file(path, error) from error
    finally:
        with suppress(NotADirectoryError):
            beside.unlink(missing_ok=True)


def write_file(path: Path, octets: bytes) -> None:
    """Write a file that is not secret, whole or not at all; an older one is replaced.

    Raises:
        Problem: it cannot be written.
    """
    try:
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(0o644)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _describe_unwritable(path, error) from error


def keep_evidence(stored: Path, octets: bytes, finding: Label) -> Path:
    """Keep what contradicts a stored file beside it, and return its place; what was kept before stays.

    Raises:
        Problem: it cannot be written, or `MOST_EVIDENCE` unlike pieces lie there already; exit code 1 with the finding,
            which weighs more than the disk.
    """
    try:
        return _write_evidence(stored, octets)
    except Problem as problem:
        why = problem.found
        raise Problem(
            Label(f"{finding.zh}；证据未能保存：{why.zh}", f"{finding.en}; the evidence of it is not kept: {why.en}"),
            problem.expected,
            problem.remedy,
        ) from problem


def _write_evidence(stored: Path, octets: bytes) -> Path:
    for number in range(1, MOST_EVIDENCE + 1):
        path = stored.with_name(f"{stored.name}.contradiction" + (f"-{number}" if number > 1 else ""))
        try:
            if path.exists():
                if path.read_bytes() == octets:
                    return path
                continue
            with create_file(path) as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _describe_unwritable(path, error) from error
        return path
    full = FileExistsError(EEXIST, "it exists already")
    raise describe_unmade_file(stored.with_name(f"{stored.name}.contradiction-{MOST_EVIDENCE}"), full)


@contextmanager
def create_directory(place: Path) -> Iterator[Path]:
    """Yield a directory, mode 0700, that takes the name `place` when the block ends well, else vanishes.

    Raises:
        Problem: `place` exists and holds something, or cannot be made.
    """
    if place.is_symlink() or (place.exists() and (not place.is_dir() or any(place.iterdir()))):
        raise Problem(
            Label(f"{place} 已存在且不为空", f"{place}, which exists and is not empty"),
            Label("不存在或空的文件夹", "a directory that is new or empty"),
            Label("换一个文件夹；密钥和审计日志从不覆盖", "choose another; keys and audit logs are never overwritten"),
            exit_code=2,
        )
    above = [parent for parent in place.parents if not parent.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        _remove_empty(above)
        raise _describe_unwritable(place, error) from error
    try:
        yield beside
        beside.replace(place)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        _remove_empty(above)
        raise


def _remove_empty(directories: list[Path]) -> None:
    """Remove directories that were made for nothing, the innermost first; one that holds anything stays."""
    with suppress(OSError):
        for directory in directories:
            directory.rmdir()
