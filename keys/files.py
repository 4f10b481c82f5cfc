"""Reads files of a node's directory, which others may have put there: whole, bounded, and without waiting for anybody.

A pipe, a socket or a device in the place of a file would keep whoever opens it waiting, and a running node with it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 64 << 20
"""Longest file that is read unless a caller says less."""


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: it is absent, cannot be read, is no regular file (EISDIR, EMEDIUMTYPE), or is longer than `limit`
            (EFBIG).
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _require_regular(os.fstat(descriptor), path)
        octets = file.read(limit + 1)
    if len(octets) > limit:
        raise OSError(errno.EFBIG, f"more than {limit} bytes", str(path))
    return octets


def require_file(path: Path) -> None:
    """Return if a regular file is at a path, before a library opens it that would wait for a pipe.

    Raises:
        OSError: as `read_file`, but for the rights to read it.
    """
    _require_regular(path.stat(), path)


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """Return the text of a regular file in UTF-8.

    Raises:
        OSError: as `read_file`.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read_file(path, limit).decode("utf-8")


def _require_regular(state: os.stat_result, path: Path) -> None:
    kind = stat.S_IFMT(state.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if kind != stat.S_IFREG:
        raise OSError(errno.EMEDIUMTYPE, "not a regular file", str(path))
