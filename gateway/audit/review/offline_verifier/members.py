"""The files of a bundle, read within bounds: a ZIP or a folder, nothing of which is unpacked or followed.

Names are those that bundles have and no others. A JSON text that could be read in two ways is not read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import zipfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import IO, Any

from gateway.audit.review.offline_verifier.sayings import Fails, Unverifiable, visible
from gateway.audit.review.offline_verifier.sm3 import OwnSm3, new_sm3

FORMAT = "chuanyu-evidence@1"
MANIFEST = "manifest.json"
MOST_FILES, MOST_BYTES = 10_000, 1 << 33
"""Files of a bundle, and their bytes when unpacked."""
SMALL = 1 << 26
"""Bytes of a file that is read as a whole."""
NAMES = re.compile(
    r"manifest\.json|README\.txt|verify\.py|(?:peer/)?(?:policy\.txt|checkpoint|entries\.jsonl|proof\.json)"
    r"|opened\.jsonl|history/[1-9][0-9]{0,18}\.(?:checkpoint|consistency)|history/[a-z][a-z0-9-]{0,62}\.json"
    r"|stamps/[1-9][0-9]{0,18}\.tsr"
)
NEEDED = frozenset({MANIFEST, "verify.py", "policy.txt", "checkpoint", "entries.jsonl", "proof.json"})
OWN_SM3 = 1 << 17
"""Bytes of a file of which SM3 is computed where only this file's own lines do it: about two seconds."""


class Bundle:
    """The files of a ZIP or a folder, by name."""

    def __init__(self, path: Path) -> None:
        """Look at what there is; raise Fails for what is no bundle, OSError for what cannot be read."""
        self._folder = path
        self._archive = None if path.is_dir() else open_zip(path)
        sizes = list_folder(path) if self._archive is None else list_zip(self._archive)
        foreign = sorted(name for name in sizes if not NAMES.fullmatch(name))
        if foreign:
            raise Fails("多出的文件：" + list_names(foreign), "expected no such files, found " + list_names(foreign))
        missing = sorted(NEEDED - sizes.keys())
        if missing:
            raise Fails("缺少文件：" + list_names(missing), "expected files that are missing: " + list_names(missing))
        if sum(sizes.values()) > MOST_BYTES:
            raise Fails("展开后超过 8 GiB", "expected at most 8 GiB when unpacked, found more")
        self.names = frozenset(sizes)

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the bundle."""
        if name not in self.names:
            raise Fails("缺少文件：" + visible(name), "expected a file " + visible(name) + ", found none")
        if self._archive is not None:
            return self._archive.open(name)
        return (self._folder / name).open("rb")

    def read(self, name: str, most: int = SMALL) -> bytes:
        """Return a small file."""
        with self.open(name) as file:
            octets = file.read(most + 1)
        if len(octets) > most:
            raise Fails(f"{name} 超过 {most} 字节", f"{name}: expected at most {most} bytes, found more")
        return octets


def list_names(names: list[str]) -> str:
    """Return some names for a line, the first ten of them."""
    return ", ".join(map(visible, names[:10])) + (f" …({len(names)})" if len(names) > 10 else "")


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a ZIP whose directory is small and ends the file: nothing of it is read before that is known."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 42))
        tail = file.read(42)
    end = tail[-22:]
    large = tail[:4] == b"PK\x06\x07" or int.from_bytes(end[12:16], "little") > 1 << 22
    if len(end) < 22 or end[:4] != b"PK\x05\x06" or large:
        raise Fails("不是证据包的 ZIP", "expected the ZIP of a bundle, found another form")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise Fails("ZIP 无法读取", "expected a ZIP that can be read, found another form") from error


def list_zip(archive: zipfile.ZipFile) -> dict[str, int]:
    """Return the sizes of the files of a ZIP by name."""
    sizes: dict[str, int] = {}
    for info in archive.infolist():
        if info.filename.endswith("/") and not info.file_size:
            continue
        if info.filename in sizes or len(sizes) == MOST_FILES:
            raise Fails("文件过多或重名", "expected at most 10,000 files with names of their own, found others")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Fails("ZIP 已加密或压缩方式不明", "expected a plain ZIP, found another kind of compression")
        sizes[info.filename] = info.file_size
    return sizes


def list_folder(path: Path) -> dict[str, int]:
    """Return the sizes of the files below a folder by name; links and devices are refused, not followed."""
    sizes: dict[str, int] = {}
    for place, folders, files in os.walk(str(path)):
        for name in (*files, *(one for one in folders if Path(place, one).is_symlink())):
            found = Path(place, name)
            kind = found.lstat()
            if not stat.S_ISREG(kind.st_mode) or len(sizes) == MOST_FILES:
                raise Fails("文件过多，或不是普通文件", "expected at most 10,000 regular files, found others")
            sizes[found.relative_to(path).as_posix()] = kind.st_size
    return sizes


def strict_base64(text: str) -> bytes:
    """Return the bytes of canonical base64."""
    octets = b64decode(text, validate=True)
    if b64encode(octets).decode() != text:
        raise Fails("base64 写法不唯一", "expected canonical base64, found another spelling")
    return octets


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("expected each name once")
    return found


def _refuse(word: str) -> Any:
    raise ValueError("expected a number")


DECODER: Any = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)


def load_json(octets: bytes) -> Any:
    """Return what a JSON text holds; raise ValueError for a name that stands twice, or what is no JSON."""
    return DECODER.decode(octets.decode())


def check_manifest(bundle: Bundle, skipped: list[str]) -> dict[str, Any]:
    """Check that every file is as the manifest says and there is no other; return it.

    Files of which SM3 would take this file's own lines too long are added to `skipped`.
    """
    manifest = load_json(bundle.read(MANIFEST, 1 << 22))
    files = manifest["files"]
    if manifest["format"] != FORMAT:
        zh, en = "格式不是 " + FORMAT, "expected the format " + FORMAT + ", found another"
        raise Fails(zh, en)
    for names, zh, en in (
        (files.keys() - bundle.names, "清单所列文件缺失：", "files of the manifest are missing: "),
        (bundle.names - files.keys() - {MANIFEST}, "清单未列的文件：", "files that the manifest does not name: "),
    ):
        if names:
            raise Fails(zh + list_names(sorted(names)), en + list_names(sorted(names)))
    altered = [name for name in sorted(files) if not _is_as_said(bundle, name, files[name], skipped)]
    if altered:
        raise Fails(
            "与清单不符的文件：" + list_names(altered), "files altered since the manifest: " + list_names(altered)
        )
    return dict(manifest)


def _is_as_said(bundle: Bundle, name: str, said: dict[str, Any], skipped: list[str]) -> bool:
    plain, national, count = hashlib.sha256(), new_sm3(), 0
    own = isinstance(national, OwnSm3) and said["bytes"] > OWN_SM3
    with bundle.open(name) as file:
        while count <= said["bytes"]:
            octets = file.read(1 << 18)
            if not octets:
                break
            count += len(octets)
            plain.update(octets)
            if not own:
                national.update(octets)
    if own:
        skipped.append(name)
    same = own or national.hexdigest() == said["sm3"]
    return (count, plain.hexdigest()) == (said["bytes"], said["sha256"]) and same


def require_openable(path: Path) -> None:
    """Raise Unverifiable where a file or folder that was named is not there or cannot be read."""
    if not os.access(str(path), os.R_OK):
        zh, en = "无法读取 " + visible(path), "expected a file or folder that can be read, found none: " + visible(path)
        raise Unverifiable(zh, en)
