"""The tree once more, from the stored bytes alone: no checkpoint is kept whose root the disk does not give.

The tree of the writer grows from bytes in memory, before they are written. One flipped bit in between would be signed
and could never be mended: the log would contradict its own checkpoint for ever. So what others will hold is compared
first with what was read back.
"""

from __future__ import annotations

from typing import Final

from gateway.audit.storage.recovery import LogState, StoreInvalid
from gateway.audit.storage.store import Store
from gateway.audit.tlog.tree import Tree, leaf_hash

CHUNK: Final = 256
"""Entries read back at a time: the writer waits for one such read at most."""


class Recheck:
    """A second tree of one log; it follows the first from checkpoint to checkpoint."""

    def __init__(self, store: Store, state: LogState) -> None:
        self._store = store
        self._tree = Tree(state.size, state.tree.frontier())

    async def confirm(self, size: int, root: bytes) -> None:
        """Return if the stored entries have this root at this size, which is not below that of the last time.

        Raises:
            StoreInvalid: an entry is missing, or they have another root.
        """
        tree = self._tree
        while tree.size < size:
            start = tree.size
            end = min(start + CHUNK, size)
            rows = await self._store.octets(start, end)
            if missing := {*range(start, end)} - {index for index, _ in rows}:
                raise StoreInvalid(f"entry {min(missing)} is not stored. Run chuanyu audit verify")
            tree.extend([leaf_hash(octets) for _, octets in rows])
            tree.forget(tree.size)
        if (tree.size, tree.root()) != (size, root):
            raise StoreInvalid(f"the stored entries do not have the root of size {size}. Run chuanyu audit verify")
