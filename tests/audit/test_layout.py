"""A log's static files are named, cut and read as C2SP tlog-tiles says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tlog.layout import (
    ENTRIES,
    MAX_BUNDLED_BYTES,
    MAX_LEVEL,
    LayoutInvalid,
    TileName,
    parse_path,
    read_bundle,
    width_in,
    write_bundle,
)
from tests.audit.vectors import published


def tile_names(size: int) -> Iterator[TileName]:
    """Yield every tile and bundle of a tree of `size`, the partial ones last of their level; bundles come first."""
    for level in range(ENTRIES, MAX_LEVEL + 1):
        number = 0
        while width := width_in(level, number, size):
            yield TileName(level, number, width)
            number += 1
        if not number:
            return


def test_the_tree_of_the_specification_has_its_tiles() -> None:
    """70,000 entries; the path of tile 1,234,067; and a tree of 256."""
    example = published("c2sp/spec_examples.json")["examples"]["tlog-tiles.md"]
    names = [name for name in tile_names(example["size"]) if name.level != ENTRIES]
    full = Counter(name.level for name in names if name.width == 256)
    partial = {name.level: name.width for name in names if name.width != 256}
    assert {0: example["full_level0"], 1: example["full_level1"]} == dict(full)
    widths = [example["partial_level0_width"], example["partial_level1_width"], example["partial_level2_width"]]
    assert dict(enumerate(widths)) == partial
    for number, path in example["path"].items():
        assert f"tile/0/{path}" == TileName(0, int(number)).path
    assert {"tile/entries/000", "tile/0/000", "tile/1/000.p/1"} == {name.path for name in tile_names(256)}


def test_an_empty_log_has_no_tile() -> None:
    """An empty tile is never served."""
    assert [] == list(tile_names(0))


@given(st.integers(ENTRIES, 63), st.integers(0, 1 << 55), st.integers(1, 256))
def test_a_path_is_read_as_it_was_written(level: int, number: int, width: int) -> None:
    """Level, number and width survive."""
    name = TileName(level, number, width)
    assert name == parse_path(name.path)


@given(st.integers(0, 200_000))
def test_each_entry_and_each_hash_stands_in_one_tile(size: int) -> None:
    """The widths of a level add up to what it has; a partial tile is the last."""
    seen: Counter[int] = Counter()
    for name in tile_names(size):
        assert 256 * name.number == seen[name.level]
        assert name.width == width_in(name.level, name.number, size) > 0
        seen[name.level] += name.width
    assert size == seen[ENTRIES] == seen[0]
    assert size // 256 == seen[1]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/data/000",
        "tile/0/../../etc/passwd",
        "tile/0/" + "x001/" * 30 + "001",
    ],
)
def test_a_path_in_another_form_is_refused(path: str) -> None:
    """There is one path for each tile, and none leads elsewhere."""
    with pytest.raises(LayoutInvalid):
        parse_path(path)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    """Lengths in two bytes, in network order; empty entries too."""
    assert entries == read_bundle(write_bundle(entries))


def test_the_longest_entry_fits_and_no_longer_one() -> None:
    """Two bytes of length."""
    assert [b"x" * MAX_BUNDLED_BYTES] == read_bundle(write_bundle([b"x" * MAX_BUNDLED_BYTES]))
    with pytest.raises(LayoutInvalid, match="65535"):
        write_bundle([b"x" * (MAX_BUNDLED_BYTES + 1)])


@pytest.mark.parametrize("octets", [b"", b"\x00", b"\x00\x02a", b"\x00\x01a\x00", b"\x00\x00" * 257])
def test_bytes_that_are_no_bundle_are_refused(octets: bytes) -> None:
    """Cut ones, empty ones, ones with too many entries."""
    with pytest.raises(LayoutInvalid):
        read_bundle(octets)


@pytest.mark.parametrize("count", [0, 257])
def test_a_bundle_of_none_or_too_many_is_not_made(count: int) -> None:
    """A tile has 1 to 256."""
    with pytest.raises(LayoutInvalid):
        write_bundle([b""] * count)
