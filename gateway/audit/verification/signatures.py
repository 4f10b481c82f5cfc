"""What the kept checkpoints of a log prove together: up to which entry it is signed and witnessed, and by whom.

Pure. Whose cosignatures are enough is the verifier's to say, see `Accept`: keys that lie beside the log are believed as
far as the disk is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

Cosigner = tuple[str, bytes]
"""The name and the key id of a witness's key."""
Accept = Callable[[Mapping[Cosigner, int]], Mapping[str, int]]
"""Takes who cosigned a checkpoint, and when; gives those who count, or nothing where they are not enough."""


def accept_all(cosigned: Mapping[Cosigner, int]) -> Mapping[str, int]:
    """Return every witness: any one of them is enough."""
    return {name: max(time_s for (one, _), time_s in cosigned.items() if one == name) for name, _ in cosigned}


@dataclass(frozen=True, slots=True)
class Signatures:
    """How far the checkpoints reach that were found good, in entries, and who cosigned.

    `witnesses` cosigned the newest checkpoint that is witnessed, at `witnessed_s` the last of them; `cosigners` are the
    names of all who cosigned any.
    """

    signed_to: int = 0
    witnessed_to: int = 0
    witnessed_s: int = 0
    witnesses: tuple[str, ...] = ()
    cosigners: frozenset[str] = frozenset()

    def add(self, size: int, cosigned: Mapping[Cosigner, int], accept: Accept) -> Signatures:
        """Return what is proven with one more checkpoint, which is larger than those before."""
        names = {name for name, _ in cosigned}
        cosigners = self.cosigners if names <= self.cosigners else self.cosigners | names
        accepted = accept(cosigned) if cosigned else {}
        if not accepted:
            return replace(self, signed_to=size, cosigners=cosigners)
        return Signatures(size, size, max(accepted.values()), tuple(sorted(accepted)), cosigners)
