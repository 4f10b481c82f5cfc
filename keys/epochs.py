"""The secrets of the months: made at random, kept one a file, and destroyed for good.

Rules: a month's secret is made once and never again under its name; it is derived from nothing, so that no key that
stays can make it anew. Destroying first leaves a mark, `YYYY-MM.destroyed`, then overwrites and removes the file, and
whatever a killed write left beside it: after a crash on the way, destroying again does the rest. Old bytes that a file
system or a backup keeps are still under the passphrase; backups of this directory must be destroyed with it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from keys.durable import sync
from keys.keystore import KeystoreError, Passphrase, load_secret, save_secret, write_private

SECRET_BYTES: Final = 64
"""Bytes of a month's secret."""
_NAMED: Final = ("check the name of the month, YYYY-MM", "核对月份，格式为 YYYY-MM")
_NAME: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class EpochSecrets:
    """The directory of the months' secrets, opened with the node's passphrase."""

    __slots__ = ("_directory", "_passphrase")

    def __init__(self, directory: Path, passphrase: Passphrase) -> None:
        self._directory = directory
        self._passphrase = passphrase

    @property
    def directory(self) -> Path:
        """Where the secrets are."""
        return self._directory

    def names(self) -> tuple[str, ...]:
        """Return the months whose secrets are at hand, the oldest first."""
        return self._found(".secret")

    def destroyed_names(self) -> tuple[str, ...]:
        """Return the months whose secrets were destroyed, the oldest first."""
        return self._found(".destroyed")

    def load(self, name: str) -> bytes:
        """Read the secret of a month.

        Raises:
            KeystoreError: as `load_secret`; it was destroyed; or it has another length.
        """
        if self._mark(name).exists():
            raise KeystoreError(
                f"the secret of {name} was destroyed",
                f"{name} 月的密钥已销毁",
                ("nothing opens what was written under it", "以其加密的内容无法再打开"),
            )
        secret = load_secret(self._path(name), self._passphrase)
        if len(secret) != SECRET_BYTES:
            raise KeystoreError(
                f"{self._path(name)}: expected {SECRET_BYTES} bytes, found {len(secret)}",
                f"{self._path(name)}：预期 {SECRET_BYTES} 字节，实际 {len(secret)} 字节",
                ("restore the file from its backup", "从备份恢复该文件"),
            )
        return secret

    def make(self, name: str) -> bytes:
        """Make the secret of a month, durable when this returns.

        Raises:
            KeystoreError: there is or was one under this name.
        """
        if self._path(name).exists() or self._mark(name).exists():
            raise KeystoreError(
                f"expected no secret of {name}, found one or its mark",
                f"{name} 月的密钥已有，或有其销毁标记",
                ("nothing: a month's secret is made once", "无须处理：每月的密钥只生成一次"),
            )
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = os.urandom(SECRET_BYTES)
        save_secret(self._path(name), secret, self._passphrase)
        return secret

    def destroy(self, name: str) -> None:
        """Destroy the secret of a month. The point of no return is the overwriting; done twice, nothing is amiss.

        Raises:
            KeystoreError: there never was one under this name.
        """
        path = self._path(name)
        if not path.exists() and not self._mark(name).exists():
            raise KeystoreError(f"expected a secret of {name}, found none", f"没有 {name} 月的密钥", _NAMED)
        write_private(self._mark(name), b"")
        # The mark is durable: from here on the month is never loaded nor made again, even if nothing below happens.
        remains = self._directory.glob(f".{name}.*.new")  # of writing that was killed
        for one in (path, *remains):
            if one.exists():
                _overwrite(one)
                # The point of no return: the secret is gone, and with it every body and reference of the month.
                one.unlink()
        sync(self._directory)

    def _path(self, name: str) -> Path:
        if _NAME.fullmatch(name) is None:
            raise KeystoreError(
                f"expected a month as YYYY-MM, found {name[:16]!r}", f"月份应写作 YYYY-MM，实际为 {name[:16]!r}", _NAMED
            )
        return self._directory / f"{name}.secret"

    def _mark(self, name: str) -> Path:
        return self._path(name).with_suffix(".destroyed")

    def _found(self, suffix: str) -> tuple[str, ...]:
        if not self._directory.is_dir():
            return ()
        names = (path.stem for path in self._directory.iterdir() if path.suffix == suffix)
        return tuple(sorted(name for name in names if _NAME.fullmatch(name)))


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
