"""An archive: the entries that left a log, in one Parquet file that proves by itself that they stood in it.

The file has the columns `index`, `time_us`, `phase`, `exchange_id`, `entry` (the bytes as hashed) and `body` (the
sealed body beside the entry, or null), and in its metadata the log, the range, a checkpoint, and the hashes that lead
from the entries to it. A file of version 1 has no bodies, since its entries held theirs. Entries and columns are proven
by these; the bytes that only the format needs are held to the file's SHA-256, which the act of its retention names and
a file beside it (`NAME.sha256`, as sha256sum writes it) repeats. Parquet needs the extra `archive` (pyarrow); nothing
else in the gateway does.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final

from gateway.audit.entries.entry import EntryInvalid, decode
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.rangeproof import range_proof, range_root
from gateway.audit.tlog.tree import leaf_hash
from keys.durable import sync

FORMAT: Final = "chuanyu audit archive v2"
OLD_FORMAT: Final = "chuanyu audit archive v1"
"""Read, never written."""
GROUP: Final = 4_096
"""Entries of one row group; so many are in memory at a time."""
MAX_DIGEST_FILE: Final = 1_024
"""Longest digest file, in bytes."""
_KEY: Final = b"chuanyu"
_OWN_KEY: Final = b"ARROW:schema"
_FIELD_KEY: Final = b"PARQUET:field_id"
"""What the library itself writes beside: its own form of the schema, and the number of a column."""
_ABOUT: Final = frozenset({"checkpoint", "end", "format", "origin", "proof", "start"})
_LOOKUPS: Final = ("time_us", "phase", "exchange_id")
_LINE: Final = re.compile(rb"([0-9a-f]{64}) [ *][^\n]{1,255}\n?")

Progress = Callable[[int], None]
"""Takes the number of entries of the range that are done."""


class ArchiveInvalid(Exception):
    """An archive cannot be made or does not hold; the message says what to do, and no value of an entry."""


@dataclass(frozen=True, slots=True)
class ArchiveContent:
    """The content of an archive: the entries of a log from `start` to before `end`, proven in its tree of `size`."""

    origin: str
    start: int
    end: int
    size: int
    digest: str


def parquet() -> Any:
    """Return the library.

    Raises:
        ArchiveInvalid: when it is not installed.
    """
    try:
        import pyarrow.parquet as library
    except ModuleNotFoundError:
        raise ArchiveInvalid("expected the library pyarrow, found none. Install chuanyu-gateway[archive]") from None
    return library


def write_archive(
    path: Path,
    reader: LogReader,
    start: int,
    end: int,
    verifiers: Sequence[NoteVerifier],
    progress: Progress = lambda done: None,
) -> ArchiveContent:
    """Write the archive of a range, whole or not at all, and verify what was written.

    Raises:
        ArchiveInvalid: when no kept checkpoint covers the range, entries of it were pruned, or it does not hold.
    """
    library = parquet()
    kept = reader.checkpoint_after(end - 1)
    if kept is None:
        raise ArchiveInvalid(f"expected a kept checkpoint of at least {end} entries, found none")
    size, note = kept
    about = {
        "checkpoint": b64encode(note).decode(),
        "end": end,
        "format": FORMAT,
        "origin": reader.origin,
        "proof": [b64encode(value).decode() for value in range_proof([(start, end)], size, reader.node)],
        "start": start,
    }
    beside = path.with_name(f".{path.name}.new")
    try:
        with library.ParquetWriter(beside, _schema(about), compression="zstd") as writer:
            for table in _tables(reader, start, end):
                writer.write_table(table)
        sync(beside)
        archived = verify_archive(beside, verifiers, progress)
        _write_digest(path, archived.digest)
        # Verified from the disk, not from memory: pruning relies on this file alone.
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)
    # The archive is written, under its name and durably: only now may its entries be pruned.
    return archived


def verify_archive(
    path: Path, verifiers: Sequence[NoteVerifier], progress: Progress = lambda done: None, digest: str = ""
) -> ArchiveContent:
    """Verify that the entries of an archive stood in the log whose keys are given, and that its columns are theirs.

    `digest` is the SHA-256 that the file must have, as the act of its retention names it; empty where no act is at
    hand. The digest file beside the archive is compared wherever there is one.

    Raises:
        ArchiveInvalid: when it is none, or does not hold; with the first place that does not.
    """
    if not verifiers:
        raise ValueError("expected at least one key of the log, found none")
    found = digest_of(path)
    for expected in (digest, read_digest_beside(path)):
        if expected not in ("", found):
            raise ArchiveInvalid(f"expected a file of SHA-256 {expected}, found {found}: it was altered or cut short")
    with open_archive(path) as file:
        about = read_about(file)
        _require_layout(file, about)
        start, end = int(about["start"]), int(about["end"])
        leaves: list[bytes] = []
        for index, octets, body, beside in _entries(file, with_bodies=about["format"] == FORMAT):
            if index != start + len(leaves):
                raise ArchiveInvalid(f"expected the entry {start + len(leaves)}, found {index}")
            try:
                entry = decode(octets)
            except EntryInvalid as error:
                raise ArchiveInvalid(f"entry {index}: {error}") from error
            if entry.text("origin") != about["origin"]:
                raise ArchiveInvalid(f"entry {index}: expected an entry of {about['origin']}")
            for name, column, value in zip(
                _LOOKUPS, beside, (entry.number("time_utc_us"), str(entry.phase), entry.exchange_id), strict=True
            ):
                if column != value:
                    raise ArchiveInvalid(f"entry {index}: the column {name} is not what the entry says")
            if ("" if body is None else sha256(body).hexdigest()) != entry.text("body_digest"):
                raise ArchiveInvalid(f"entry {index}: the body beside it is missing, or is not the one of its digest")
            leaves.append(leaf_hash(octets))
            progress(len(leaves))
    if len(leaves) != end - start:
        raise ArchiveInvalid(f"expected {end - start} entries, found {len(leaves)}")
    try:
        tree = parse_checkpoint(verify_note(b64decode(about["checkpoint"]), verifiers))
        root = range_root([(start, leaves)], tree.size, [b64decode(value) for value in about["proof"]])
    except (NoteInvalid, ProofInvalid, ValueError) as error:
        raise ArchiveInvalid(f"the archive's proof: {error}") from error
    if (tree.origin, tree.root) != (about["origin"], root):
        raise ArchiveInvalid("the entries do not lead to the archive's checkpoint: one of them was altered")
    return ArchiveContent(tree.origin, start, end, tree.size, found)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digest_file(path: Path) -> Path:
    """Return the place of the digest file of an archive."""
    return path.with_name(f"{path.name}.sha256")


def read_digest_beside(path: Path) -> str:
    """Return the SHA-256, in hex, that the digest file beside an archive states; empty where there is none.

    Raises:
        ArchiveInvalid: it is no line of sha256sum.
    """
    place = digest_file(path)
    if not place.is_file():
        return ""
    with place.open("rb") as file:
        found = _LINE.fullmatch(file.read(MAX_DIGEST_FILE))
    if found is None:
        raise ArchiveInvalid(f"expected one line of sha256sum in {place.name}, found another form")
    return found[1].decode()


def _write_digest(path: Path, digest: str) -> None:
    """Write the digest file before its archive has its name: an archive that is whole has one."""
    place = digest_file(path)
    beside = place.with_name(f".{place.name}.new")
    beside.write_bytes(f"{digest}  {path.name}\n".encode())
    sync(beside)
    beside.replace(place)


@contextmanager
def library_errors(name: str) -> Iterator[None]:
    """Turn what the library raises over a file that it cannot read into ArchiveInvalid, with the file's name."""
    parquet()
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise ArchiveInvalid(
            f"{name} cannot be read: it is no archive, or is damaged or cut short ({type(error).__name__})"
        ) from error


def open_archive(path: Path) -> Any:
    """Open a Parquet file; a context manager.

    Raises:
        ArchiveInvalid: the library is not installed, or it is none.
    """
    with library_errors(path.name):
        return parquet().ParquetFile(path)


def read_about(file: Any) -> dict[str, Any]:
    """Return what an archive says of itself in its metadata: origin, range, checkpoint and proof; nothing is verified.

    Raises:
        ArchiveInvalid: it is a Parquet file of another kind.
    """
    try:
        about = json.loads((file.schema_arrow.metadata or {})[_KEY])
        good = about["format"] in (FORMAT, OLD_FORMAT) and all(
            isinstance(about[name], int) for name in ("start", "end")
        )
        good = good and 0 <= about["start"] < about["end"] and isinstance(about["proof"], list)
        good = good and all(isinstance(one, str) for one in (about["checkpoint"], about["origin"], *about["proof"]))
    except (KeyError, TypeError, ValueError, RecursionError):
        good = False
    if not good:
        raise ArchiveInvalid("expected an archive of a log, found a Parquet file of another kind")
    return dict(about)


def _require_layout(file: Any, about: dict[str, Any]) -> None:
    """Return if an archive has the columns and the metadata of its format and no others: any reader shows them all."""
    with library_errors("the archive"):
        found, expected = file.schema_arrow, _schema(about)
        if about["format"] == OLD_FORMAT:
            expected = expected.remove(expected.get_field_index("body"))
        if not found.equals(expected):
            strange = sorted(set(found.names) - set(expected.names))
            named = strange[0][:40] if strange else "others"
            raise ArchiveInvalid(f"expected the columns {', '.join(expected.names)} and no others, found {named!r}")
        told = {*(found.metadata or {}), *(file.metadata.metadata or {})} - {_KEY, _OWN_KEY}
        told |= {key for field in found for key in (field.metadata or {}) if key != _FIELD_KEY}
        if told or about.keys() != _ABOUT:
            raise ArchiveInvalid("expected the metadata of an archive and no others: something was added")


def _entries(file: Any, *, with_bodies: bool) -> Iterator[tuple[int, bytes, bytes | None, tuple[object, ...]]]:
    """Yield index, bytes, body and look-up columns of every row."""
    names = ["index", "entry", *(["body"] if with_bodies else []), *_LOOKUPS]
    with library_errors("the archive"):
        batches = file.iter_batches(GROUP, columns=names)
    while True:
        with library_errors("the archive"):
            batch = next(batches, None)
            if batch is None:
                return
            bodies = batch["body"].to_pylist() if with_bodies else [None] * batch.num_rows
            columns = [batch[name].to_pylist() for name in ("index", "entry", *_LOOKUPS)]
        for body, index, octets, *beside in zip(bodies, *columns, strict=True):
            if type(index) is not int or type(octets) is not bytes or type(body) not in (bytes, type(None)):
                raise ArchiveInvalid("expected entries as bytes with their index, found columns of another kind")
            yield index, octets, body, tuple(beside)


def _schema(about: dict[str, object]) -> Any:
    import pyarrow as arrow

    return arrow.schema(
        [
            arrow.field("index", arrow.int64(), nullable=False),
            arrow.field("time_us", arrow.int64(), nullable=False),
            arrow.field("phase", arrow.string(), nullable=False),
            arrow.field("exchange_id", arrow.string(), nullable=False),
            arrow.field("entry", arrow.binary(), nullable=False),
            arrow.field("body", arrow.binary()),
        ],
        metadata={_KEY: json.dumps(about, sort_keys=True).encode()},
    )


def _tables(reader: LogReader, start: int, end: int) -> Iterator[Any]:
    import pyarrow as arrow

    schema = _schema({}).remove_metadata()
    for low in range(start, end, GROUP):
        rows = [row for chunk in reader.rows(low, min(low + GROUP, end)) for row in chunk]
        lost = next((row[0] for row in rows if not row[2]), None)
        if lost is not None:
            raise ArchiveInvalid(f"entry {lost} was pruned before: its bytes are in an earlier archive alone")
        bodies = dict(reader.bodies(low, low + len(rows)))
        columns = [[row[at] for row in rows] for at in (0, 6, 3, 4, 2)] + [[bodies.get(row[0]) for row in rows]]
        yield arrow.table(dict(zip(schema.names, columns, strict=True)), schema=schema)
