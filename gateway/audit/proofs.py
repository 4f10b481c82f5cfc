"""Inclusion and consistency proofs of RFC 9162 section 2.1: made from stored nodes, verified from hashes alone.

Pure. Making needs a callable that gives the hash of a whole node by level and number. Verifying raises; it never
returns a boolean. What is not checked here: that a root was signed, see `note`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audit.tree import EMPTY_ROOT, HASH_SIZE, node_hash

ReadNode = Callable[[int, int], bytes]
"""Gives the hash of the whole node of that level and number."""


class ProofInvalid(Exception):
    """A proof does not prove."""


def _range_hash(low: int, high: int, node: ReadNode) -> bytes:
    """The hash over leaves low..high, where low is a multiple of the largest power of two that fits."""
    value = b""
    while high > low:
        level = (high & -high).bit_length() - 1
        while 1 << level > high - low:
            level -= 1
        left = node(level, (high >> level) - 1)
        value = node_hash(left, value) if value else left
        high -= 1 << level
    return value


def _split(low: int, high: int) -> int:
    """Where a range of more than one leaf divides: at the largest power of two smaller than its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def tree_root(size: int, node: ReadNode) -> bytes:
    """Return the root of a tree of `size` leaves."""
    return _range_hash(0, size, node) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, node: ReadNode) -> tuple[bytes, ...]:
    """Return the path of leaf `index` in a tree of `size`, the leaf's sibling first (section 2.1.3.1).

    Raises:
        IndexError: when there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"expected an index from 0 to {size - 1}, found {index}")
    low, high = 0, size
    path = []
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            path.append(_range_hash(middle, high, node))
            high = middle
        else:
            path.append(_range_hash(low, middle, node))
            low = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, node: ReadNode) -> tuple[bytes, ...]:
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
        middle = _split(low, high)
        if old <= middle:
            path.append(_range_hash(middle, high, node))
            high = middle
        else:
            path.append(_range_hash(low, middle, node))
            low, whole = middle, False
    if not whole:
        path.append(_range_hash(low, high, node))
    return tuple(reversed(path))


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ProofInvalid(f"expected hashes of {HASH_SIZE} bytes, found {len(value)}")


def inclusion_root(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a path leads to (RFC 9162 section 2.1.3.2).

    Raises:
        ProofInvalid: when the path cannot be of that leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"expected an index below the size {size}, found {index}")
    _check_hashes(path)
    _check_hashes((leaf,))
    number, last, value = index, size - 1, leaf
    for sibling in path:
        if not last:
            raise ProofInvalid(f"the path is too long: found {len(path)} hashes for leaf {index} of {size}")
        if number & 1 or number == last:
            value = node_hash(sibling, value)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            value = node_hash(value, sibling)
        number >>= 1
        last >>= 1
    if last:
        raise ProofInvalid(f"the path is too short: found {len(path)} hashes for leaf {index} of {size}")
    return value


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Return if `leaf` stands at `index` of the tree with that size and root.

    Raises:
        ProofInvalid: when the path does not prove it.
    """
    if inclusion_root(index, size, leaf, path) != root:
        raise ProofInvalid(f"the path of leaf {index} does not lead to the root of size {size}")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return if the tree of `old` leaves is a beginning of that of `new` (RFC 9162 section 2.1.4.2).

    An empty old tree is no case for a proof: it is a beginning of every tree.

    Raises:
        ProofInvalid: when the proof does not prove it, or `old` is 0.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"expected sizes with 0 < old <= new, found {old} and {new}")
    if old == new:
        if path or old_root != new_root:
            raise ProofInvalid(f"expected no hashes and equal roots for two trees of size {old}")
        return
    if not path:
        raise ProofInvalid(f"expected hashes from size {old} to {new}, found none")
    _check_hashes((*path, old_root, new_root))
    steps = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, new - 1
    while number & 1:
        number >>= 1
        last >>= 1
    old_value = new_value = steps[0]
    for step in steps[1:]:
        if not last:
            raise ProofInvalid(f"the proof is too long: found {len(path)} hashes from size {old} to {new}")
        if number & 1 or number == last:
            old_value = node_hash(step, old_value)
            new_value = node_hash(step, new_value)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            new_value = node_hash(new_value, step)
        number >>= 1
        last >>= 1
    if last:
        raise ProofInvalid(f"the proof is too short: found {len(path)} hashes from size {old} to {new}")
    if old_value != old_root:
        raise ProofInvalid(f"the proof does not lead to the root of size {old}")
    if new_value != new_root:
        raise ProofInvalid(f"the proof does not lead to the root of size {new}")
