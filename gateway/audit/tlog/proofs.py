"""Inclusion and consistency proofs of RFC 9162 section 2.1: made from stored nodes, verified from hashes alone.

Pure. Making needs a callable that gives the hash of a whole node by level and number. Verifying raises; it never
returns a boolean. It is not checked here that a root was signed; `note` does that.

Both kinds are one: a proof that a subtree, leaves start to end, belongs to a tree of some size. A leaf is a subtree of
one, a smaller tree is that which starts at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from gateway.audit.tlog.tree import HASH_SIZE, Hashing, node_hash

ReadNode = Callable[[int, int], bytes]
"""Gives the hash of the whole node of that level and number."""


class ProofInvalid(Exception):
    """A proof does not prove."""


def range_hash(low: int, high: int, node: ReadNode, hashing: Hashing = sha256) -> bytes:
    """Return the hash over leaves low..high, where low is a multiple of the largest power of two that fits."""
    value = b""
    while high > low:
        level = (high & -high).bit_length() - 1
        while 1 << level > high - low:
            level -= 1
        left = node(level, (high >> level) - 1)
        value = node_hash(left, value, hashing) if value else left
        high -= 1 << level
    return value


def split(low: int, high: int) -> int:
    """Return where a range of more than one leaf divides: at the largest power of two smaller than its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def inclusion_path(index: int, size: int, node: ReadNode, hashing: Hashing = sha256) -> tuple[bytes, ...]:
    """Return the path of leaf `index` in a tree of `size`, the leaf's sibling first (section 2.1.3.1).

    Raises:
        IndexError: when there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"expected an index from 0 to {size - 1}, found {index}")
    low, high = 0, size
    path = []
    while high - low > 1:
        middle = split(low, high)
        if index < middle:
            path.append(range_hash(middle, high, node, hashing))
            high = middle
        else:
            path.append(range_hash(low, middle, node, hashing))
            low = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, node: ReadNode, hashing: Hashing = sha256) -> tuple[bytes, ...]:
    """Return the proof that the tree of `old` leaves is a beginning of that of `new` (section 2.1.4.1).

    Raises:
        IndexError: unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise IndexError(f"expected sizes with 0 < old <= new, found {old} and {new}")
    if old == new:
        return ()
    low, high, whole = 0, new, True
    path = []
    while high != old:
        middle = split(low, high)
        if old <= middle:
            path.append(range_hash(middle, high, node, hashing))
            high = middle
        else:
            path.append(range_hash(low, middle, node, hashing))
            low, whole = middle, False
    if not whole:
        path.append(range_hash(low, high, node, hashing))
    return tuple(reversed(path))


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ProofInvalid(f"expected hashes of {HASH_SIZE} bytes, found {len(value)}")


def inclusion_root(index: int, size: int, leaf: bytes, path: Sequence[bytes], hashing: Hashing = sha256) -> bytes:
    """Return the root that a path leads to (RFC 9162 section 2.1.3.2).

    Raises:
        ProofInvalid: when the path cannot be of that leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"expected an index below the size {size}, found {index}")
    _check_hashes((*path, leaf))
    number, last, value = index, size - 1, leaf
    for sibling in path:
        if not last:
            raise ProofInvalid(f"the path is too long: found {len(path)} hashes for leaf {index} of {size}")
        if number & 1 or number == last:
            value = hashing(b"\x01" + sibling + value).digest()
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            value = hashing(b"\x01" + value + sibling).digest()
        number >>= 1
        last >>= 1
    if last:
        raise ProofInvalid(f"the path is too short: found {len(path)} hashes for leaf {index} of {size}")
    return value


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes, hashing: Hashing = sha256
) -> None:
    """Return if `leaf` stands at `index` of the tree with that size and root.

    Raises:
        ProofInvalid: when the path does not prove it.
    """
    if inclusion_root(index, size, leaf, path, hashing) != root:
        raise ProofInvalid(f"the path of leaf {index} does not lead to the root of size {size}")


def verify_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes, hashing: Hashing = sha256
) -> None:
    """Return if the tree of `old` leaves is a beginning of that of `new` (RFC 9162 section 2.1.4.2).

    An empty old tree is no case for a proof: it is a beginning of every tree.

    Raises:
        ProofInvalid: when the proof does not prove it, or `old` is 0.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"expected sizes with 0 < old <= new, found {old} and {new}")
    verify_subtree(0, old, new, path, old_root, new_root, hashing)


def _is_subtree(start: int, end: int) -> bool:
    """Tell whether leaves start to end are a subtree: start is a multiple of the power of two that holds them."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def verify_subtree(
    start: int,
    end: int,
    size: int,
    path: Sequence[bytes],
    subtree_root: bytes,
    root: bytes,
    hashing: Hashing = sha256,
) -> None:
    """Return if the subtree over leaves start to end, with its root, belongs to the tree of that size and root.

    An empty subtree has the empty root and belongs to every tree.

    Raises:
        ProofInvalid: when the proof does not prove it, or there is no such subtree.
    """
    if 0 <= start == end <= size and not path and subtree_root == hashing(b"").digest():
        return
    if not (_is_subtree(start, end) and end <= size):
        raise ProofInvalid(f"expected a subtree of a tree of size {size}, found leaves {start} to {end}")
    if path:
        _check_hashes((*path, subtree_root, root))
    first, last, most = start, end - 1, size - 1
    while first != last and (last == most or last & 1):
        first, last, most = first >> 1, last >> 1, most >> 1
    steps = list(path) if first != last else [subtree_root, *path]
    if not steps:
        raise ProofInvalid(f"expected hashes from leaves {start} to {end} to size {size}, found none")
    part = whole = steps[0]
    for step in steps[1:]:
        if not most:
            raise ProofInvalid(f"the proof is too long: found {len(path)} hashes for size {size}")
        if last & 1 or last == most:
            if first < last:
                part = hashing(b"\x01" + step + part).digest()
            whole = hashing(b"\x01" + step + whole).digest()
            while last and not last & 1:
                first, last, most = first >> 1, last >> 1, most >> 1
        else:
            whole = hashing(b"\x01" + whole + step).digest()
        first, last, most = first >> 1, last >> 1, most >> 1
    if most:
        raise ProofInvalid(f"the proof is too short: found {len(path)} hashes for size {size}")
    if part != subtree_root:
        raise ProofInvalid(f"the proof does not lead to the root of the leaves {start} to {end}")
    if whole != root:
        raise ProofInvalid(f"the proof does not lead to the root of size {size}")
