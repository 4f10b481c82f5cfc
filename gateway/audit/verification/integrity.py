"""The first stage of verification: every byte of the log leads to the signed roots, whatever the entries mean.

For each entry, in order: 1 its index follows the one before; 2 its leaf hash is that of its bytes; 3 where the row has
a root, it is that of the tree so far; 4 the tiles that it fills are stored as they are made. 5 Every kept checkpoint is
signed by a key of the log, no line of it is of an unknown key, it bears the time at which it is kept, and it has the
root of its size; where no key given signed any (`foreign`), only its root is compared. 6 There is no tile and no
checkpoint beyond the entries, and the last entry has a root. 7 What stands beside the entries is theirs, see `beside`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import signed_at
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, open_note, parse_checkpoint, parse_note
from gateway.audit.tlog.tiles import TILE_WIDTH, split_hashes
from gateway.audit.verification.beside import Beside
from gateway.audit.verification.blocks import Blocks
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.foreign import find_foreign
from gateway.audit.verification.signatures import Accept, Cosigner, Signatures, accept_all

Progress = Callable[[int, int], None]
"""Told how many entries are done, of how many."""
MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """The root that a kept checkpoint signs, and when each witness cosigned it, in seconds."""

    root: bytes
    cosigned: Mapping[Cosigner, int]


def check_checkpoint(
    origin: str,
    size: int,
    time_us: int,
    note: bytes,
    verifiers: Sequence[NoteVerifier],
    witnesses: Sequence[NoteVerifier] = (),
) -> bytes:
    """Return the root that a kept checkpoint signs, if everything else in it is as it must be.

    The arguments, and what is raised, are those of `open_checkpoint`.
    """
    return open_checkpoint(origin, size, time_us, note, verifiers, witnesses).root


def open_checkpoint(
    origin: str,
    size: int,
    time_us: int,
    note: bytes,
    verifiers: Sequence[NoteVerifier],
    witnesses: Sequence[NoteVerifier] = (),
) -> OpenedCheckpoint:
    """Return the root that a kept checkpoint signs and who cosigned it, if everything else in it is as it must be.

    Args:
        origin, size, time_us, note: the log, and the checkpoint's row.
        verifiers: the log's own keys, one of which must have signed.
        witnesses: the keys of those who cosign; every line must be of a key that was given.

    Raises:
        VerificationFailed: when it is not.
    """
    place = f"checkpoint {size}"
    try:
        opened = open_note(note, (*verifiers, *witnesses))
        found = parse_checkpoint(opened.text)
        own = {(key.name, key.key_id) for key in verifiers}
        times = [signed_at(line) for line in opened.good if (line.name, line.key_id) in own]
        others = [line for line in opened.good if (line.name, line.key_id) not in own]
        cosigned = {(line.name, line.key_id): signed_at(line) for line in others}
    except NoteInvalid as error:
        raise VerificationFailed(place, str(error), size - 1) from error
    if (found.origin, found.size) != (origin, size):
        raise VerificationFailed(place, "the checkpoint is of another log or size", size - 1)
    if not times:
        raise VerificationFailed(place, "the checkpoint is cosigned, but no key of the log has signed it", size - 1)
    if opened.unknown:
        names = ", ".join(sorted(line.name for line in opened.unknown))
        raise VerificationFailed(place, f"a line of the checkpoint is of a key that was not given: {names}", size - 1)
    if any(time_s and time_us != time_s * MICROSECONDS for time_s in times):
        raise VerificationFailed(
            place, f"the checkpoint is kept under another time than its own, {max(times)} s", size - 1
        )
    return OpenedCheckpoint(found.root, {key: time_s for key, time_s in cosigned.items() if time_s})


def read_foreign_checkpoint(origin: str, size: int, note: bytes) -> OpenedCheckpoint:
    """Return the root of a kept checkpoint whose keys are not at hand; it proves nothing, and may contradict the log.

    Raises:
        VerificationFailed: it is none, or of another log or size.
    """
    place = f"checkpoint {size}"
    try:
        found = parse_checkpoint(parse_note(note).text)
    except NoteInvalid as error:
        raise VerificationFailed(place, str(error), size - 1) from error
    if (found.origin, found.size) != (origin, size):
        raise VerificationFailed(place, "the checkpoint is of another log or size", size - 1)
    return OpenedCheckpoint(found.root, {})


class Integrity:
    """One walk over the bytes of a log, from its first entry to its last."""

    def __init__(
        self,
        reader: LogReader,
        verifiers: Sequence[NoteVerifier],
        witnesses: Sequence[NoteVerifier] = (),
        accept: Accept = accept_all,
    ) -> None:
        """Take the log, its own keys, those of the witnesses that cosign it, and whose cosignatures are enough."""
        self._reader = reader
        self._verifiers = tuple(verifiers)
        self._witnesses = tuple(witnesses)
        self._blocks = Blocks(reader.tile)
        self._kept = reader.checkpoints()
        self._next: tuple[int, int, bytes] | None = None
        self.root = self._blocks.root(0)
        self.size = 0
        self._pruned = 0
        self.checkpoints = 0
        self.foreign: tuple[str, ...] = ()
        self._accept = accept
        self.signatures = Signatures()
        self.beside = Beside(reader)

    def run(self, size: int, progress: Progress) -> None:
        """Walk over the first `size` entries.

        Raises:
            VerificationFailed: at the first place that is not as it must be.
        """
        self._pruned = self._reader.pruned()
        self.foreign = find_foreign(self._reader, self._verifiers)
        self._next = next(self._kept, None)
        self._check_checkpoints(0)
        for low, rows in zip(range(0, size, TILE_WIDTH), self._reader.leaves(0, size), strict=True):
            high = min(low + TILE_WIDTH, size)
            if len(rows) != high - low:  # 1
                missing = self._reader.first_missing(low, high)
                if missing > low:
                    self._check_block(rows[: missing - low])
                raise VerificationFailed(f"entry {missing}", "the entry is missing", missing)
            self._check_block(rows)
            progress(self.size, size)
        self._blocks.end()
        self._check_end(size)

    def _check_block(self, rows: list[tuple[bytes, bytes, bytes | None]]) -> None:
        start = self.size
        stored, octets, roots = zip(*rows, strict=True)
        made = [sha256(b"\x00" + entry).digest() for entry in octets]
        for at in range(min(len(rows), self._pruned - start)):
            if not octets[at]:  # its bytes are in an archive; the tile that its hash fills is compared below
                made[at] = stored[at]
        if made != list(stored):  # 2
            index = next(index for index, leaf in enumerate(made, start) if leaf != stored[index - start])
            raise VerificationFailed(f"entry {index}", "the entry's bytes do not have the stored leaf hash", index)
        self._blocks.take(made)
        for index, root in enumerate(roots, start):  # 3
            if root is not None and root != self._blocks.root(index + 1):
                self._blame(start, made, index)
        self.beside.check(start, octets)  # 7
        self.size = start + len(made)
        self.root = self._blocks.root(self.size)
        self._check_checkpoints(self.size)

    def _blame(self, start: int, made: list[bytes], index: int) -> None:
        """Name the entry for which the root at `index` is not that of the tree: where the stored tile differs first."""
        tile = self._reader.tile(0, start // TILE_WIDTH)
        for at, (value, kept) in enumerate(zip(made, split_hashes(tile or b""), strict=False), start):
            if value != kept and at <= index:
                raise VerificationFailed(f"entry {at}", "the entry is not that which the tree was made of", at)
        raise VerificationFailed(f"entry {index}", "the stored root is not that of the tree up to this entry", index)

    def _check_checkpoints(self, size: int) -> None:  # 5
        while self._next is not None and self._next[0] <= size:
            kept, time_us, note = self._next
            if self.foreign:
                opened = read_foreign_checkpoint(self._reader.origin, kept, note)
            else:
                opened = open_checkpoint(self._reader.origin, kept, time_us, note, self._verifiers, self._witnesses)
            if opened.root != self._blocks.root(kept):
                raise VerificationFailed(f"checkpoint {kept}", "the signed root is not that of the tree", kept - 1)
            self.checkpoints += 1
            if not self.foreign:
                self.signatures = self.signatures.add(kept, opened.cosigned, self._accept)
            self._next = next(self._kept, None)

    def _check_end(self, size: int) -> None:  # 6
        reader = self._reader
        if (first := reader.first()) < 0:
            raise VerificationFailed(f"entry {first}", "an entry stands before the first", first)
        count = reader.count()
        if self._next is not None and self._next[0] > count:
            found = self._next[0]
            raise VerificationFailed(
                f"checkpoint {found}", f"a checkpoint of {found} entries is kept, but there are {size}", size
            )
        made, stored = self._blocks.tiles, reader.tiles()
        if stored < made or (stored > made and count == size):
            raise VerificationFailed("tiles", f"expected {made} full tiles, found {stored}")
        if count == size and any(row[2] is None for rows in reader.leaves(size - 1, size) for row in rows):
            raise VerificationFailed(f"entry {size - 1}", "the last entry has no root", size - 1)
        self.beside.end()
