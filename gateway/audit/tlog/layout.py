"""The paths and files of a log as static resources (C2SP tlog-tiles): hash tiles, entry bundles, partial ones.

Pure. A partial tile or bundle has the width that the size of the tree gives it; none is ever empty. Entries stand in a
bundle with their length before them in two bytes, so that an entry has at most 65,535 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.tlog.tiles import TILE_BITS, TILE_WIDTH

ENTRIES: Final = -1
"""The level of a bundle of entries."""
MAX_LEVEL: Final = 63
"""The highest level that a path may name."""
MAX_BUNDLED_BYTES: Final = 65_535
"""Longest entry of a bundle."""

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class LayoutInvalid(Exception):
    """A path names no tile, or bytes are no bundle."""


@dataclass(frozen=True, slots=True)
class TileName:
    """One tile: its level (`ENTRIES` for a bundle), its number, and how many hashes or entries it has."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: groups of three digits, all but the last after an x."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = [f"{self.number % 1000:03d}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_path(path: str) -> TileName:
    """Read the path of a tile or bundle, in its one form.

    Raises:
        LayoutInvalid: when it names none.
    """
    found = _PATH.fullmatch(path) if len(path) <= 128 else None
    if found is None:
        raise LayoutInvalid("expected a path of the form tile/<level>/<number>[.p/<width>]")
    level = ENTRIES if found[1] == "entries" else int(found[1])
    name = TileName(level, int(found[2].replace("/", "").replace("x", "")), int(found[3] or TILE_WIDTH))
    if name.level > MAX_LEVEL or name.path != path:
        raise LayoutInvalid("expected a level up to 63, a width below 256 and no leading zeros")
    return name


def width_in(level: int, number: int, size: int) -> int:
    """Return how many hashes or entries a tile has in a tree of `size`; 0 where there is no such tile."""
    most = size >> TILE_BITS * max(level, 0)
    return max(0, min(TILE_WIDTH, most - number * TILE_WIDTH))


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Return a bundle of entries.

    Raises:
        LayoutInvalid: when an entry is longer than a bundle holds, or there are none or too many.
    """
    if not 0 < len(entries) <= TILE_WIDTH:
        raise LayoutInvalid(f"expected 1 to {TILE_WIDTH} entries, found {len(entries)}")
    longest = max(map(len, entries))
    if longest > MAX_BUNDLED_BYTES:
        raise LayoutInvalid(f"expected entries of at most {MAX_BUNDLED_BYTES} bytes, found {longest}")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def read_bundle(octets: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        LayoutInvalid: when the bytes end within an entry, or there are none or too many.
    """
    entries = []
    at = 0
    while at < len(octets):
        end = at + 2 + int.from_bytes(octets[at : at + 2])
        if end > len(octets):
            raise LayoutInvalid("expected whole entries, found one that was cut")
        entries.append(octets[at + 2 : end])
        at = end
    if not 0 < len(entries) <= TILE_WIDTH:
        raise LayoutInvalid(f"expected 1 to {TILE_WIDTH} entries, found {len(entries)}")
    return entries
